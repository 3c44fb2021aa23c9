"""Tables of the vault. A document's identity is stored only wrapped by its organisation's key."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base
from ipx.vault.export_control import UNREVIEWED
from ipx.vault.rules import Tier


class DocumentRow(Base):
    """A deposited document. Setting ``wrapped_secret`` to NULL is what forgets a sealed one; from ``erased_at`` on
    nobody reads it, and the rest of its erasure (ErasureRow) follows.

    ``wrapped_secret``: age identity and content hash, wrapped by the organisation's key; of documents that we sealed.
    Of those that a browser sealed (``tier``) there is a BrowserSealRow instead, which opens nothing here.
    ``content_sha256``: of public ones only, where the hash is no secret.
    """

    __tablename__ = "vault_documents"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    role: Mapped[str]
    tier: Mapped[str] = mapped_column(default=Tier.EXCHANGE, server_default=Tier.EXCHANGE)
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    confidential: Mapped[bool]
    export_control: Mapped[str] = mapped_column(default=UNREVIEWED, server_default=UNREVIEWED)
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    cid: Mapped[str] = mapped_column(index=True)
    profile: Mapped[str]
    stored_size: Mapped[int] = mapped_column(BigInteger)
    wrapped_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    stamp_id: Mapped[str]
    idempotency_key: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organisation_id", "idempotency_key"),
        Index("ix_vault_documents_subject", "subject_kind", "subject_id", "created_at"),
    )


class GrantRow(Base):
    """Access to a document; one row for each source, so a repeat changes nothing.

    ``person_id``: this person of the organisation alone. ``reason``, ``nda``, ``granted_by``: of grants made by hand.
    """

    __tablename__ = "vault_grants"

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("vault_documents.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"))
    source_kind: Mapped[str]
    source_id: Mapped[str]
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("accounts_people.id"))
    reason: Mapped[str | None]
    nda: Mapped[str | None]
    granted_by: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("document_id", "organisation_id", "source_kind", "source_id"),
        Index("ix_vault_grants_source", "source_kind", "source_id"),
    )


class DeclarationRow(Base):
    """What a reader said to an owner before the first reading: personal data, in this table and nowhere else."""

    __tablename__ = "vault_declarations"

    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), primary_key=True)
    nationalities: Mapped[str]
    end_use: Mapped[str]
    declared_at: Mapped[datetime]


class ScreeningRow(Base):
    """A party whose name is, or resembles, one of the denied-party list; told to one owner, and what he decided.

    ``fingerprint`` covers the party's name and the entry, so that a change of either asks again.
    """

    __tablename__ = "vault_screenings"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"))
    party_kind: Mapped[str]
    party_id: Mapped[str]
    party_name: Mapped[str]
    entry: Mapped[str]
    entry_name: Mapped[str]
    is_exact: Mapped[bool]
    fingerprint: Mapped[str]
    document_id: Mapped[str] = mapped_column(ForeignKey("vault_documents.id"))
    found_at: Mapped[datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts_people.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    __table_args__ = (UniqueConstraint("owner_id", "party_kind", "party_id", "fingerprint"),)


class OpenSubjectRow(Base):
    """A subject, such as a listed technology, whose public documents everybody may see."""

    __tablename__ = "vault_open_subjects"

    subject_kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class ReceiptRow(Base):
    """One reading as it is shown. ``salt``, ``purpose``, ``recipient``, ``delivered_…`` can be erased: the chain
    holds only salted commitments to them."""

    __tablename__ = "vault_receipts"

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("vault_documents.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    form: Mapped[str]
    source_kind: Mapped[str]
    source_id: Mapped[str]
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    purpose: Mapped[str | None]
    recipient: Mapped[str | None]
    opened_at: Mapped[datetime]
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    delivered_bytes: Mapped[int | None] = mapped_column(BigInteger)
    delivered_sha256: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(unique=True)
    hash: Mapped[str]


class ReceiptLineRow(Base):
    """One line of the chain of receipts, as the canonical text that was hashed; rows are only ever added."""

    __tablename__ = "vault_receipt_lines"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    receipt_id: Mapped[str] = mapped_column(index=True)
    record: Mapped[str]
    hash: Mapped[str]


class ReceiptHead(Base):
    """The end of the chain of receipts: one row, locked while a line is added."""

    __tablename__ = "vault_receipt_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str]


class InspectionRow(Base):
    """What was found inside a document, in the words of ``findings.py``. ``unpacked``: bytes its archives unfold to."""

    __tablename__ = "vault_inspections"

    document_id: Mapped[str] = mapped_column(ForeignKey("vault_documents.id"), primary_key=True)
    state: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str | None]
    pages: Mapped[int | None]
    scanner: Mapped[str | None]
    unpacked: Mapped[int] = mapped_column(BigInteger)
    looked_at: Mapped[datetime]


class SuspectRow(Base):
    """A stored file that no document names: an interrupted deposit's, to be removed after a period of grace."""

    __tablename__ = "vault_suspects"

    cid: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class ErasureRow(Base):
    """A document's erasure, which cannot be called back, and how far it is. People have no foreign key here: an entry
    of the erasure register may be older or newer than the rows of a restored backup."""

    __tablename__ = "vault_erasures"

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("vault_documents.id"), unique=True)
    organisation_id: Mapped[str]
    asked_by: Mapped[str | None]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    shredded_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    scrubbed_at: Mapped[datetime | None]


class ReaderErasureRow(Base):
    """That what a person wrote about readings was erased, up to a moment: ``receipts`` of them, ``held`` were kept."""

    __tablename__ = "vault_reader_erasures"

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str]
    asked_at: Mapped[datetime]
    receipts: Mapped[int]
    held: Mapped[int]


class HoldRow(Base):
    """A legal hold: while one is not lifted, the document and its receipts cannot be erased."""

    __tablename__ = "vault_holds"

    id: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("vault_documents.id"), index=True)
    reason: Mapped[str]
    placed_at: Mapped[datetime]
    placed_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]
    lifted_because: Mapped[str | None]


class BackupRow(Base):
    """A backup that was begun, and so may hold whatever was there; until ``destroyed_at``, which is promised for
    ``destroy_by`` at the latest."""

    __tablename__ = "vault_backups"

    id: Mapped[str] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime]
    place: Mapped[str]
    destroy_by: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]
