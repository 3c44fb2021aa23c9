"""Many XML documents in one stream, one after the other, in flat memory. Trusts nothing that it reads.

The USPTO's weekly files are thousands of documents written one behind the other. Each begins with an XML declaration,
and ``<?xml`` followed by a blank may stand nowhere else in well-formed text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO
from xml.etree.ElementTree import Element

from ipx.bibliography.uspto.tree import DocumentReader, NotReadable

BLOCK = 64 * 1024
DECLARATION = re.compile(rb"<\?xml(?=[ \t\r\n])")
LENGTH_OF_MARK = 5
BLANKS_AND_BYTE_ORDER = b" \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True)
class Document:
    """A document of the stream: its place (from 1), its root with the kept parts, and the name of its DTD."""

    place: int
    root: Element
    schema: str | None


@dataclass(frozen=True)
class Broken:
    """A document that could not be read, and why. Those after it are read nevertheless."""

    place: int
    reason: str


class _Reading:
    """A document while it is read; after the first fault the rest of it is passed over."""

    def __init__(self, place: int, kept: frozenset[str]) -> None:
        self._place = place
        self._reader = DocumentReader(kept)
        self._fault: str | None = None

    def feed(self, piece: bytes) -> None:
        if self._fault is None:
            try:
                self._reader.feed(piece)
            except NotReadable as error:
                self._fault = str(error)

    def end(self) -> Document | Broken:
        if self._fault is None:
            try:
                return Document(self._place, self._reader.close(), self._reader.schema)
            except NotReadable as error:
                self._fault = str(error)
        return Broken(self._place, self._fault)


def documents(stream: BinaryIO, *, kept: frozenset[str]) -> Iterator[Document | Broken]:
    """Yield the documents of a stream, of each only the named children of its root."""
    place, reading = 0, None
    for piece in _pieces(stream):
        begins = piece is None or (reading is None and bool(piece.strip(BLANKS_AND_BYTE_ORDER)))
        if begins:
            if reading is not None:
                yield reading.end()
            place += 1
            reading = _Reading(place, kept)
        if piece is not None and reading is not None:
            reading.feed(piece)
    if reading is not None:
        yield reading.end()


def _pieces(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the stream's bytes, with None before each XML declaration."""
    rest = b""
    while block := stream.read(BLOCK):
        data = rest + block
        cuts = [found.start() for found in DECLARATION.finditer(data)]
        end = max(len(data) - LENGTH_OF_MARK, 0)  # a mark that the block cuts is found with the next one
        before = data[: cuts[0] if cuts else end]
        if before:
            yield before
        for begin, stop in pairwise([*cuts, end]):
            yield None
            yield data[begin:stop]
        rest = data[end:]
    if rest:
        yield rest
