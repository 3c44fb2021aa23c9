"""Tables of challenges. What entrants and evaluators wrote is stored only sealed by their organisation's key."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class ChallengeRow(Base):
    """One call. ``zone`` is where the deadline was meant; the deadline itself is an instant."""

    __tablename__ = "challenges_challenges"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    organiser_name: Mapped[str]
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    title: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    scenario: Mapped[str | None]
    deadline: Mapped[datetime]
    zone: Mapped[str]
    criteria: Mapped[list[Any]]
    terms: Mapped[dict[str, Any]]
    terms_version: Mapped[int]
    terms_hash: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_challenges_challenges_due", "state", "deadline"),)


class ChallengeNeedRow(Base):
    """A need that a call bundles."""

    __tablename__ = "challenges_needs"

    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges_challenges.id"), primary_key=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("catalogue_needs.id"), primary_key=True)
    position: Mapped[int]


class AcceptanceRow(Base):
    """An organisation's acceptance of one version of the entry terms."""

    __tablename__ = "challenges_acceptances"

    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges_challenges.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), primary_key=True)
    terms_version: Mapped[int] = mapped_column(primary_key=True)
    terms_hash: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    accepted_at: Mapped[datetime]


class EntryRow(Base):
    """One entry: a technology, a text that is being written, and the record of what was submitted."""

    __tablename__ = "challenges_entries"

    id: Mapped[str] = mapped_column(primary_key=True)
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges_challenges.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    organisation_name: Mapped[str]
    technology_id: Mapped[str] = mapped_column(ForeignKey("technologies_technologies.id"), index=True)
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    created_at: Mapped[datetime]
    state: Mapped[str]
    sealed_draft: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_record: Mapped[bytes | None] = mapped_column(LargeBinary)
    submitted_at: Mapped[datetime | None]
    stamp_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_stamps.id"))
    is_shortlisted: Mapped[bool]
    outcome: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    option_ends_at: Mapped[datetime | None]
    option_next_at: Mapped[datetime | None] = mapped_column(index=True)  # when its end is told of next
    offer_id: Mapped[str | None]

    __table_args__ = (UniqueConstraint("challenge_id", "technology_id"),)


class EvaluatorRow(Base):
    """One evaluator of a call, invited by mail; ``ties``: organisations that he has an interest in, as typed."""

    __tablename__ = "challenges_evaluators"

    id: Mapped[str] = mapped_column(primary_key=True)
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges_challenges.id"), index=True)
    email: Mapped[str]
    invited_at: Mapped[datetime]
    link_hash: Mapped[str | None] = mapped_column(unique=True)
    link_ends_at: Mapped[datetime | None]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_people.id"), index=True)
    ties: Mapped[list[Any]]
    declared_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("challenge_id", "email"), UniqueConstraint("challenge_id", "person_id"))


class DeclarationRow(Base):
    """What an evaluator declared about one entry."""

    __tablename__ = "challenges_declarations"

    entry_id: Mapped[str] = mapped_column(ForeignKey("challenges_entries.id"), primary_key=True)
    evaluator_id: Mapped[str] = mapped_column(ForeignKey("challenges_evaluators.id"), primary_key=True)
    in_conflict: Mapped[bool]
    declared_at: Mapped[datetime]


class ScoreRow(Base):
    """One evaluator's scores of one entry, in the order of the call's criteria, and a remark."""

    __tablename__ = "challenges_scores"

    id: Mapped[str] = mapped_column(primary_key=True)
    challenge_id: Mapped[str] = mapped_column(ForeignKey("challenges_challenges.id"), index=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("challenges_entries.id"))
    evaluator_id: Mapped[str] = mapped_column(ForeignKey("challenges_evaluators.id"))
    scores: Mapped[list[Any]]
    sealed_remark: Mapped[bytes | None] = mapped_column(LargeBinary)
    scored_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("entry_id", "evaluator_id"),)
