"""Tables of deals."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class NdaRow(Base):
    """One accepted undertaking; a company has one about a technology at a time. The salt is kept once for each side,
    wrapped by that side's key. ``block_number``: as of which a contract wallet accepted the signature; None for a key.
    """

    __tablename__ = "deals_ndas"

    id: Mapped[str] = mapped_column(primary_key=True)
    technology_id: Mapped[str] = mapped_column(index=True)
    technology_title: Mapped[str]
    listing_id: Mapped[str]
    licensor_id: Mapped[str] = mapped_column(index=True)
    licensor_name: Mapped[str]
    licensee_id: Mapped[str] = mapped_column(index=True)
    licensee_name: Mapped[str]
    person_id: Mapped[str]
    address: Mapped[str]
    value: Mapped[dict[str, Any]]
    message: Mapped[dict[str, Any]]
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    licensor_salt: Mapped[bytes] = mapped_column(LargeBinary)
    licensee_salt: Mapped[bytes] = mapped_column(LargeBinary)
    transaction_id: Mapped[str]
    accepted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    block_number: Mapped[int | None]


class NdaDraftRow(Base):
    """What an organisation's own wallet is asked to sign; it goes when it was signed, or when another takes its place.
    ``salt`` is wrapped by the organisation's key.
    """

    __tablename__ = "deals_nda_drafts"
    __table_args__ = (UniqueConstraint("organisation_id", "listing_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(index=True)
    listing_id: Mapped[str]
    address: Mapped[str]
    value: Mapped[dict[str, Any]]
    message: Mapped[dict[str, Any]]
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class OfferRow(Base):
    """One offer of a company on a listing. ``terms``: those of its latest version."""

    __tablename__ = "deals_offers"

    id: Mapped[str] = mapped_column(primary_key=True)
    listing_id: Mapped[str] = mapped_column(index=True)
    technology_id: Mapped[str] = mapped_column(index=True)
    technology_title: Mapped[str]
    licensor_id: Mapped[str] = mapped_column(index=True)
    licensor_name: Mapped[str]
    licensee_id: Mapped[str] = mapped_column(index=True)
    licensee_name: Mapped[str]
    person_id: Mapped[str]
    terms: Mapped[dict[str, Any]]
    message: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    submit_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class OfferVersionRow(Base):
    """What one side proposed: version 1 is the offer itself, each later one a counter-offer. Rows are never changed.

    ``terms``: as they were written, of either version of terms.
    """

    __tablename__ = "deals_offer_versions"

    offer_id: Mapped[str] = mapped_column(ForeignKey("deals_offers.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    side: Mapped[str]
    person_id: Mapped[str]
    terms: Mapped[dict[str, Any]]
    message: Mapped[str]
    created_at: Mapped[datetime]


class AgreementRow(Base):
    """One agreement: the canonical value that both sign, and how far it is.

    ``documents_from``: when the documents open, where the term begins after the grant; None once they are open.
    """

    __tablename__ = "deals_agreements"

    id: Mapped[str] = mapped_column(primary_key=True)
    offer_id: Mapped[str] = mapped_column(ForeignKey("deals_offers.id"), unique=True)
    technology_id: Mapped[str] = mapped_column(index=True)
    licensor_id: Mapped[str] = mapped_column(index=True)
    licensee_id: Mapped[str] = mapped_column(index=True)
    licensor_account: Mapped[str]
    licensee_account: Mapped[str]
    value: Mapped[dict[str, Any]]
    message: Mapped[dict[str, Any]]
    chain_id: Mapped[int]
    registry_address: Mapped[str]
    commitment: Mapped[str] = mapped_column(unique=True)
    licensor_salt: Mapped[bytes] = mapped_column(LargeBinary)
    licensee_salt: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    documents_from: Mapped[datetime | None]


class SignatureRow(Base):
    """One side's EIP-712 signature under an agreement. ``block_number``: as of which a contract wallet accepted it."""

    __tablename__ = "deals_signatures"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("deals_agreements.id"), primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str]
    address: Mapped[str]
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime]
    block_number: Mapped[int | None]
