"""Sends the blocks of one file to a Kubo node while they are made, in one long request beside the work that makes them.

Nothing pins them yet: a garbage collection may take them again, and only the pin at the end tells whether all are
there. So what goes wrong here is no error of the file's; whoever pins has a staged copy to send. It must never hold
more than MOST_WAITING blocks.
"""

import threading
from collections.abc import Callable, Iterator
from queue import Queue

from ipx.core.car import header, section_head
from ipx.core.cid import Cid
from ipx.core.errors import ExchangeError
from ipx.core.unixfs import Block

MOST_WAITING = 6  # blocks, of at most 1 MiB; a file of no more is not sent early at all
PIECE = 1 << 18  # sent at a time: the HTTP library copies each, and a whole block's copy would cost new memory

Send = Callable[[Iterator[bytes]], int]
"""Import an archive without pinning and return how many blocks the node took; raises Unavailable."""


class EarlySender:
    """The blocks of one file."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: Queue[Block | None] = Queue(MOST_WAITING)  # None: there are no more
        self._thread: threading.Thread | None = None
        self._last: Block | None = None
        self._sent: list[Cid] = []
        self._taken = 0

    @property
    def sent(self) -> list[Cid]:
        """The blocks that the node may have by now, in the order in which they were made: children before parents."""
        return self._sent

    def add(self, block: Block) -> None:
        """Take the next block. Never raises; waits while the node is slower than what makes the blocks.

        The last block, which is the file's root, is kept back until ``finish``: nothing is to be found under it before.
        """
        before, self._last = self._last, block
        if before is not None:
            self._put(before)

    def finish(self) -> bool:
        """Send the rest and wait. Tell whether the node took all blocks of the file, whatever became of them since."""
        if self._thread is None:
            return False
        if self._last is not None:
            self._put(self._last)
        self.stop()
        return self._taken == len(self._sent)

    def stop(self) -> None:
        """Wait until what was handed over is sent, or has failed. Harmless when repeated."""
        self._last = None
        if self._thread is not None and self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def _put(self, block: Block) -> None:
        if self._waiting.full() and self._thread is None:
            # A daemon, as a file that nobody ends must not keep the process from ending.
            self._thread = threading.Thread(target=self._run, name="ipx-kubo", daemon=True)
            self._thread.start()
        self._waiting.put(block)

    def _run(self) -> None:
        blocks = iter(self._waiting.get, None)
        try:
            self._taken = self._send(self._archive(blocks))
        except ExchangeError:
            pass  # the whole file is sent at the end, and what is wrong with the node is said then
        finally:
            for _ in blocks:  # or who makes them would wait for ever
                pass

    def _archive(self, blocks: Iterator[Block]) -> Iterator[bytes]:
        """Give a CAR of the blocks piece by piece. Its root means nothing, but a reader wants one."""
        for number, block in enumerate(blocks):
            self._sent.append(block.cid)
            if not number:
                yield header(block.cid)
            yield section_head(block)
            for start in range(0, len(block.data), PIECE):
                yield block.data[start : start + PIECE]
