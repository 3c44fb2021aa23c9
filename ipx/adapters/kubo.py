"""The DocumentStore in a Kubo node, over its RPC.

We make the blocks ourselves and hand them over as a CAR (``dag/import``), so that no default of a node can change
a CID; whatever comes back is verified block by block. It must never ask the network for a block (every call is
``offline``) and never touch a pin or a block that it was not asked for. The RPC is an administrator's: keep it off
any public address.
"""

import contextlib
import json
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import requests

from ipx.adapters.kubo_calls import Client, get_block, has_block, is_pinned, node_errors, parsed
from ipx.adapters.kubo_settings import judge
from ipx.adapters.kubo_sink import CarSink
from ipx.core.cid import Cid
from ipx.core.errors import Invalid, NotFound, Tampered, Unavailable
from ipx.core.unixfs import FileSource, blocks_of

CONNECT_SECONDS = 5
REMOVED_AT_ONCE = 100  # the CIDs travel in the query, and servers limit its length


class KuboStore:
    """Files in the node at ``url`` (``http://[user:password@]host:port``); safe to share between threads."""

    def __init__(self, url: str, staging: Path | None = None, *, answer_seconds: float = 60) -> None:
        """Remember where the node is; nothing is sent yet.

        The folder ``staging`` holds what is being written (default: the system's). ``answer_seconds`` is how long
        the node may be silent in any call. Raises Invalid for a malformed address.
        """
        self._url = parsed(url)
        self._timeout = (CONNECT_SECONDS, answer_seconds)
        self._staging = staging
        if staging is not None:
            staging.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, *, replace: bool = False) -> CarSink:
        """Start to write a file: it goes to the node while it is written, and is staged on disk to be sent again."""
        return CarSink(self, self._staging, replace=replace)

    def open(self, cid: str) -> FileSource:
        """Open a file to read; its root and first leaf are verified at once, the rest as it is read."""
        root = Cid.parse(cid)
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(self.client())
            source = FileSource(root, lambda block: get_block(client, block), client.close)
            stack.pop_all()  # the source has the client now
        return source

    def has(self, cid: str) -> bool:
        """Tell whether the file is pinned as a whole and its root is here."""
        root = Cid.parse(cid)
        with self.client() as client:
            return is_pinned(client, root) and has_block(client, root)

    def delete(self, cid: str) -> None:
        """Unpin the file and remove its blocks; the node keeps those that another pin holds.

        A crash on the way is healed by a repeat: the root goes last, and leads to the rest.
        """
        root = Cid.parse(cid)
        with self.client() as client:
            with contextlib.suppress(NotFound), node_errors():
                client.pin.rm(cid)
            blocks = [root]
            with contextlib.suppress(NotFound, Tampered):  # a damaged node leads nowhere: its root goes at least
                blocks = list(blocks_of(root, lambda block: get_block(client, block)))
            self.remove_blocks(blocks)

    def files(self) -> Iterator[str]:
        """Return the CIDs of all files pinned in the node, whoever pinned them; no order."""
        with self.client() as client, node_errors():
            pinned = list(client.pin.ls(type="recursive")["Keys"])
        for cid in pinned:
            with contextlib.suppress(Invalid):
                yield str(Cid.parse(cid))

    def check(self) -> str:
        """Ask the node's version and settings, and name every setting that is not safe (docs/kubo.md)."""
        with self.client() as client, node_errors():
            version = client.version()["Version"]
            online = self._call("diag/sys", {}).json()["net"]["online"]
            warnings = judge(client.config.get().as_json(), online=online)
        return "; ".join([f"Kubo {version} at {self._url.hostname}:{self._url.port}", *warnings])

    def client(self) -> Client:
        """Return a client of the node. ``connect()`` would refuse every Kubo since 0.8 for its version."""
        kind = "ip6" if ":" in (self._url.hostname or "") else "dns"
        address = f"/{kind}/{self._url.hostname}/tcp/{self._url.port}/{self._url.scheme}"
        base = self._url.path.strip("/") + "/api/v0"
        return Client(address, base.lstrip("/"), offline=True, auth=self._credentials(), timeout=self._timeout)

    def remove_blocks(self, blocks: Sequence[Cid]) -> None:
        """Remove blocks that no pin holds, in their order."""
        for start in range(0, len(blocks), REMOVED_AT_ONCE):
            self._remove_some(blocks[start : start + REMOVED_AT_ONCE])

    def import_unpinned(self, archive: Iterator[bytes]) -> int:
        """Import a CAR and return how many blocks the node took; nothing keeps them from its next garbage collection.
        Raises Unavailable."""
        boundary = uuid.uuid4().hex
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        query = {"pin-roots": "false", "stats": "true", "offline": "true"}
        with node_errors():
            answer = self._call("dag/import", query, body=_multipart(archive, boundary), headers=kind)
            return int(json.loads(answer.text)["Stats"]["BlockCount"])

    def _remove_some(self, blocks: Sequence[Cid]) -> None:
        """A pinned block is reported, kept, and right so."""
        query = [("force", "true"), *(("arg", str(block)) for block in blocks)]
        with node_errors():
            answer = self._call("block/rm", query)
            problems = [json.loads(line).get("Error", "") for line in answer.text.splitlines()]
        for problem in problems:
            if problem.startswith("pin check failed"):
                raise Unavailable(
                    f"Kubo removes nothing while a pinned file lacks a block, see docs/kubo.md: {problem}"
                )
            if problem and not problem.startswith("pinned"):
                raise Unavailable(f"Kubo could not remove a block: {problem}")

    def _call(
        self, call: str, query: Any, *, body: Iterator[bytes] | None = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Call what ipfshttpclient lacks, or holds whole in memory."""
        host_and_port = self._url.netloc.rpartition("@")[2]
        address = f"{self._url.scheme}://{host_and_port}{self._url.path.rstrip('/')}/api/v0/{call}"
        answer = requests.post(
            address, params=query, data=body, headers=headers, auth=self._credentials(), timeout=self._timeout
        )
        answer.raise_for_status()
        return answer

    def _credentials(self) -> tuple[str, str] | None:
        if self._url.username is None:
            return None
        return unquote(self._url.username), unquote(self._url.password or "")


def _multipart(archive: Iterator[bytes], boundary: str) -> Iterator[bytes]:
    """Give the body of a form with one file, as the RPC wants it, piece by piece."""
    yield f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="blocks.car"\r\n'.encode()
    yield b"Content-Type: application/octet-stream\r\n\r\n"
    yield from archive
    yield f"\r\n--{boundary}--\r\n".encode()
