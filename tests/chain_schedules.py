"""Random rows of things that happen to a chain and to the way to it, repeatable from a seed.

Used by the flow tests (some hundreds) and by the long run (thousands). What must hold is checked after every step and
at the end: nothing final ever changes, and the database equals a fresh reading of the chain.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ipx.adapters.evm.anvil import CHAIN_ID, Anvil
from ipx.adapters.evm.endpoints import Endpoint, Endpoints, pin_to
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.evm.rpc import Rpc
from ipx.chain.models import BlockRow, CursorRow, LogRow
from ipx.chain.rules import TransactionState
from ipx.core.errors import Unavailable
from tests.chain_steps import submit_chain
from tests.chain_world import SECOND, World, new_key, new_world, settle
from tests.fault_proxy import FaultProxy, Whims, honest

ACTS, STEPS, DEPTH = 4, 20, 3
Logs = list[tuple[Any, ...]]


def mirrored_logs(world: World, *, up_to: int | None = None) -> Logs:
    """Return every event of the mirror that is not orphaned."""
    query = select(LogRow.block_hash, LogRow.log_index, LogRow.block_number, LogRow.transaction, LogRow.data)
    query = query.where(LogRow.orphaned.is_(False))
    if up_to is not None:
        query = query.where(LogRow.block_number <= up_to)
    with world.database.read() as session:
        rows = session.execute(query.order_by(LogRow.block_number, LogRow.log_index)).all()
    return [tuple(row) for row in rows]


def mirrored_blocks(world: World) -> dict[int, str]:
    query = select(BlockRow.number, BlockRow.hash).where(BlockRow.orphaned.is_(False))
    with world.database.read() as session:
        return {row.number: row.hash for row in session.execute(query)}


def assert_equals_fresh_index(world: World, folder: Path) -> None:
    """Read the chain into an empty database, by an honest way, and compare."""
    gateway = EvmGateway(
        world.anvil.rpc,
        deployments=folder / "deployments",
        relayer_key=new_key(),
        chain_id=CHAIN_ID,
        finality=str(DEPTH),
    )
    fresh = new_world(folder, world.anvil, folder, gateway=gateway)
    fresh.first_block = world.first_block
    settle(fresh.relay())
    assert mirrored_logs(world) == mirrored_logs(fresh)
    ours, theirs = mirrored_blocks(world), mirrored_blocks(fresh)
    assert {number: ours[number] for number in ours.keys() & theirs.keys()} == {
        number: theirs[number] for number in ours.keys() & theirs.keys()
    }
    for number, block_hash in ours.items():
        block = gateway.block(number)
        assert block is not None
        assert block.hash == block_hash
    fresh.database.dispose()


class FinalRecord:
    """Remembers everything that was ever final, and compares."""

    def __init__(self, world: World, ids: list[str]) -> None:
        self._world, self._ids = world, ids
        self._acts: dict[str, tuple[Any, ...]] = {}
        self._logs: Logs = []
        self._mark = -1

    def compare(self) -> None:
        for view in (self._world.view(transaction_id) for transaction_id in self._ids):
            facts = (view.state, view.hash, view.block_number, view.block_hash, view.gas_used)
            if view.state is TransactionState.FINAL or view.id in self._acts:
                assert self._acts.setdefault(view.id, facts) == facts
        with self._world.database.read() as session:
            mark = session.scalar(select(CursorRow.final_number)) or -1
        assert mark >= self._mark
        assert mirrored_logs(self._world, up_to=self._mark) == self._logs
        self._mark, self._logs = mark, mirrored_logs(self._world, up_to=mark)


class Schedule:
    """Acts on a chain of its own height: other worlds on the same node are below its first block."""

    def __init__(self, world: World, nodes: list[FaultProxy], seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        self._nodes, self._seed = nodes, seed
        self.ids = submit_chain(world, ACTS)
        self.record = FinalRecord(world, self.ids)
        self.relay = world.relay()
        self.faults = [Whims(seed * 2 + number, share=0.95) for number in range(len(nodes))]

    def play(self) -> None:
        """Let things happen, then let the way to the chain be well again, and everything come to its end."""
        for node, whims in zip(self._nodes, self.faults, strict=True):
            node.rule = whims
        for _ in range(STEPS):
            acts = [self.nothing, self.nothing, self.mine, self.reorganise, self.drop, self.restart]
            self.chance.choice(acts)()
            self._advance()
        for node in self._nodes:
            node.rule = honest
        self.world.gateway.health()
        for _ in range(12):
            settle(self.relay)
            if all(self.world.view(t).state is TransactionState.FINAL for t in self.ids):
                break
            self.mine()
            self.world.clock.advance(2 * SECOND)
            self.record.compare()
        settle(self.relay)
        self.record.compare()

    def _advance(self) -> None:
        self.world.clock.advance(2 * SECOND)
        with suppress(Unavailable):  # as the worker does: the next round tries again
            self.relay.advance()
        self.record.compare()

    def nothing(self) -> None:
        pass

    def mine(self) -> None:
        self.world.anvil.rpc.call("anvil_mine", hex(self.chance.randint(1, 2)))

    def reorganise(self) -> None:
        """Never as deep as what is final."""
        head = int(self.world.anvil.rpc.call("eth_blockNumber"), 16)
        depth = min(self.chance.randint(1, DEPTH), head - self.world.first_block)
        if depth > 0:
            self.world.anvil.rpc.call("anvil_reorg", depth, [])

    def drop(self) -> None:
        self.world.anvil.rpc.call("anvil_dropAllTransactions")

    def restart(self) -> None:
        self.relay = self.world.relay()


@contextmanager
def scheduled_world(folder: Path, chain_folder: Path, anvil: Anvil, nodes: list[FaultProxy]) -> Iterator[World]:
    """A world whose gateway reaches one chain by several endpoints; nothing settles by itself, as in public."""
    named = [Endpoint(Rpc(node.url, timeout=20), f"node {number}") for number, node in enumerate(nodes)]
    endpoints = Endpoints(named, pin=pin_to(chain_folder / "deployments", CHAIN_ID), now=lambda: 0.0)
    gateway = EvmGateway(
        endpoints,
        deployments=chain_folder / "deployments",
        relayer_key=new_key(),
        chain_id=CHAIN_ID,
        finality=str(DEPTH),
    )
    anvil.rpc.call("anvil_setBalance", gateway.relayer(), hex(10**24))  # nothing is killed here: no state to keep
    world = new_world(folder, anvil, chain_folder, gateway=gateway)
    try:
        yield world
    finally:
        world.database.dispose()


def play_schedule(folder: Path, chain_folder: Path, anvil: Anvil, nodes: list[FaultProxy], seed: int) -> int:
    """Play one schedule and check everything; return how many answers were spoiled."""
    with scheduled_world(folder, chain_folder, anvil, nodes) as world:
        schedule = Schedule(world, nodes, seed)
        schedule.play()
        assert [world.view(t).state for t in schedule.ids] == [TransactionState.FINAL] * ACTS
        assert_equals_fresh_index(world, chain_folder)
        finals = [event.transaction_id for event in world.told if type(event).__name__ == "TransactionFinal"]
        assert sorted(finals) == sorted(schedule.ids)
        assert world.gateway.mined_nonce() == world.gateway.next_nonce() == ACTS
        return sum(whims.count for whims in schedule.faults)
