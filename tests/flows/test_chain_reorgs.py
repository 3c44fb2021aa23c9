"""What the relay does when the chain takes blocks back: reorganisations, and an embedded node that is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.adapters.evm.anvil import Anvil
from ipx.adapters.evm.gateway import EvmGateway
from ipx.chain.models import BlockRow, CursorRow, LogRow, ReceiptRow
from ipx.chain.rules import TransactionState
from ipx.core import merkle
from ipx.core.errors import Tampered
from tests.chain_world import SECOND, World, gateway_on, new_world, running_chain, settle

ROOTS = [bytes([number]) * 32 for number in range(1, 30)]


@pytest.fixture
def anvil(folder: Path, tmp_path: Path) -> Any:
    """A chain for each test: what is reorganised here would surprise others."""
    with running_chain(tmp_path) as anvil:
        yield anvil


@pytest.fixture
def deep(tmp_path: Path, anvil: Anvil) -> Any:
    """Blocks are final three below the head; nothing settles by itself, as on a public chain."""
    gateway = gateway_on(anvil, tmp_path, finality="3")
    gateway._settlement = None
    world = new_world(tmp_path, anvil, tmp_path, gateway=gateway)
    yield world
    world.database.dispose()


@pytest.fixture
def embedded(tmp_path: Path, anvil: Anvil) -> Any:
    world = new_world(tmp_path, anvil, tmp_path)
    yield world
    world.database.dispose()


def submit_chain(world: World, count: int) -> Any:
    head, ids = bytes(32), []
    for number, root in enumerate(ROOTS[:count]):
        ids.append(world.anchor(f"anchor {number}", head, root))
        head = merkle.chained_head(head, root, 1)
    return ids


def states(world: World, ids: Any) -> Any:
    return [str(world.view(transaction_id).state) for transaction_id in ids]


def mine(world: World, blocks: Any) -> None:
    world.anvil.rpc.call("anvil_mine", hex(blocks))


def mirror_of(world: World) -> Any:
    """Everything of the mirror that is not orphaned."""
    with world.database.read() as session:
        logs = session.execute(
            select(LogRow.block_hash, LogRow.log_index, LogRow.block_number, LogRow.transaction, LogRow.data)
            .where(LogRow.orphaned.is_(False))
            .order_by(LogRow.block_number, LogRow.log_index)
        ).all()
        blocks = dict(session.execute(select(BlockRow.number, BlockRow.hash).where(BlockRow.orphaned.is_(False))).all())
    return [tuple(log) for log in logs], blocks


def assert_mirror_equals_chain(world: World) -> Any:
    """The mirror equals what a fresh one would read, and every block in it is on the chain."""
    logs, blocks = mirror_of(world)
    fresh = world.gateway.logs(world.first_block, world.gateway.head().number)
    assert logs == [(log.block_hash, log.log_index, log.block_number, log.transaction, log.data) for log in fresh]
    assert all(world.gateway.block(number).hash == block_hash for number, block_hash in blocks.items())


def test_a_reorg_puts_a_transaction_back_and_the_same_bytes_are_mined_again(deep: World) -> None:
    (first,) = submit_chain(deep, 1)
    relay = deep.relay()
    settle(relay)
    assert states(deep, [first]) == ["MINED"]
    before = deep.view(first)
    deep.anvil.rpc.call("anvil_reorg", 1, [])
    relay.advance()
    assert deep.names()[:2] == ["Mined", "Reorged"]
    settle(relay)
    after = deep.view(first)
    assert (after.state, after.hash) == (TransactionState.MINED, before.hash)
    assert after.block_hash != before.block_hash
    mine(deep, 4)
    settle(relay)
    assert states(deep, [first]) == ["FINAL"]
    assert deep.names() == ["Mined", "Reorged", "Mined", "Final"]
    assert_mirror_equals_chain(deep)


def test_orphaned_rows_are_marked_and_kept(deep: World) -> None:
    submit_chain(deep, 2)
    relay = deep.relay()
    settle(relay)
    deep.anvil.rpc.call("anvil_reorg", 2, [])
    settle(relay)
    with deep.database.read() as session:
        for table in (LogRow, BlockRow, ReceiptRow):
            kept = list(session.scalars(select(table.orphaned)))
            assert True in kept
            assert False in kept
    assert_mirror_equals_chain(deep)


def test_a_chain_of_acts_survives_a_reorg_of_all_of_them(deep: World) -> None:
    ids = submit_chain(deep, 3)
    relay = deep.relay()
    settle(relay)
    deep.anvil.rpc.call("anvil_reorg", deep.gateway.head().number - deep.first_block + 1, [])
    for _ in range(5):
        settle(relay)
        mine(deep, 1)
        deep.clock.advance(2 * SECOND)
    mine(deep, 4)
    settle(relay)
    assert states(deep, ids) == ["FINAL"] * 3
    assert len(deep.gateway.logs(deep.first_block, deep.gateway.head().number)) == 3
    assert deep.gateway.mined_nonce() == 3


def test_what_was_final_never_goes_back(deep: World) -> None:
    ids = submit_chain(deep, 1)
    relay = deep.relay()
    settle(relay)
    mine(deep, 5)
    settle(relay)
    assert states(deep, ids) == ["FINAL"]
    deep.anvil.rpc.call("anvil_reorg", 6, [])
    told = list(deep.told)
    with pytest.raises(Tampered, match="final"):
        relay.advance()
    assert states(deep, ids) == ["FINAL"]
    assert deep.told == told


def test_indexing_twice_is_a_no_op(deep: World) -> None:
    submit_chain(deep, 2)
    settle(deep.relay())
    mine(deep, 5)
    settle(deep.relay())
    before = mirror_of(deep)
    with deep.database.write() as session:  # as if the cursor had not been written: the rows are there already
        cursor = session.get_one(CursorRow, 1)
        block = deep.gateway.block(deep.first_block)
        cursor.number, cursor.hash = block.number, block.hash
        cursor.final_number, cursor.final_hash = block.number, block.hash
    settle(deep.relay())
    after = mirror_of(deep)
    assert after[0] == before[0]
    assert_mirror_equals_chain(deep)


# ── the embedded node ────────────────────────────────────────────────────────────────────────────


def kill_node(world: World) -> Any:
    record = world.anvil._record()
    assert record is not None
    os.kill(record["pid"], signal.SIGKILL)


class NoSettling:
    """The process dies right after the receipt: nothing is settled any more."""

    def __init__(self, gateway: EvmGateway) -> None:
        self._gateway = gateway

    def __getattr__(self, name: Any) -> Any:
        return getattr(self._gateway, name)

    def settle(self) -> None:
        return


def test_the_node_is_killed_right_after_the_receipt(embedded: World) -> None:
    ids = submit_chain(embedded, 2)
    settle(embedded.relay(gateway=NoSettling(embedded.gateway)))
    assert states(embedded, ids) == ["MINED", "MINED"]
    hashes = [embedded.view(t).hash for t in ids]
    kill_node(embedded)
    settle(embedded.relay(), rounds=20)
    assert states(embedded, ids) == ["FINAL", "FINAL"]
    assert [embedded.view(t).hash for t in ids] == hashes  # the saved bytes, not new ones
    assert embedded.names() == ["Mined", "Mined", "Reorged", "Reorged", "Mined", "Mined", "Final", "Final"]
    assert_mirror_equals_chain(embedded)


def test_what_is_final_survives_the_killing_of_the_node(embedded: World) -> None:
    ids = submit_chain(embedded, 2)
    settle(embedded.relay())
    assert states(embedded, ids) == ["FINAL", "FINAL"]
    blocks = [embedded.view(t).block_hash for t in ids]
    kill_node(embedded)
    settle(embedded.relay())
    assert [embedded.gateway.receipt(embedded.view(t).hash).block_hash for t in ids] == blocks
    assert "Reorged" not in embedded.names()


def test_the_node_is_killed_at_every_round(embedded: World) -> None:
    ids = submit_chain(embedded, 3)
    relay = embedded.relay()
    for _ in range(6):
        relay.advance()
        kill_node(embedded)
        embedded.clock.advance(2 * SECOND)
    settle(relay, rounds=20)
    assert states(embedded, ids) == ["FINAL"] * 3
    assert len(embedded.gateway.logs(embedded.first_block, embedded.gateway.head().number)) == 3
    assert_mirror_equals_chain(embedded)
