"""What all makers of vectors compute with: hashlib and json alone, from the words of docs/spec."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def number(index: int) -> bytes:
    """32 bytes that look random and are the same everywhere."""
    return sha256(b"ipx vector", index.to_bytes(4, "big"))


def canonical(value: Any) -> bytes:
    """RFC 8785 for values whose keys lie in the basic plane and whose numbers are small integers."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
