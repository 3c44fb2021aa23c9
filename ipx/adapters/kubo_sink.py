"""A file being written into Kubo: its blocks go to the node while they are made, and are pinned at the end.

Between the two a garbage collection may take blocks. The pin then fails, as the node walks the whole file for it, and
the file is sent again from a copy staged as a CAR: imported and pinned in one step, under the node's lock. It must
never call a file stored before it has seen the pin.
"""

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from ipx.adapters.block_making import BlockMaker
from ipx.adapters.kubo_calls import Client, add_pin, await_pin, get_block, is_pinned, node_errors
from ipx.adapters.kubo_sending import EarlySender
from ipx.core.car import CarWriter
from ipx.core.cid import Cid
from ipx.core.errors import NotFound, Unavailable
from ipx.core.ports import StoredFile
from ipx.core.unixfs import PROFILE, Block

_log = logging.getLogger(__name__)


class Node(Protocol):
    """What a sink asks of the store that it writes for."""

    def client(self) -> Client:
        """Return a client of the node."""

    def import_unpinned(self, archive: Iterator[bytes]) -> int:
        """Import a CAR without a pin; return how many blocks the node took. Raises Unavailable."""

    def remove_blocks(self, blocks: Sequence[Cid]) -> None:
        """Remove blocks that no pin holds. Raises Unavailable."""


class CarSink:
    """One file being written: sent early, and staged in an unnamed file, which the end of the process removes."""

    def __init__(self, node: Node, staging: Path | None, *, replace: bool) -> None:
        self._node = node
        self._maker = BlockMaker(self._stage)
        self._early = EarlySender(node.import_unpinned)
        self._replaced: dict[Cid, None] | None = {} if replace else None
        with node_errors():
            # ipfshttpclient wants a file with a name; unlinked at once, it goes with the process at the latest.
            self._file = tempfile.NamedTemporaryFile(dir=staging, delete=False)  # noqa: SIM115
            Path(self._file.name).unlink()
            self._car = CarWriter(self._file)
        self._writable, self._is_ended, self._is_stored = True, False, False

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        if self._is_ended:
            raise ValueError("This file is ended; begin another.")
        self._interrupt()
        self._maker.write(data)
        self._writable = True
        return len(data)

    def flush(self) -> None:
        """Do nothing: durability is the business of ``finish``."""

    def root(self) -> str:
        """End the file and return its CID; the node may have blocks of it, and no pin."""
        if not self._is_ended:
            self._interrupt()
            self._maker.finish()
            self._writable = self._is_ended = True
        return str(self._maker.root)

    def finish(self) -> StoredFile:
        """Pin what was sent, or import and pin the staged copy in one step; then look at pin and root."""
        root = Cid.parse(self.root())
        self._interrupt()
        is_sent = self._early.finish()
        with self._node.client() as client:
            if self._replaced is not None:
                self._make_room(client, root)
            # Kubo pins anew by dropping the old pin first; a crash of the node in between would lose a stored file.
            if not is_pinned(client, root):
                if not (is_sent and add_pin(client, root)):
                    self._import(client, root)
                await_pin(client, root)
            root.verify(get_block(client, root))
        self._is_stored = True
        self._file.close()
        return StoredFile(str(root), PROFILE.name, self._maker.size)

    def _make_room(self, client: Client, root: Cid) -> None:
        """Drop pin and blocks first: a node does not write a block that it believes to have, however damaged."""
        with contextlib.suppress(NotFound), node_errors():
            client.pin.rm(str(root))
        self._node.remove_blocks(list(self._replaced or ()))

    def _import(self, client: Client, root: Cid) -> None:
        with node_errors():
            self._car.finish(root)
            self._file.seek(0)
            answer = client.dag.imprt(self._file, opts={"pin-roots": "true"})["Root"]
            imported, problem = answer["Cid"]["/"], answer["PinErrorMsg"]
        if imported != str(root) or problem:
            raise Unavailable(f"Kubo imported {imported} where {root} was sent. {problem}")

    def abort(self) -> None:
        """Forget what was staged, and remove what the node has of it, unless the file is finished."""
        self._writable = False
        self._maker.stop()
        self._file.close()
        self._early.stop()
        if self._is_stored or not self._early.sent:
            return
        self._is_stored = True  # a repeat has nothing to do
        try:
            self._node.remove_blocks(list(reversed(self._early.sent)))
        except Unavailable as error:
            # Whoever gives a file up has an error of his own to tell, and no pin holds these blocks.
            _log.warning("Blocks of an unfinished file are left to the garbage collection of Kubo: %s", error)

    def _stage(self, blocks: list[Block]) -> None:
        with node_errors():
            for block in blocks:
                self._car.add(block)
        for block in blocks:
            if self._replaced is None:
                self._early.add(block)
            else:  # a node does not write what it believes to have: nothing is sent before room was made
                self._replaced[block.cid] = None

    def _interrupt(self) -> None:
        """Close the sink until the step has succeeded: a block that was not staged must not be forgotten."""
        if not self._writable:
            raise ValueError("This file is finished, given up or failed; begin another.")
        self._writable = False
