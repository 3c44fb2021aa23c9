"""What lies packed inside bytes, wherever it begins in them: gzip, zlib, bzip2, xz, zip members, base64, hex, SQLite.

Reads only, in memory. What it cannot unpack to its end it gives as far as it came: half a stream can hold a secret.
"""

import base64
import binascii
import bz2
import lzma
import re
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

Bytes = Any  # bytes or a memory map
PIECE = 1 << 16
LARGEST = 1 << 28  # bytes of one unpacked stream; a bomb ends here, and is told
_SIGNS = re.compile(
    rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|BZh[1-9]1AY&SY|\xfd7zXZ\x00|PK\x03\x04|"
    rb"[A-Za-z0-9+/_-]{64,}={0,2}",
    re.DOTALL,
)
SQLITE = b"SQLite format 3\x00"
ROWS_TOGETHER = 1 << 22
WAL_HEADER, FRAME_HEADER = 32, 24


class TooLargeInsideError(Exception):
    """More is packed inside than is looked at."""


def packed_in(data: Bytes) -> Iterator[tuple[str, bytes]]:
    """Give what is packed inside: how, and the bytes. Raises TooLargeInsideError."""
    for sign in _SIGNS.finditer(data):
        at, mark = sign.start(), sign.group()[:6]
        unpack = _unpacker(mark)
        inside = unpack(data, at) if unpack else _decoded(sign.group())
        if inside:
            yield (f"packed at {at}" if unpack else f"encoded at {at}"), inside


def _unpacker(mark: bytes) -> Callable[[Bytes, int], bytes] | None:
    if mark[:3] == b"\x1f\x8b\x08":
        return lambda data, at: _stream(zlib.decompressobj(31), data, at)
    if mark[:1] == b"\x78" and mark[1:2] in b"\x01\x5e\x9c\xda":
        return lambda data, at: _stream(zlib.decompressobj(), data, at)
    if mark[:3] == b"BZh":
        return lambda data, at: _stream(bz2.BZ2Decompressor(), data, at)
    if mark == b"\xfd7zXZ\x00":
        return lambda data, at: _stream(lzma.LZMADecompressor(), data, at)
    return _member if mark[:4] == b"PK\x03\x04" else None


def _member(data: Bytes, at: int) -> bytes:
    """Inflate a member of a ZIP by its own header, whatever the directory at the end says; stored ones are in clear."""
    header = data[at : at + 30]
    if len(header) < 30 or struct.unpack_from("<H", header, 8)[0] != zlib.DEFLATED:
        return b""
    name, extra = struct.unpack_from("<HH", header, 26)
    return _stream(zlib.decompressobj(-15), data, at + 30 + name + extra)


def _stream(machine: Any, data: Bytes, at: int) -> bytes:
    made = bytearray()
    rest = b""
    while not machine.eof:
        if not rest:
            rest, at = data[at : at + PIECE], at + PIECE
        if not rest and getattr(machine, "needs_input", True):
            break
        try:
            made += machine.decompress(rest, PIECE * 16)
        except (zlib.error, OSError, EOFError, lzma.LZMAError):
            break
        rest = getattr(machine, "unconsumed_tail", b"")
        if len(made) > LARGEST:
            raise TooLargeInsideError
    return bytes(made)


def _decoded(text: bytes) -> bytes:
    if len(text) % 2 == 0:
        try:
            return binascii.unhexlify(text)
        except binascii.Error:
            pass  # no hex, so base64
    plain = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(plain[: len(plain) // 4 * 4])


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────


def rows_in(image: bytes) -> Iterator[bytes]:
    """Give the values of every table of a SQLite database, many together. Raises sqlite3.Error when it is damaged."""
    with closing(sqlite3.connect(":memory:")) as database:
        # Its log is applied already; journal mode 1 lets it open without one.
        database.deserialize(image[:18] + b"\x01\x01" + image[20:])
        database.text_factory = bytes
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        gathered: list[bytes] = []
        size = 0
        for (table,) in tables:
            quoted = table.decode().replace('"', '""')
            for row in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - the name is the database's own
                values = [value for value in row if isinstance(value, bytes)]
                gathered += values
                size += sum(map(len, values))
                if size > ROWS_TOGETHER:
                    yield b"\n".join(gathered)
                    gathered, size = [], 0
        yield b"\n".join(gathered)


def with_log(image: bytes, log: bytes) -> bytes:
    """Return a database with every whole transaction of its write-ahead log applied (sqlite.org/fileformat2, 4)."""
    if len(log) < WAL_HEADER:
        return image
    page = struct.unpack_from(">I", log, 8)[0]
    salts = log[16:24]
    pages: dict[int, bytes] = {}
    waiting: dict[int, bytes] = {}
    for at in range(WAL_HEADER, len(log) - FRAME_HEADER - page + 1, FRAME_HEADER + page):
        number, size = struct.unpack_from(">II", log, at)
        if log[at + 8 : at + 16] != salts:
            break
        waiting[number] = log[at + FRAME_HEADER : at + FRAME_HEADER + page]
        if size:  # the last frame of a transaction
            pages |= waiting
            waiting = {}
    made = bytearray(image)
    for number, content in pages.items():
        end = number * page
        made.extend(bytes(max(0, end - len(made))))
        made[end - page : end] = content
    return bytes(made)
