"""Rectifications of the register against the audit lines that they left. Pure.

What became of them is on the chain: our titles are compared with it elsewhere (titles.py).
"""

from collections.abc import Iterator, Mapping, Sequence

from ipx.audit.rules import AuditLine
from ipx.history.check.lines import rectification_differences
from ipx.history.check.records import Difference, unlike
from ipx.titles.claims import RegisterClaim
from ipx.titles.rules import RegisterState

AREA = "rectification of the register"
PREFIX = "right:register_rectification:"
PROPOSED = f"{PREFIX}proposed"
_ENDS = {
    f"{PREFIX}{state}": str(state) for state in (RegisterState.RECTIFIED, RegisterState.WITHDRAWN, RegisterState.LAPSED)
}


def register_differences(claims: Sequence[RegisterClaim], lines: Sequence[AuditLine]) -> Iterator[Difference]:
    """Compare every row with the lines that it left; a line whose row is gone is a difference too."""
    return rectification_differences(AREA, claims, lines, prefix=PREFIX, compared=_compared)


def _compared(claim: RegisterClaim, proposed: AuditLine, steps: Sequence[AuditLine]) -> Iterator[Difference]:
    if not claim.is_whole:
        yield Difference(AREA, claim.id, "digest", "what rectifiers sign, as the row has it, has another digest")
    yield from unlike(AREA, claim.id, _values(claim, proposed, steps))


def _values(
    claim: RegisterClaim, proposed: AuditLine, steps: Sequence[AuditLine]
) -> Mapping[str, tuple[object, object]]:
    details = proposed.details
    signed = sorted(str(line.details["rectifier"]) for line in steps if line.action == f"{PREFIX}signed")
    sent = [line.details for line in steps if line.action == f"{PREFIX}sent"]
    last = sent[-1] if sent else {"act": None, "attempt": 0, "transaction": None}
    return {
        "right_id": (claim.right_id, proposed.subject_id),
        "holder": (claim.holder, details["from"]),
        "to_address": (claim.to, details["to"]),
        "basis": (claim.basis, details["basis"]),
        "document_id": (claim.document_id, details["document"]),
        "digest": (claim.digest, details["digest"]),
        "signatures": (list(claim.signers), signed),
        "sent_act": (claim.sent_act, last["act"]),
        "attempt": (claim.attempt, last["attempt"]),
        "transaction_id": (claim.transaction_id, last["transaction"]),
        "settled_as": (claim.settled_as, next((_ENDS[line.action] for line in steps if line.action in _ENDS), None)),
    }
