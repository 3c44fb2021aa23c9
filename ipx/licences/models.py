"""Table of licences."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class BookRow(Base):
    """One for each technology that was ever licensed. Whoever compares a grant with the others locks it first, so two
    grants of one technology are decided one after the other.
    """

    __tablename__ = "licences_books"

    technology_id: Mapped[str] = mapped_column(primary_key=True)


class LicenceRow(Base):
    """One grant. ``agreement_id`` is unique: an agreement is granted once.

    ``is_converted``: it is non-exclusive by now, whatever its terms say; ``renewed_to``: the end of its prolonged term;
    ``holder``: the account that holds it since it was handed on, None while it is the one that was signed.
    ``licensee_id`` and ``licensee_name`` are of who holds it now.
    """

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
    is_converted: Mapped[bool] = mapped_column(default=False, server_default=false())
    renewed_to: Mapped[datetime | None]
    holder: Mapped[str | None]


class DeclaredRow(Base):
    """An agreement made elsewhere, as the owner of the technology declared it. It ends by being ended, never by going.

    ``terms`` are of version 2; ``rights`` are ids, empty for all rights of the technology; ``holder`` is a name.
    ``key`` makes the same entry of a file one row.
    """

    __tablename__ = "licences_declared"

    id: Mapped[str] = mapped_column(primary_key=True)
    technology_id: Mapped[str] = mapped_column(index=True)
    owner_id: Mapped[str] = mapped_column(index=True)
    owner_name: Mapped[str]
    holder: Mapped[str]
    terms: Mapped[dict[str, Any]]
    rights: Mapped[list[str]]
    is_own_use: Mapped[bool]
    key: Mapped[str] = mapped_column(unique=True)
    declared_by: Mapped[str | None]
    declared_at: Mapped[datetime]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class StatementRow(Base):
    """The owner's statement that every agreement made elsewhere is declared here; the latest one counts."""

    __tablename__ = "licences_statements"

    id: Mapped[str] = mapped_column(primary_key=True)
    technology_id: Mapped[str] = mapped_column(index=True)
    owner_name: Mapped[str]
    person_id: Mapped[str]
    entries: Mapped[int]
    stated_at: Mapped[datetime]


class DecisionRow(Base):
    """A named person's decision that certain terms can be granted although it is undecided beside certain grants.

    ``terms_sha256``: of the canonical terms as they are stored; ``causes``: ids of the grants that were weighed.
    """

    __tablename__ = "licences_decisions"

    id: Mapped[str] = mapped_column(primary_key=True)
    technology_id: Mapped[str] = mapped_column(index=True)
    terms_sha256: Mapped[str] = mapped_column(index=True)
    causes: Mapped[list[str]]
    reason: Mapped[str]
    person_id: Mapped[str]
    person_name: Mapped[str]
    decided_at: Mapped[datetime]
