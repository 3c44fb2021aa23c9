"""Tables of the life of licences."""

from datetime import UTC, date, datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


class LifeRow(Base):
    """One for each licence that was ever in force: its lock, and the timers that are next, None where nothing follows.

    ``next_reminder``: when to look for something to tell, BEFORE_ALL where nobody has looked yet.
    """

    __tablename__ = "life_lives"

    licence_id: Mapped[str] = mapped_column(primary_key=True)
    next_due: Mapped[datetime | None] = mapped_column(index=True)
    next_reminder: Mapped[datetime | None] = mapped_column(index=True, default=BEFORE_ALL)


class ReminderRow(Base):
    """A duty that both sides were told of, by its key (``duties.Duty.key``). ``day``: on which it was due then."""

    __tablename__ = "life_reminders"

    licence_id: Mapped[str] = mapped_column(ForeignKey("life_lives.licence_id"), primary_key=True)
    duty: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    told_at: Mapped[datetime]


class StepRow(Base):
    """One step, never changed but for what became of its act on the chain.

    ``at`` is when it counts, ``recorded_at`` when it was written: a deadline that passed while nobody was running
    counts from its own moment. ``chain``: see ``rules.Chain``; ``action`` and ``reason`` are the contract's codes.
    """

    __tablename__ = "life_steps"
    __table_args__ = (UniqueConstraint("licence_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    licence_id: Mapped[str] = mapped_column(ForeignKey("life_lives.licence_id"), index=True)
    number: Mapped[int]
    kind: Mapped[str]
    side: Mapped[str | None]
    person_id: Mapped[str | None]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    ground: Mapped[str | None]
    proposal: Mapped[str | None]
    outcome: Mapped[str | None]
    answers: Mapped[str | None]
    duty: Mapped[str | None]
    due: Mapped[datetime | None]
    until: Mapped[datetime | None]
    words: Mapped[str]
    action: Mapped[int | None]
    reason: Mapped[int | None]
    chain: Mapped[str | None] = mapped_column(index=True)
    attempt: Mapped[int]
    transaction_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str | None]


class HandingRow(Base):
    """A licence that is handed on, or was to be. ``state``: see ``rules.Handing``; ``deadline``: of what was signed, in
    seconds since 1970; the signatures are those of own wallets, with the block as of which a contract accepted."""

    __tablename__ = "life_handings"

    id: Mapped[str] = mapped_column(primary_key=True)
    licence_id: Mapped[str] = mapped_column(ForeignKey("life_lives.licence_id"), index=True)
    number: Mapped[int]
    state: Mapped[str]
    from_id: Mapped[str]
    from_name: Mapped[str]
    to_id: Mapped[str] = mapped_column(index=True)
    to_name: Mapped[str]
    words: Mapped[str]
    offered_by: Mapped[str | None]
    offered_at: Mapped[datetime]
    consented_by: Mapped[str | None]
    accepted_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    address: Mapped[str | None]
    step_id: Mapped[str | None] = mapped_column(unique=True)
    deadline: Mapped[int | None]
    holder_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    holder_block: Mapped[int | None]
    licensor_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    licensor_block: Mapped[int | None]

    __table_args__ = (UniqueConstraint("licence_id", "number"),)
