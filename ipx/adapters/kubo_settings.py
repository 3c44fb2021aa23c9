"""Which settings of a Kubo node are not safe for confidential documents, as far as the node tells. Pure.

docs/kubo.md says why each matters and how to set it. The ciphertext of a document is all that a node ever has; still,
who may fetch it today can keep it for the day on which the cipher falls.
"""

from collections.abc import Iterator, Mapping
from typing import Any

LOOPBACK = ("/ip4/127.", "/ip6/::1/", "/unix/")


def judge(config: Mapping[str, Any], *, online: bool) -> list[str]:
    """Return one warning for each setting that is not safe; ``config`` is the answer of ``config/show``.

    ``online``: the daemon runs without ``--offline``, so that it has peers.
    """
    return [*_durability(config), *_listeners(config), *(_swarm(config) if online else ())]


def _durability(config: Mapping[str, Any]) -> Iterator[str]:
    if _is_unsynced(_part(config, "Datastore", "Spec")):
        yield "a power cut may lose new blocks: set sync to true in Datastore.Spec"


def _listeners(config: Mapping[str, Any]) -> Iterator[str]:
    """Between containers the RPC cannot be on loopback; then only their network keeps others away."""
    exposed = _exposed(config, "API")
    if exposed and not _part(config, "API", "Authorizations"):
        yield (
            f"its RPC, which is an administrator's, listens on {exposed[0]} without authorisation: bind Addresses.API "
            "to 127.0.0.1, or set API.Authorizations, unless a private network keeps everybody else away"
        )
    if gateway := _exposed(config, "Gateway"):
        yield f"its gateway gives blocks to everybody on {gateway[0]}: empty Addresses.Gateway"


def _swarm(config: Mapping[str, Any]) -> Iterator[str]:
    if swarm := _exposed(config, "Swarm"):
        yield f"it listens for peers on {swarm[0]}: empty Addresses.Swarm, or give the swarm a key of its own"
    if _texts(_part(config, "Bootstrap")):
        yield "it calls bootstrap peers: empty Bootstrap"
    if _part(config, "Routing", "Type") != "none":
        yield "it can announce and look up blocks: set Routing.Type to none"
    if _part(config, "Provide", "Enabled") is not False:
        yield "it announces what it has: set Provide.Enabled to false"
    if _part(config, "Discovery", "MDNS", "Enabled") is not False:
        yield "it looks for peers in the local network: set Discovery.MDNS.Enabled to false"


def _exposed(config: Mapping[str, Any], kind: str) -> list[str]:
    """Return the addresses of this kind that other machines can reach."""
    return [address for address in _texts(_part(config, "Addresses", kind)) if not address.startswith(LOOPBACK)]


def _part(config: Any, *path: str) -> Any:
    for name in path:
        config = config.get(name) if isinstance(config, Mapping) else None
    return config


def _texts(value: Any) -> list[str]:
    """Return a setting that may be one text, a list of them, or absent."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text]


def _is_unsynced(spec: object) -> bool:
    """Look for ``"sync": false`` anywhere in the nested description of the node's data store."""
    if isinstance(spec, dict):
        return spec.get("sync") is False or any(_is_unsynced(part) for part in spec.values())
    return isinstance(spec, list) and any(_is_unsynced(part) for part in spec)
