"""How each endpoint is: asked, compared with the deployment, and with what the others call final. Decides nothing but
which endpoint is asked first."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ipx.adapters.evm.endpoints import Endpoint, Endpoints
from ipx.adapters.evm.rpc import NodeError, Rpc
from ipx.core.errors import Tampered, Unavailable
from ipx.core.ports import Block, EndpointHealth

LAG_BLOCKS = 5  # what a healthy node may be behind another one
OK, BEHIND, AWAY, WRONG, DISAGREES = "ok", "behind", "away", "wrong", "disagrees"


@dataclass(frozen=True)
class View:
    """How an endpoint is asked for blocks, by the rules of finality in the settings."""

    head: Callable[[], Block]
    final_height: Callable[[], int]
    block: Callable[[int], Block | None]


ViewOf = Callable[[Rpc], View]


def examine(endpoints: Endpoints, view_of: ViewOf, known: Block | None) -> list[EndpointHealth]:
    """Ask all endpoints; prefer another one where the present one is behind or not well. ``known`` was final before."""
    found = [_ask(endpoints, endpoint, view_of) for endpoint in endpoints.all]
    found = _mark_behind(found)
    found = _mark_disagreeing(endpoints, found, view_of, known)
    _choose(endpoints, found)
    return found


def _ask(endpoints: Endpoints, endpoint: Endpoint, view_of: ViewOf) -> EndpointHealth:
    view = view_of(endpoint.rpc)
    endpoints.forget(endpoint)  # a balancer may have put another node behind the same address
    try:
        head, final = endpoints.ask(endpoint, lambda rpc: (view.head().number, view.final_height()))
    except Tampered as error:
        return EndpointHealth(endpoint.name, WRONG, None, None, error.message)
    except Unavailable as error:
        return EndpointHealth(endpoint.name, AWAY, None, None, error.message)
    return EndpointHealth(endpoint.name, OK, head, final)


def _mark_behind(found: list[EndpointHealth]) -> list[EndpointHealth]:
    best = max((health.head for health in found if health.head is not None), default=0)
    return [
        replace(health, state=BEHIND, note=f"{best - health.head} blocks behind another endpoint")
        if health.head is not None and health.head < best - LAG_BLOCKS
        else health
        for health in found
    ]


def _mark_disagreeing(
    endpoints: Endpoints, found: list[EndpointHealth], view_of: ViewOf, known: Block | None
) -> list[EndpointHealth]:
    """Compare one block that all call final: with what was final before, then with each other.

    Where a majority agrees the others are named, else all are.
    """
    heights = [health.final for health in found if health.final is not None and health.final >= 0]
    if not heights:
        return found
    height = min(heights) if known is None else min(*heights, known.number)
    is_known = known is not None and height == known.number
    hashes = [
        None if health.final is None else _hash_at(endpoints, endpoint, view_of, height)
        for endpoint, health in zip(endpoints.all, found, strict=True)
    ]
    trusted = {known.hash} if known is not None and is_known else _majority(hashes)
    note = f"has another block {height}, which was final" if is_known else f"has a final block {height} of its own"
    return [
        health if there is None or there in trusted else replace(health, state=DISAGREES, note=note)
        for health, there in zip(found, hashes, strict=True)
    ]


def _majority(hashes: Sequence[str | None]) -> set[str]:
    counted = Counter(found for found in hashes if found is not None)
    return {found for found, count in counted.items() if 2 * count > counted.total()}


def _hash_at(endpoints: Endpoints, endpoint: Endpoint, view_of: ViewOf, height: int) -> str | None:
    view = view_of(endpoint.rpc)
    try:
        block = endpoints.ask(endpoint, lambda rpc: view.block(height))
    except (Unavailable, Tampered, NodeError):
        return None
    return block.hash if block else None


def _choose(endpoints: Endpoints, found: Sequence[EndpointHealth]) -> None:
    by_endpoint = dict(zip(endpoints.all, found, strict=True))
    if by_endpoint[endpoints.current].state == OK:
        return
    for endpoint, health in by_endpoint.items():
        if health.state == OK:
            endpoints.prefer(endpoint)
            return
