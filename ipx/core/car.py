"""CARv1, the archive of blocks that every IPFS tool can import: a header with the root, then the blocks.

The root is known only when the last block is, so the writer leaves room for it: the header's length never
changes. It must never hold a block longer than it takes to write it.
Format: https://ipld.io/specs/transport/car/carv1/
"""

from typing import IO

from ipx.core.cid import BYTE_LENGTH, Cid
from ipx.core.dagpb import varint
from ipx.core.unixfs import Block

HEADER_LENGTH = 59


def header(root: Cid) -> bytes:
    """Return the 59 bytes that begin an archive of one root: ``{"roots": [root], "version": 1}`` in DAG-CBOR."""
    link = b"\xd8\x2a\x58" + bytes((BYTE_LENGTH + 1,)) + b"\x00" + bytes(root)  # tag 42, byte string, multibase 0
    body = b"\xa2\x65roots\x81" + link + b"\x67version\x01"
    return varint(len(body)) + body


def section_head(block: Block) -> bytes:
    """Return what stands before a block's bytes: the length of what follows, and the CID."""
    return varint(BYTE_LENGTH + len(block.data)) + bytes(block.cid)


class CarWriter:
    """Write an archive block by block to a seekable file, and its root at the end."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        sink.write(bytes(HEADER_LENGTH))

    def add(self, block: Block) -> None:
        """Append a block; the order is free."""
        self._sink.write(section_head(block))
        self._sink.write(block.data)

    def finish(self, root: Cid) -> None:
        """Write the header into the room left for it. Until then the archive is refused by every reader."""
        self._sink.seek(0)
        self._sink.write(header(root))
        self._sink.seek(0, 2)
