"""Transactions that cannot be lost or doubled: the plain way, refusals, two relays, and nodes that are wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ipx.adapters.evm.anvil import Anvil
from ipx.chain.events import TransactionMined
from ipx.chain.rules import RelayLimits, TransactionState
from ipx.core.errors import Conflict, Invalid, Tampered, Unavailable
from ipx.db.lease import LeaseLostError
from tests.chain_steps import (
    ROOTS,
    Death,
    DiedError,
    MortalDatabase,
    MortalGateway,
    anchors_on_chain,
    assert_done_once,
    attempts,
    heads,
    mining_stopped,
    submit_chain,
)
from tests.chain_world import SECOND, World, database_url, gateway_on, new_world, settle
from tests.exchanges import DATABASES


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path, anvil: Anvil, folder: Path) -> Iterator[World]:
    world = new_world(tmp_path, anvil, folder, url=database_url(request.param))
    yield world
    world.database.dispose()


# ── the plain way ────────────────────────────────────────────────────────────────────────────────


def test_a_submitted_transaction_becomes_final(world: World) -> None:
    (first,) = submit_chain(world, 1)
    assert world.view(first).state is TransactionState.QUEUED
    assert world.gateway.next_nonce() == 0
    settle(world.relay())
    view = world.view(first)
    assert_done_once(world, [first])
    assert world.names() == ["Mined", "Final"]
    assert view.block_hash == world.gateway.block(view.block_number).hash
    assert view.gas_used > 21_000
    assert view.note is None


def test_logs_are_mirrored_when_mined_is_told(world: World) -> None:
    seen = []

    world.events.listen(
        TransactionMined,
        lambda session, event: seen.extend(
            world.chain.events_of(
                session, contract="EvidenceLog", transaction=world.chain.transaction(session, event.transaction_id).hash
            )
        ),
    )
    submit_chain(world, 1)
    settle(world.relay())
    assert [event.event for event in seen] == ["Anchored"]


def test_several_rest_on_each_other_and_keep_their_order(world: World) -> None:
    ids = submit_chain(world, 4)
    settle(world.relay())
    assert_done_once(world, ids)


def test_the_same_key_is_the_same_transaction(world: World) -> None:
    first = world.anchor("key", bytes(32), ROOTS[0])
    assert world.anchor("key", bytes(32), ROOTS[0]) == first
    with pytest.raises(Conflict):
        world.anchor("key", bytes(32), ROOTS[1])
    settle(world.relay())
    assert world.anchor("key", bytes(32), ROOTS[0]) == first
    settle(world.relay())
    assert_done_once(world, [first])


def test_a_submission_that_is_rolled_back_never_happened(world: World) -> None:
    real = world.database
    mortal: Any = MortalDatabase(real, Death(at=1))
    world.database = mortal
    with pytest.raises(DiedError):
        world.anchor("never", bytes(32), ROOTS[0])
    world.database = real
    settle(world.relay())
    assert (world.gateway.mined_nonce(), world.told) == (0, [])


def test_arguments_that_do_not_fit_are_refused_at_once(world: World) -> None:
    with pytest.raises(Invalid):
        world.anchor("key", bytes(31), ROOTS[0])


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_at_the_estimate_fails_with_the_reason_and_burns_no_nonce(world: World) -> None:
    wrong = world.anchor("wrong", b"\x77" * 32, ROOTS[0])
    right = world.anchor("right", bytes(32), ROOTS[0])
    settle(world.relay())
    view = world.view(wrong)
    assert (view.state, view.hash) == (TransactionState.FAILED, None)
    assert "StaleHead" in view.note
    assert world.names() == ["Failed", "Mined", "Final"]
    assert_done_once(world, [right])


def test_a_refusal_in_the_block_fails_when_that_is_final(world: World, anvil: Anvil) -> None:
    """Both pass the estimate (of a node that does not count pending transactions); only one can succeed."""

    class LatestGateway(MortalGateway):
        def estimate_gas(self, to: Any, data: Any) -> Any:
            return 100_000

    with mining_stopped(anvil):
        first, second = world.anchor("a", bytes(32), ROOTS[0]), world.anchor("b", bytes(32), ROOTS[1])
        world.relay(gateway=LatestGateway(world.gateway, Death(0))).advance()
        assert {world.view(t).state for t in (first, second)} == {TransactionState.SENT}
    anvil.rpc.call("anvil_mine", "0x1")
    settle(world.relay())
    assert world.view(first).state is TransactionState.FINAL
    failed = world.view(second)
    assert failed.state is TransactionState.FAILED
    assert "StaleHead" in failed.note
    assert failed.gas_used > 21_000
    assert world.names().count("Failed") == 1
    assert len(anchors_on_chain(world)) == 1


def test_without_gas_money_the_queue_waits_and_burns_no_nonce(world: World, anvil: Anvil) -> None:
    anvil.fund(world.gateway.relayer(), 0)
    ids = submit_chain(world, 2)
    settle(world.relay())
    assert [world.view(t).state for t in ids] == [TransactionState.QUEUED] * 2
    assert "out of money" in world.view(ids[0]).note
    with world.database.read() as session:
        status = world.chain.status(session)
    assert (status.open, "out of money" in (status.waits_for or "")) == (2, True)
    anvil.fund(world.gateway.relayer())
    settle(world.relay())
    assert_done_once(world, ids)


def test_fees_above_the_cap_make_the_queue_wait(world: World) -> None:
    ids = submit_chain(world, 1)
    settle(world.relay(limits=RelayLimits(fee_cap=1)))
    assert world.view(ids[0]).state is TransactionState.QUEUED
    assert "above the cap" in world.view(ids[0]).note
    settle(world.relay())
    assert_done_once(world, ids)


# ── two relays ───────────────────────────────────────────────────────────────────────────────────


def test_only_one_relay_works_at_a_time(world: World) -> None:
    first, second = world.relay(holder="one"), world.relay(holder="two")
    ids = submit_chain(world, 1)
    first.advance()
    assert second.advance() is False
    settle(first)
    first.release()
    assert_done_once(world, ids)
    more = world.anchor("more", heads(1)[1], ROOTS[1])
    settle(second)
    assert_done_once(world, [*ids, more])
    assert first.advance() is False


def test_a_paused_relay_that_wakes_up_can_sign_nothing(world: World) -> None:
    """It was stopped between its questions to the node and its signature; another one took over meanwhile."""
    sleeper, heir = world.relay(holder="sleeper"), world.relay(holder="heir")
    sleeper.advance()
    ids = submit_chain(world, 1)

    class SlowGateway(MortalGateway):
        def next_nonce(self) -> Any:
            nonce = self._gateway.next_nonce()
            world.clock.advance(60 * SECOND)
            settle(heir)
            return nonce

    sleeper._sender._gateway = SlowGateway(world.gateway, Death(0))
    with pytest.raises(LeaseLostError):
        sleeper.advance()
    assert len(attempts(world, ids[0])) == 1
    assert sleeper.advance() is False
    assert_done_once(world, ids)


# ── nodes that are wrong, down, or behind ────────────────────────────────────────────────────────


def test_nothing_is_signed_for_a_wrong_node(world: World, anvil: Anvil, folder: Path) -> None:
    gateway = gateway_on(anvil, folder)
    object.__setattr__(gateway, "_deployment", None)
    ids = submit_chain(world, 1)

    class OtherNode(MortalGateway):
        def check(self) -> None:
            raise Tampered("The node is on chain 1.")

    relay = world.relay(gateway=OtherNode(world.gateway, Death(0)))
    for _ in range(2):
        with pytest.raises(Tampered):
            relay.advance()
    assert attempts(world, ids[0]) == []


def test_a_node_that_is_down_changes_nothing(world: World) -> None:
    class DownGateway(MortalGateway):
        def head(self) -> Any:
            raise Unavailable("down")

    ids = submit_chain(world, 1)
    relay = world.relay(gateway=DownGateway(world.gateway, Death(0)))
    with pytest.raises(Unavailable):
        relay.advance()
    assert world.view(ids[0]).state is TransactionState.QUEUED
    settle(world.relay())
    assert_done_once(world, ids)


def test_a_broadcast_without_an_answer_is_repeated_with_the_same_bytes(world: World) -> None:
    class DeafGateway(MortalGateway):
        def broadcast(self, raw: Any) -> None:
            self._gateway.broadcast(raw)
            raise Unavailable("timed out")  # the node has it; we do not know

    ids = submit_chain(world, 1)
    relay = world.relay(gateway=DeafGateway(world.gateway, Death(0)))
    with pytest.raises(Unavailable):
        relay.advance()
    assert world.view(ids[0]).state is TransactionState.SIGNED
    settle(world.relay())
    assert len(attempts(world, ids[0])) == 1
    assert_done_once(world, ids)


def test_receipts_that_come_late_or_never_from_one_node_are_no_evidence(world: World) -> None:
    class ForgetfulGateway(MortalGateway):
        def receipt(self, transaction: Any) -> Any:
            return None

    ids = submit_chain(world, 1)
    forgetful = world.relay(gateway=ForgetfulGateway(world.gateway, Death(0)))
    for _ in range(4):
        forgetful.advance()
        world.clock.advance(2 * SECOND)
    assert world.view(ids[0]).state is TransactionState.SENT
    settle(world.relay())
    assert len(attempts(world, ids[0])) == 1
    assert_done_once(world, ids)


def test_a_node_that_is_behind_is_given_time(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    ids = submit_chain(world, 1)
    settle(world.relay())

    class LaggingGateway(MortalGateway):
        def block(self, number: Any) -> Any:
            return None if number >= world.view(ids[0]).block_number else self._gateway.block(number)

        def head(self) -> Any:
            return self._gateway.block(world.view(ids[0]).block_number - 1)

        def final_height(self) -> Any:
            return self.head().number

    patient = RelayLimits(lag_patience=timedelta(seconds=60))
    lagging = world.relay(gateway=LaggingGateway(world.gateway, Death(0)), limits=patient)
    lagging.advance()
    world.clock.advance(5 * SECOND)
    lagging.advance()
    assert "Reorged" not in world.names()
    assert_done_once(world, ids)
