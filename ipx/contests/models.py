"""Tables of contests."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class ContestRow(Base):
    """One contest. ``place``: the page of what is contested; ``open_key`` is there until it ends, and lets an
    organisation contest a thing once at a time; ``next_due``: when a ruling that nobody objects to ends it.
    """

    __tablename__ = "contests_contests"
    __table_args__ = (Index("ix_contests_contests_subject", "subject_kind", "subject_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    subject_name: Mapped[str]
    place: Mapped[str]
    contester_id: Mapped[str] = mapped_column(index=True)
    contester_name: Mapped[str]
    respondent_id: Mapped[str] = mapped_column(index=True)
    respondent_name: Mapped[str]
    opened_at: Mapped[datetime]
    open_key: Mapped[str | None] = mapped_column(unique=True)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    how: Mapped[str | None]
    next_due: Mapped[datetime | None] = mapped_column(index=True)


class ContestStepRow(Base):
    """One step of a contest, never changed. ``document_id``: of a ruling, in the vault of the side that brought it."""

    __tablename__ = "contests_steps"
    __table_args__ = (UniqueConstraint("contest_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    contest_id: Mapped[str] = mapped_column(ForeignKey("contests_contests.id"), index=True)
    number: Mapped[int]
    kind: Mapped[str]
    organisation_id: Mapped[str | None]
    person_id: Mapped[str | None]
    at: Mapped[datetime]
    outcome: Mapped[str | None]
    words: Mapped[str]
    document_id: Mapped[str | None]
