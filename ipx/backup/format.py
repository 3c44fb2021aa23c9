"""FROZEN. The inside of a backup's age file: framed records, hashed section by section and as a whole.

docs/spec/backup.md is the specification, docs/spec/vectors/backup.json its vectors. Streams both ways. It must never
hand on a section's end, nor the end of the whole, whose hash is not right.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipx.backup.values import Row, line
from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.core.errors import Invalid, Tampered

MAGIC, VERSION = b"ipx-backup", b"\x01"
HEADER, TABLE, ROWS, FILE, DATA, END, CLOSE = b"H", b"T", b"R", b"F", b"D", b"E", b"Z"
LARGEST_RECORD = 1 << 26  # bytes; one row of ours is far below it
ROWS_A_RECORD, BYTES_A_RECORD = 256, 1 << 20

CHANGED = "The backup is damaged, or it is not whole."


@dataclass(frozen=True)
class TableSection:
    """One table; ``rows`` gives encoded rows and checks number and hash at its end."""

    name: str
    columns: Sequence[str]
    rows: Iterator[Row]


@dataclass(frozen=True)
class FileSection:
    """One file; ``pieces`` gives its bytes and checks size and hash at its end. ``kind`` says what it belongs to."""

    kind: str
    name: str
    pieces: Iterator[bytes]


Section = TableSection | FileSection


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def write(header: Mapping[str, Json], sections: Iterable[Section]) -> Iterator[bytes]:
    """Give the bytes of a whole backup, to be encrypted."""
    whole = hashlib.sha256()
    count = 0
    for piece in _opening(header):
        whole.update(piece)
        yield piece
    for section in sections:
        count += 1
        for piece in _table(section) if isinstance(section, TableSection) else _file(section):
            whole.update(piece)
            yield piece
    yield _record(CLOSE, canonical.encode({"sections": count, "sha256": whole.hexdigest()}))


def _opening(header: Mapping[str, Json]) -> Iterator[bytes]:
    yield MAGIC + VERSION
    yield _record(HEADER, canonical.encode(dict(header)))


def _table(section: TableSection) -> Iterator[bytes]:
    yield _record(TABLE, canonical.encode({"table": section.name, "columns": list(section.columns)}))
    digest, count = hashlib.sha256(), 0
    gathered: list[str] = []
    size = 0
    for row in section.rows:
        digest.update(line(row))
        count += 1
        gathered.append(json.dumps(row, separators=(",", ":")))
        size += len(gathered[-1])
        if len(gathered) == ROWS_A_RECORD or size >= BYTES_A_RECORD:
            yield _record(ROWS, f"[{','.join(gathered)}]".encode())
            gathered, size = [], 0
    if gathered:
        yield _record(ROWS, f"[{','.join(gathered)}]".encode())
    yield _record(END, canonical.encode({"count": count, "sha256": digest.hexdigest()}))


def _file(section: FileSection) -> Iterator[bytes]:
    yield _record(FILE, canonical.encode({"kind": section.kind, "name": section.name}))
    digest, size = hashlib.sha256(), 0
    for piece in section.pieces:
        digest.update(piece)
        size += len(piece)
        yield _record(DATA, piece)
    yield _record(END, canonical.encode({"count": size, "sha256": digest.hexdigest()}))


def _record(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "big") + body


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


class BackupReader:
    """A backup being read: ``header``, then ``sections`` once, in their order. Raises Tampered, Invalid (version)."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._source = _Source(pieces)
        opening = self._source.take(len(MAGIC) + len(VERSION))
        if opening[: len(MAGIC)] != MAGIC:
            raise Tampered("This is not a backup of an exchange.")
        if opening[len(MAGIC) :] != VERSION:
            raise Invalid("The backup has a format that this version does not know.")
        kind, body = self._next()
        if kind != HEADER:
            raise Tampered(CHANGED)
        self.header: dict[str, Any] = _object(body)
        self._open = False

    def sections(self) -> Iterator[Section]:
        """Give all sections; what is left of one is read, and checked, before the next."""
        count = 0
        while True:
            before = self._source.digest.hexdigest()
            kind, body = self._next()
            if kind == CLOSE:
                self._check_close(_object(body), count, before)
                return
            count += 1
            section = self._section(kind, body)
            yield section
            for _ in section.rows if isinstance(section, TableSection) else section.pieces:
                pass

    def _section(self, kind: bytes, body: bytes) -> Section:
        about = _object(body)
        try:
            if kind == TABLE:
                return TableSection(about["table"], about["columns"], self._rows())
            if kind == FILE:
                return FileSection(about["kind"], about["name"], self._pieces())
        except KeyError as error:
            raise Tampered(CHANGED) from error
        raise Tampered(CHANGED)

    def _rows(self) -> Iterator[Row]:
        digest, count = hashlib.sha256(), 0
        while True:
            kind, body = self._next()
            if kind == END:
                return _check_end(_object(body), count, digest.hexdigest())
            for row in _rows_of(kind, body):
                digest.update(line(row))
                count += 1
                yield row

    def _pieces(self) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        while True:
            kind, body = self._next()
            if kind == END:
                return _check_end(_object(body), size, digest.hexdigest())
            if kind != DATA:
                raise Tampered(CHANGED)
            digest.update(body)
            size += len(body)
            yield body

    def _next(self) -> tuple[bytes, bytes]:
        head = self._source.take(5)
        length = int.from_bytes(head[1:], "big")
        if length > LARGEST_RECORD:
            raise Tampered(CHANGED)
        return head[:1], self._source.take(length)

    def _check_close(self, close: dict[str, Any], count: int, digest: str) -> None:
        if close != {"sections": count, "sha256": digest} or not self._source.is_at_end():
            raise Tampered(CHANGED)


class _Source:
    """Bytes in the amounts that are asked for, and the hash of all that were taken."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = bytearray()
        self.digest = hashlib.sha256()

    def take(self, size: int) -> bytes:
        while len(self._left) < size:
            piece = next(self._pieces, None)
            if piece is None:
                raise Tampered(CHANGED)
            self._left += piece
        taken = bytes(self._left[:size])
        del self._left[:size]
        self.digest.update(taken)
        return taken

    def is_at_end(self) -> bool:
        return not self._left and next(self._pieces, None) is None


def _rows_of(kind: bytes, body: bytes) -> list[Row]:
    try:
        rows = json.loads(body) if kind == ROWS else None
    except ValueError as error:
        raise Tampered(CHANGED) from error
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Tampered(CHANGED)
    return rows


def _object(body: bytes) -> dict[str, Any]:
    found = canonical.decode(body)
    if not isinstance(found, dict):
        raise Tampered(CHANGED)
    return found


def _check_end(end: dict[str, Any], count: int, digest: str) -> None:
    if end != {"count": count, "sha256": digest}:
        raise Tampered(CHANGED)
