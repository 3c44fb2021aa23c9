"""Rows of reviews, and the records made of them."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core.errors import NotFound
from ipx.reviews.models import CoveredRow, ReviewRow
from ipx.reviews.records import Review
from ipx.reviews.rules import Capacity


class Shelf:
    """Reads reviews; decides nothing."""

    def __init__(self, accounts: AccountService) -> None:
        self._accounts = accounts

    def row(self, session: Session, review_id: str, *, lock: bool = False) -> ReviewRow:
        """Return a row. Raises NotFound."""
        found = session.get(ReviewRow, review_id, with_for_update=lock or None)
        if found is None:
            raise NotFound("There is no such access.")
        return found

    def reviews(self, session: Session, query: Select[ReviewRow]) -> list[Review]:
        """Return the reviews that a query finds, in its order."""
        return [self.review_of(session, row) for row in session.scalars(query).all()]

    def review_of(self, session: Session, row: ReviewRow) -> Review:
        """Return a row as a record."""
        covered = select(CoveredRow.technology_id).where(CoveredRow.review_id == row.id)
        return Review(
            id=row.id,
            organisation_id=row.organisation_id,
            organisation_name=self._accounts.organisation(session, row.organisation_id).name,
            email=row.email,
            person_id=row.person_id,
            capacity=Capacity(row.capacity),
            technology_ids=None if row.is_whole else frozenset(session.scalars(covered)),
            reason=row.reason,
            granted_by=row.granted_by,
            granted_at=row.granted_at,
            ends_at=row.ends_at,
            revoked_at=row.revoked_at,
        )
