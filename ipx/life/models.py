"""Tables of the life of licences."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class LifeRow(Base):
    """One for each licence that was ever in force: its lock, and the timer that is next, None where nothing follows."""

    __tablename__ = "life_lives"

    licence_id: Mapped[str] = mapped_column(primary_key=True)
    next_due: Mapped[datetime | None] = mapped_column(index=True)


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
    due: Mapped[datetime | None]
    until: Mapped[datetime | None]
    words: Mapped[str]
    action: Mapped[int | None]
    reason: Mapped[int | None]
    chain: Mapped[str | None] = mapped_column(index=True)
    attempt: Mapped[int]
    transaction_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str | None]
