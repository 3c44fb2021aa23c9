"""Our chains of title against the audit lines of their entries, whose heads are anchored. Pure but for reading lines.

No contract knows these entries: the lines alone can contradict a row, and they hold a salted hash of it.
"""

from collections.abc import Iterator, Mapping, Sequence

from ipx.audit.rules import AuditLine
from ipx.core.canonical import Json
from ipx.history.check.lines import GONE, UNSEEN, rectification_differences
from ipx.history.check.records import Difference, unlike
from ipx.titles.claims import EntryClaim, RectificationClaim
from ipx.titles.rules import RectificationState

AREA = "chain of title"
ENTERED = "right:chain:entered"
PREFIX = "right:rectification:"
APPROVED, CARRIED_OUT, WITHDRAWN = f"{PREFIX}approved", f"{PREFIX}carried_out", f"{PREFIX}withdrawn"


def chain_differences(
    entries: Sequence[EntryClaim], rectifications: Sequence[RectificationClaim], lines: Sequence[AuditLine]
) -> list[Difference]:
    """Compare every row with the line that it left; a line whose row is gone is a difference too."""
    rectified = rectification_differences(AREA, rectifications, lines, prefix=PREFIX, compared=_rectification)
    return [*_of_entries(entries, lines), *rectified]


def _of_entries(claims: Sequence[EntryClaim], lines: Sequence[AuditLine]) -> Iterator[Difference]:
    told = {str(line.details["entry"]): line for line in lines if line.action == ENTERED}
    for line in lines:
        if line.action == CARRIED_OUT and line.details["replacement"] is not None:
            told[str(line.details["replacement"])] = line
    for claim in claims:
        said = told.pop(claim.id, None)
        if said is None:
            yield Difference(AREA, claim.id, "", UNSEEN)
            continue
        if not claim.opens:
            yield Difference(AREA, claim.id, "sealed_content", "what is sealed is not what was entered")
        details = said.details
        yield from unlike(
            AREA,
            claim.id,
            {
                "sha256": (claim.sha256, details["sha256"]),
                "document_id": (claim.document_id, details["document"]),
                "releases_id": (claim.releases_id, details["releases"]),
                "entry": (claim.kind, details["kind"]),
                "right_id": (claim.right_id, said.subject_id),
            },
        )
    yield from (Difference(AREA, gone, "", GONE) for gone in told)


def _rectification(claim: RectificationClaim, proposed: AuditLine, steps: Sequence[AuditLine]) -> Iterator[Difference]:
    if not claim.opens:
        yield Difference(AREA, claim.id, "sealed_content", "what is sealed is not what was proposed")
    yield from unlike(AREA, claim.id, _values(claim, proposed, steps))


def _values(
    claim: RectificationClaim, proposed: AuditLine, steps: Sequence[AuditLine]
) -> Mapping[str, tuple[object, object]]:
    details: Mapping[str, Json] = proposed.details
    done = next((line for line in steps if line.action == CARRIED_OUT), None)
    return {
        "sha256": (claim.sha256, details["sha256"]),
        "basis": (claim.basis, details["basis"]),
        "document_id": (claim.document_id, details["document"]),
        "entry_id": (claim.entry_id, details["entry"]),
        "state": (claim.state, str(_state(steps))),
        "approvals": (claim.approvals, sum(line.action == APPROVED for line in steps)),
        "replacement_id": (claim.replacement_id, done.details["replacement"] if done else None),
    }


def _state(steps: Sequence[AuditLine]) -> RectificationState:
    actions = {line.action for line in steps}
    if CARRIED_OUT in actions:
        return RectificationState.CARRIED_OUT
    return RectificationState.WITHDRAWN if WITHDRAWN in actions else RectificationState.PROPOSED
