"""Looks at the chain's endpoints, the relayer's purse, the queue and the mirror, and keeps what it saw.

It runs beside the relay, so that a relay that cannot go on is seen too. It must never write to the chain.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.audit.service import AuditService
from ipx.chain.alarms import AlarmBook, Facts, judge
from ipx.chain.models import AttemptRow, CursorRow, HealthRow, TransactionRow
from ipx.chain.rules import WAITING, AlarmLimits, RelayLimits, TransactionState
from ipx.core.errors import Tampered, Unavailable
from ipx.core.ports import Block, ChainGateway, Clock, EndpointHealth, Entropy
from ipx.db.events import Events
from ipx.db.lease import Lease
from ipx.db.session import Database

LEASE = "chain-health"
RECENT_ATTEMPTS = 50
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class _Seen:
    """What the outside said; None where it said nothing."""

    endpoints: list[EndpointHealth]
    balance: int | None
    max_fee: int | None


class HealthWatch:
    """One look after another; on several workers each looks, so that each avoids a bad endpoint, and one writes."""

    def __init__(
        self,
        *,
        database: Database,
        gateway: ChainGateway,
        audit: AuditService,
        events: Events,
        clock: Clock,
        entropy: Entropy,
        holder: str,
        limits: RelayLimits,
        alarm_limits: AlarmLimits | None = None,
        lease_time: timedelta = timedelta(seconds=60),
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._clock = clock
        self._limits = limits
        self._alarm_limits = alarm_limits or AlarmLimits()
        self._book = AlarmBook(audit=audit, events=events, clock=clock, entropy=entropy, limits=self._alarm_limits)
        self._lease = Lease(database, clock, name=LEASE, holder=holder, duration=lease_time)

    def advance(self) -> bool:
        """Look once, keep it, and let alarms begin and end. Returns False: the next look is due after a pause."""
        seen = self._look()
        if not self._lease.hold():
            return False
        with self._database.write() as session:
            self._lease.check(session)
            self._keep(session, seen)
            facts = facts_of(session, seen.endpoints, seen.balance, seen.max_fee, self._limits)
            self._book.compare(session, judge(facts, self._alarm_limits, self._clock.now()))
        return False

    def release(self) -> None:
        """Let another process write at once; call it when stopping."""
        self._lease.release()

    def _look(self) -> _Seen:
        endpoints = list(self._gateway.health(self._known()))
        fees = _answer(self._gateway.fees)
        return _Seen(endpoints, _answer(self._gateway.balance), fees.max_fee if fees else None)

    def _known(self) -> Block | None:
        with self._database.read() as session:
            cursor = session.get(CursorRow, 1)
            if cursor is None or cursor.final_hash is None:
                return None
            return Block(cursor.final_number, cursor.final_hash, parent_hash="", timestamp=0)

    def _keep(self, session: Session, seen: _Seen) -> None:
        row = HealthRow(
            id=1,
            looked_at=self._clock.now(),
            relayer=self._gateway.relayer(),
            balance=None if seen.balance is None else str(seen.balance),
            max_fee=None if seen.max_fee is None else str(seen.max_fee),
            endpoints=[asdict(health) for health in seen.endpoints],
        )
        session.merge(row)


def facts_of(
    session: Session,
    endpoints: list[EndpointHealth],
    balance: int | None,
    max_fee: int | None,
    limits: RelayLimits,
) -> Facts:
    """Return what alarms are judged by: the outside as given, queue and mirror as they are in the tables."""
    waits = TransactionRow.state.in_(WAITING)
    count = session.scalar(select(func.count()).select_from(TransactionRow).where(waits)) or 0
    head = session.scalar(select(TransactionRow).where(waits).order_by(TransactionRow.sequence).limit(1))
    recent = select(AttemptRow.gas).order_by(AttemptRow.created_at.desc()).limit(RECENT_ATTEMPTS)
    cursor = session.get(CursorRow, 1)
    return Facts(
        endpoints=endpoints,
        balance=balance,
        max_fee=max_fee,
        fee_cap=limits.fee_cap,
        waiting=count,
        waiting_since=_since(head),
        waits_for=head.note if head else None,
        gas_an_act=max(session.scalars(recent), default=0),
        mirrored_to=cursor.number if cursor else -1,
        final_to=cursor.final_number if cursor else -1,
    )


def _since(head: TransactionRow | None) -> datetime | None:
    """A replacement does not make a wait shorter; a reorganisation begins a new one."""
    if head is None:
        return None
    return head.changed_at if head.state == TransactionState.REORGED else head.created_at


def _answer(ask: Callable[[], Answer]) -> Answer | None:
    try:
        return ask()
    except (Unavailable, Tampered):
        return None
