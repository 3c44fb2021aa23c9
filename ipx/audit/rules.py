"""FROZEN. The audit line's canonical bytes and hash. Pure.

docs/spec/audit-line.md is the specification; docs/spec/vectors/audit_line.json its vectors.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ipx.core.canonical import Json, encode

FORMAT = "ipx/audit/v1"
FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class AuditLine:
    """One line: what happened (``subject:thing:verb``), to what, by whom, when; ``details`` hold no personal data."""

    sequence: int
    at: datetime
    action: str
    actor_id: str | None
    organisation_id: str | None
    subject_kind: str
    subject_id: str
    details: Mapping[str, Json]
    previous: str
    hash: str


def canonical_bytes(line: AuditLine) -> bytes:
    """Return what is hashed: every field but the hash, the moment as microseconds since 1970 (UTC)."""
    return encode(
        {
            "format": FORMAT,
            "sequence": line.sequence,
            "at": microseconds(line.at),
            "action": line.action,
            "actor": line.actor_id,
            "organisation": line.organisation_id,
            "subject_kind": line.subject_kind,
            "subject": line.subject_id,
            "details": line.details,
            "previous": line.previous,
        }
    )


def microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC, without a float in between."""
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + moment.microsecond


def line_hash(line: AuditLine) -> str:
    """Return SHA-256 over the canonical bytes, as lowercase hex."""
    return hashlib.sha256(canonical_bytes(line)).hexdigest()


def first_broken(lines: Iterable[AuditLine], *, previous: str = FIRST_HASH, sequence: int = 1) -> int | None:
    """Return the sequence number of the first line that does not follow from the one before, or None."""
    for line in lines:
        if line.sequence != sequence or line.previous != previous or line_hash(line) != line.hash:
            return sequence
        previous, sequence = line.hash, sequence + 1
    return None
