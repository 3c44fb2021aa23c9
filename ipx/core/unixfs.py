"""Files as blocks: cut into blocks with CIDs, and put together again, block by block verified.

FROZEN, as every anchored CID depends on it: docs/spec/cid-profile.md is the specification and
docs/spec/vectors/cid_profile.json its vectors. It never does input or output: blocks go out and come in
through the caller.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ipx.core.cid import DAG_PB, RAW, Cid
from ipx.core.dagpb import Link, decode_node, encode_node
from ipx.core.errors import Tampered


@dataclass(frozen=True)
class Profile:
    """How a file is cut: bytes in a leaf, links in a node. Leaves are raw blocks, the tree is balanced."""

    name: str
    chunk_size: int
    max_links: int


PROFILE = Profile("unixfs-v1-2025", chunk_size=1 << 20, max_links=1024)  # IPIP-499

# 1,024 links of 1,024 links of 1,024 leaves of 1 MiB are a pebibyte; deeper trees are an attack.
DEEPEST_TREE = 4


@dataclass(frozen=True)
class Block:
    """One block to store: its name and its bytes."""

    cid: Cid
    data: bytes


class Importer:
    """Turn a stream of bytes into blocks; memory stays at one leaf and the open nodes.

    ``feed`` and ``finish`` return the blocks that became complete, children before parents.
    """

    def __init__(self, profile: Profile = PROFILE) -> None:
        self.profile = profile
        self.size = 0
        # One buffer for every leaf. Keeping the pieces until they make one would be simpler, and takes twice the time
        # of a whole deposit: the allocator gives their memory back to the system and asks for it again, leaf by leaf.
        self._pending = bytearray()
        self._pending_size = 0
        self._levels: list[list[Link]] = [[]]
        self._root: Cid | None = None

    @property
    def root(self) -> Cid:
        """The file's CID, known after ``finish``."""
        if self._root is None:
            raise ValueError("The root is known only when the file is finished.")
        return self._root

    def feed(self, data: bytes) -> list[Block]:
        """Take the next bytes, in pieces of any length."""
        self._refuse_if_finished()
        self.size += len(data)
        if not self._pending_size and len(data) == self.profile.chunk_size:
            return self._add_leaf(bytes(data))  # bytes are not copied by this
        blocks: list[Block] = []
        left = memoryview(data)
        while self._pending_size + len(left) >= self.profile.chunk_size:
            taken = self.profile.chunk_size - self._pending_size
            blocks += self._add_leaf(self._leaf_ending_with(left[:taken]))
            left = left[taken:]
        self._keep(left)
        return blocks

    def finish(self) -> list[Block]:
        """End the file. An empty file is one empty leaf; a file of one leaf has that leaf as its root."""
        self._refuse_if_finished()
        blocks: list[Block] = []
        if self._pending_size or not self.size:
            blocks = self._add_leaf(self._leaf_ending_with(memoryview(b"")))
        level = 0
        while level + 1 < len(self._levels) or len(self._levels[level]) > 1:
            if self._levels[level]:
                blocks += self._close_node(level)
            level += 1
        (top,) = self._levels[level]
        self._root = top.cid
        return blocks

    def _refuse_if_finished(self) -> None:
        if self._root is not None:
            raise ValueError("This file is finished; begin another.")

    def _keep(self, piece: memoryview) -> None:
        if not piece:
            return
        if not self._pending:
            self._pending = bytearray(self.profile.chunk_size)
        self._pending[self._pending_size : self._pending_size + len(piece)] = piece
        self._pending_size += len(piece)

    def _leaf_ending_with(self, piece: memoryview) -> bytes:
        if not self._pending_size:
            return bytes(piece)
        self._keep(piece)
        leaf = bytes(memoryview(self._pending)[: self._pending_size])
        self._pending_size = 0
        return leaf

    def _add_leaf(self, chunk: bytes) -> list[Block]:
        cid = Cid.of(RAW, chunk)
        return [Block(cid, chunk), *self._append(0, Link(cid, len(chunk), len(chunk)))]

    def _append(self, level: int, link: Link) -> list[Block]:
        """Add a child; a node that is now full is written at once, so that nothing piles up."""
        if level == len(self._levels):
            self._levels.append([])
        self._levels[level].append(link)
        full = len(self._levels[level]) == self.profile.max_links
        return self._close_node(level) if full else []

    def _close_node(self, level: int) -> list[Block]:
        links, self._levels[level] = self._levels[level], []
        data = encode_node(links)
        cid = Cid.of(DAG_PB, data)
        parent = Link(cid, sum(x.file_size for x in links), len(data) + sum(x.total_size for x in links))
        return [Block(cid, data), *self._append(level + 1, parent)]


FetchBlock = Callable[[Cid], bytes]


def read_file(root: Cid, fetch: FetchBlock) -> Iterator[bytes]:
    """Walk a file's blocks in order and give its leaves, each verified before it comes out.

    Memory stays at one leaf and one node a level. Raises Tampered, and whatever ``fetch`` raises.
    """
    return _read_below(root, None, fetch, DEEPEST_TREE)


def _read_below(cid: Cid, size: int | None, fetch: FetchBlock, deepest: int) -> Iterator[bytes]:
    block = cid.verify(fetch(cid))
    if cid.codec == RAW:
        _check_size(cid, len(block), size)
        yield block
        return
    if not deepest:
        raise Tampered("The file's tree is deeper than any that the exchange writes.")
    links = decode_node(block)
    _check_size(cid, sum(link.file_size for link in links), size)
    for link in links:
        yield from _read_below(link.cid, link.file_size, fetch, deepest - 1)


def blocks_of(root: Cid, fetch: FetchBlock) -> Iterator[Cid]:
    """Give the CIDs of a file's blocks, children before their parents; only nodes are fetched."""
    yield from _names_below(root, fetch, DEEPEST_TREE)


def _names_below(cid: Cid, fetch: FetchBlock, deepest: int) -> Iterator[Cid]:
    if cid.codec == DAG_PB and deepest:
        for link in decode_node(cid.verify(fetch(cid))):
            yield from _names_below(link.cid, fetch, deepest - 1)
    yield cid


def _check_size(cid: Cid, found: int, expected: int | None) -> None:
    if expected is not None and found != expected:
        raise Tampered(f"The block {cid} stands for {found} bytes where its parent says {expected}.")


class FileSource:
    """The port StoreSource over any store of blocks; the root and the first leaf are verified at once."""

    def __init__(self, root: Cid, fetch: FetchBlock, close: Callable[[], None] = lambda: None) -> None:
        self._pieces = read_file(root, fetch)
        self._close = close
        self._left = memoryview(next(self._pieces, b""))

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, often fewer; all that is left for -1; ``b""`` at the end only."""
        if size < 0:
            first, self._left = bytes(self._left), memoryview(b"")
            return b"".join((first, *self._pieces))
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = memoryview(piece)
        taken, self._left = bytes(self._left[:size]), self._left[size:]
        return taken

    def close(self) -> None:
        """Let go of the file; nothing can be read any more."""
        self._pieces, self._left = iter(()), memoryview(b"")
        self._close()
