"""What a button of these pages does: it acts, or says why not, and the page that follows tells either."""

from collections.abc import Callable

from flask import flash

from ipx.core.errors import Refused
from ipx.web.transactions import release


def press(act: Callable[[], object], *, said: str) -> None:
    """Act and say ``said``; where that is refused, keep nothing and say why. Raises what is no refusal."""
    try:
        act()
    except Refused as error:
        release()
        flash(error.message, "error")
    else:
        flash(said, "success")
