"""FROZEN. The record of a right that its title token commits to: canonical bytes. Pure.

docs/spec/title-record.md is the specification; docs/spec/vectors/title_record.json its vectors.
"""

import hashlib
import unicodedata
from datetime import date

from ipx.core.canonical import Json, encode
from ipx.core.commitment import TITLE, commit
from ipx.technologies.rules import RightDraft

FORMAT = "ipx/title-record/v1"


def record_bytes(right: RightDraft, *, right_id: str, technology_id: str) -> bytes:
    """Return the canonical bytes of what is recorded about a right; absent particulars are null."""
    record: dict[str, Json] = {
        "format": FORMAT,
        "right": right_id,
        "technology": technology_id,
        "kind": str(right.kind),
        "title_sha256": hashlib.sha256(unicodedata.normalize("NFC", right.title).encode()).hexdigest(),
        "office": right.office,
        "number": right.number,
        "kind_code": right.kind_code,
        "filed_on": _day(right.filed_on),
        "published_on": _day(right.published_on),
        "granted_on": _day(right.granted_on),
    }
    return encode(record)


def token_id(record: bytes, *, salt: bytes, holder: str) -> int:
    """Return the token id: the record's salted commitment under the holder's account, as an unsigned integer."""
    content = hashlib.sha256(record).digest()
    return int.from_bytes(commit(TITLE, salt=salt, content_sha256=content, owner=holder), "big")


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
