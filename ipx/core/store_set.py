"""Several stores as one: files are written to the first, read from whichever has them, and deleted in all.

A store is *configured* when it is to hold every file, and *known* when files of an earlier setting may still lie in it.
It must never give out a byte that the CID does not vouch for: that is each store's own promise, and here a source only
goes on where another one failed.
"""

from collections.abc import Iterator, Mapping

from ipx.core.errors import ExchangeError, NotFound, Tampered, Unavailable
from ipx.core.port_records import StoredFile
from ipx.core.ports import DocumentStore, StoreSink, StoreSource

PIECE = 1 << 18
FAILURES = (NotFound, Tampered, Unavailable)


class StoreSet:
    """The port DocumentStore over named stores; the first configured one is where new files go."""

    def __init__(self, configured: Mapping[str, DocumentStore], others: Mapping[str, DocumentStore]) -> None:
        """Take the stores by name, in the order in which they are asked."""
        if not configured:
            raise ValueError("at least one store has to be configured")
        self.configured = tuple(configured)
        self.known: dict[str, DocumentStore] = {**configured, **others}

    @property
    def primary(self) -> str:
        """The name of the store that new files go to."""
        return self.configured[0]

    def begin(self, *, replace: bool = False) -> StoreSink:
        """Start to write a file into the primary store."""
        return self.known[self.primary].begin(replace=replace)

    def open(self, cid: str) -> StoreSource:
        """Open a file wherever it is; where a store fails inside the file, the next one goes on at that byte.

        When no store can go on, it raises what the first one raised, and NotFound only when all did: a store that does
        not answer may have the file.
        """
        return PatientSource(self.known, cid)

    def has(self, cid: str) -> bool:
        """Tell whether any store has the file. Raises Unavailable when none says so and one did not answer."""
        trouble: Unavailable | None = None
        for store in self.known.values():
            try:
                if store.has(cid):
                    return True
            except Unavailable as error:
                trouble = error
        if trouble is not None:
            raise trouble
        return False

    def delete(self, cid: str) -> None:
        """Remove the file from every store. Raises Unavailable when one did not answer; the others are done by then."""
        trouble: Unavailable | None = None
        for store in self.known.values():
            try:
                store.delete(cid)
            except Unavailable as error:
                trouble = error
        if trouble is not None:
            raise trouble

    def files(self) -> Iterator[str]:
        """Give the CIDs of all files of all stores; one that several have comes several times."""
        for store in self.known.values():
            yield from store.files()

    def check(self) -> str:
        """Return one line about the stores. Raises Unavailable when a configured one cannot be used."""
        lines, trouble = [], False
        for name, store in self.known.items():
            try:
                lines.append(store.check() if len(self.known) == 1 else f"{name}: {store.check()}")
            except Unavailable as error:
                trouble = trouble or name in self.configured
                lines.append(f"{name} cannot be used: {error.message}")
        if trouble:
            raise Unavailable("; ".join(lines))
        return "; ".join(lines)


class PatientSource:
    """The port StoreSource over one file in several stores."""

    def __init__(self, stores: Mapping[str, DocumentStore], cid: str) -> None:
        self._left = list(stores.values())
        self._cid = cid
        self._given = 0
        self._trouble: ExchangeError | None = None
        self._source: StoreSource | None = self._next()

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, all that is left for -1, ``b""`` at the end only."""
        if size < 0:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        while self._source is not None:
            try:
                piece = self._source.read(size)
            except FAILURES as error:
                self._remember(error)
                self.close()
                self._source = self._next()
                continue
            self._given += len(piece)
            return piece
        return b""

    def close(self) -> None:
        """Let go of the file; nothing can be read any more."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def _next(self) -> StoreSource:
        """Open the file in the next store that has it, right behind what was given out."""
        while self._left:
            store = self._left.pop(0)
            try:
                return _opened_at(store, self._cid, self._given)
            except FAILURES as error:
                self._remember(error)
        assert self._trouble is not None
        raise self._trouble

    def _remember(self, error: ExchangeError) -> None:
        """Keep the first trouble to tell of; that a store has no such file tells the least."""
        if self._trouble is None or (isinstance(self._trouble, NotFound) and not isinstance(error, NotFound)):
            self._trouble = error


def _opened_at(store: DocumentStore, cid: str, position: int) -> StoreSource:
    """Open a file and pass over the bytes before ``position``."""
    source = store.open(cid)
    try:
        _pass_over(source, position, cid)
    except BaseException:
        source.close()
        raise
    return source


def _pass_over(source: StoreSource, size: int, cid: str) -> None:
    while size:
        passed = source.read(min(size, PIECE))
        if not passed:
            raise Tampered(f"The stored file {cid} is shorter in one store than in another.")
        size -= len(passed)


def proof(store: DocumentStore, cid: str) -> int:
    """Read a file to its end, every block verified, and return its length in bytes. Raises NotFound, Tampered,
    Unavailable."""
    if not store.has(cid):
        raise NotFound(f"The store does not have the file {cid}.")
    source, size = store.open(cid), 0
    try:
        while piece := source.read(PIECE):
            size += len(piece)
    finally:
        source.close()
    return size


def copy(cid: str, source: DocumentStore, target: DocumentStore) -> StoredFile:
    """Write a file of one store into another, in place of whatever that has of it. Raises NotFound, Tampered,
    Unavailable, and then leaves nothing unfinished behind."""
    reader = source.open(cid)
    sink = target.begin(replace=True)
    try:
        while piece := reader.read(PIECE):
            sink.write(piece)
        stored = sink.finish()
    except BaseException:
        sink.abort()
        raise
    finally:
        reader.close()
    if stored.cid != cid:
        raise Tampered(f"The file {cid} was stored by another profile: its copy has the name {stored.cid}.")
    return stored
