"""ZIP files by hand, so that every field can lie (PKWARE APPNOTE 4.3)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Part:
    """One entry; what is None is computed honestly."""

    name: bytes = b"a.txt"
    content: bytes = b"hello"
    method: int = 8
    flags: int = 0
    mode: int = 0o100644
    packed: bytes | None = None
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    extra: bytes = b""
    central_name: bytes | None = None
    central_size: int | None = None
    central_flags: int | None = None
    offset: int | None = None
    in_directory: bool = True


def deflate(content: bytes, level: int = 9) -> bytes:
    """Raw DEFLATE."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


@lru_cache(maxsize=1)
def _mebibyte() -> bytes:
    """A mebibyte of zeros as DEFLATE that refers to nothing before it, so that it can be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)


def zeros(mebibytes: int) -> bytes:
    """So many mebibytes of zeros, packed at once."""
    return _mebibyte() * mebibytes + deflate(b"")


def zeros_part(size: int, name: bytes = b"zeros") -> Part:
    """An entry of so many zeros; nobody comes as far as the checksum of a large one."""
    crc = zlib.crc32(bytes(size)) if size <= 8 << 20 else 0
    return Part(name, b"", packed=zeros(size >> 20), crc=crc, size=size)


def archive(
    *parts: Part,
    before: bytes = b"",
    between: bytes = b"",
    after: bytes = b"",
    comment: bytes = b"",
    entries: int | None = None,
) -> bytes:
    """A ZIP file of these entries."""
    out, directory = bytearray(before), bytearray()
    for part in parts:
        start = len(out)
        local, facts = _local(part)
        out += local + between
        if part.in_directory:
            directory += _central(part, facts, start if part.offset is None else part.offset)
    count = sum(part.in_directory for part in parts) if entries is None else entries
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(out), len(comment))
    return bytes(out + directory) + end + comment + after


def _facts(part: Part) -> tuple[bytes, int, int, int]:
    packed = part.packed
    if packed is None:
        packed = deflate(part.content) if part.method == 8 else part.content
    crc = zlib.crc32(part.content) if part.crc is None else part.crc
    size = len(part.content) if part.size is None else part.size
    return packed, crc, len(packed) if part.packed_size is None else part.packed_size, size


def _local(part: Part) -> tuple[bytes, tuple[int, int, int]]:
    packed, crc, packed_size, size = _facts(part)
    later = bool(part.flags & 8)
    said = (0, 0, 0) if later else (crc, packed_size, size)
    head = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, part.flags, part.method, 0, 0, *said, len(part.name), len(part.extra)
    )
    tail = struct.pack("<4s3I", b"PK\x07\x08", crc, packed_size, size) if later else b""
    return head + part.name + part.extra + packed + tail, (crc, packed_size, size)


def _central(part: Part, facts: tuple[int, int, int], offset: int) -> bytes:
    crc, packed_size, size = facts
    name = part.name if part.central_name is None else part.central_name
    size = size if part.central_size is None else part.central_size
    flags = part.flags if part.central_flags is None else part.central_flags
    head = struct.pack(
        *("<4s6H3I5H2I", b"PK\x01\x02", 0x031E, 20, flags, part.method, 0, 0, crc, packed_size, size),
        *(len(name), len(part.extra), 0, 0, 0, part.mode << 16, offset),
    )
    return head + name + part.extra
