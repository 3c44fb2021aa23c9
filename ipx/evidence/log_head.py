"""FROZEN. The head of one of our own logs as it is committed to in a batch. Pure.

docs/spec/log-head.md is the specification; docs/spec/vectors/log_head.json its vectors.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ipx.core import canonical, commitment
from ipx.core.canonical import Json
from ipx.core.errors import Tampered

FORMAT = "ipx/log-head/v1"
PROOF_FORMAT = "ipx/log-proof/v1"
TAG = commitment.AUDIT
AUDIT, RECEIPTS = "audit", "receipts"
LOGS = (AUDIT, RECEIPTS)


@dataclass(frozen=True)
class LogHead:
    """A log of so many lines: the hash of the last one (64 zeros before the first), and the root of the RFC 6962 tree
    over the hashes of all."""

    log: str
    lines: int
    head: str
    root: bytes

    def record(self) -> dict[str, Json]:
        """Return the fields that are hashed."""
        return {
            "format": FORMAT,
            "log": self.log,
            "lines": self.lines,
            "head": self.head,
            "root": self.root.hex(),
        }

    def content_sha256(self) -> bytes:
        """Return the SHA-256 over the canonical bytes of the record."""
        return hashlib.sha256(canonical.encode(self.record())).digest()

    def commitment(self, *, salt: bytes, owner: str) -> bytes:
        """Return the leaf of a batch; ``owner`` is the account that anchors the log."""
        return commitment.commit(TAG, salt=salt, content_sha256=self.content_sha256(), owner=owner)


def read_record(record: object) -> LogHead:
    """Read a record strictly. Raises Tampered."""
    if not isinstance(record, Mapping) or set(record) != {"format", "log", "lines", "head", "root"}:
        raise Tampered("This is not the record of a log's head.")
    try:
        head = LogHead(record["log"], record["lines"], record["head"], bytes.fromhex(record["root"]))
    except (TypeError, ValueError) as error:
        raise Tampered("The record of a log's head is damaged.") from error
    is_number = isinstance(head.lines, int) and not isinstance(head.lines, bool) and head.lines >= 0
    is_hash = isinstance(head.head, str) and re.fullmatch("[0-9a-f]{64}", head.head) is not None
    if record != head.record() or head.log not in LOGS or not is_number or not is_hash or len(head.root) != 32:
        raise Tampered("The record of a log's head does not have the form that the format asks for.")
    return head
