"""The embedded search index (port SearchIndex) on tantivy, in a folder of its own.

It must never be the only place of anything: whatever happens to the folder, ``rebuild`` makes it good again.
"""

import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from ipx.adapters.tantivy_folder import IndexFolder
from ipx.adapters.tantivy_generation import Generation, engine_errors
from ipx.adapters.tantivy_search import answer, counted
from ipx.core.errors import Conflict, Unavailable
from ipx.core.ports import IndexEntry, SearchAnswer, SearchDocument, SearchQuery, WordCounts
from ipx.core.search_words import Entry, checked_filters

REBUILD_BATCH = 2_000
"""Documents of a rebuild that share a commit: more is hardly faster and takes more memory."""


class TantivyIndex:
    """SearchIndex in a folder. Any number of threads and processes may search; one process writes.

    The process that writes first stays the writer until ``close`` or its end, however it ends; writes
    elsewhere raise Unavailable meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        """Take ``folder``, which is made on the first write. Damage shows in ``needs_rebuild``, not here."""
        self._folder = IndexFolder(folder)
        self._writing = threading.Lock()
        self._rebuilding = threading.Lock()
        self._arrived: list[Entry] | None = None

    def put(self, documents: Sequence[SearchDocument]) -> None:
        """Add or replace, durably, with one commit (10 to 90 ms): give it many documents at once.

        Raises Invalid, before anything is written, for an id, name or number that no index can hold.
        """
        self._write([Entry.of(document) for document in documents])

    def remove(self, kind: str, id: str, version: int) -> None:
        """Take a document out and remember the version; at the same version a removal beats a put."""
        self._write([Entry.removal(kind, id, version)])

    def search(self, query: SearchQuery) -> SearchAnswer:
        """Answer from the last commit. Raises Unavailable when the index must be rebuilt, Invalid for a name."""
        checked = checked_filters(query)
        generation = self._folder.current()
        if generation is None:
            return SearchAnswer(hits=[], total=0, facets={name: [] for name in query.count_facets})
        with engine_errors("to search"):
            return answer(generation.index, generation.searcher(), checked)

    def count_words(self, words: Sequence[str]) -> WordCounts:
        """Count from the last commit. Raises Unavailable when the index must be rebuilt."""
        generation = self._folder.current()
        if generation is None:
            return WordCounts(0, dict.fromkeys(words, 0))
        with engine_errors("to count words"):
            return counted(generation.searcher(), words)

    def rebuild(self, documents: Iterator[SearchDocument], *, afresh: bool = False) -> int:
        """Fill a new generation and switch to it; searches go on, and puts meanwhile reach both.

        ``documents`` must begin to read the database when first advanced, not before: what was put
        earlier is expected in it. ``afresh``: earlier removals are forgotten.
        Raises Conflict when this process is rebuilding already.
        """
        if not self._rebuilding.acquire(blocking=False):
            raise Conflict("The search index is being rebuilt already.")
        path = self._folder.new_path()
        try:
            with self._writing:
                removals = [] if afresh else self._removals()
                self._arrived = []
            return self._fill(Generation(path), removals, documents)
        except BaseException:
            self._folder.abandon(path)
            raise
        finally:
            self._arrived = None
            self._rebuilding.release()

    def needs_rebuild(self) -> bool:
        """Tell whether the index is new, damaged or of another layout, so that only a rebuild makes it whole."""
        try:
            return not self._folder.complete()
        except Unavailable:
            return True

    def is_whole(self) -> bool:
        """Tell whether a rebuild filled the folder. Raises Unavailable when it must be rebuilt."""
        return self._folder.complete()

    def entries(self) -> Iterator[IndexEntry]:
        """Yield what the last commit holds. Raises Unavailable when the index must be rebuilt."""
        generation = self._folder.current()
        return iter(()) if generation is None else generation.entries()

    def check(self) -> str:
        """Read the whole index again and return one line about it. Raises Unavailable when it is damaged."""
        self._folder.verify()
        generation = self._folder.current()
        if generation is None:
            return "tantivy: empty, waits for its first rebuild"
        return f"tantivy: {generation.count()} documents{', waits for a rebuild' if self.needs_rebuild() else ''}"

    def close(self) -> None:
        """Let go of the writer, so that another process can take it."""
        with self._writing:
            self._folder.close()

    def _write(self, entries: list[Entry]) -> None:
        with self._writing:
            self._own().write(entries)
            if self._arrived is not None:
                self._arrived.extend(entries)

    def _own(self) -> Generation:
        """Return the current generation with its writer taken, making the first one if need be."""
        generation = self._folder.current()
        if generation is None:
            generation = Generation(self._folder.new_path())
            self._folder.switch(generation, complete=False)
        generation.take_writer()
        # Another process may have switched just before its writer's lock became free for us.
        return generation if self._folder.current() is generation else self._own()

    def _removals(self) -> list[Entry]:
        """Return what the next generation must know of removals: nothing when the present one is damaged."""
        try:
            generation = self._folder.current()
        except Unavailable:
            return []
        return [] if generation is None else self._own().removals()

    def _fill(self, generation: Generation, removals: list[Entry], documents: Iterator[SearchDocument]) -> int:
        generation.write(removals)
        while batch := [Entry.of(document) for document in islice(documents, REBUILD_BATCH)]:
            generation.write(batch)
        with self._writing:
            generation.write(self._arrived or [])
            # In the same breath as the last write, or a put between the two would reach the old one alone.
            self._folder.switch(generation, complete=True)
            self._arrived = None
        return generation.count()
