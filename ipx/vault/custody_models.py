"""Tables of custody: what is known of each stored file in each store, the rounds of audits, and alarms."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class SpanRow(Base):
    """A time during which a store had a file in one state. ``open_key``, of store and CID, is set while it lasts."""

    __tablename__ = "vault_custody_spans"

    id: Mapped[str] = mapped_column(primary_key=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)
    cid: Mapped[str] = mapped_column(index=True)
    store: Mapped[str]
    state: Mapped[str]
    cause: Mapped[str]
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    checks: Mapped[int]

    __table_args__ = (Index("ix_vault_custody_spans_state", "store", "state"),)


class AuditRow(Base):
    """One round over all files; ``cursor`` is the last CID that was dealt with. ``open_key``: one round of a kind."""

    __tablename__ = "vault_custody_audits"

    id: Mapped[str] = mapped_column(primary_key=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)
    kind: Mapped[str]
    repairs: Mapped[bool]
    began_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    cursor: Mapped[str]
    total: Mapped[int]
    files: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int]
    repaired: Mapped[int]
    unasked: Mapped[int]


class StoreAlarmRow(Base):
    """One alarm of a store. ``open_key`` is set while it lasts: one of each kind for a store."""

    __tablename__ = "vault_custody_alarms"

    id: Mapped[str] = mapped_column(primary_key=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)
    store: Mapped[str]
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
