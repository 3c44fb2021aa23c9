"""Tables of invention disclosures. What anybody wrote is stored only sealed by the organisation's key."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class InventionRow(Base):
    """One disclosure; ``sealed_draft`` is what its inventors are writing."""

    __tablename__ = "inventions_inventions"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    state: Mapped[str]
    sealed_draft: Mapped[bytes]
    technology_id: Mapped[str | None] = mapped_column(ForeignKey("technologies_technologies.id"), index=True)


class SubmissionRow(Base):
    """What was submitted, word for word, and its stamp."""

    __tablename__ = "inventions_submissions"
    __table_args__ = (UniqueConstraint("invention_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    invention_id: Mapped[str] = mapped_column(ForeignKey("inventions_inventions.id"), index=True)
    number: Mapped[int]
    sealed_record: Mapped[bytes]
    stamp_id: Mapped[str] = mapped_column(ForeignKey("evidence_stamps.id"))
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))


class InventorRow(Base):
    """One inventor of a submission. ``sealed_entry`` goes when the personal data are erased; the rest names nobody.

    ``person_id``: the member of the organisation who has the inventor's address, if there was one.
    """

    __tablename__ = "inventions_inventors"
    __table_args__ = (UniqueConstraint("submission_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    invention_id: Mapped[str] = mapped_column(ForeignKey("inventions_inventions.id"), index=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("inventions_submissions.id"))
    position: Mapped[int]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_people.id"), index=True)
    sealed_entry: Mapped[bytes | None]
    answer: Mapped[str]
    answered_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    link_hash: Mapped[str | None] = mapped_column(unique=True)
    link_ends_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class StepRow(Base):
    """One step in the life of a disclosure, with the words beside it."""

    __tablename__ = "inventions_steps"

    id: Mapped[str] = mapped_column(primary_key=True)
    invention_id: Mapped[str] = mapped_column(ForeignKey("inventions_inventions.id"), index=True)
    at: Mapped[datetime]
    step: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_people.id"))
    inventor_id: Mapped[str | None] = mapped_column(ForeignKey("inventions_inventors.id"))
    sealed_words: Mapped[bytes | None]
