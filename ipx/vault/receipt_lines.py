"""FROZEN. The lines of the chain of receipts: their canonical bytes, hashes and salted commitments. Pure.

docs/spec/receipt.md is the specification; docs/spec/vectors/receipt.json its vectors.
A line must never hold the purpose, the reader's public key or a hash of what was delivered: those can be erased.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ipx.audit.rules import microseconds
from ipx.core.canonical import Json, decode, encode
from ipx.core.errors import Tampered
from ipx.vault.rules import Form, Outcome, SourceKind

FORMAT = "ipx/receipt/v1"
FIRST_HASH = "0" * 64
OPENED, CLOSED = "opened", "closed"


@dataclass(frozen=True)
class Opened:
    """What an opening line says: who begins to read what, why he may, in which form, for a committed purpose."""

    receipt_id: str
    document_id: str
    organisation_id: str
    person_id: str
    form: Form
    source_kind: SourceKind
    source_id: str
    salt: bytes
    purpose: str
    recipient: str | None

    def fields(self) -> dict[str, Json]:
        """Return the line's own fields."""
        return {
            "event": OPENED,
            "receipt": self.receipt_id,
            "document": self.document_id,
            "organisation": self.organisation_id,
            "person": self.person_id,
            "form": str(self.form),
            "source": {"kind": str(self.source_kind), "id": self.source_id},
            "request": committed(self.salt, {"purpose": self.purpose, "recipient": self.recipient}),
        }


@dataclass(frozen=True)
class Closed:
    """What a closing line says: how the reading ended, and the commitment to what was delivered."""

    receipt_id: str
    outcome: Outcome
    salt: bytes
    delivered_bytes: int
    delivered_sha256: str

    def fields(self) -> dict[str, Json]:
        """Return the line's own fields."""
        delivered: dict[str, Json] = {"bytes": self.delivered_bytes, "sha256": self.delivered_sha256}
        return {
            "event": CLOSED,
            "receipt": self.receipt_id,
            "outcome": str(self.outcome),
            "delivered": committed(self.salt, delivered),
        }


def committed(salt: bytes, value: dict[str, Json]) -> str:
    """Return SHA-256(salt[32] ‖ canonical bytes of the value) as lowercase hex."""
    if len(salt) != 32:
        raise ValueError("the salt of a receipt has 32 bytes")
    return hashlib.sha256(salt + encode(value)).hexdigest()


def record_bytes(line: Opened | Closed, *, sequence: int, at: datetime, previous: str) -> bytes:
    """Return the canonical bytes of a line in its place of the chain; their SHA-256 in hex is the line's hash."""
    place: dict[str, Json] = {"format": FORMAT, "sequence": sequence, "at": microseconds(at), "previous": previous}
    return encode({**place, **line.fields()})


def record_hash(record: bytes) -> str:
    """Return SHA-256 over a line's canonical bytes, as lowercase hex."""
    return hashlib.sha256(record).hexdigest()


def first_broken(records: Iterable[tuple[bytes, str]]) -> tuple[int | None, int, str]:
    """Verify (canonical bytes, hash) pairs from the first line on.

    Returns the sequence number of the first line that does not follow from the one before (or None), the number
    of lines seen, and the last hash.
    """
    sequence, previous = 0, FIRST_HASH
    for record, stored in records:
        sequence += 1
        try:
            line = decode(record)
        except Tampered:
            return sequence, sequence, previous
        follows = isinstance(line, dict) and (line.get("format"), line.get("sequence"), line.get("previous")) == (
            FORMAT,
            sequence,
            previous,
        )
        if not follows or record_hash(record) != stored:
            return sequence, sequence, previous
        previous = stored
    return None, sequence, previous
