"""The relay dies at any step; pools are dropped, transactions get stuck, nonces are taken by strangers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ipx.adapters.evm.anvil import Anvil
from ipx.chain.rules import GWEI, RelayLimits, TransactionState
from tests.chain_steps import (
    ROOTS,
    Death,
    MortalGateway,
    anchors_on_chain,
    assert_done_once,
    attempts,
    mining_stopped,
    run_until_death,
    submit_chain,
)
from tests.chain_world import SECOND, World, database_url, new_world, settle
from tests.exchanges import DATABASES


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path, anvil: Anvil, folder: Path) -> Iterator[World]:
    world = new_world(tmp_path, anvil, folder, url=database_url(request.param))
    yield world
    world.database.dispose()


@pytest.mark.parametrize("at", range(1, 41))
def test_the_relay_dies_at_any_step_and_nothing_is_lost_or_doubled(world: World, at: int) -> None:
    ids = submit_chain(world, 2)
    where = run_until_death(world, at)
    if not where:
        pytest.skip("the whole flow has fewer steps")
    settle(world.relay())
    assert_done_once(world, ids)


def test_the_relay_dies_again_and_again_and_nothing_is_lost_or_doubled(world: World) -> None:
    ids = submit_chain(world, 3)
    lives = 0
    while any(world.view(t).state is not TransactionState.FINAL for t in ids):
        run_until_death(world, at=3 + lives % 5)
        lives += 1
        assert lives < 200
    assert lives > 5
    assert_done_once(world, ids)


# ── the pool, and replacements ───────────────────────────────────────────────────────────────────


def test_a_dropped_pool_is_filled_again_with_the_same_bytes(world: World, anvil: Anvil) -> None:
    with mining_stopped(anvil):
        ids = submit_chain(world, 1)
        relay = world.relay()
        relay.advance()
        sent = world.view(ids[0]).hash
        anvil.rpc.call("anvil_dropAllTransactions")
        assert world.gateway.next_nonce() == 0
        relay.advance()
        assert world.gateway.next_nonce() == 0  # not yet: absence is no evidence
        world.clock.advance(2 * SECOND)
        relay.advance()
        assert world.gateway.next_nonce() == 1
    anvil.rpc.call("anvil_mine", "0x1")
    settle(relay)
    assert world.view(ids[0]).hash == sent
    assert_done_once(world, ids)


def stuck(world: World, anvil: Anvil, count: int = 1) -> Any:
    """Sent while blocks were cheap, then blocks become dearer than what was offered."""
    anvil.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    anvil.rpc.call("evm_mine")
    ids = submit_chain(world, count)
    world.relay().advance()
    assert world.view(ids[0]).state is TransactionState.SENT
    anvil.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(20 * GWEI))
    anvil.rpc.call("evm_mine")
    world.relay().advance()
    return ids


def test_a_stuck_transaction_is_replaced_and_all_its_hashes_are_watched(world: World, anvil: Anvil) -> None:
    with mining_stopped(anvil):
        ids = stuck(world, anvil)
        first = world.view(ids[0]).hash
        world.clock.advance(21 * SECOND)
        world.relay().advance()
        second = world.view(ids[0]).hash
        assert first != second
    anvil.rpc.call("anvil_mine", "0x1")
    settle(world.relay())
    assert world.view(ids[0]).hash == second
    assert_done_once(world, ids)


def test_the_older_attempt_counts_when_that_one_is_mined(world: World, anvil: Anvil) -> None:
    with mining_stopped(anvil):
        ids = stuck(world, anvil)
        first = world.view(ids[0]).hash
        world.clock.advance(21 * SECOND)
        world.relay().advance()
        second = world.view(ids[0]).hash
        raw = attempts(world, ids[0])[0].raw
        anvil.rpc.call("anvil_dropTransaction", second)
        anvil.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        anvil.rpc.call("evm_mine")
        world.gateway.broadcast(raw)
        anvil.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        anvil.rpc.call("evm_mine")
    settle(world.relay())
    assert (world.view(ids[0]).hash, first != second) == (first, True)
    assert_done_once(world, ids)


def test_replacements_stop_at_the_cap_and_say_so(world: World, anvil: Anvil) -> None:
    with mining_stopped(anvil):
        ids = stuck(world, anvil)
        cap = RelayLimits(fee_cap=5 * GWEI, stuck_after=timedelta(seconds=1))
        for _ in range(3):
            world.clock.advance(21 * SECOND)
            world.relay(limits=cap).advance()
        assert "fee cap" in world.view(ids[0]).note
        assert len(attempts(world, ids[0])) == 1
        for _ in range(3):
            world.clock.advance(21 * SECOND)
            world.relay().advance()
        fees = [attempt.max_fee for attempt in attempts(world, ids[0])]
        assert fees == sorted(fees)
        assert all(later * 8 >= earlier * 9 for earlier, later in itertools.pairwise(fees))
    anvil.rpc.call("anvil_mine", "0x1")
    settle(world.relay())
    assert_done_once(world, ids)


def test_death_between_replacement_and_broadcast_keeps_one_effect(world: World, anvil: Anvil) -> None:
    with mining_stopped(anvil):
        ids = stuck(world, anvil)
        world.clock.advance(21 * SECOND)
        for at in (2, 3, 4):  # around the replacement's commit and broadcast
            run_until_death(world, at)
    anvil.rpc.call("anvil_mine", "0x1")
    settle(world.relay())
    assert_done_once(world, ids)


def test_a_nonce_that_somebody_else_took_is_given_up_for_another(world: World, anvil: Anvil) -> None:
    """The relayer's key was used elsewhere. What rested on the lost one reverts in a block, and is tried again."""
    with mining_stopped(anvil):
        ids = submit_chain(world, 2)
        world.relay().advance()
        anvil.rpc.call("anvil_dropAllTransactions")
        fees = world.gateway.fees()
        stranger = world.gateway.sign(nonce=0, to="0x" + "12" * 20, data=b"", gas=30_000, fees=fees)
        world.gateway.broadcast(stranger.raw)
        anvil.rpc.call("evm_mine")
    for _ in range(6):
        world.clock.advance(2 * SECOND)
        settle(world.relay())
    assert "Failed" not in world.names()
    assert [world.view(t).state for t in ids] == [TransactionState.FINAL] * 2
    assert anchors_on_chain(world) == ["0x" + root.hex() for root in ROOTS[:2]]
    assert world.gateway.mined_nonce() == world.gateway.next_nonce() == 4


def test_a_gap_in_the_nonces_is_closed(world: World, anvil: Anvil) -> None:
    """A transaction of our key from elsewhere was in the pool, so we took the nonce after it; then it was dropped."""
    with mining_stopped(anvil):
        fees = world.gateway.fees()
        stranger = world.gateway.sign(nonce=0, to="0x" + "12" * 20, data=b"", gas=30_000, fees=fees)
        world.gateway.broadcast(stranger.raw)
        ids = submit_chain(world, 2)
        world.relay().advance()
        anvil.rpc.call("anvil_dropTransaction", stranger.hash)
    world.clock.advance(21 * SECOND)
    for _ in range(4):
        settle(world.relay())
        world.clock.advance(2 * SECOND)
    assert [world.view(t).state for t in ids] == [TransactionState.FINAL] * 2
    assert world.gateway.mined_nonce() == world.gateway.next_nonce() == 3
    assert anchors_on_chain(world) == ["0x" + root.hex() for root in ROOTS[:2]]


def test_a_transaction_that_the_node_rejects_is_signed_again_with_more_gas(world: World, anvil: Anvil) -> None:
    class StingyGateway(MortalGateway):
        def estimate_gas(self, to: str, data: bytes) -> int:
            return 20_000

    ids = submit_chain(world, 1)
    world.relay(gateway=StingyGateway(world.gateway, Death(0))).advance()
    assert world.view(ids[0]).state is TransactionState.SIGNED
    assert "rejects" in world.view(ids[0]).note
    world.clock.advance(21 * SECOND)
    settle(world.relay())
    assert len(attempts(world, ids[0])) == 2
    assert_done_once(world, ids)
