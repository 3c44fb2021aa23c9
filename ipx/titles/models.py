"""Tables of chains of title. Entries are added, never changed: a correction is another one, beside a rectification."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class EntryRow(Base):
    """One entry about a right. Who conveyed to whom is sealed by the organisation's key; ``sha256`` is of what is
    sealed, a salt in it, and stands in the audit line too. ``releases_id``: the security interest that it ends.
    """

    __tablename__ = "titles_entries"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    technology_id: Mapped[str] = mapped_column(ForeignKey("technologies_technologies.id"), index=True)
    right_id: Mapped[str] = mapped_column(ForeignKey("technologies_rights.id"), index=True)
    entry: Mapped[str]
    sealed_content: Mapped[bytes]
    sha256: Mapped[str]
    document_id: Mapped[str | None] = mapped_column(ForeignKey("vault_documents.id"))
    releases_id: Mapped[str | None] = mapped_column(ForeignKey("titles_entries.id"))
    entered_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    entered_at: Mapped[datetime]


class RectificationRow(Base):
    """A correction of an entry, proposed and then approved by others; the entry itself stays. ``sealed_content`` holds
    the reason in words and what is to stand instead. ``replacement_id``: the new entry, once it is carried out."""

    __tablename__ = "titles_rectifications"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    right_id: Mapped[str] = mapped_column(ForeignKey("technologies_rights.id"), index=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("titles_entries.id"), index=True)
    basis: Mapped[str]
    sealed_content: Mapped[bytes]
    sha256: Mapped[str]
    document_id: Mapped[str | None] = mapped_column(ForeignKey("vault_documents.id"))
    state: Mapped[str]
    proposed_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    proposed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    replacement_id: Mapped[str | None] = mapped_column(ForeignKey("titles_entries.id"))


class ApprovalRow(Base):
    """One person's approval of a rectification; each person gives one."""

    __tablename__ = "titles_approvals"

    rectification_id: Mapped[str] = mapped_column(ForeignKey("titles_rectifications.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), primary_key=True)
    approved_at: Mapped[datetime]


class RegisterRectificationRow(Base):
    """A rectification of the register on the chain, as a lab administrator proposed it. ``token`` to ``deadline``
    (seconds since 1970) are what rectifiers sign, ``digest`` is its EIP-712 digest. ``sent_act`` and ``attempt``: what
    was brought to the chain last, and for which time. ``settled_as``: how it ended, for ever."""

    __tablename__ = "titles_register_rectifications"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    right_id: Mapped[str] = mapped_column(ForeignKey("technologies_rights.id"), index=True)
    holder: Mapped[str]
    token: Mapped[str]
    to_address: Mapped[str]
    basis: Mapped[str]
    document_id: Mapped[str | None] = mapped_column(ForeignKey("vault_documents.id"))
    document: Mapped[str]
    nonce: Mapped[int] = mapped_column(BigInteger)
    deadline: Mapped[int] = mapped_column(BigInteger)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    contract: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    proposed_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    proposed_at: Mapped[datetime]
    sent_act: Mapped[str | None]
    attempt: Mapped[int]
    transaction_id: Mapped[str | None]
    settled_as: Mapped[str | None] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]


class RegisterSignatureRow(Base):
    """One rectifier's signature. ``origin``: a wallet on a page of ours, another tool, or a simulated rectifier."""

    __tablename__ = "titles_register_signatures"

    rectification_id: Mapped[str] = mapped_column(ForeignKey("titles_register_rectifications.id"), primary_key=True)
    rectifier: Mapped[str] = mapped_column(primary_key=True)
    signature: Mapped[bytes]
    origin: Mapped[str]
    brought_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    brought_at: Mapped[datetime]
