"""Tables of who may look at an organisation's records."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class ReviewRow(Base):
    """One person, by address until the first look, may look at records of an organisation until ``ends_at``."""

    __tablename__ = "reviews_reviews"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    email: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_people.id"), index=True)
    capacity: Mapped[str]
    is_whole: Mapped[bool]
    reason: Mapped[str]
    granted_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    granted_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("accounts_people.id"))


class CoveredRow(Base):
    """A technology that a review covers, where it does not cover the whole organisation."""

    __tablename__ = "reviews_covered"

    review_id: Mapped[str] = mapped_column(ForeignKey("reviews_reviews.id"), primary_key=True)
    technology_id: Mapped[str] = mapped_column(ForeignKey("technologies_technologies.id"), primary_key=True)
