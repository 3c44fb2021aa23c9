"""An old copy of the relay's tables meets the chain as it is now (K22): adopted once, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.adapters.evm.anvil import Anvil
from ipx.chain.models import AttemptRow, TransactionRow
from ipx.chain.rules import EMBEDDED_LIMITS, FOUND, TransactionState
from ipx.core.errors import Conflict, Unavailable
from tests.chain_steps import (
    ROOTS,
    anchors_on_chain,
    assert_done_once,
    attempts,
    copied,
    heads,
    mining_stopped,
    submit_chain,
    world_on_copy,
)
from tests.chain_world import World, gateway_on, new_world, settle


@pytest.fixture
def world(tmp_path: Path, anvil: Anvil, folder: Path) -> Iterator[World]:
    world = new_world(tmp_path, anvil, folder)
    yield world
    world.database.dispose()


def rows(world: World, table: Any = TransactionRow) -> list[Any]:
    with world.database.read() as session:
        found = list(session.scalars(select(table)))
        session.expunge_all()
    return found


def test_acts_that_were_queued_and_done_since_become_final_without_another_transaction(
    world: World, tmp_path: Path
) -> None:
    ids = submit_chain(world, 3)
    kept = copied(world, tmp_path)
    settle(world.relay())
    sent = attempts(world, ids[0])

    old = world_on_copy(kept, world)
    found = old.relay().resynchronise()

    assert [each.key for each in found] == ["anchor 0", "anchor 1", "anchor 2"]
    assert [attempt.raw for attempt in attempts(old, ids[0])] == [attempt.raw for attempt in sent]
    settle(old.relay())
    assert_done_once(old, ids)
    assert old.relay().resynchronise() == []


def test_what_nobody_knows_of_is_kept_under_its_nonce_and_the_next_act_takes_the_next(
    world: World, tmp_path: Path
) -> None:
    submit_chain(world, 1)
    settle(world.relay())
    kept = copied(world, tmp_path)
    for number in (1, 2):
        world.anchor(f"anchor {number}", heads(3)[number], ROOTS[number])
    settle(world.relay())

    old = world_on_copy(kept, world)
    found = old.relay().resynchronise()
    last = old.anchor("anchor 3", heads(3)[3], ROOTS[3])
    settle(old.relay())

    assert [(each.nonce, each.key) for each in found] == [(1, None), (2, None)]
    assert {row.nonce: row.purpose == FOUND for row in rows(old)} == {0: False, 1: True, 2: True, 3: False}
    assert {row.state for row in rows(old)} == {TransactionState.FINAL}
    assert old.view(last).block_number is not None
    assert anchors_on_chain(old) == ["0x" + root.hex() for root in ROOTS[:4]]


def test_an_act_that_is_asked_for_again_is_the_one_that_was_found(world: World, tmp_path: Path) -> None:
    kept = copied(world, tmp_path)
    submit_chain(world, 2)
    settle(world.relay())

    old = world_on_copy(kept, world)
    assert [each.key for each in old.relay().resynchronise()] == [None, None]
    settle(old.relay())
    old.told.clear()
    ids = submit_chain(old, 2)
    settle(old.relay())

    assert_done_once(old, ids)
    assert [row.key for row in rows(old)] == ["anchor 0", "anchor 1"]


def test_a_replacement_that_was_signed_since_is_the_same_act(world: World, tmp_path: Path) -> None:
    (only,) = submit_chain(world, 1)
    with mining_stopped(world.anvil):
        world.relay().advance()
        kept = copied(world, tmp_path)
        world.clock.advance(EMBEDDED_LIMITS.stuck_after * 2)
        world.relay().advance()
        assert len(attempts(world, only)) == 2
    settle(world.relay())

    old = world_on_copy(kept, world)
    (found,) = old.relay().resynchronise()
    settle(old.relay())

    assert found.key == "anchor 0"
    assert_done_once(old, [only])
    assert {attempt.nonce for attempt in attempts(old, only)} == {0}


def test_nothing_goes_on_while_the_node_has_unknown_transactions_of_ours_waiting(world: World, tmp_path: Path) -> None:
    kept = copied(world, tmp_path)
    submit_chain(world, 1)
    old = world_on_copy(kept, world)
    with mining_stopped(world.anvil):
        world.relay().advance()
        with pytest.raises(Unavailable, match="waiting"):
            old.relay().resynchronise()
    settle(world.relay())
    assert [each.nonce for each in old.relay().resynchronise()] == [0]


def test_others_transactions_are_not_ours(world: World, anvil: Anvil, folder: Path, tmp_path: Path) -> None:
    stranger = new_world(tmp_path, anvil, folder, gateway=gateway_on(anvil, folder))
    submit_chain(stranger, 1)
    settle(stranger.relay())
    assert world.relay().resynchronise() == []
    assert rows(world) == rows(world, AttemptRow) == []
    stranger.database.dispose()


def test_another_process_that_is_the_relay_is_not_disturbed(world: World) -> None:
    assert world.relay(holder="another").advance() is not None
    with pytest.raises(Conflict):
        world.relay(holder="us").resynchronise()
