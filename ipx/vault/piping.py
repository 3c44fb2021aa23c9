"""Bounded pipes between code that writes into a file and code that iterates: memory stays at a few pieces.

It must never lose an error: what the producer raises comes out of the iterator, after the bytes before it.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

PIECE = 1 << 18
MOST_PIECES = 4


class Reader(Protocol):
    """Something to read bytes from; ``b""`` means the end."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes."""


class Writer(Protocol):
    """Something to write bytes into."""

    def write(self, data: bytes, /) -> int:
        """Take all bytes."""

    def flush(self) -> None:
        """Do nothing."""


class PieceReader:
    """An iterator of bytes as a file to read; remembers the iterator's error, which C libraries turn into text."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = memoryview(b"")
        self.error: BaseException | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Return at least one byte and at most ``size``, or ``b""`` at the end."""
        if size < 0:
            raise ValueError("these readers are for streaming; say how many bytes")
        while not self._left:
            try:
                piece = next(self._pieces, None)
            except BaseException as error:
                self.error = error
                raise
            if piece is None:
                return b""
            self._left = memoryview(piece)
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)


class ErrorKeepingWriter:
    """A writer that remembers its error, for the same reason."""

    def __init__(self, sink: Writer) -> None:
        self._sink = sink
        self.error: BaseException | None = None

    def write(self, data: bytes, /) -> int:
        """Hand the bytes on."""
        try:
            return self._sink.write(data)
        except BaseException as error:
            self.error = error
            raise

    def flush(self) -> None:
        """Do nothing: durability is the sink's own business."""


class Abandoned(Exception):
    """Raised inside the producer when nobody wants the rest."""


class Pump(Iterator[bytes]):
    """Run ``produce(writer)`` in a thread and iterate over what it writes, in pieces of about 256 KiB."""

    def __init__(self, produce: Callable[[Writer], None]) -> None:
        self._produce = produce
        self._changed = threading.Condition()
        self._pieces: deque[bytes] = deque()
        self._gathered = bytearray()
        self._closed = self._finished = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def __next__(self) -> bytes:
        """Return the next piece; raise what the producer raised once its pieces are used up."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ipx-pump", daemon=True)
            self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._finished)
            if self._pieces:
                self._changed.notify_all()
                return self._pieces.popleft()
        if self._error is not None:
            raise self._error
        raise StopIteration

    def close(self) -> None:
        """Tell the producer to stop, and wait until it has."""
        with self._changed:
            self._closed = True
            self._pieces.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def write(self, data: bytes, /) -> int:
        """Take bytes from the producer; waits while the reader is slow. Raises Abandoned when it has gone."""
        self._gathered += data
        if len(self._gathered) >= PIECE:
            self._hand_over()
        return len(data)

    def flush(self) -> None:
        """Do nothing: pieces go out when they are full."""

    def _hand_over(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._pieces) < MOST_PIECES)
            if self._closed:
                raise Abandoned
            self._pieces.append(bytes(self._gathered))
            self._gathered.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            self._produce(self)
            if self._gathered:
                self._hand_over()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the pieces are read
            self._error = None if isinstance(error, Abandoned) else error
        finally:
            with self._changed:
                self._finished = True
                self._changed.notify_all()
