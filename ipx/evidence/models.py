"""Tables of the evidence room."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class BatchRow(Base):
    """Leaves under one root, and where that root is anchored. Membership never changes once the row is there."""

    __tablename__ = "evidence_batches"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary)
    previous_head: Mapped[bytes] = mapped_column(LargeBinary)
    head: Mapped[bytes] = mapped_column(LargeBinary)
    subtree_roots: Mapped[bytes | None] = mapped_column(LargeBinary)  # 32 bytes each; see ``leaves``
    state: Mapped[str] = mapped_column(index=True)
    tries: Mapped[int]
    transaction_id: Mapped[str | None] = mapped_column(unique=True)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    contract: Mapped[str]
    sender: Mapped[str]
    transaction: Mapped[str | None]
    block_number: Mapped[int | None] = mapped_column(BigInteger)
    block_hash: Mapped[str | None]
    block_time: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class TimeStampRow(Base):
    """A token of the second clock over a batch's root (number 0), or over the token before it (a renewal)."""

    __tablename__ = "evidence_time_stamps"

    batch_id: Mapped[str] = mapped_column(ForeignKey("evidence_batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    response: Mapped[bytes] = mapped_column(LargeBinary)
    certificates: Mapped[str]  # JSON: DER in base64
    crls: Mapped[str]
    time: Mapped[datetime]
    holds_until: Mapped[datetime] = mapped_column(index=True)
    authority: Mapped[str]
    qualified: Mapped[str | None]  # what the operator stated on that day about the EU trusted list
    created_at: Mapped[datetime]


class BlockProofRow(Base):
    """The header and the receipt of the block that a batch is in, or that they are still to be asked for (``due``).

    All of it is for ``block_hash`` alone: another block means asking again. ``nodes`` holds hex.
    """

    __tablename__ = "evidence_block_proofs"

    batch_id: Mapped[str] = mapped_column(ForeignKey("evidence_batches.id"), primary_key=True)
    due: Mapped[bool] = mapped_column(index=True)
    tries: Mapped[int]
    transaction: Mapped[str]
    block_hash: Mapped[str]
    header: Mapped[bytes | None] = mapped_column(LargeBinary)
    place: Mapped[int | None]
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)
    nodes: Mapped[list[Any] | None] = mapped_column(JSON)


class StampRow(Base):
    """One commitment of one organisation. ``sealed_opening`` is wrapped by its key; without it only the commitment is
    left, which says nothing. Commitments that were made elsewhere never had one here."""

    __tablename__ = "evidence_stamps"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str]
    owner: Mapped[str]
    tag: Mapped[str]
    commitment: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed_opening: Mapped[bytes | None] = mapped_column(LargeBinary)
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_batches.id"))
    leaf_index: Mapped[int | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("batch_id", "leaf_index"),
        Index("ix_evidence_stamps_pending", "batch_id", "created_at", "id"),
        Index("ix_evidence_stamps_subject", "subject_kind", "subject_id"),
        Index("ix_evidence_stamps_organisation", "organisation_id", "subject_kind", "created_at", "id"),
    )


class LogHeadRow(Base):
    """The head of one of our own logs: its record, and the salt, which is nobody's secret. The leaf is a stamp's row.

    ``frontier`` holds the roots of the perfect subtrees, so that the next head need not read the log from its first
    line.
    """

    __tablename__ = "evidence_log_heads"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    log: Mapped[str]
    lines: Mapped[int]
    head: Mapped[str]
    root: Mapped[bytes] = mapped_column(LargeBinary)
    frontier: Mapped[list[Any]] = mapped_column(JSON)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    stamp_id: Mapped[str] = mapped_column(ForeignKey("evidence_stamps.id"), unique=True)
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_evidence_log_heads_log", "log", "sequence"),)


class AlarmRow(Base):
    """Our log on the chain says something else than our table. Seen once it is only noted; seen twice it is raised."""

    __tablename__ = "evidence_alarms"

    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    seen_at: Mapped[datetime]
    raised_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class DisclosureRow(Base):
    """A stamp that its owner shows to everybody. The content's hash is here only while it is shown."""

    __tablename__ = "evidence_disclosures"

    id: Mapped[str] = mapped_column(primary_key=True)
    stamp_id: Mapped[str] = mapped_column(ForeignKey("evidence_stamps.id"), index=True)
    organisation_id: Mapped[str]
    content_sha256: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    disclosed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class LookRow(Base):
    """When our log was last compared with the chain, and how many differences there were: one row."""

    __tablename__ = "evidence_looks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime]
    differences: Mapped[int]


class CheckpointRow(Base):
    """How far the chain of heads was checked; one row, or none. ``heads``: contract, sender and newest head in hex."""

    __tablename__ = "evidence_checkpoints"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    batches: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary)
    block_number: Mapped[int] = mapped_column(BigInteger)
    heads: Mapped[list[Any]] = mapped_column(JSON)
    whole_at: Mapped[datetime]
