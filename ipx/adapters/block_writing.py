"""Writes blocks to the disk without waiting for each sync: hashing and sealing go on meanwhile.

At most MOST_WAITING blocks are written and not known to be on the disk; none of them is kept in memory. It must never
call a block written before it was forced to the disk, nor forget that the disk refused one.
"""

import contextlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ipx.core.cid import Cid
from ipx.core.unixfs import Block

SYNCERS = 8  # syncs of several files share one commit of the file system's journal
MOST_WAITING = 16


class BlockWriter:
    """Writes the blocks of one file into a folder. Small files, of one block, need no thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: set[Cid] = set()
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[tuple[Future[None], int]] = deque()

    def write(self, blocks: list[Block]) -> None:
        """Take blocks, and raise their OSError or an earlier one's. A file may hold the same block many times."""
        for block in blocks:
            if block.cid not in self._written:
                self._written.add(block.cid)
                self._put(block)

    def finish(self) -> None:
        """Wait until every block is on the disk. Raises the OSError of the first that is not."""
        self._await_room(0)
        self.stop()

    def stop(self) -> None:
        """Wait for what is being synced, and give the rest up. Never raises; harmless when repeated."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        while self._waiting:
            future, target = self._waiting.popleft()
            if future.cancelled():
                with contextlib.suppress(OSError):  # the file is given up, whatever became of it
                    os.close(target)

    def _put(self, block: Block) -> None:
        self._await_room(MOST_WAITING - 1)
        target = _write(self._folder / str(block.cid), block.data)
        if len(self._written) == 1 and self._pool is None:
            _sync(target)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(SYNCERS, thread_name_prefix="ipx-blocks")
        self._waiting.append((self._pool.submit(_sync, target), target))

    def _await_room(self, most: int) -> None:
        while len(self._waiting) > most:
            self._waiting.popleft()[0].result()


def _write(path: Path, data: bytes) -> int:
    """Write a file and return it open. Not by a file object, which asks the system five things more each time."""
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        left = memoryview(data)
        while left:  # a full disk takes a part first and refuses the rest
            left = left[os.write(target, left) :]
    except BaseException:
        os.close(target)
        raise
    return target


def _sync(target: int) -> None:
    try:
        os.fsync(target)
    finally:
        os.close(target)
