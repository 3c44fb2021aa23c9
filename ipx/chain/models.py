"""Tables of the chain room. Nothing that was once signed, or seen on the chain, is ever deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class TransactionRow(Base):
    """One act on the chain. The row is the queue; at most one transaction has a nonce of a relayer."""

    __tablename__ = "chain_transactions"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    contract: Mapped[str]
    function: Mapped[str]
    arguments: Mapped[list[Any]] = mapped_column(JSON)
    purpose: Mapped[str] = mapped_column(index=True)
    to_address: Mapped[str]
    call_data: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    note: Mapped[str | None] = mapped_column(Text)
    relayer: Mapped[str | None]
    nonce: Mapped[int | None] = mapped_column(BigInteger)
    lost_since: Mapped[int | None] = mapped_column(BigInteger)
    mined_hash: Mapped[str | None]
    succeeded: Mapped[bool | None]
    block_number: Mapped[int | None] = mapped_column(BigInteger)
    block_hash: Mapped[str | None]
    block_time: Mapped[int | None] = mapped_column(BigInteger)
    gas_used: Mapped[int | None] = mapped_column(BigInteger)
    gas_price: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("relayer", "nonce"),
        Index("ix_chain_transactions_state", "state", "sequence"),
    )


class AttemptRow(Base):
    """One signed transaction: its bytes as they are broadcast. All attempts of a nonce are watched for ever."""

    __tablename__ = "chain_attempts"

    hash: Mapped[str] = mapped_column(primary_key=True)
    transaction_id: Mapped[str] = mapped_column(ForeignKey("chain_transactions.id"), index=True)
    number: Mapped[int]
    relayer: Mapped[str]
    nonce: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    gas: Mapped[int] = mapped_column(BigInteger)
    max_fee: Mapped[int] = mapped_column(BigInteger)
    priority_fee: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[int]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("transaction_id", "number"),)


class ReceiptRow(Base):
    """One attempt in one block; another block means another row."""

    __tablename__ = "chain_receipts"

    hash: Mapped[str] = mapped_column(ForeignKey("chain_attempts.hash"), primary_key=True)
    block_hash: Mapped[str] = mapped_column(primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger, index=True)
    succeeded: Mapped[bool]
    gas_used: Mapped[int] = mapped_column(BigInteger)
    gas_price: Mapped[int] = mapped_column(BigInteger)
    orphaned: Mapped[bool]


class BlockRow(Base):
    """A block that we rely on: the last of an indexed range, one with a log, or one with a receipt of ours."""

    __tablename__ = "chain_blocks"

    hash: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, index=True)
    parent_hash: Mapped[str]
    timestamp: Mapped[int] = mapped_column(BigInteger)
    orphaned: Mapped[bool]


class LogRow(Base):
    """One event of one of our contracts, as the chain gave it and as it reads."""

    __tablename__ = "chain_logs"

    block_hash: Mapped[str] = mapped_column(ForeignKey("chain_blocks.hash"), primary_key=True)
    log_index: Mapped[int] = mapped_column(primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger)
    transaction: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]
    contract: Mapped[str]
    event: Mapped[str]
    subject: Mapped[str | None]
    topics: Mapped[list[str]] = mapped_column(JSON)
    data: Mapped[str] = mapped_column(Text)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    orphaned: Mapped[bool]

    __table_args__ = (
        Index("ix_chain_logs_subject", "contract", "subject", "block_number"),
        Index("ix_chain_logs_block", "block_number", "log_index"),
    )


class CursorRow(Base):
    """How far the mirror goes, and how far that is final: one row."""

    __tablename__ = "chain_cursor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str | None]
    final_number: Mapped[int] = mapped_column(BigInteger)
    final_hash: Mapped[str | None]


class HealthRow(Base):
    """How the chain's endpoints and the relayer's purse were when last looked at: one row. Amounts in wei, as decimal
    text, since they outgrow 64 bits."""

    __tablename__ = "chain_health"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime]
    relayer: Mapped[str]
    balance: Mapped[str | None]
    max_fee: Mapped[str | None]
    endpoints: Mapped[list[Any]] = mapped_column(JSON)


class AlarmRow(Base):
    """A trouble since ``since``; an alarm once it has begun. ``open_key`` is there until it ended, so that each trouble
    is open once."""

    __tablename__ = "chain_alarms"

    id: Mapped[str] = mapped_column(primary_key=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)
    kind: Mapped[str]
    subject: Mapped[str]
    note: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    began_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
