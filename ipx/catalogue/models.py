"""Tables of listings and needs: public pictures that stand by themselves."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class SourceRow(Base):
    """Where imported records come from."""

    __tablename__ = "catalogue_sources"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    url: Mapped[str | None]
    licence: Mapped[str]
    statement: Mapped[str] = mapped_column(Text)


class ListingRow(Base):
    """One listing: of a technology here, or an imported public record."""

    __tablename__ = "catalogue_listings"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[str]
    technology_id: Mapped[str | None] = mapped_column(ForeignKey("technologies_technologies.id"), unique=True)
    technology_revision: Mapped[int | None]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    owner_name: Mapped[str]
    owner_is_demo: Mapped[bool]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    advantage: Mapped[str | None] = mapped_column(Text)
    measure: Mapped[dict[str, Any] | None]
    trl: Mapped[int | None]
    stage: Mapped[str | None]
    classes: Mapped[list[str]]
    rights: Mapped[list[Any]]
    terms: Mapped[dict[str, Any] | None]
    novelty: Mapped[str | None]
    filed_on: Mapped[date | None]
    takes_offers: Mapped[bool]
    source_key: Mapped[str | None] = mapped_column(ForeignKey("catalogue_sources.key"), index=True)
    programme: Mapped[str | None]
    record_number: Mapped[str | None]
    record_status: Mapped[str | None]
    record_year: Mapped[int | None]
    expires: Mapped[date | None]
    published_at: Mapped[datetime]

    __table_args__ = (Index("ix_catalogue_listings_newest", "state", "published_at", "id"),)


class NeedRow(Base):
    """One need: of a company here, or an imported public record. Budgets in minor units of the currency.

    ``visibility``: public, anonymous or private. New columns have defaults of the database, for rows made before them.
    """

    __tablename__ = "catalogue_needs"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    owner_name: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    programme: Mapped[str | None]
    keywords: Mapped[list[str]]
    opens: Mapped[date | None]
    closes: Mapped[date | None]
    budget_min: Mapped[int | None] = mapped_column(BigInteger)
    budget_max: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    url: Mapped[str | None]
    source_key: Mapped[str | None] = mapped_column(ForeignKey("catalogue_sources.key"), index=True)
    record_number: Mapped[str | None]
    published_at: Mapped[datetime]
    visibility: Mapped[str] = mapped_column(server_default="public", default="public")
    state: Mapped[str] = mapped_column(server_default="PUBLISHED", default="PUBLISHED")
    constraints: Mapped[str] = mapped_column(Text, server_default="", default="")
    trl_min: Mapped[int | None]
    trl_max: Mapped[int | None]
    classes: Mapped[list[str]] = mapped_column(server_default="[]", default=list)
    territory: Mapped[list[str]] = mapped_column(server_default="[]", default=list)
    exclusive: Mapped[bool] = mapped_column(server_default=false(), default=False)

    __table_args__ = (Index("ix_catalogue_needs_newest", "published_at", "id"),)


class ListingRectificationRow(Base):
    """A published listing put right in public. ``before`` and ``after`` hold what differs, field by field, and are
    public as the listing is, as are ``words``. ``version``: the one that is wrong; ``new_version``: the one instead."""

    __tablename__ = "catalogue_rectifications"

    id: Mapped[str] = mapped_column(primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("catalogue_listings.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    version: Mapped[int]
    basis: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    document_id: Mapped[str | None] = mapped_column(ForeignKey("vault_documents.id"))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    technology_revision: Mapped[int]
    state: Mapped[str]
    proposed_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    proposed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    new_version: Mapped[int | None]


class ListingApprovalRow(Base):
    """One person's approval of a listing's rectification; each person gives one."""

    __tablename__ = "catalogue_rectification_approvals"

    rectification_id: Mapped[str] = mapped_column(ForeignKey("catalogue_rectifications.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), primary_key=True)
    approved_at: Mapped[datetime]
