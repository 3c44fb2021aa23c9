"""One round of the chain's crash tests: a queue of acts in a database of its own, and what must hold at the end.

Everything is opened in the process that uses it, so that rounds can be forked.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ipx.adapters.evm.anvil import CHAIN_ID, Anvil
from ipx.adapters.evm.endpoints import endpoints_at, pin_to
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.system import FixedClock
from ipx.chain.rules import TransactionState
from ipx.db.base import Base
from ipx.db.session import Database
from ipx.tables import import_all_tables
from tests.chain_steps import ROOTS, anchors_on_chain, heads
from tests.chain_world import KINDS, World, settle

START = datetime(2026, 11, 28).astimezone()


@dataclass(frozen=True)
class Round:
    """Where a round has its chain and its database, who pays, and what its clock shows."""

    chain: Path
    database: Path
    key: str
    first_block: int = 0
    clock: timedelta = timedelta(0)
    acts: int = 3

    def later(self, moment: timedelta) -> Round:
        return replace(self, clock=self.clock + moment)

    def gateway(self, anvil: Anvil, url: str | None = None) -> EvmGateway:
        """Return the way to the chain: the embedded one, or over an endpoint."""
        pin = pin_to(self.chain / "deployments", CHAIN_ID)
        return EvmGateway(
            endpoints_at([url], pin=pin) if url else anvil.rpc,
            deployments=self.chain / "deployments",
            relayer_key=self.key,
            chain_id=CHAIN_ID,
            settlement=anvil,
        )

    def open(self) -> World:
        """Open the world; every event is written down in the transaction that tells it."""
        anvil = Anvil(self.chain)
        gateway = self.gateway(anvil)
        database = Database(f"sqlite:///{self.database}")
        world = World(database=database, gateway=gateway, anvil=anvil, clock=FixedClock(START + self.clock))
        world.first_block = self.first_block
        for kind in KINDS:
            world.events.listen(kind, _write_down)
        return world


def _write_down(session: Session, event: Any) -> None:
    values = {"what": type(event).__name__, "id": event.transaction_id}
    session.execute(text("INSERT INTO told (what, id) VALUES (:what, :id)"), values)


def make_template(path: Path) -> Path:
    """Make the database that every round begins with a copy of."""
    import_all_tables()
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.execute(text("CREATE TABLE told (what TEXT, id TEXT)"))
    database.dispose()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return path


def queue(world: World, acts: int) -> list[str]:
    """Queue acts each of which rests on the one before; those that are there already stay as they are."""
    pairs = zip(heads(acts), ROOTS[:acts], strict=False)
    return [world.anchor(f"anchor {number}", previous, root) for number, (previous, root) in enumerate(pairs)]


def finish(world: World, *, rounds: int = 12) -> None:
    """Go on as a worker does, until nothing moves."""
    for _ in range(rounds):
        settle(world.relay())
        with world.database.read() as session:
            if world.chain.status(session).open == 0:
                return
        world.clock.advance(timedelta(seconds=21))
        world.anvil.rpc.call("anvil_mine", "0x1")


def assert_whole(world: World, acts: int) -> None:
    """Every act is final, is on the chain once and in its order, was told once, and no nonce is missing."""
    ids = queue(world, acts)
    states = [world.view(transaction_id).state for transaction_id in ids]
    assert states == [TransactionState.FINAL] * acts, [world.view(t).note for t in ids]
    assert anchors_on_chain(world) == ["0x" + root.hex() for root in ROOTS[:acts]]
    assert world.gateway.mined_nonce() == world.gateway.next_nonce() == acts
    with world.database.read() as session:
        finals = list(session.scalars(text("SELECT id FROM told WHERE what = 'TransactionFinal'")))
        assert sorted(finals) == sorted(ids)
        mirrored = world.chain.events_of(session, contract="EvidenceLog", subject=world.gateway.relayer())
        assert [event.arguments["root"] for event in mirrored] == anchors_on_chain(world)


def copy_database(source: Path, target: Path) -> None:
    """Take a backup of a database that nobody uses."""
    for suffix in ("", "-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
        if source.with_name(source.name + suffix).exists():
            shutil.copy(source.with_name(source.name + suffix), target.with_name(target.name + suffix))
