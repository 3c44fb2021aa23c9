"""The money behind a technology, as its disclosures stated it by a date. The caller has checked who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.inventions.government_rights import Doubt, Encumbrance, doubts_of, encumbrances_of
from ipx.inventions.models import InventionRow
from ipx.inventions.shelf import Shelf


@dataclass(frozen=True)
class StatedFunding:
    """What the submission that counted on a date brings with it. ``stated_at``: when it was submitted."""

    invention_id: str
    stated_at: datetime
    encumbrances: Sequence[Encumbrance]
    doubts: Sequence[tuple[Doubt, str]]


class FundingBook:
    """Finds what the money behind technologies attaches to them."""

    def __init__(self, *, shelf: Shelf) -> None:
        self._shelf = shelf

    def on(self, session: Session, *, technology_id: str, as_of: datetime) -> list[StatedFunding]:
        """Return, for each disclosure that the technology began with, what its newest submission by then states."""
        query = select(InventionRow).where(InventionRow.technology_id == technology_id)
        found: list[StatedFunding] = []
        for row in session.scalars(query.order_by(InventionRow.created_at, InventionRow.id)):
            known = [one for one in self._shelf.submission_rows(session, row) if one.submitted_at <= as_of]
            for submission in known[-1:]:
                content = self._shelf.submitted(session, row, submission)
                stated = (encumbrances_of(content), doubts_of(content))
                found.append(StatedFunding(row.id, submission.submitted_at, *stated))
        return found
