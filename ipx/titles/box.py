"""Opens and closes entries with their organisation's key. Nothing here is ever logged."""

import hashlib

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core import canonical
from ipx.core.errors import Tampered
from ipx.core.ports import Entropy
from ipx.titles.entries import Entry, from_json, to_json
from ipx.titles.models import EntryRow
from ipx.titles.wrapped import ENTRY

SALT_BYTES = 16


class Box:
    """The sealed column of this room, in clear for a moment."""

    def __init__(self, *, accounts: AccountService, entropy: Entropy) -> None:
        self._accounts = accounts
        self._entropy = entropy

    def close(self, session: Session, row: EntryRow, entry: Entry) -> None:
        """Seal an entry into its row, and write the salted hash of it beside it."""
        content = canonical.encode({**to_json(entry), "salt": self._entropy.token(SALT_BYTES).hex()})
        row.sha256 = hashlib.sha256(content).hexdigest()
        row.sealed_content = self._accounts.wrap(
            session, organisation_id=row.organisation_id, secret=content, context=ENTRY.format(row.id)
        )

    def open(self, session: Session, row: EntryRow) -> Entry:
        """Return what was entered. Raises Tampered where it is not what was hashed."""
        content = self._accounts.unwrap(
            session, organisation_id=row.organisation_id, wrapped=row.sealed_content, context=ENTRY.format(row.id)
        )
        if hashlib.sha256(content).hexdigest() != row.sha256:
            raise Tampered("An entry of a chain of title is not what was entered.")
        value = canonical.decode(content)
        assert isinstance(value, dict)
        return from_json(value)
