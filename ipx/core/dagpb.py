"""The nodes of a file: dag-pb with UnixFS data, both protobuf. FROZEN: see docs/spec/cid-profile.md.

Two fields of two types are all that occurs, so the 60 lines are here instead of a protobuf run time. It must
never read a node that it would have written differently.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ipx.core.cid import Cid
from ipx.core.errors import Tampered


@dataclass(frozen=True)
class Link:
    """A child as its parent sees it: the size of its part of the file, and of all blocks below it."""

    cid: Cid
    file_size: int
    total_size: int


def encode_node(links: list[Link]) -> bytes:
    """Return the dag-pb node of a file's children: the links first, then the UnixFS data, all as protobuf."""
    body = bytearray()
    for link in links:
        entry = _field(1, bytes(link.cid)) + _field(2, b"") + b"\x18" + varint(link.total_size)
        body += _field(2, entry)
    unixfs = bytearray(b"\x08\x02\x18" + varint(sum(link.file_size for link in links)))
    for link in links:
        unixfs += b"\x20" + varint(link.file_size)
    return bytes(body + _field(1, bytes(unixfs)))


def decode_node(data: bytes) -> list[Link]:
    """Read what ``encode_node`` wrote, and nothing else. Raises Tampered."""
    try:
        links = _read_node(data)
    except (IndexError, ValueError) as error:
        raise Tampered("A node of the file is cut off or malformed.") from error
    if not links or encode_node(links) != data:
        raise Tampered("A node of the file is not one that the exchange's profile would have written.")
    return links


def _read_node(data: bytes) -> list[Link]:
    children: list[tuple[Cid, int]] = []
    sizes: list[int] = []
    for number, value in _fields(data):
        if number == 2:
            entry = dict(_fields(_as_bytes(value)))
            children.append((Cid.from_bytes(_as_bytes(entry.get(1))), _as_int(entry.get(3))))
        elif number == 1:
            sizes = [_as_int(size) for field, size in _fields(_as_bytes(value)) if field == 4]
    return [Link(cid, size, total) for (cid, total), size in zip(children, sizes, strict=True)]


def varint(number: int) -> bytes:
    """Return an unsigned LEB128, as protobuf and CAR use it."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _field(number: int, value: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + varint(len(value)) + value


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Read protobuf fields with length-delimited or varint values; others do not occur in our nodes."""
    at = 0
    while at < len(data):
        key, at = _read_number(data, at)
        value, at = _read_number(data, at)
        if key & 7 == 2:
            if at + value > len(data):
                raise ValueError("a field is longer than its message")
            yield key >> 3, data[at : at + value]
            at += value
        elif key & 7 == 0:
            yield key >> 3, value
        else:
            raise ValueError("a field has an unexpected type")


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while data[at] & 0x80:
        number |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if shift > 63:
            raise ValueError("a number is longer than 64 bits")
    return number | data[at] << shift, at + 1


def _as_bytes(value: bytes | int | None) -> bytes:
    if not isinstance(value, bytes):
        raise Tampered("A node of the file lacks bytes where they belong.")
    return value


def _as_int(value: bytes | int | None) -> int:
    if not isinstance(value, int):
        raise Tampered("A node of the file lacks a number where it belongs.")
    return value
