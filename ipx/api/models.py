"""Tables of the API."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class AnswerRow(Base):
    """What a write with an idempotency key was answered, kept in the transaction of that write."""

    __tablename__ = "api_answers"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
