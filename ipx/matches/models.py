"""Tables of matches: what fits what, who was told, what was answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class RankingRow(Base):
    """A need that was ranked; whoever ranks it locks this row, so that nobody else does at the same time."""

    __tablename__ = "matches_rankings"

    need_id: Mapped[str] = mapped_column(ForeignKey("catalogue_needs.id"), primary_key=True)
    need_version: Mapped[int]
    ranked_at: Mapped[datetime | None]


class PairRow(Base):
    """A need and a listing that fit, with the split of the score. ``words`` and ``passage`` are common to both."""

    __tablename__ = "matches_pairs"

    need_id: Mapped[str] = mapped_column(ForeignKey("catalogue_needs.id"), primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("catalogue_listings.id"), primary_key=True, index=True)
    score: Mapped[int]
    parts: Mapped[list[Any]]
    words: Mapped[list[str]]
    passage: Mapped[str] = mapped_column(Text)
    rights: Mapped[str | None]
    gap: Mapped[int | None]
    listing_version: Mapped[int]

    __table_args__ = (Index("ix_matches_pairs_best", "need_id", "score"),)


class TellingRow(Base):
    """That one side is told of a pair: once, whatever happens to the pair afterwards. ``due_at``: not before.

    ``told_at``: the notice; ``mailed_at``: the mail that gathers several.
    """

    __tablename__ = "matches_tellings"

    need_id: Mapped[str] = mapped_column(primary_key=True)
    listing_id: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    due_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class AnswerRow(Base):
    """What the organisation of a need says to a listing; a later answer replaces an earlier one.

    ``shown_from``: when the owner of the listing may see it. ``told_at``: when he was told, None before.
    """

    __tablename__ = "matches_answers"

    need_id: Mapped[str] = mapped_column(ForeignKey("catalogue_needs.id"), primary_key=True)
    listing_id: Mapped[str] = mapped_column(ForeignKey("catalogue_listings.id"), primary_key=True, index=True)
    answer: Mapped[str]
    reason: Mapped[str | None]
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str]
    answered_at: Mapped[datetime]
    shown_from: Mapped[datetime]
    told_at: Mapped[datetime | None]
