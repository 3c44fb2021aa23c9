"""A chain, a database and a relay to try them on. Anvil is always the real one, never a stand-in."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.event import listen

from ipx.adapters.evm.anvil import CHAIN_ID, Anvil
from ipx.adapters.evm.deploy import Deployer, RectifierPlan
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.system import FixedClock, SystemEntropy
from ipx.chain.events import TransactionFailed, TransactionFinal, TransactionMined, TransactionReorged
from ipx.chain.relay import ChainRelay
from ipx.chain.rules import EMBEDDED_LIMITS, RelayLimits
from ipx.chain.service import ChainService
from ipx.db.base import Base
from ipx.db.events import Events
from ipx.db.session import Database
from tests.services import address

PLAN = RectifierPlan(rectifiers=["0x" + "a1" * 20], threshold=1, delay=86400)
KINDS = (TransactionMined, TransactionFinal, TransactionReorged, TransactionFailed)


@contextmanager
def running_chain(folder: Path) -> Iterator[Anvil]:
    """An anvil of its own with our contracts on it."""
    anvil = Anvil(folder)
    anvil.start()
    try:
        key = new_key()
        deployer = EvmGateway(anvil.rpc, deployments=folder / "deployments", relayer_key=key, chain_id=CHAIN_ID)
        anvil.fund(deployer.relayer())
        Deployer(anvil.rpc, folder=folder / "deployments", key=key, settle=lambda: anvil.settle(anvil.rpc)).deploy(PLAN)
        yield anvil
    finally:
        anvil.stop()


def new_key() -> str:
    return "0x" + secrets.token_hex(32)


def gateway_on(anvil: Anvil, folder: Path, *, key: str | None = None, finality: str = "finalized") -> EvmGateway:
    """A gateway with a relayer of its own, so that tests that share a chain do not meet."""
    gateway = EvmGateway(
        anvil.rpc,
        deployments=folder / "deployments",
        relayer_key=key or new_key(),
        chain_id=CHAIN_ID,
        finality=finality,
        settlement=anvil,
    )
    anvil.fund(gateway.relayer())
    return gateway


@dataclass
class World:
    """One exchange's chain room: tables, relay, and everything it ever told."""

    database: Database
    gateway: Any
    anvil: Anvil
    clock: FixedClock
    limits: RelayLimits = EMBEDDED_LIMITS
    events: Events = field(default_factory=Events)
    told: list[Any] = field(default_factory=list)
    first_block: int = 0

    def __post_init__(self) -> None:
        listen(self.database.sessions, "after_commit", lambda session: self.told.extend(session.info.pop("told", [])))
        for kind in KINDS:
            remember(self, kind)
        self.first_block = self.gateway.head().number + 1

    @property
    def chain(self) -> ChainService:
        return ChainService(gateway=self.gateway, clock=self.clock, entropy=SystemEntropy())

    def relay(self, *, holder: str = "test", **changes: Any) -> ChainRelay:
        return ChainRelay(
            database=changes.pop("database", self.database),
            gateway=changes.pop("gateway", self.gateway),
            events=self.events,
            clock=self.clock,
            holder=holder,
            limits=changes.pop("limits", self.limits),
            first_block=lambda: self.first_block,
            **changes,
        )

    def anchor(self, key: str, previous: bytes | str, root: bytes, size: int = 1) -> str:
        head = previous.hex() if isinstance(previous, bytes) else previous.removeprefix("0x")
        with self.database.write() as session:
            arguments = ["0x" + head, "0x" + root.hex(), str(size)]
            return self.chain.submit(
                session, key=key, contract="EvidenceLog", function="anchor", arguments=arguments, purpose="test:anchor"
            )

    def view(self, transaction_id: str) -> Any:
        with self.database.read() as session:
            return self.chain.transaction(session, transaction_id)

    def names(self) -> list[str]:
        return [type(event).__name__.removeprefix("Transaction") for event in self.told]


def remember(world: World, kind: type) -> None:
    """Write down what is told, once its transaction is committed."""
    world.events.listen(kind, lambda session, event: session.info.setdefault("told", []).append(event))


def new_world(folder: Path, anvil: Anvil, chain_folder: Path, *, url: str | None = None, **changes: Any) -> World:
    database = Database(new_postgres(url) if url else f"sqlite:///{folder / (uuid.uuid4().hex + '.sqlite3')}")
    Base.metadata.create_all(database.engine)
    gateway = changes.pop("gateway", None) or gateway_on(anvil, chain_folder)
    clock = FixedClock(datetime.now().astimezone())
    return World(database=database, gateway=gateway, anvil=anvil, clock=clock, **changes)


def database_url(kind: str) -> str | None:
    """The address for ``new_world``: None means an SQLite file of its own."""
    return None if kind == "sqlite" else address("IPX_TEST_POSTGRES_URL")


def new_postgres(url: str) -> str:
    """Create a database beside the one named, and return its address."""
    server = make_url(url).set(drivername="postgresql+psycopg")
    name = f"t_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


def settle(relay: ChainRelay, *, rounds: int = 60) -> None:
    """Advance until nothing moves any more. anvil mines a moment after it took a transaction: look thrice."""
    idle = 0
    for _ in range(rounds):
        if relay.advance():
            idle = 0
            continue
        idle += 1
        if idle == 3:
            return
        time.sleep(0.01)


SECOND = timedelta(seconds=1)
