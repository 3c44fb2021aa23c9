"""Table of licences."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class BookRow(Base):
    """One for each technology that was ever licensed. Whoever compares a grant with the others locks it first, so two
    grants of one technology are decided one after the other.
    """

    __tablename__ = "licences_books"

    technology_id: Mapped[str] = mapped_column(primary_key=True)


class LicenceRow(Base):
    """One grant. ``agreement_id`` is unique: an agreement is granted once."""

    __tablename__ = "licences_licences"

    id: Mapped[str] = mapped_column(primary_key=True)
    agreement_id: Mapped[str] = mapped_column(unique=True)
    technology_id: Mapped[str] = mapped_column(index=True)
    technology_title: Mapped[str]
    licensor_id: Mapped[str] = mapped_column(index=True)
    licensor_name: Mapped[str]
    licensee_id: Mapped[str] = mapped_column(index=True)
    licensee_name: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    message: Mapped[dict[str, Any]]
    licensor_signature: Mapped[bytes] = mapped_column(LargeBinary)
    licensee_signature: Mapped[bytes] = mapped_column(LargeBinary)
    terms: Mapped[dict[str, Any]]
    state: Mapped[str]
    transaction_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    refused: Mapped[str | None]
