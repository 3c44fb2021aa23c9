"""Moves the stored files from one store into another, while the exchange runs.

A file leaves its old store only when it was read to its end in the new one. What is done is in the book of custody, so
a move that was interrupted goes on where it was; doing a file twice is harmless.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ipx.core.errors import Invalid, NotFound, Tampered, Unavailable
from ipx.core.ports import DocumentStore
from ipx.core.store_set import StoreSet, copy
from ipx.db.session import Database
from ipx.vault.custody_book import CustodyBook, Seen, count_of_files, files_after, still_kept
from ipx.vault.custody_looks import state_of
from ipx.vault.custody_rules import Cause, CustodyState, StoredDocument


@dataclass
class Moved:
    """How far a move is. ``lost`` are the CIDs of files that are whole in no store; they stay where they are."""

    total: int = 0
    files: int = 0
    copied: int = 0
    bytes: int = 0
    lost: list[str] = field(default_factory=list)


class Mover:
    """Moves files into one store."""

    def __init__(self, *, database: Database, stores: StoreSet, book: CustodyBook) -> None:
        self._database = database
        self._stores = stores
        self._book = book

    def leaving(self, target: str) -> list[str]:
        """Return the stores that files leave: all others, but those that the settings want filled beside it."""
        kept = self._stores.configured if target in self._stores.configured else ()
        return [name for name in self._stores.known if name != target and name not in kept]

    def move(self, target: str, tell: Callable[[Moved], None]) -> Moved:
        """Move everything, also what is deposited meanwhile. Raises Invalid (no such store), Unavailable."""
        if target not in self._stores.known:
            raise Invalid("There is no such store: set IPX_KUBO_API to say where Kubo is.")
        self._stores.known[target].check()
        moved, copied_before = Moved(), -1
        while moved.copied > copied_before:
            copied_before = moved.copied
            self._round(target, moved, tell)
        return moved

    def _round(self, target: str, moved: Moved, tell: Callable[[Moved], None]) -> None:
        cursor = ""
        moved.files, moved.lost = 0, []
        while True:
            with self._database.read() as session:
                moved.total = count_of_files(session)
                files = files_after(session, cursor)
            if not files:
                return
            for file in files:
                self._move(file, target, moved)
                moved.files += 1
                tell(moved)
            cursor = files[-1].cid

    def _move(self, file: StoredDocument, target: str, moved: Moved) -> None:
        if not self._is_proven(file, target):
            if not self._fill(file, target):
                moved.lost.append(file.cid)
                return
            moved.copied += 1
            moved.bytes += file.size
        for name in self.leaving(target):
            self._empty(file, name)

    def _is_proven(self, file: StoredDocument, target: str) -> bool:
        with self._database.read() as session:
            known = self._book.state_of(session, file.cid, target)
        return known is CustodyState.INTACT and self._stores.known[target].has(file.cid)

    def _fill(self, file: StoredDocument, target: str) -> bool:
        """Have the file whole in the target, copied unless it is there already; False when no store has it whole."""
        store = self._stores.known[target]
        others = {name: other for name, other in self._stores.known.items() if name != target}
        state = state_of(file, store)
        if state is not CustodyState.INTACT:
            if not others or not self._copied(file, others, store):
                return False
            state = state_of(file, store)
        with self._database.write() as session:
            is_kept = bool(still_kept(session, [file.cid]))
            if is_kept:
                self._book.note(session, Seen(file.cid, target, state, Cause.MOVE))
        if not is_kept:
            self._stores.delete(file.cid)  # it was forgotten while it was copied
        return state is CustodyState.INTACT

    def _copied(self, file: StoredDocument, others: dict[str, DocumentStore], target: DocumentStore) -> bool:
        try:
            copy(file.cid, StoreSet(others, {}), target)
        except (NotFound, Tampered):
            return False
        except Unavailable:
            for store in self._stores.known.values():
                store.check()  # raises when one is away: then this can be tried again later
            return False  # all are there: this one file cannot be read, as on a bad sector
        return True

    def _empty(self, file: StoredDocument, name: str) -> None:
        had_it = self._stores.known[name].has(file.cid)
        self._stores.known[name].delete(file.cid)
        with self._database.write() as session:
            if had_it or self._book.state_of(session, file.cid, name) not in (None, CustodyState.REMOVED):
                self._book.note(session, Seen(file.cid, name, CustodyState.REMOVED, Cause.MOVE))
