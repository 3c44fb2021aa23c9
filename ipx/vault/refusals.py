"""How a page refuses a party of the denied-party list: only the finding is kept of what was under way."""

from collections.abc import Iterator
from contextlib import contextmanager

from ipx.vault.screening import PartyRefused
from ipx.vault.service import VaultService
from ipx.web.services import provided
from ipx.web.transactions import commit, db, release


@contextmanager
def noting_refusals() -> Iterator[None]:
    """When a party is refused, note the finding and tell the owner in a transaction of its own, then refuse."""
    try:
        yield
    except PartyRefused as refusal:
        release()
        provided(VaultService).sharing.screenings.note(db(), refusal)
        commit()
        raise
