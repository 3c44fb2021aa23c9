"""Tables of bibliographic records. They hold what offices publish, and nothing else."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
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
