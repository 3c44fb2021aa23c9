"""Removes stored files that no document names: what deposits left that were killed before their row was written.

A file is removed only when it had no document for a period of grace: since a sweep first found it so, or since the
deposit noted that it was about to be stored. It must never look through a store that others use as well, where a file
without a row may be theirs; there the notes of deposits are all that it goes by.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from itertools import islice

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.core.ports import Clock, DocumentStore
from ipx.db.session import Database
from ipx.vault.models import DocumentRow, SuspectRow

GRACE = timedelta(days=1)
AT_ONCE = 500


class OrphanCollector:
    """Compares the store's files with the table of documents."""

    def __init__(
        self, *, database: Database, store: DocumentStore, files: Callable[[], Iterable[str]], clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._files = files
        self._clock = clock

    def collect(self, *, grace: timedelta = GRACE) -> int:
        """Note new suspects, remove those that have been suspect for longer than ``grace``; return how many."""
        files = iter(self._files())
        while batch := list(islice(files, AT_ONCE)):
            with self._database.write() as session:
                self._note(session, batch)
        return sum(remove_suspect(self._database, self._store, cid) for cid in self._overdue(grace))

    def _note(self, session: Session, cids: list[str]) -> None:
        living = DocumentRow.erased_at.is_(None)
        known = set(session.scalars(select(DocumentRow.cid).where(DocumentRow.cid.in_(cids), living)))
        noted = set(session.scalars(select(SuspectRow.cid).where(SuspectRow.cid.in_(cids))))
        session.add_all(SuspectRow(cid=cid, seen_at=self._clock.now()) for cid in set(cids) - known - noted)
        session.execute(delete(SuspectRow).where(SuspectRow.cid.in_(known & noted)))

    def _overdue(self, grace: timedelta) -> list[str]:
        query = select(SuspectRow.cid).where(SuspectRow.seen_at <= self._clock.now() - grace)
        with self._database.read() as session:
            return list(session.scalars(query))


def expect_file(database: Database, clock: Clock, cid: str) -> None:
    """Note what is about to be stored: if we die before its row is written, the collector removes it, also from a store
    that cannot be looked through."""
    with suppress(IntegrityError), database.write() as session:  # the same bytes are on their way twice
        session.merge(SuspectRow(cid=cid, seen_at=clock.now()))


def remove_suspect(database: Database, store: DocumentStore, cid: str) -> bool:
    """Remove a suspect's file unless a document names it; return whether it was removed. Raises what the store raises.

    It happens under the lock of the suspect's row, which a deposit of the same bytes takes as well.
    """
    with database.write() as session:
        suspect = session.get(SuspectRow, cid, with_for_update=True)
        if suspect is None:
            return False
        living = select(DocumentRow.id).where(DocumentRow.cid == cid, DocumentRow.erased_at.is_(None))
        adopted = session.scalar(living.limit(1)) is not None
        if not adopted:
            store.delete(cid)
        session.delete(suspect)
        return not adopted
