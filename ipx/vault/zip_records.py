"""The records of a ZIP file (PKWARE APPNOTE 6.3.10, section 4.3), read from bytes. Pure."""

import struct
from dataclasses import dataclass

from ipx.vault.inflating import NotUnderstood

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR64, DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
LOCAL_SIZE, CENTRAL_SIZE, END_SIZE, LOCATOR64_SIZE = 30, 46, 22, 20
STORED, DEFLATED = 0, 8
NEWEST = 63  # version 6.3
ENCRYPTED, LATER, MASKED = 0x0001 | 0x0040, 0x0008, 0x2000  # general purpose bits 0 and 6, 3, 13
PATCHED = 0x0020  # bit 5
COMPARED = 0xFFFF & ~0x000E  # bits 1 to 3 say how it was packed; bit 11 says what the name's bytes mean
FULL = 0xFFFFFFFF
UNIX_KINDS, PLAIN_FILE, FOLDER = 0o170000, 0o100000, 0o040000


@dataclass(frozen=True, slots=True)
class Entry:
    """What a local or a central record says of one entry; sizes in bytes, ``offset`` from the file's start."""

    offset: int
    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    unix_mode: int = 0

    @property
    def facts(self) -> tuple[bytes, int, int, int, int, int]:
        """What both records of an entry must agree on, the meaning of the name's bytes included."""
        return self.name, self.flags & COMPARED, self.method, self.crc, self.packed, self.size

    @property
    def is_special(self) -> bool:
        """Tell whether it is a link, a device or a pipe."""
        kind = self.unix_mode & UNIX_KINDS
        return kind not in (0, PLAIN_FILE, FOLDER)


def local_entry(head: bytes, name: bytes, extra: bytes, *, offset: int) -> Entry:
    """Return what a local header says. Raises NotUnderstood."""
    version, flags, method, _, crc, packed, size, _, _ = struct.unpack("<4xHHHIIIIHH", head)
    _check_version(version)
    if FULL in (packed, size):
        size, packed = _wide(extra, [size, packed])
    return Entry(offset, name, flags, method, crc, packed, size)


def central_entry(head: bytes, name: bytes, extra: bytes) -> Entry:
    """Return what a record of the central directory says. Raises NotUnderstood."""
    fields = struct.unpack("<4xHHHHIIIIHHHHHII", head)
    _check_version(fields[1])
    if fields[11] != 0:  # it begins on another disk
        raise NotUnderstood("lie")
    flags, method, crc, packed, size = fields[2], fields[3], fields[5], fields[6], fields[7]
    attributes, offset = fields[13], fields[14]
    size, packed, offset = _wide(extra, [size, packed, offset])
    return Entry(offset, name, flags, method, crc, packed, size, unix_mode=attributes >> 16)


def lengths(head: bytes) -> tuple[int, ...]:
    """Return how many bytes of name, extra fields (and comment) follow a local or central head."""
    return struct.unpack("<HHH", head[28:34]) if head.startswith(CENTRAL) else struct.unpack("<HH", head[26:30])


def descriptors(crc: int, packed: int, size: int) -> list[bytes]:
    """Return the four ways in which a data descriptor may say this, longest first."""
    found = []
    for layout in ("<IQQ", "<III"):
        if layout == "<III" and max(packed, size) > FULL:
            continue
        plain = struct.pack(layout, crc, packed, size)
        found += [DESCRIPTOR + plain, plain]
    return found


def _check_version(needed: int) -> None:
    """Refuse what needs a newer reader than the one that this page describes (4.4.3): readers would differ."""
    if needed & 0xFF > NEWEST:
        raise NotUnderstood("method")


def _wide(extra: bytes, values: list[int]) -> list[int]:
    """Replace the values that are 0xFFFFFFFF by those of the ZIP64 field (4.5.3)."""
    if FULL not in values:
        return values
    field = _field(extra, 1)
    wide = []
    for value in values:
        if value == FULL:
            if len(field) < 8:
                raise NotUnderstood("damaged")
            value, field = int.from_bytes(field[:8], "little"), field[8:]  # noqa: PLW2901
        wide.append(value)
    return wide


def _field(extra: bytes, wanted: int) -> bytes:
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == wanted:
            return extra[4 : 4 + size]
        extra = extra[4 + size :]
    return b""
