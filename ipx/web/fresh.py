"""What binds an organisation, or makes a key to it, asks for a fresh sign-in: a browser left open must not do it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import flash, redirect, request, session, url_for
from flask_babel import lazy_gettext as _
from flask_login import login_fresh

from ipx.core.ports import Clock
from ipx.web.services import provided

View = TypeVar("View", bound=Callable[..., Any])
FRESH_FOR = timedelta(minutes=15)
_KEY = "fresh_at"
_WHY_SIGNING = _("Please sign in again before you sign: a signature binds your organisation.")


def mark_fresh() -> None:
    """Note that the person has just proved who he is."""
    session[_KEY] = _now().isoformat()


def is_fresh() -> bool:
    """Tell whether that was a short while ago, from this very browser (flask-login compares address and agent)."""
    since = str(session.get(_KEY, ""))
    return bool(since) and login_fresh() and timedelta() <= _now() - datetime.fromisoformat(since) < FRESH_FOR


def needs_fresh_sign_in(*, back: str, why: Any = _WHY_SIGNING) -> Callable[[View], View]:
    """Send a person whose sign-in is older than 15 minutes to sign in again when he signs; looking is free.

    ``back`` is the endpoint of the page with the form, taking the same arguments: there the person continues. ``why``
    is what he is told.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def fresh(*args: Any, **kwargs: Any) -> Any:
            if request.method in ("GET", "HEAD") or is_fresh():
                return view(*args, **kwargs)
            flash(str(why), "info")
            return redirect(url_for("accounts.sign_in", next=url_for(back, **kwargs)), 303)

        return cast(View, fresh)

    return guard


def _now() -> datetime:
    return provided(Clock).now()  # type: ignore[type-abstract]
