"""Tables of the audit log; rows are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class AuditRow(Base):
    """One line of the log."""

    __tablename__ = "audit_lines"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    action: Mapped[str]
    actor_id: Mapped[str | None]
    organisation_id: Mapped[str | None]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    details: Mapped[dict[str, Any]]
    previous: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)

    __table_args__ = (Index("ix_audit_lines_subject", "subject_kind", "subject_id", "sequence"),)


class AuditHead(Base):
    """The last line's place in the chain: one row, locked while a transaction adds its lines."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str]
