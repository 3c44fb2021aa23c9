"""Tables of bibliographic records and legal events. They hold what offices publish, and nothing else."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class RecordRow(Base):
    """The first page of one published document. Numbers are in the form for comparing (``numbers.plain``)."""

    __tablename__ = "bibliography_records"
    __table_args__ = (
        UniqueConstraint("office", "number", "kind"),
        Index("ix_bibliography_records_application", "application_office", "application_number"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    office: Mapped[str]
    number: Mapped[str]
    kind: Mapped[str]
    published_on: Mapped[str | None]
    application_office: Mapped[str | None]
    application_number: Mapped[str | None]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    imported_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class LegalEventRow(Base):
    """One legal event of a document, as an office or a collector of events states it. ``key`` makes it one."""

    __tablename__ = "bibliography_events"
    __table_args__ = (Index("ix_bibliography_events_document", "office", "number"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    office: Mapped[str]
    number: Mapped[str]
    kind: Mapped[str]
    category: Mapped[str]
    code: Mapped[str]
    happened_on: Mapped[str]
    effective_on: Mapped[str | None]
    text: Mapped[str] = mapped_column(Text)
    particulars: Mapped[dict[str, Any]]
    source: Mapped[str]
    imported_at: Mapped[datetime]
