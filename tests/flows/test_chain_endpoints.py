"""Several endpoints as one chain: fail-over, pins, lagging and lying nodes, and two voices for what is final."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.adapters.evm.anvil import CHAIN_ID, Anvil
from ipx.adapters.evm.endpoints import Endpoint, Endpoints, endpoints_at, pin_to
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.evm.rpc import Rpc
from ipx.chain.models import CursorRow
from ipx.chain.rules import TransactionState
from ipx.core.errors import Tampered, Unavailable
from tests import fault_proxy as faults
from tests.chain_steps import assert_done_once, attempts, submit_chain
from tests.chain_world import SECOND, World, new_key, new_world, settle
from tests.fault_proxy import FaultProxy, proxies


@pytest.fixture
def nodes(anvil: Anvil) -> Iterator[list[FaultProxy]]:
    with proxies(anvil.url, 3) as made:
        yield made


class Seconds:
    """A clock of the endpoints' own."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def at(nodes: list[FaultProxy], folder: Path, seconds: Seconds | None = None) -> Endpoints:
    named = [Endpoint(Rpc(node.url, timeout=20), f"node {number}") for number, node in enumerate(nodes)]
    return Endpoints(named, pin=pin_to(folder / "deployments", CHAIN_ID), now=seconds or Seconds())


def gateway_at(nodes: list[FaultProxy], folder: Path, anvil: Anvil, seconds: Seconds | None = None) -> EvmGateway:
    gateway = EvmGateway(
        at(nodes, folder, seconds),
        deployments=folder / "deployments",
        relayer_key=new_key(),
        chain_id=CHAIN_ID,
        finality="2",
    )
    anvil.fund(gateway.relayer())
    return gateway


@pytest.fixture
def world(tmp_path: Path, anvil: Anvil, folder: Path, nodes: list[FaultProxy]) -> Iterator[World]:
    """An exchange with two endpoints; the third one is for tests that want it."""
    world = new_world(tmp_path, anvil, folder, gateway=gateway_at(nodes[:2], folder, anvil))
    yield world
    world.database.dispose()


def finish(world: World, relay: Any = None, rounds: int = 4) -> None:
    relay = relay or world.relay()
    for _ in range(rounds):
        settle(relay)
        world.anvil.rpc.call("anvil_mine", "0x2")
        world.clock.advance(2 * SECOND)
    settle(relay)


def states(gateway: EvmGateway) -> list[str]:
    return [health.state for health in gateway.health()]


# ── fail-over ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", [faults.silent, faults.busy, faults.refusing, faults.mistaken])
def test_another_endpoint_answers_when_the_first_does_not(world: World, nodes: list[FaultProxy], rule: Any) -> None:
    nodes[0].rule = rule
    assert world.gateway.head().number > 0
    assert world.gateway.next_nonce() == 0


def test_a_queue_goes_on_while_endpoints_come_and_go(world: World, nodes: list[FaultProxy]) -> None:
    ids = submit_chain(world, 3)
    relay = world.relay()
    nodes[0].rule = faults.silent
    settle(relay)
    assert {world.view(t).state for t in ids} == {TransactionState.MINED}
    nodes[0].rule, nodes[1].rule = faults.honest, faults.busy
    settle(relay)
    nodes[1].rule = faults.honest
    states(world.gateway)
    finish(world, relay)
    assert_done_once(world, ids)
    assert all(len(attempts(world, t)) == 1 for t in ids)


def test_one_that_was_away_is_left_alone_for_a_while_and_verified_when_it_is_back(
    anvil: Anvil, folder: Path, nodes: list[FaultProxy]
) -> None:
    seconds = Seconds()
    gateway = gateway_at(nodes[:2], folder, anvil, seconds)
    nodes[0].rule = faults.silent
    gateway.head()
    before = dict(nodes[0].asked)
    gateway.head()
    assert nodes[0].asked == before
    nodes[0].rule, nodes[1].rule = faults.honest, faults.silent
    seconds.now = 6.0
    gateway.head()
    assert nodes[0].asked["eth_chainId"] > before.get("eth_chainId", 0)
    assert nodes[0].asked["eth_getCode"] >= 4


def test_all_away_is_unavailable_and_the_first_that_is_back_answers(
    anvil: Anvil, folder: Path, nodes: list[FaultProxy]
) -> None:
    gateway = gateway_at(nodes, folder, anvil)
    for node in nodes:
        node.rule = faults.silent
    with pytest.raises(Unavailable):
        gateway.head()
    nodes[2].rule = faults.honest  # and no time has passed
    assert gateway.head().number > 0


# ── wrong nodes ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", [faults.other_chain, faults.other_code])
def test_a_wrong_node_is_never_asked_for_anything_else(
    anvil: Anvil, folder: Path, nodes: list[FaultProxy], rule: Any
) -> None:
    gateway = gateway_at(nodes[:2], folder, anvil)
    nodes[0].rule = rule
    gateway.head()
    gateway.receipt("0x" + "00" * 32)
    gateway.next_nonce()
    assert set(nodes[0].asked) <= {"eth_chainId", "eth_getCode"}
    assert states(gateway) == ["wrong", "ok"]
    nodes[1].rule = rule
    gateway.health()
    with pytest.raises(Tampered):
        gateway.head()


def test_a_node_that_was_swapped_while_it_was_away_is_refused(
    anvil: Anvil, folder: Path, nodes: list[FaultProxy]
) -> None:
    seconds = Seconds()
    gateway = gateway_at(nodes[:2], folder, anvil, seconds)
    gateway.head()
    nodes[0].rule = faults.silent
    gateway.head()
    nodes[0].rule, nodes[1].rule = faults.other_chain, faults.silent
    seconds.now = 6.0
    with pytest.raises(Tampered):
        gateway.head()


def test_nothing_is_signed_while_every_endpoint_is_wrong(world: World, nodes: list[FaultProxy]) -> None:
    ids = submit_chain(world, 1)
    for node in nodes:
        node.rule = faults.other_chain
    relay = world.relay()
    for _ in range(2):
        with pytest.raises(Tampered):
            relay.advance()
    assert attempts(world, ids[0]) == []


def test_names_of_endpoints_show_no_key() -> None:
    made = endpoints_at(["https://user:pass@node.example/v3/KEY", "https://node.example/v3/OTHER", "http://x:8545"])
    assert [endpoint.name for endpoint in made.all] == ["node.example", "node.example (2)", "x:8545"]


# ── lagging and lying nodes ──────────────────────────────────────────────────────────────────────


def test_a_node_that_is_behind_is_noticed_and_another_one_preferred(
    world: World, nodes: list[FaultProxy], anvil: Anvil
) -> None:
    anvil.rpc.call("anvil_mine", "0xa")
    nodes[0].rule = faults.behind(8)
    health = world.gateway.health()
    assert [found.state for found in health] == ["behind", "ok"]
    assert "8 blocks" in health[0].note
    assert world.gateway.head().number == health[1].head
    nodes[0].rule = faults.honest
    assert states(world.gateway) == ["ok", "ok"]


def test_a_null_receipt_on_one_endpoint_is_looked_for_on_another(world: World, nodes: list[FaultProxy]) -> None:
    nodes[0].rule = faults.null("eth_getTransactionReceipt")
    ids = submit_chain(world, 1)
    settle(world.relay())
    assert world.view(ids[0]).state is TransactionState.MINED
    assert len(attempts(world, ids[0])) == 1


def test_nothing_is_final_on_the_word_of_one_endpoint(world: World, nodes: list[FaultProxy], anvil: Anvil) -> None:
    ids = submit_chain(world, 1)
    relay = world.relay()
    settle(relay)
    nodes[1].rule = faults.silent
    finish(world, relay)
    assert world.view(ids[0]).state is TransactionState.MINED
    nodes[1].rule = faults.honest
    states(world.gateway)
    finish(world, relay)
    assert_done_once(world, ids)


@pytest.mark.parametrize("rule", [faults.other_blocks, faults.without_logs, faults.null("eth_getTransactionReceipt")])
def test_a_witness_that_says_otherwise_keeps_it_from_being_final(
    world: World, nodes: list[FaultProxy], rule: Any
) -> None:
    ids = submit_chain(world, 1)
    relay = world.relay()
    settle(relay)
    nodes[1].rule = rule
    finish(world, relay)
    assert world.view(ids[0]).state is TransactionState.MINED
    nodes[1].rule = faults.honest
    finish(world, relay)
    assert_done_once(world, ids)


def test_events_that_a_node_withheld_are_read_again_before_anything_is_final(
    world: World, nodes: list[FaultProxy]
) -> None:
    ids = submit_chain(world, 2)
    relay = world.relay()
    nodes[0].rule = faults.without_logs
    settle(relay)
    with world.database.read() as session:
        assert world.chain.events_of(session, contract="EvidenceLog") == []
    nodes[0].rule = faults.honest
    finish(world, relay)
    assert_done_once(world, ids)


def test_a_liar_among_three_is_named_and_does_not_hold_up_the_others(
    tmp_path: Path, anvil: Anvil, folder: Path, nodes: list[FaultProxy]
) -> None:
    world = new_world(tmp_path, anvil, folder, gateway=gateway_at(nodes, folder, anvil))
    ids = submit_chain(world, 1)
    relay = world.relay()
    settle(relay)
    nodes[0].rule = faults.other_blocks
    assert states(world.gateway) == ["disagrees", "ok", "ok"]
    finish(world, relay)
    assert_done_once(world, ids)
    world.database.dispose()


def test_one_that_has_another_block_than_was_final_is_named_among_two(world: World, nodes: list[FaultProxy]) -> None:
    ids = submit_chain(world, 1)
    finish(world)
    assert_done_once(world, ids)
    with world.database.read() as session:
        height = session.scalars(select(CursorRow.final_number)).one()
    known = world.gateway.block(height)
    nodes[0].rule = faults.other_blocks
    assert [health.state for health in world.gateway.health(known)] == ["disagrees", "ok"]
    more = submit_chain(world, 2)
    finish(world)
    assert [world.view(t).state for t in more] == [TransactionState.FINAL, TransactionState.MINED]
    nodes[0].rule = faults.honest
    finish(world)
    assert_done_once(world, more)


def test_a_node_that_counts_too_few_nonces_opens_no_gap(world: World, nodes: list[FaultProxy]) -> None:
    """A replacement is due, and the node that is asked does not know that what came before is mined."""
    ids = submit_chain(world, 2)
    settle(world.relay())

    def forgetful(question: Any, ask: Any) -> Any:
        return {"result": "0x0"} if question["method"] == "eth_getTransactionCount" else ask()

    nodes[0].rule = nodes[1].rule = forgetful
    world.anvil.rpc.call("evm_setAutomine", False)
    try:
        more = submit_chain(world, 3)[2]
        relay = world.relay()
        relay.advance()
        world.clock.advance(30 * SECOND)
        relay.advance()
        with world.database.read() as session:
            assert world.chain.status(session).open == 3
    finally:
        world.anvil.rpc.call("evm_setAutomine", True)
    nodes[0].rule = nodes[1].rule = faults.honest
    world.anvil.rpc.call("anvil_mine", "0x1")
    finish(world)
    assert_done_once(world, [*ids, more])
