"""Alarms: what is wrong by the facts at hand, and the book in which each begins and ends once.

The judgement is pure. The book tells others by events in the transaction that writes it; it must never tell of the same
trouble twice.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.chain.events import AlarmBegan, AlarmEnded
from ipx.chain.models import AlarmRow
from ipx.chain.rules import AlarmKind, AlarmLimits
from ipx.core.ports import Clock, EndpointHealth, Entropy
from ipx.db.events import Events

logger = logging.getLogger(__name__)

WEI_IN_ETHER = 10**18


@dataclass(frozen=True)
class Facts:
    """What is known now. ``waiting_since`` and ``waits_for`` are of the head of the queue; amounts in wei."""

    endpoints: Sequence[EndpointHealth]
    balance: int | None
    max_fee: int | None
    fee_cap: int
    waiting: int
    waiting_since: datetime | None
    waits_for: str | None
    gas_an_act: int
    mirrored_to: int
    final_to: int


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong now."""

    kind: AlarmKind
    subject: str
    note: str

    @property
    def key(self) -> str:
        """Tell this trouble from others that may be there at the same time."""
        return f"{self.kind}/{self.subject}"


def judge(facts: Facts, limits: AlarmLimits, now: datetime) -> list[Trouble]:
    """Return everything that is wrong, without regard to how long it has been so."""
    found = [_stuck(facts, limits, now), _money(facts, limits), _fees(facts), _lag(facts, limits)]
    return [trouble for trouble in found if trouble is not None] + [
        Trouble(AlarmKind.ENDPOINT, health.name, f"{health.state}: {health.note}")
        for health in facts.endpoints
        if health.state != "ok"
    ]


def money_needed(facts: Facts, limits: AlarmLimits) -> int | None:
    """Return what the queue and the reserve may cost at the present fees, in wei; None when no node says the fees."""
    if facts.max_fee is None:
        return None
    return max(facts.waiting, limits.reserve_acts) * max(facts.gas_an_act, limits.usual_gas) * facts.max_fee


def _stuck(facts: Facts, limits: AlarmLimits, now: datetime) -> Trouble | None:
    if facts.waiting_since is None or now - facts.waiting_since < limits.stuck_after:
        return None
    why = facts.waits_for or "it was sent and is in no block"
    return Trouble(AlarmKind.STUCK, "", f"{facts.waiting} transactions wait; the first of them because: {why}")


def _money(facts: Facts, limits: AlarmLimits) -> Trouble | None:
    needed = money_needed(facts, limits)
    if needed is None or facts.balance is None or facts.balance >= needed:
        return None
    return Trouble(
        AlarmKind.MONEY, "", f"the relayer has {_ether(facts.balance)}; the queue and a reserve need {_ether(needed)}"
    )


def _fees(facts: Facts) -> Trouble | None:
    if facts.max_fee is None or facts.max_fee <= facts.fee_cap:
        return None
    return Trouble(AlarmKind.FEES, "", f"the chain asks {facts.max_fee} wei per gas; the cap is {facts.fee_cap}")


def _lag(facts: Facts, limits: AlarmLimits) -> Trouble | None:
    head = max((health.head for health in facts.endpoints if health.head is not None), default=-1)
    final = max((health.final for health in facts.endpoints if health.final is not None), default=-1)
    if head - facts.mirrored_to > limits.lag_blocks:
        return Trouble(AlarmKind.LAG, "", f"the mirror is at block {facts.mirrored_to}, the chain at {head}")
    if final - facts.final_to > limits.lag_blocks:
        note = f"blocks are final up to {final}, and taken for final up to {facts.final_to}: is a second endpoint away?"
        return Trouble(AlarmKind.LAG, "", note)
    return None


def _ether(wei: int) -> str:
    return f"{wei / WEI_IN_ETHER:.6f} ETH"


class AlarmBook:
    """The rows of alarms."""

    def __init__(
        self, *, audit: AuditService, events: Events, clock: Clock, entropy: Entropy, limits: AlarmLimits
    ) -> None:
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._limits = limits

    def compare(self, session: Session, troubles: Sequence[Trouble]) -> None:
        """Open, begin and end alarms by what is wrong now; AlarmBegan and AlarmEnded follow."""
        now, here = self._clock.now(), {trouble.key: trouble for trouble in troubles}
        open_rows = {
            str(row.open_key): row for row in session.scalars(select(AlarmRow).where(AlarmRow.open_key.is_not(None)))
        }
        for key, trouble in here.items():
            row = open_rows.get(key) or self._open(session, trouble, now)
            row.note = trouble.note
            if row.began_at is None and now - row.since >= self._limits.patience(trouble.kind):
                self._begin(session, row, now)
        for key, row in open_rows.items():
            if key not in here:
                self._end(session, row, now)

    def _open(self, session: Session, trouble: Trouble, now: datetime) -> AlarmRow:
        row = AlarmRow(
            id=self._entropy.new_id(),
            open_key=trouble.key,
            kind=trouble.kind,
            subject=trouble.subject,
            note=trouble.note,
            since=now,
            began_at=None,
            ended_at=None,
        )
        session.add(row)
        return row

    def _begin(self, session: Session, row: AlarmRow, now: datetime) -> None:
        row.began_at = now
        logger.error("alarm %s %s: %s", row.kind, row.subject, row.note)
        self._record(session, row, "chain:alarm:begin")
        self._events.publish(session, AlarmBegan(row.id, AlarmKind(row.kind), row.subject, row.note, row.since))

    def _end(self, session: Session, row: AlarmRow, now: datetime) -> None:
        if row.began_at is None:
            session.delete(row)  # it went away before anybody was told
            return
        row.open_key, row.ended_at = None, now
        logger.warning("the alarm %s %s is over", row.kind, row.subject)
        self._record(session, row, "chain:alarm:end")
        self._events.publish(session, AlarmEnded(row.id, AlarmKind(row.kind), row.subject, row.note, row.since))

    def _record(self, session: Session, row: AlarmRow, action: str) -> None:
        self._audit.record(
            session,
            action=action,
            by=THE_EXCHANGE,
            subject_kind="alarm",
            subject_id=row.id,
            details={"kind": row.kind},
        )
