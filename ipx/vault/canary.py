"""Looks for markers in everything below a folder: inside archives, packed and encoded parts, databases and their logs.

Reads only. What it could not look into it names: silence must mean that there is nothing.
"""

import mmap
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipx.core.errors import ExchangeError
from ipx.vault.needles import Needle, Sieve, needles_of
from ipx.vault.packed_inside import SQLITE, TooLargeInsideError, packed_in, rows_in, with_log

PIECE = 1 << 22
DEEPEST = 5
AGE = b"age-encryption.org/"
Index = Callable[[Path], Iterable[bytes] | None]
Open = Callable[[Path], Iterable[bytes]]


@dataclass(frozen=True)
class Found:
    """A marker, in which file, where inside, and how it looks there."""

    file: Path
    inside: str
    marker: str
    looks: str


@dataclass(frozen=True)
class Report:
    """What was found; how much was looked at; what could not be looked into, and why."""

    found: Sequence[Found]
    files: int
    bytes: int
    skipped: Sequence[tuple[Path, str]]

    def record(self) -> dict[str, Any]:
        """Return it for a machine."""
        found = [{**each.__dict__, "file": str(each.file)} for each in self.found]
        skipped = [{"file": str(path), "why": why} for path, why in self.skipped]
        return {"found": found, "files": self.files, "bytes": self.bytes, "skipped": skipped}


class Canary:
    """Searches folders. ``indexes`` give the words of a folder that is a search index, None for any other; ``opened``
    decrypts an age file, None when nothing can."""

    def __init__(self, markers: Sequence[str], *, indexes: Sequence[Index] = (), opened: Open | None = None) -> None:
        """Raises Invalid for a marker that is too short."""
        self._needles = needles_of(markers)
        self._indexes = indexes
        self._opened = opened

    def search(self, folder: Path) -> Report:
        """Look at every file below a folder; links are not followed. Those that vanish meanwhile are gone."""
        found: dict[tuple[Path, str, str], Found] = {}
        files = size = 0
        skipped: list[tuple[Path, str]] = []
        for path in sorted(folder.rglob("*")):
            try:
                for inside, needle in self._in_place(path, skipped):
                    found.setdefault((path, inside, needle.marker), Found(path, inside, needle.marker, needle.looks))
                if path.is_file() and not path.is_symlink():
                    files, size = files + 1, size + path.stat().st_size
            except FileNotFoundError:
                continue
            except OSError as error:
                skipped.append((path, error.strerror or "it cannot be read"))
        return Report(list(found.values()), files, size, skipped)

    def _in_place(self, path: Path, skipped: list[tuple[Path, str]]) -> Iterator[tuple[str, Needle]]:
        name = str(path.readlink()) if path.is_symlink() else path.name
        yield from (("its name", needle) for needle in self._sieved([name.encode(errors="surrogateescape")]))
        if path.is_dir() and not path.is_symlink():
            for index in self._indexes:
                yield from (("the index", needle) for needle in self._sieved(index(path) or ()))
        elif path.is_file() and not path.is_symlink() and path.stat().st_size:
            with path.open("rb") as source, closing(mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)) as data:
                yield from self._in_file(path, data, skipped)

    def _in_file(self, path: Path, data: Any, skipped: list[tuple[Path, str]]) -> Iterator[tuple[str, Needle]]:
        try:
            yield from self._in_bytes(data, "", 0)
            if data[: len(SQLITE)] == SQLITE:
                yield from self._in_database(path, bytes(data))
            if path.suffix == ".age" and data[: len(AGE)] == AGE:  # sealed documents in the store stay sealed
                yield from self._in_sealed(path, skipped)
        except TooLargeInsideError:
            skipped.append((path, "more is packed inside than is looked at"))
        except sqlite3.Error as error:
            skipped.append((path, f"the database cannot be read ({error}); its raw bytes were looked at"))

    def _in_bytes(self, data: Any, inside: str, depth: int) -> Iterator[tuple[str, Needle]]:
        pieces = (data[at : at + PIECE] for at in range(0, len(data), PIECE))
        yield from ((inside, needle) for needle in self._sieved(pieces))
        if depth < DEEPEST:
            for how, packed in packed_in(data):
                yield from self._in_bytes(packed, f"{inside} {how}".strip(), depth + 1)

    def _in_database(self, path: Path, image: bytes) -> Iterator[tuple[str, Needle]]:
        log = path.with_name(f"{path.name}-wal")
        kept = log.read_bytes() if log.exists() else b""
        for each in {image, with_log(image, kept)}:
            for rows in rows_in(each):
                yield from self._in_bytes(rows, "a row", 1)

    def _in_sealed(self, path: Path, skipped: list[tuple[Path, str]]) -> Iterator[tuple[str, Needle]]:
        if self._opened is None:
            skipped.append((path, "it is encrypted: give its identity with --identity to have it looked into"))
            return
        try:
            yield from (("its clear content", needle) for needle in self._sieved(self._opened(path)))
        except ExchangeError as error:
            skipped.append((path, error.message))

    def _sieved(self, pieces: Iterable[bytes]) -> set[Needle]:
        sieve = Sieve(self._needles)
        for piece in pieces:
            sieve.feed(piece)
        return sieve.found
