"""The folder of the embedded index: which of its generations is searched, and how another takes its place.

It must never delete the generation that is searched, and never trust one without verifying it first.

    <folder>/current.json       which generation is searched, its layout, and whether a rebuild has filled it
    <folder>/generation-<id>/   tantivy's files; one that is not current is being built, or was when we died
    <folder>/damaged-<id>/      one that could not be read, kept until the next switch for whoever asks why
"""

import json
import logging
import shutil
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from ipx.adapters.tantivy_generation import LAYOUT, Generation, verify
from ipx.core.durable_files import replace_durably
from ipx.core.errors import Unavailable

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Pointer:
    """The content of current.json. ``complete`` is False while only single puts have filled the index."""

    generation: str
    layout: int
    complete: bool


class IndexFolder:
    """The generations of one index. Threads may share it, and processes the folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pointer_file = path / "current.json"
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._pointer: _Pointer | None = None
        self._generation: Generation | None = None
        self._damage: str | None = None
        self._building: set[str] = set()

    def current(self) -> Generation | None:
        """Return the generation to search, None before the first write.

        Looks every time (one stat) whether any process has switched. Raises Unavailable when the
        generation is damaged or of another layout, until there is a better one.
        """
        with self._lock:
            while (stamp := self._stamp()) != self._seen:
                self._open(stamp)
            if self._damage is not None:
                raise Unavailable(f"{self._damage} The search index must be rebuilt.")
            return self._generation

    def complete(self) -> bool:
        """Tell whether the current generation was filled by a rebuild. Raises Unavailable as ``current``."""
        return self.current() is not None and self._pointer is not None and self._pointer.complete

    def verify(self) -> None:
        """Read every byte of the current generation again. Raises Unavailable, and so will ``current`` then."""
        generation = self.current()
        if generation is None:
            return
        try:
            verify(generation.path)
        except Unavailable as error:
            if self.current() is generation:
                self._damage = error.message
                raise

    def new_path(self) -> Path:
        """Return where the next generation can be built; a switch to another one meanwhile leaves it alone."""
        path = self._path / f"generation-{uuid4().hex}"
        self._building.add(path.name)
        return path

    def abandon(self, path: Path) -> None:
        """Remove a generation that will not be finished."""
        shutil.rmtree(path, ignore_errors=True)
        self._building.discard(path.name)

    def switch(self, generation: Generation, *, complete: bool) -> None:
        """Make ``generation`` the current one, durably, and clear the others away."""
        pointer = _Pointer(generation.path.name, LAYOUT, complete)
        with self._lock:
            former, self._generation = self._generation, generation
            damaged = self._pointer.generation if self._damage and self._pointer else None
            replace_durably(self._pointer_file, json.dumps(asdict(pointer)).encode())
            self._seen, self._pointer, self._damage = self._stamp(), pointer, None
        if former is not None:
            former.close()
        self._building.discard(generation.path.name)
        self._sweep(keep={generation.path.name, *self._building}, damaged=damaged)

    def close(self) -> None:
        """Let go of the writer, if it is ours."""
        with self._lock:
            if self._generation is not None:
                self._generation.close()

    def _open(self, stamp: tuple[int, ...]) -> None:
        self._seen, self._pointer, self._generation, self._damage = stamp, None, None, None
        if not stamp:
            return
        try:
            self._pointer = _Pointer(**json.loads(self._pointer_file.read_bytes()))
            self._generation = _open_generation(self._path, self._pointer)
        except (Unavailable, OSError, ValueError, TypeError) as error:
            self._damage = str(error)
            _log.warning("search index cannot be used: %s", error)

    def _stamp(self) -> tuple[int, ...]:
        try:
            status = self._pointer_file.stat()
        except FileNotFoundError:
            return ()
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _sweep(self, *, keep: set[str], damaged: str | None) -> None:
        for path in list(self._path.glob("*-*")):
            if path.name == damaged:
                path.rename(self._path / path.name.replace("generation", "damaged"))
            elif path.name.startswith(("generation-", "damaged-", "gone-")) and path.name not in keep:
                # Renamed first: who still searches it sees a missing folder, never half of one.
                gone = path.rename(self._path / f"gone-{uuid4().hex}")
                shutil.rmtree(gone, ignore_errors=True)


def _open_generation(folder: Path, pointer: _Pointer) -> Generation:
    if pointer.layout != LAYOUT:
        raise Unavailable(f"The search index has layout {pointer.layout}, this version needs {LAYOUT}.")
    verify(folder / pointer.generation)
    return Generation(folder / pointer.generation)
