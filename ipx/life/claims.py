"""What our rows say about the lives of licences, step by step, for whoever compares them with chain and audit log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.life.models import HandingRow, StepRow


@dataclass(frozen=True)
class StepClaim:
    """One row. ``chain``, ``action`` and ``reason`` as they are written there, which need not be what there is."""

    id: str
    licence_id: str
    number: int
    kind: str
    side: str | None
    at: datetime
    due: datetime | None
    until: datetime | None
    ground: str | None
    proposal: str | None
    outcome: str | None
    answers: str | None
    duty: str | None
    action: int | None
    reason: int | None
    chain: str | None
    transaction_id: str | None


@dataclass(frozen=True)
class HandingClaim:
    """One licence that was handed on, or was to be. ``state``: as it is written there."""

    id: str
    licence_id: str
    number: int
    state: str
    from_id: str
    from_name: str
    to_id: str
    to_name: str
    address: str | None
    step_id: str | None


def handing_claims(session: Session) -> Iterator[HandingClaim]:
    """Return every row, licence by licence, in order."""
    names = list(HandingClaim.__dataclass_fields__)
    for row in session.scalars(select(HandingRow).order_by(HandingRow.licence_id, HandingRow.number)):
        yield HandingClaim(**{name: getattr(row, name) for name in names})


def step_claims(session: Session) -> Iterator[StepClaim]:
    """Return every row, life by life, in the order of the steps."""
    names = list(StepClaim.__dataclass_fields__)
    for row in session.scalars(select(StepRow).order_by(StepRow.licence_id, StepRow.number)):
        yield StepClaim(**{name: getattr(row, name) for name in names})
