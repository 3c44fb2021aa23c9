"""Counting what comes out of compressed files, while it comes out; nothing of it is kept. Pure.

A header's word about a size is never believed: bytes are counted as they are inflated, over all layers together.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

from ipx.core.errors import Invalid

STEP = 1 << 16  # bytes inflated at a time
FREE = 64 << 20  # so much may come out of any file, however small
MOST_TIMES = 100  # beyond it, so many times the bytes that have arrived; DEFLATE itself reaches 1,032
MOST_BYTES = 64 << 30
MOST_ENTRIES = 50_000
MOST_LAYERS = 4
DECODER_MEMORY = 80 << 20  # what xz -9 needs, and a bit


class Sink(Protocol):
    """Something that looks at bytes as they pass."""

    def feed(self, data: bytes) -> None:
        """Look at the next bytes."""

    def finish(self) -> None:
        """Check what can be known at the end only."""


class NotUnderstood(Exception):
    """A compressed file that we cannot follow to its end; the message says why, as part of a sentence."""


class Budget:
    """What all layers of one upload may unfold to."""

    def __init__(self) -> None:
        self.arrived = self.unpacked = self.entries = 0

    def arrive(self, size: int) -> None:
        """Count bytes of the upload itself."""
        self.arrived += size

    def spend(self, size: int) -> None:
        """Count unpacked bytes. Raises Invalid when they are too many for what has arrived."""
        self.unpacked += size
        if self.unpacked > min(FREE + MOST_TIMES * self.arrived, MOST_BYTES):
            raise Invalid(
                "The archive unfolds to far more than its own size, as a bomb does. Pack fewer files into it, or send "
                "large ones by themselves.",
                field="file",
            )

    def enter(self) -> None:
        """Count an entry. Raises Invalid."""
        self.entries += 1
        if self.entries > MOST_ENTRIES:
            raise Invalid(f"An archive may hold {MOST_ENTRIES} files at most. Divide it.", field="file")


class Inflater:
    """One DEFLATE stream (RFC 1951) that ends by itself; what follows it is given back."""

    def __init__(self, budget: Budget, sink: Sink, *, window: int = -zlib.MAX_WBITS) -> None:
        self._budget = budget
        self._sink = sink
        self._decoder = zlib.decompressobj(window)

    @property
    def has_ended(self) -> bool:
        """Tell whether the stream is complete."""
        return self._decoder.eof

    def feed(self, data: bytes) -> bytes:
        """Inflate; return the bytes after the stream's end. Raises NotUnderstood, and what the sink raises."""
        try:
            while not self._decoder.eof:
                out = self._decoder.decompress(data, STEP)
                data = self._decoder.unconsumed_tail
                self._budget.spend(len(out))
                self._sink.feed(out)
                if not data and len(out) < STEP:
                    break
        except zlib.error as error:
            raise NotUnderstood("damaged") from error
        return self._decoder.unused_data if self._decoder.eof else b""


class PlainDecoder:
    """A gzip, bzip2 or xz file inside another one: unpacked to be counted, one stream after the other."""

    def __init__(self, budget: Budget, sink: Sink, *, new: Callable[[], "_Stream"]) -> None:
        self._budget = budget
        self._sink = sink
        self._new = new
        self._stream = new()

    def feed(self, data: bytes) -> None:
        """Unpack. Raises NotUnderstood, and what the sink raises."""
        try:
            while True:
                if self._stream.eof:
                    data = self._stream.unused_data or data
                    if not data.strip(b"\x00"):
                        return
                    self._stream = self._new()
                out = self._stream.decompress(data, STEP)
                data = b""
                self._budget.spend(len(out))
                self._sink.feed(out)
                if not out and not self._stream.eof:
                    return
        except (OSError, EOFError, lzma.LZMAError, zlib.error, MemoryError) as error:
            raise NotUnderstood("damaged") from error

    def finish(self) -> None:
        """End what is inside."""
        self._sink.finish()


class _Stream(Protocol):
    @property
    def eof(self) -> bool:
        """Tell whether the stream is complete."""

    @property
    def unused_data(self) -> bytes:
        """What follows after its end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return up to so many bytes; the decoder keeps the rest of ``data``."""


class _Gzip:
    """zlib's decoder with the interface that the other two have."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._left = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._decoder.decompress(self._left + data, max_length)
        self._left = self._decoder.unconsumed_tail
        return out


DECODERS: dict[bytes, Callable[[], _Stream]] = {
    b"\x1f\x8b\x08": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=DECODER_MEMORY),
}
LONGEST_MAGIC = 6
