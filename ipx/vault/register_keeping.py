"""Keeps the erasure register in step with the tables, beside the backups too, and replays it after a restore."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from ipx.core.errors import Tampered, Unavailable
from ipx.db.session import Database
from ipx.vault.backup_copies import BackupCopies
from ipx.vault.erasure_register import (
    BACKUP,
    DESTROYED,
    DOCUMENT,
    HOLD,
    LIFTED,
    READER,
    Entry,
    ErasureRegister,
)
from ipx.vault.erasures import Erasures
from ipx.vault.reader_erasures import ReaderErasures
from ipx.vault.register_entries import entries_of, erasure_for, put_back


class Forgetter(Protocol):
    """Another room that erases, and whose erasures the register keeps; ``kind`` is that of its entries."""

    kind: str

    def entries(self, session: Session) -> Iterator[Entry]:
        """Give what the register must have."""

    def erase_again(self, session: Session, entry: Entry) -> None:
        """Do again what a restored backup does not know of; repeatable."""


class RegisterKeeper:
    """The register of one exchange."""

    def __init__(
        self,
        *,
        database: Database,
        register: ErasureRegister,
        backups: BackupCopies,
        erasures: Erasures,
        readers: ReaderErasures,
    ) -> None:
        self._database = database
        self.register = register
        self._backups = backups
        self._erasures = erasures
        self._readers = readers
        self._others: list[Forgetter] = []

    def add(self, other: Forgetter) -> None:
        """Keep the erasures of another room too."""
        self._others.append(other)

    def keep(self) -> None:
        """Enter what the tables have and the register lacks. Raises Unavailable; also when the register is damaged.

        Backups alone go the other way as well: one may have been noted while there was no table.
        """
        try:
            self._adopt_backups()
            self._enter()
        except Tampered as error:
            raise Unavailable(f"{self.register.file}: {error.message}") from error

    def _adopt_backups(self) -> None:
        with self._database.read() as session:
            known = {entry.key for entry in entries_of(session)}
        noted = [entry for entry in self.register.entries() if entry.kind in (BACKUP, DESTROYED)]
        if missing := [entry for entry in noted if entry.key not in known]:
            with self._database.write() as session:
                for entry in missing:
                    put_back(session, entry)

    def _enter(self) -> None:
        with self._database.read() as session:
            entries = [*entries_of(session), *(entry for other in self._others for entry in other.entries(session))]
            backups = [backup for backup in self._backups.all(session) if backup.destroyed_at is None]
        self.register.add(entries)
        for backup in backups:
            if backup.place:
                self.register.copy_beside(Path(backup.place))

    def replay(self, entries: Iterable[Entry]) -> int:
        """Do again what a restored backup does not know of; return how many documents were erased. Repeatable.

        Raises Unavailable, Tampered.
        """
        entries = list(entries)
        self._check_are_known(entries)
        with self._database.write() as session:
            for entry in entries:
                put_back(session, entry)
                if entry.kind == READER:
                    self._readers.erase_as(session, entry.id, person_id=entry.text("person"), until=entry.at)
                for other in self._others:
                    if entry.kind == other.kind:
                        other.erase_again(session, entry)
        ids = [found for entry in entries if entry.kind == DOCUMENT for found in self._begin(entry)]
        with self._database.read() as session:
            unfinished = {erasure.id for erasure in self._erasures.unfinished(session)}
        for erasure_id in ids:
            with self._database.write() as session:
                self._erasures.shred(session, erasure_id)
            self._erasures.remove_blocks(erasure_id)
        self._erasures.scrub()
        for erasure_id in ids:
            with self._database.write() as session:
                self._erasures.finish(session, erasure_id)
        self.keep()
        return len(unfinished.intersection(ids))

    def _check_are_known(self, entries: Iterable[Entry]) -> None:
        """A kind that a later version brought may be an erasure: to pass over it would bring back what was erased."""
        known = {DOCUMENT, READER, HOLD, LIFTED, BACKUP, DESTROYED, *(other.kind for other in self._others)}
        strange = sorted({entry.kind for entry in entries} - known)
        if strange:
            named = ", ".join(strange)
            raise Tampered(f"The erasure register has entries of a kind that this version does not know: {named}.")

    def _begin(self, entry: Entry) -> list[str]:
        """Return the erasure that an entry stands for, one that came to its end too: a restore that was killed and is
        repeated puts files back; none when the backup does not know the document."""
        with self._database.write() as session:
            erasure_id = erasure_for(session, entry)
        return [] if erasure_id is None else [erasure_id]
