"""Rectifications of listings against the audit lines that they left. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from ipx.audit.rules import AuditLine
from ipx.catalogue.claims import ListingRectificationClaim
from ipx.history.check.lines import rectification_differences
from ipx.history.check.records import Difference, unlike
from ipx.titles.rules import RectificationState

AREA = "rectification of a listing"
PREFIX = "listing:rectification:"
PROPOSED, APPROVED = f"{PREFIX}proposed", f"{PREFIX}approved"
CARRIED_OUT, WITHDRAWN = f"{PREFIX}carried_out", f"{PREFIX}withdrawn"


def listing_differences(
    claims: Sequence[ListingRectificationClaim], lines: Sequence[AuditLine]
) -> Iterator[Difference]:
    """Compare every row with the lines that it left; a line whose row is gone is a difference too."""
    return rectification_differences(AREA, claims, lines, prefix=PREFIX, compared=_compared)


def _compared(
    claim: ListingRectificationClaim, proposed: AuditLine, steps: Sequence[AuditLine]
) -> Sequence[Difference]:
    return unlike(AREA, claim.id, _values(claim, proposed, steps))


def _values(
    claim: ListingRectificationClaim, proposed: AuditLine, steps: Sequence[AuditLine]
) -> Mapping[str, tuple[object, object]]:
    details, by_action = proposed.details, {line.action: line for line in steps}
    done = by_action.get(CARRIED_OUT)
    state = RectificationState.WITHDRAWN if WITHDRAWN in by_action else RectificationState.PROPOSED
    return {
        "listing_id": (claim.listing_id, proposed.subject_id),
        "version": (claim.version, details["version"]),
        "basis": (claim.basis, details["basis"]),
        "document_id": (claim.document_id, details["document"]),
        "before, after, words": (claim.sha256, details["sha256"]),
        "approvals": (claim.approvals, sum(line.action == APPROVED for line in steps)),
        "new_version": (claim.new_version, done.details["version"] if done else None),
        "state": (claim.state, str(RectificationState.CARRIED_OUT if done else state)),
    }
