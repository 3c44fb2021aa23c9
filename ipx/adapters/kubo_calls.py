"""Single calls of a Kubo node's RPC, and what its errors mean. Holds no file and no state."""

import contextlib
import os
import time
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from ipx.core.cid import Cid
from ipx.core.errors import Invalid, NotFound, Unavailable

# The client's patched copy of requests warns with urllib3 2 and breaks with 3; only unix sockets need it.
os.environ.setdefault("PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS", "no")
from ipfshttpclient import Client
from ipfshttpclient.exceptions import Error, ErrorResponse

__all__ = ["Client", "add_pin", "await_pin", "get_block", "has_block", "is_pinned", "node_errors", "parsed"]


def parsed(url: str) -> SplitResult:
    """Take the RPC's address apart. Raises Invalid."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port:
            return parts
    raise Invalid("The address of Kubo's RPC must look like http://127.0.0.1:5001.")


def get_block(client: Client, block: Cid) -> bytes:
    """Return a block's bytes, not verified. Raises NotFound, Unavailable."""
    with node_errors():
        return bytes(client.block.get(str(block)))


def has_block(client: Client, block: Cid) -> bool:
    """Tell whether the node has the block, without asking any peer."""
    try:
        with node_errors():
            client.block.stat(str(block))
    except NotFound:
        return False
    return True


def is_pinned(client: Client, root: Cid) -> bool:
    """Tell whether the file is pinned as a whole."""
    try:
        with node_errors():
            return str(root) in client.pin.ls(str(root), type="recursive")["Keys"]
    except NotFound:
        return False


def add_pin(client: Client, root: Cid) -> bool:
    """Pin a file whose blocks are here, each of which the node looks at; False when one is not."""
    try:
        with node_errors():
            client.pin.add(str(root))
    except NotFound:
        return False
    return True


def await_pin(client: Client, root: Cid) -> None:
    """See the pin. It is away for a moment while somebody else adds the same file: see ``finish``."""
    for pause in (0.05, 0.1, 0.2, 0.4, 0.8):
        if is_pinned(client, root):
            return
        time.sleep(pause)
    raise Unavailable(f"Kubo took the file {root} but has no pin for it.")


# What Kubo says (0.39; seen) when something is not there; all else is trouble that may pass.
_ABSENT = ("not pinned", "could not find", "not found locally")


@contextlib.contextmanager
def node_errors() -> Iterator[None]:
    """Turn what the client raises into NotFound and Unavailable."""
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
