"""Alarms of the chain: each begins once and ends once, is written down, told and mailed; the queue waits meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.adapters.evm.anvil import Anvil
from ipx.adapters.system import SystemEntropy
from ipx.audit.models import AuditRow
from ipx.audit.service import AuditService
from ipx.chain.events import AlarmBegan, AlarmEnded
from ipx.chain.health import HealthWatch
from ipx.chain.models import AlarmRow, HealthRow
from ipx.chain.rules import AlarmKind, AlarmLimits, RelayLimits, TransactionState
from tests import fault_proxy as faults
from tests.chain_steps import assert_done_once, attempts, mining_stopped, submit_chain
from tests.chain_world import SECOND, World, gateway_on, new_world, remember, settle
from tests.fault_proxy import FaultProxy, proxies
from tests.flows.test_chain_endpoints import gateway_at

ALARMS = AlarmLimits(stuck_after=timedelta(minutes=10), lasting=timedelta(seconds=60), lag_blocks=10)


@pytest.fixture
def nodes(anvil: Anvil) -> Iterator[list[FaultProxy]]:
    with proxies(anvil.url, 2) as made:
        yield made


@pytest.fixture
def world(tmp_path: Path, anvil: Anvil, folder: Path) -> Iterator[World]:
    yield from entered(new_world(tmp_path, anvil, folder))


@pytest.fixture
def far(tmp_path: Path, anvil: Anvil, folder: Path, nodes: list[FaultProxy]) -> Iterator[World]:
    """With two endpoints."""
    yield from entered(new_world(tmp_path, anvil, folder, gateway=gateway_at(nodes, folder, anvil)))


def entered(world: World) -> Iterator[World]:
    for kind in (AlarmBegan, AlarmEnded):
        remember(world, kind)
    yield world
    world.database.dispose()


def watch(world: World, *, holder: str = "test", limits: RelayLimits | None = None) -> HealthWatch:
    audit = AuditService(world.clock)
    world.database.before_commit(audit.seal)
    return HealthWatch(
        database=world.database,
        gateway=world.gateway,
        audit=audit,
        events=world.events,
        clock=world.clock,
        entropy=SystemEntropy(),
        holder=holder,
        limits=limits or world.limits,
        alarm_limits=ALARMS,
    )


def look(world: World, health: HealthWatch, *, seconds: int = 0, times: int = 1) -> list[str]:
    """Look, and return the alarms that are open now."""
    for _ in range(times):
        world.clock.advance(seconds * SECOND)
        health.advance()
    with world.database.read() as session:
        began = select(AlarmRow).where(AlarmRow.began_at.is_not(None), AlarmRow.ended_at.is_(None))
        return sorted(f"{row.kind} {row.subject}".strip() for row in session.scalars(began))


def test_all_is_well_and_what_was_seen_is_kept(world: World) -> None:
    health = watch(world)
    settle(world.relay())
    assert look(world, health, seconds=100, times=3) == []
    with world.database.read() as session:
        row = session.get_one(HealthRow, 1)
        assert (row.relayer, row.looked_at) == (world.gateway.relayer(), world.clock.now())
        assert int(row.balance or 0) == world.gateway.balance()
        assert [found["state"] for found in row.endpoints] == ["ok"]


def test_out_of_gas_money_is_an_alarm_until_there_is_money_and_burns_no_nonce(world: World, anvil: Anvil) -> None:
    health = watch(world)
    anvil.fund(world.gateway.relayer(), 10**9)
    ids = submit_chain(world, 2)
    settle(world.relay())
    assert look(world, health, times=3) == ["MONEY"]
    assert [world.view(t).state for t in ids] == [TransactionState.QUEUED] * 2
    assert world.gateway.next_nonce() == 0
    assert world.names() == ["AlarmBegan"]
    assert "the relayer has 0.000000 ETH" in world.told[0].note
    anvil.fund(world.gateway.relayer())
    assert look(world, health, times=3) == []
    assert world.names() == ["AlarmBegan", "AlarmEnded"]
    settle(world.relay())
    assert_done_once(world, ids)


def test_a_queue_whose_head_waits_too_long_is_an_alarm(world: World, anvil: Anvil) -> None:
    health, relay = watch(world), world.relay()
    with mining_stopped(anvil):
        ids = submit_chain(world, 2)
        relay.advance()
        assert look(world, health, seconds=300) == []
        assert look(world, health, seconds=301, times=2) == ["STUCK"]
        assert "2 transactions wait" in world.told[-1].note
    anvil.rpc.call("anvil_mine", "0x1")
    settle(relay)
    assert look(world, health) == []
    assert_done_once(world, ids)


def test_gas_above_the_cap_is_an_alarm_when_it_lasts_and_the_queue_waits_at_its_head(world: World) -> None:
    low = RelayLimits(fee_cap=1)
    health = watch(world, limits=low)
    ids = submit_chain(world, 2)
    settle(world.relay(limits=low))
    assert look(world, health, seconds=30) == []
    assert look(world, health, seconds=30) == []  # half a minute is nothing yet
    assert look(world, health, seconds=30, times=2) == ["FEES"]
    assert world.gateway.next_nonce() == 0
    assert look(world, watch(world)) == []
    settle(world.relay())
    assert_done_once(world, ids)


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (faults.silent, "away"),
        (faults.other_chain, "wrong"),
        (faults.other_code, "wrong"),
        (faults.behind(8), "behind"),
    ],
    ids=["away", "other chain", "other code", "behind"],
)
def test_an_endpoint_that_cannot_be_relied_on_is_an_alarm(
    far: World, nodes: list[FaultProxy], rule: Any, word: str
) -> None:
    health = watch(far)
    far.anvil.rpc.call("anvil_mine", "0x10")
    settle(far.relay())
    nodes[1].rule = rule
    assert look(far, health, seconds=1) == []
    assert look(far, health, seconds=60) == ["ENDPOINT node 1"]
    assert far.told[-1].note.startswith(word)
    nodes[1].rule = faults.honest
    assert look(far, health, seconds=1) == []
    assert far.names() == ["AlarmBegan", "AlarmEnded"]


def test_a_short_absence_is_nobodys_business(far: World, nodes: list[FaultProxy]) -> None:
    health = watch(far)
    settle(far.relay())
    for _ in range(5):
        nodes[1].rule = faults.silent
        assert look(far, health, seconds=40) == []
        nodes[1].rule = faults.honest
        assert look(far, health, seconds=40) == []
    assert far.told == []
    with far.database.read() as session:
        assert session.scalar(select(AlarmRow)) is None


def test_a_mirror_that_stays_behind_is_an_alarm(world: World, anvil: Anvil) -> None:
    health, relay = watch(world), world.relay()
    settle(relay)
    anvil.rpc.call("anvil_mine", "0x20")
    assert look(world, health, seconds=1) == []
    assert look(world, health, seconds=60) == ["LAG"]
    settle(relay)
    assert look(world, health) == []


def test_finality_without_a_second_voice_is_an_alarm_too(far: World, nodes: list[FaultProxy]) -> None:
    health, relay = watch(far), far.relay()
    settle(relay)
    nodes[1].rule = faults.silent
    far.anvil.rpc.call("anvil_mine", "0x20")
    settle(relay)
    look(far, health, seconds=1)
    assert look(far, health, seconds=60) == ["ENDPOINT node 1", "LAG"]


def test_every_alarm_leaves_two_audit_lines(world: World, anvil: Anvil) -> None:
    health = watch(world)
    anvil.fund(world.gateway.relayer(), 0)
    look(world, health, times=2)
    anvil.fund(world.gateway.relayer())
    look(world, health, times=2)
    with world.database.read() as session:
        lines = list(session.scalars(select(AuditRow).order_by(AuditRow.sequence)))
        assert [line.action for line in lines] == ["chain:alarm:begin", "chain:alarm:end"]
        assert {line.details["kind"] for line in lines} == {AlarmKind.MONEY}


def test_of_two_workers_one_writes_and_the_other_takes_over(world: World, anvil: Anvil) -> None:
    first, second = watch(world, holder="one"), watch(world, holder="two")
    anvil.fund(world.gateway.relayer(), 0)
    look(world, first)
    look(world, second)
    assert world.names() == ["AlarmBegan"]
    first.release()
    anvil.fund(world.gateway.relayer())
    assert look(world, second) == []
    assert world.names() == ["AlarmBegan", "AlarmEnded"]


def test_a_relayer_that_signed_nothing_yet_is_watched_as_well(world: World, folder: Path, anvil: Anvil) -> None:
    ids = submit_chain(world, 1)
    world.gateway = gateway_on(anvil, folder)
    health = watch(world)
    world.clock.advance(timedelta(minutes=11))
    assert look(world, health) == ["STUCK"]
    assert attempts(world, ids[0]) == []
