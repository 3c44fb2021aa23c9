"""Tables of wallets. A wallet's key is never here: only its address, and that its owner has shown to have it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class ChallengeRow(Base):
    """A message of EIP-4361 that was written for somebody to sign; its nonce counts once."""

    __tablename__ = "wallets_challenges"

    nonce: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_people.id"))
    message: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class WalletRow(Base):
    """A wallet that a person linked. ``open_key`` is its address until it is unlinked: it is linked to one person at a
    time. ``block_number``: where a contract wallet was asked when it was linked."""

    __tablename__ = "wallets_wallets"

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), index=True)
    address: Mapped[str]
    open_key: Mapped[str | None] = mapped_column(unique=True)
    is_contract: Mapped[bool]
    block_number: Mapped[int | None]
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    unlinked_at: Mapped[datetime | None]


class OrganisationWalletRow(Base):
    """The wallet that an owner named as the organisation's. ``open_key`` is the organisation's id until it is taken
    back: there is one at a time. ``signs_deals``: agreements of the organisation as a licensee are drawn up for it."""

    __tablename__ = "wallets_organisation_wallets"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)
    address: Mapped[str]
    is_contract: Mapped[bool]
    named_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    named_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    signs_deals: Mapped[bool] = mapped_column(default=False, server_default=false())
