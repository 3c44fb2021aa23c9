"""Opens and closes entries with their organisation's key. Nothing here is ever logged."""

import hashlib
from collections.abc import Mapping

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.core.errors import Tampered
from ipx.core.ports import Entropy
from ipx.titles.entries import Entry, from_json, to_json
from ipx.titles.models import EntryRow, RectificationRow
from ipx.titles.wrapped import ENTRY, RECTIFICATION

SALT_BYTES = 16


class Box:
    """The sealed columns of this room, in clear for a moment."""

    def __init__(self, *, accounts: AccountService, entropy: Entropy) -> None:
        self._accounts = accounts
        self._entropy = entropy

    def close(self, session: Session, row: EntryRow, entry: Entry) -> None:
        """Seal an entry into its row, and write the salted hash of it beside it."""
        self._close(session, row, to_json(entry), ENTRY)

    def open(self, session: Session, row: EntryRow) -> Entry:
        """Return what was entered. Raises Tampered where it is not what was hashed."""
        return from_json(self._open(session, row, ENTRY))

    def close_rectification(self, session: Session, row: RectificationRow, words: str, instead: Entry | None) -> None:
        """Seal the reason, and what is to stand instead, into the row."""
        content: dict[str, Json] = {"words": words, "instead": None if instead is None else to_json(instead)}
        self._close(session, row, content, RECTIFICATION)

    def open_rectification(self, session: Session, row: RectificationRow) -> tuple[str, Entry | None]:
        """Return the reason and what is to stand instead. Raises Tampered."""
        content = self._open(session, row, RECTIFICATION)
        instead = content["instead"]
        return str(content["words"]), from_json(instead) if isinstance(instead, Mapping) else None

    def _close(self, session: Session, row: EntryRow | RectificationRow, said: Mapping[str, Json], where: str) -> None:
        content = canonical.encode({**said, "salt": self._entropy.token(SALT_BYTES).hex()})
        row.sha256 = hashlib.sha256(content).hexdigest()
        row.sealed_content = self._accounts.wrap(
            session, organisation_id=row.organisation_id, secret=content, context=where.format(row.id)
        )

    def _open(self, session: Session, row: EntryRow | RectificationRow, where: str) -> Mapping[str, Json]:
        content = self._accounts.unwrap(
            session, organisation_id=row.organisation_id, wrapped=row.sealed_content, context=where.format(row.id)
        )
        if hashlib.sha256(content).hexdigest() != row.sha256:
            raise Tampered("A record of a chain of title is not what was entered.")
        value = canonical.decode(content)
        assert isinstance(value, Mapping)
        return value
