"""What our tables say of rectifications of listings, row by row, for whoever holds them against the audit lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.catalogue.models import ListingApprovalRow, ListingRectificationRow
from ipx.catalogue.rectifying import hash_of


@dataclass(frozen=True)
class ListingRectificationClaim:
    """One rectification, as far as it is. ``sha256``: of what was wrong, what stands instead, and the reason."""

    id: str
    listing_id: str
    version: int
    new_version: int | None
    basis: str
    document_id: str | None
    sha256: str
    state: str
    approvals: int


def rectification_claims(session: Session) -> Iterator[ListingRectificationClaim]:
    """Return every rectification of a listing, in the order in which they were proposed."""
    counted = select(ListingApprovalRow.rectification_id, func.count()).group_by(ListingApprovalRow.rectification_id)
    approvals = {row[0]: row[1] for row in session.execute(counted)}
    table = ListingRectificationRow
    for row in session.scalars(select(table).order_by(table.proposed_at, table.id)):
        yield ListingRectificationClaim(
            id=row.id,
            listing_id=row.listing_id,
            version=row.version,
            new_version=row.new_version,
            basis=row.basis,
            document_id=row.document_id,
            sha256=hash_of(row),
            state=row.state,
            approvals=approvals.get(row.id, 0),
        )
