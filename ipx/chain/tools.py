"""What every part of the relay works with; owns nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.chain.models import TransactionRow
from ipx.chain.rules import RelayLimits
from ipx.core.ports import ChainGateway, Clock
from ipx.db.events import Events
from ipx.db.lease import Lease
from ipx.db.session import Database


@dataclass(frozen=True)
class RelayTools:
    """Database and chain, who is told, what time it is, and whether we are still the only relay."""

    database: Database
    gateway: ChainGateway
    events: Events
    clock: Clock
    lease: Lease
    limits: RelayLimits

    @contextmanager
    def look(self) -> Iterator[Session]:
        """Read; the rows found stay readable afterwards, cut loose from the database."""
        with self.database.read() as session:
            yield session
            session.expunge_all()


class RelayPart:
    """A part of the relay, with the tools at hand."""

    def __init__(self, tools: RelayTools) -> None:
        self._look = tools.look
        self._database = tools.database
        self._gateway = tools.gateway
        self._events = tools.events
        self._clock = tools.clock
        self._lease = tools.lease
        self._limits = tools.limits


def told(row: TransactionRow) -> tuple[str, str, str, int, str, int]:
    """Return what TransactionMined and TransactionFinal say of a mined transaction."""
    if row.block_number is None or row.block_hash is None or row.block_time is None:
        raise ValueError("a mined transaction has a block")
    return row.id, row.key, row.purpose, row.block_number, row.block_hash, row.block_time
