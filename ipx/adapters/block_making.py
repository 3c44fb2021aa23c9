"""Makes the blocks of one file in a thread beside the work that makes its bytes: two cores seal and hash at once.

At most MOST_WAITING leaves of bytes wait, besides the one that is being gathered and the one that is being cut. It must
never pass on a block after one that was refused, nor forget the refusal.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from ipx.core.cid import Cid
from ipx.core.unixfs import PROFILE, Block, Importer

MOST_WAITING = 3


class BlockMaker:
    """Cuts what is written into blocks and passes them to ``take``, in their order. A file of one leaf needs no thread.

    One thread writes, finishes and stops. ``take`` is called in another one, never in two at a time.
    """

    def __init__(self, take: Callable[[list[Block]], None]) -> None:
        self._take = take
        self._importer = Importer()
        self._gathered: list[bytes] = []  # pieces of one leaf, joined in the thread
        self._left = 0  # bytes until that leaf is full
        # A pool of one, as its thread ends with it: also for a file that nobody finishes or gives up.
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[None]] = deque()
        self._has_failed = False

    @property
    def root(self) -> Cid:
        """The file's CID, known after ``finish``."""
        return self._importer.root

    @property
    def size(self) -> int:
        """The bytes of the file, all of them after ``finish``."""
        return self._importer.size

    def write(self, data: bytes) -> None:
        """Take the next bytes. Raises what ``take`` raised, for these bytes or for earlier ones."""
        if self._pool is None:
            self._make([data])
            self._begin_thread_after_first_leaf()
            return
        start = 0
        while start < len(data):
            piece = data[start : start + self._left]
            self._gathered.append(piece)
            self._left -= len(piece)
            start += len(piece)
            if not self._left:
                self._hand_over(self._pool)

    def finish(self) -> None:
        """End the file: every block was passed on when this returns. Raises what ``take`` raised first."""
        if self._pool is not None:
            self._hand_over(self._pool)
            while self._waiting:
                self._waiting.popleft().result()
        self._take(self._importer.finish())
        self.stop()

    def stop(self) -> None:
        """Wait for what is being cut, and give the rest up. Never raises; harmless when repeated."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin_thread_after_first_leaf(self) -> None:
        if self._importer.size > PROFILE.chunk_size:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="ipx-leaves")
            self._left = PROFILE.chunk_size - self._importer.size % PROFILE.chunk_size

    def _hand_over(self, pool: ThreadPoolExecutor) -> None:
        while len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft().result()
        self._waiting.append(pool.submit(self._make, self._gathered))
        self._gathered, self._left = [], PROFILE.chunk_size

    def _make(self, pieces: list[bytes]) -> None:
        if self._has_failed:
            return  # whoever writes is told of the first refusal by the leaf that met it
        try:
            self._take(self._importer.feed(b"".join(pieces)))
        except BaseException:
            self._has_failed = True
            raise
