"""Writes blocks to the disk beside the work that makes them: hashing and sealing need not wait for each sync.

At most MOST_WAITING blocks are in memory. It must never call a block written before it was forced to the disk, nor
forget that the disk refused one.
"""

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ipx.core.cid import Cid
from ipx.core.unixfs import Block

WRITERS = 4  # syncs of several files share one commit of the file system's journal
MOST_WAITING = 8


class BlockWriter:
    """Writes the blocks of one file into a folder. Small files, of one block, need no thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: set[Cid] = set()
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[None]] = deque()

    def write(self, blocks: list[Block]) -> None:
        """Take blocks, and raise the OSError of an earlier one. A file may hold the same block many times."""
        for block in blocks:
            if block.cid not in self._written:
                self._written.add(block.cid)
                self._put(block)

    def finish(self) -> None:
        """Wait until every block is on the disk. Raises the OSError of the first that is not."""
        while self._waiting:
            self._waiting.popleft().result()
        self.stop()

    def stop(self) -> None:
        """Wait for what is being written, and give the rest up. Never raises; harmless when repeated."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _put(self, block: Block) -> None:
        if len(self._written) == 1 and self._pool is None:
            _write(self._folder / str(block.cid), block.data)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="ipx-blocks")
        while len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(_write, self._folder / str(block.cid), block.data))


def _write(path: Path, data: bytes) -> None:
    # Not by a file object: it asks the system five more things, and for each this thread lets others run and waits.
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        left = memoryview(data)
        while left:  # a full disk takes a part first and refuses the rest
            left = left[os.write(target, left) :]
        os.fsync(target)
    finally:
        os.close(target)
