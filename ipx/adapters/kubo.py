"""The DocumentStore in a Kubo node, over its RPC.

We make the blocks ourselves and hand them over as a CAR (``dag/import``), so that no default of a node can change
a CID; whatever comes back is verified block by block. It must never ask the network for a block (every call is
``offline``) and never touch a pin or a block that it was not asked for. The RPC is an administrator's: keep it off
any public address.
"""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import requests

from ipx.core.car import CarWriter
from ipx.core.cid import Cid
from ipx.core.errors import Invalid, NotFound, Unavailable
from ipx.core.ports import StoredFile
from ipx.core.unixfs import PROFILE, Block, FileSource, Importer, blocks_of

# The client's patched copy of requests warns with urllib3 2 and breaks with 3; only unix sockets need it.
os.environ.setdefault("PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS", "no")
from ipfshttpclient import Client
from ipfshttpclient.exceptions import Error, ErrorResponse

CONNECT_SECONDS = 5
REMOVED_AT_ONCE = 100  # the CIDs travel in the query, and servers limit its length


class KuboStore:
    """Files in the node at ``url`` (``http://[user:password@]host:port``); safe to share between threads."""

    def __init__(self, url: str, staging: Path | None = None, *, answer_seconds: float = 60) -> None:
        """Remember where the node is; nothing is sent yet.

        The folder ``staging`` holds what is being written (default: the system's). ``answer_seconds`` is how long
        the node may be silent in any call. Raises Invalid for a malformed address.
        """
        self._url = _parsed(url)
        self._timeout = (CONNECT_SECONDS, answer_seconds)
        self._staging = staging
        if staging is not None:
            staging.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self) -> "CarSink":
        """Start to write a file; it is staged on disk, as its root, which comes first in a CAR, is known last."""
        return CarSink(self, self._staging)

    def open(self, cid: str) -> FileSource:
        """Open a file to read; its root and first leaf are verified at once, the rest as it is read."""
        root = Cid.parse(cid)
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(self.client())
            source = FileSource(root, lambda block: _get_block(client, block), client.close)
            stack.pop_all()  # the source has the client now
        return source

    def has(self, cid: str) -> bool:
        """Tell whether the file is pinned as a whole and its root is here."""
        root = Cid.parse(cid)
        with self.client() as client:
            return _is_pinned(client, root) and _has_block(client, root)

    def delete(self, cid: str) -> None:
        """Unpin the file and remove its blocks; the node keeps those that another pin holds.

        A crash on the way is healed by a repeat: the root goes last, and leads to the rest.
        """
        root = Cid.parse(cid)
        with self.client() as client:
            with contextlib.suppress(NotFound), _node_errors():
                client.pin.rm(cid)
            with contextlib.suppress(NotFound):
                blocks = list(blocks_of(root, lambda block: _get_block(client, block)))
                for start in range(0, len(blocks), REMOVED_AT_ONCE):
                    self._remove_blocks(blocks[start : start + REMOVED_AT_ONCE])

    def files(self) -> Iterator[str]:
        """Return the CIDs of all files pinned in the node, whoever pinned them; no order."""
        with self.client() as client, _node_errors():
            pinned = list(client.pin.ls(type="recursive")["Keys"])
        for cid in pinned:
            with contextlib.suppress(Invalid):
                yield str(Cid.parse(cid))

    def check(self) -> str:
        """Ask the node's version, and warn when it does not force blocks to the disk."""
        with self.client() as client, _node_errors():
            version = client.version()["Version"]
            spec = client.config.get().as_json()["Datastore"]["Spec"]
        warning = "; a power cut may lose new blocks: set sync to true in Datastore.Spec" if _unsynced(spec) else ""
        return f"Kubo {version} at {self._url.hostname}:{self._url.port}{warning}"

    def client(self) -> Client:
        """Return a client of the node. ``connect()`` would refuse every Kubo since 0.8 for its version."""
        kind = "ip6" if ":" in (self._url.hostname or "") else "dns"
        address = f"/{kind}/{self._url.hostname}/tcp/{self._url.port}/{self._url.scheme}"
        base = self._url.path.strip("/") + "/api/v0"
        return Client(address, base.lstrip("/"), offline=True, auth=self._credentials(), timeout=self._timeout)

    def _remove_blocks(self, blocks: Sequence[Cid]) -> None:
        """Call ``block/rm``, which ipfshttpclient lacks. A pinned block is reported, kept, and right so."""
        host_and_port = self._url.netloc.rpartition("@")[2]
        address = f"{self._url.scheme}://{host_and_port}{self._url.path.rstrip('/')}/api/v0/block/rm"
        query = [("force", "true"), *(("arg", str(block)) for block in blocks)]
        with _node_errors():
            answer = requests.post(address, params=query, auth=self._credentials(), timeout=self._timeout)
            answer.raise_for_status()
            problems = [json.loads(line).get("Error", "") for line in answer.text.splitlines()]
        for problem in problems:
            if problem and not problem.startswith("pinned"):
                raise Unavailable(f"Kubo could not remove a block: {problem}")

    def _credentials(self) -> tuple[str, str] | None:
        if self._url.username is None:
            return None
        return unquote(self._url.username), unquote(self._url.password or "")


class CarSink:
    """One file being written: staged as a CAR in an unnamed file, which the end of the process removes."""

    def __init__(self, store: KuboStore, staging: Path | None) -> None:
        self._store = store
        self._importer = Importer()
        with _node_errors():
            # ipfshttpclient wants a file with a name; unlinked at once, it goes with the process at the latest.
            self._file = tempfile.NamedTemporaryFile(dir=staging, delete=False)  # noqa: SIM115
            Path(self._file.name).unlink()
            self._car = CarWriter(self._file)
        self._writable = True

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        self._interrupt()
        self._stage(self._importer.feed(data))
        self._writable = True
        return len(data)

    def flush(self) -> None:
        """Do nothing: durability is the business of ``finish``."""

    def finish(self) -> StoredFile:
        """Import and pin in one step, so that no garbage collection comes between; then look at both."""
        self._interrupt()
        self._stage(self._importer.finish())
        root = self._importer.root
        with self._store.client() as client:
            # Kubo pins anew by dropping the old pin first; a crash of the node in between would lose a stored file.
            if not _is_pinned(client, root):
                self._import(client, root)
                _await_pin(client, root)
            root.verify(_get_block(client, root))
        self._file.close()
        return StoredFile(str(root), PROFILE.name, self._importer.size)

    def _import(self, client: Client, root: Cid) -> None:
        with _node_errors():
            self._car.finish(root)
            self._file.seek(0)
            answer = client.dag.imprt(self._file, opts={"pin-roots": "true"})["Root"]
            imported, problem = answer["Cid"]["/"], answer["PinErrorMsg"]
        if imported != str(root) or problem:
            raise Unavailable(f"Kubo imported {imported} where {root} was sent. {problem}")

    def abort(self) -> None:
        """Forget what was staged; nothing was sent yet, or all of it is finished."""
        self._writable = False
        self._file.close()

    def _stage(self, blocks: list[Block]) -> None:
        with _node_errors():
            for block in blocks:
                self._car.add(block)

    def _interrupt(self) -> None:
        """Close the sink until the step has succeeded: a block that was not staged must not be forgotten."""
        if not self._writable:
            raise ValueError("This file is finished, given up or failed; begin another.")
        self._writable = False


def _parsed(url: str) -> SplitResult:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port:
            return parts
    raise Invalid("The address of Kubo's RPC must look like http://127.0.0.1:5001.")


def _get_block(client: Client, block: Cid) -> bytes:
    with _node_errors():
        return bytes(client.block.get(str(block)))


def _has_block(client: Client, block: Cid) -> bool:
    try:
        with _node_errors():
            client.block.stat(str(block))
    except NotFound:
        return False
    return True


def _is_pinned(client: Client, root: Cid) -> bool:
    try:
        with _node_errors():
            return str(root) in client.pin.ls(str(root), type="recursive")["Keys"]
    except NotFound:
        return False


def _await_pin(client: Client, root: Cid) -> None:
    """See the pin. It is away for a moment while somebody else adds the same file: see ``finish``."""
    for pause in (0.05, 0.1, 0.2, 0.4, 0.8):
        if _is_pinned(client, root):
            return
        time.sleep(pause)
    raise Unavailable(f"Kubo took the file {root} but has no pin for it.")


def _unsynced(spec: object) -> bool:
    """Look for ``"sync": false`` anywhere in the nested description of the node's data store."""
    if isinstance(spec, dict):
        return spec.get("sync") is False or any(_unsynced(part) for part in spec.values())
    return isinstance(spec, list) and any(_unsynced(part) for part in spec)


# What Kubo says (0.39; seen) when something is not there; all else is trouble that may pass.
_ABSENT = ("not pinned", "could not find", "not found locally")


@contextlib.contextmanager
def _node_errors() -> Iterator[None]:
    try:
        yield
    except ErrorResponse as error:
        text = str(error)
        if any(phrase in text for phrase in _ABSENT):
            raise NotFound(f"Kubo: {text}") from error
        raise Unavailable(f"Kubo: {text}") from error
    except (Error, OSError) as error:  # OSError: requests' own errors while a body is read, and the staging disk
        raise Unavailable(f"Kubo did not answer: {error}") from error
    except (AssertionError, LookupError, TypeError, ValueError) as error:  # raised by what takes an answer apart
        raise Unavailable(f"Kubo's answer is not one that we understand: {error!r}") from error
