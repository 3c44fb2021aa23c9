"""What a backup holds besides rows: documents, and the files of the data folder. It must never copy what can be made
anew (the search index) or was delivered (the mailbox)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection, inspect, select

from ipx.backup.format import FileSection
from ipx.core.errors import NotFound, Tampered, Unavailable
from ipx.core.ports import DocumentStore, StoreSource
from ipx.outside import embedded_chain
from ipx.settings import Settings
from ipx.vault.models import DocumentRow

DOCUMENT, KEY, DEPLOYMENT, CHAIN, SIMULATOR = "document", "key", "deployment", "chain", "simulator"
PIECE = 1 << 18
CHAIN_STATE, SIMULATOR_BOOKS = "state.json.gz", "stripe.sqlite3"


def folder_of(settings: Settings, kind: str) -> Path:
    """Return where the files of a kind lie. Raises Tampered for a kind that no backup of ours has."""
    folders = {KEY: "keys", DEPLOYMENT: "deployments", CHAIN: "chain", SIMULATOR: "simulator"}
    if kind not in folders:
        raise Tampered(f"The backup has files of an unknown kind: {kind}.")
    return settings.data_dir / folders[kind]


def own_files(settings: Settings) -> Iterator[FileSection]:
    """Give the files of the data folder. Call it after the rows: the chain may be ahead of them, never behind."""
    for kind, pattern in ((KEY, "*.key"), (DEPLOYMENT, "*.json")):
        for file in sorted(folder_of(settings, kind).glob(pattern)):
            yield FileSection(kind, file.name, _pieces(file.read_bytes()))
    if settings.chain_url is None:
        yield from _chain(settings)
    books = folder_of(settings, SIMULATOR) / SIMULATOR_BOOKS
    if books.exists():
        yield FileSection(SIMULATOR, books.name, _pieces(_copy_of(books)))


def _chain(settings: Settings) -> Iterator[FileSection]:
    with suppress(Unavailable):  # it does not run: its last state is on the disk
        embedded_chain(settings).keep()
    state = folder_of(settings, CHAIN) / CHAIN_STATE
    if state.exists():
        yield FileSection(CHAIN, state.name, _pieces(state.read_bytes()))


def cids(connection: Connection) -> Sequence[str]:
    """Return the stored files that the rows of a snapshot name; those of erased documents are forgotten."""
    query = select(DocumentRow.cid).distinct().order_by(DocumentRow.cid)
    columns = inspect(connection).get_columns(DocumentRow.__tablename__)
    if any(column["name"] == DocumentRow.erased_at.key for column in columns):  # not in a schema of before
        query = query.where(DocumentRow.erased_at.is_(None))
    return list(connection.scalars(query))


class Documents:
    """The stored files, as they lie in the store; ``missing`` are those that it does not have, or not whole."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self.missing: list[str] = []

    def sections(self, wanted: Sequence[str]) -> Iterator[FileSection]:
        """Give them. Each is read once before: one that is damaged must not keep all others from being backed up."""
        for cid in wanted:
            if self._is_whole(cid):
                yield FileSection(DOCUMENT, cid, _read(self._store.open(cid)))
            else:
                self.missing.append(cid)

    def _is_whole(self, cid: str) -> bool:
        try:
            for _ in _read(self._store.open(cid)):
                pass
        except (NotFound, Tampered):
            return False
        return True


def _read(source: StoreSource) -> Iterator[bytes]:
    with closing(source):
        while piece := source.read(PIECE):
            yield piece


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]


def _copy_of(books: Path) -> bytes:
    """Return a whole copy of a small SQLite database that others write to; it never touches the disk."""
    with closing(sqlite3.connect(books)) as source, closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        return copy.serialize()
