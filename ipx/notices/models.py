"""Tables of notices and of outgoing mail."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class NoticeRow(Base):
    """Something that the holders of a role in an organisation should know; ``read_at`` None: nobody has opened it."""

    __tablename__ = "notices_notices"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    link: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    # {language: [subject, body]} where another language than English says it otherwise.
    translations: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (Index("ix_notices_notices_organisation", "organisation_id", "created_at"),)


class MailRow(Base):
    """One message on its way; its body is blanked once it is sent, since links in it are keys."""

    __tablename__ = "notices_mails"

    id: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    refused: Mapped[str | None]
