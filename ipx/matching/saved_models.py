"""Table of the searches that people keep."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class SavedSearchRow(Base):
    """One search that a person keeps. ``seen``: ids that the last look for the mail found, so that only new ones count.

    Of the feed's address only the hash of its secret is kept; None where there is no feed.
    """

    __tablename__ = "matching_saved_searches"

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"), index=True)
    name: Mapped[str]
    question: Mapped[dict[str, Any]]
    feed_hash: Mapped[str | None] = mapped_column(unique=True)
    by_mail: Mapped[bool]
    seen: Mapped[list[str]]
    looked_at: Mapped[datetime]
    created_at: Mapped[datetime]
