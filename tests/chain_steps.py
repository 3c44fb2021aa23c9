"""What tests of the relay do again and again: queue, look, stop the mining, die."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ipx.adapters.evm.anvil import Anvil
from ipx.chain.models import AttemptRow
from ipx.chain.rules import TransactionState
from ipx.core import merkle
from ipx.db.session import Database
from tests.chain_world import World, settle

ROOTS = [bytes([number]) * 32 for number in range(1, 30)]


def heads(count: int) -> Any:
    found = [bytes(32)]
    for root in ROOTS[:count]:
        found.append(merkle.chained_head(found[-1], root, 1))
    return found


def submit_chain(world: World, count: int) -> Any:
    """Queue anchors each of which rests on the one before."""
    return [
        world.anchor(f"anchor {number}", previous, root)
        for number, (previous, root) in enumerate(zip(heads(count), ROOTS[:count], strict=False))
    ]


def anchors_on_chain(world: World) -> Any:
    """Ask the node, not the mirror."""
    logs = world.gateway.logs(world.first_block, world.gateway.head().number)
    return [log.arguments["root"] for log in logs if log.arguments.get("sender") == world.gateway.relayer()]


def mirrored(world: World, **query: Any) -> Any:
    with world.database.read() as session:
        return world.chain.events_of(session, contract="EvidenceLog", subject=world.gateway.relayer(), **query)


def assert_done_once(world: World, ids: Any) -> Any:
    """Every act is final, happened once on the chain, was told once, and the nonces have no gap."""
    views = [world.view(transaction_id) for transaction_id in ids]
    assert [view.state for view in views] == [TransactionState.FINAL] * len(ids)
    expected = ["0x" + root.hex() for root in ROOTS[: len(ids)]]
    assert anchors_on_chain(world) == expected
    assert [event.arguments["root"] for event in mirrored(world, final_only=True)] == expected
    assert world.gateway.mined_nonce() == world.gateway.next_nonce() == len(ids)
    told = [event.transaction_id for event in world.told if type(event).__name__ == "TransactionFinal"]
    assert sorted(told) == sorted(ids)


@contextmanager
def mining_stopped(anvil: Anvil) -> Any:
    anvil.rpc.call("evm_setAutomine", False)
    try:
        yield
    finally:
        anvil.rpc.call("evm_setAutomine", True)


def copied(world: World, folder: Path) -> Path:
    """Keep the database, an SQLite one, as it is now."""
    kept = folder / "kept.sqlite3"
    with closing(sqlite3.connect(str(world.database.engine.url.database))) as connection:
        connection.execute("VACUUM INTO ?", (str(kept),))
    return kept


def world_on_copy(kept: Path, world: World) -> World:
    """Return the same exchange on a copy of its database."""
    old = World(database=Database(f"sqlite:///{kept}"), gateway=world.gateway, anvil=world.anvil, clock=world.clock)
    old.first_block = world.first_block
    return old


def attempts(world: World, transaction_id: str) -> Any:
    with world.database.read() as session:
        query = select(AttemptRow).where(AttemptRow.transaction_id == transaction_id).order_by(AttemptRow.number)
        found = list(session.scalars(query))
        session.expunge_all()
    return found


class DiedError(BaseException):
    """The process is gone. Not an Exception, so that nothing can catch it by accident."""


class Death:
    """Counts commits, broadcasts and settlements, and dies before or after the n-th."""

    def __init__(self, at: int) -> None:
        self.at, self.count, self.where = at, 0, ""

    def before(self, where: Any) -> None:
        self.count += 1
        if self.count == self.at:
            self.where = f"before {where}"
            raise DiedError(self.where)

    def after(self, where: Any) -> None:
        self.count += 1
        if self.count == self.at:
            self.where = f"after {where}"
            raise DiedError(self.where)


class MortalDatabase:
    def __init__(self, database: Any, death: Any) -> None:
        self._database, self._death = database, death
        self.read = database.read

    @contextmanager
    def write(self) -> Any:
        with self._database.write() as session:
            yield session
            session.flush()
            self._death.before("commit")
        self._death.after("commit")


class MortalGateway:
    def __init__(self, gateway: Any, death: Any) -> None:
        self._gateway, self._death = gateway, death

    def __getattr__(self, name: Any) -> Any:
        return getattr(self._gateway, name)

    def broadcast(self, raw: Any) -> None:
        self._death.before("broadcast")
        self._gateway.broadcast(raw)
        self._death.after("broadcast")

    def settle(self) -> None:
        self._death.before("settle")
        self._gateway.settle()
        self._death.after("settle")


def run_until_death(world: World, at: int) -> Any:
    death = Death(at)
    relay = world.relay(database=MortalDatabase(world.database, death), gateway=MortalGateway(world.gateway, death))
    try:
        settle(relay)
    except DiedError:
        return death.where
    return ""
