"""What a document may be: roles, forms of delivery, sources of access, acceptable names and purposes. Pure."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from ipx.core.errors import Invalid


class DocumentRole(StrEnum):
    """What a document is for; it decides whether the document is sealed."""

    CONFIDENTIAL = "confidential"
    PUBLIC = "public"
    IMAGE = "image"
    INSTRUMENT = "instrument"

    @property
    def is_sealed(self) -> bool:
        """True when the document is stored encrypted and opens only to those who may read it."""
        return self in (DocumentRole.CONFIDENTIAL, DocumentRole.INSTRUMENT)


class Tier(StrEnum):
    """Who sealed a document: the exchange, or a browser of its owner, so that it was never seen by us."""

    EXCHANGE = "exchange"
    BROWSER = "browser"


class Form(StrEnum):
    """How a document is handed over: as it was deposited, or as an age file for the reader's own key."""

    CLEAR = "clear"
    AGE = "age"


class SourceKind(StrEnum):
    """Why somebody may read: the own document, a licence, an undertaking, or a grant made by hand (``person``: by a
    person of the owner, to a person or to an organisation)."""

    OWN = "own"
    LICENCE = "licence"
    NDA = "nda"
    PERSON = "person"


class Outcome(StrEnum):
    """How a reading ended; a receipt without one was cut off by a crash of ours."""

    COMPLETE = "complete"
    ABORTED = "aborted"
    FAILED = "failed"


class PartyKind(StrEnum):
    """Whose name is compared with the denied-party list."""

    ORGANISATION = "organisation"
    PERSON = "person"


class Decision(StrEnum):
    """What a named person decided about a name that resembles one of the list: another party, or the same."""

    CLEARED = "cleared"
    REFUSED = "refused"


MIB = 1 << 20
# Public files are served to everybody from our own disk, so they stay small; secrets only meet the setting's limit.
ROLE_LIMITS = {DocumentRole.PUBLIC: 256 * MIB, DocumentRole.IMAGE: 20 * MIB, DocumentRole.INSTRUMENT: 256 * MIB}
LONGEST_NAME = 200
LONGEST_PURPOSE = 500
LONGEST_GRANT = timedelta(days=5 * 366)

_KEY = re.compile(r"[A-Za-z0-9._:-]{8,100}")
_HASH = re.compile(r"[0-9a-f]{64}")


def limit_of(role: DocumentRole, upload_limit: int) -> int:
    """Return the most bytes that a document of this role may have."""
    return min(ROLE_LIMITS.get(role, upload_limit), upload_limit)


def clean_file_name(name: str) -> str:
    """Return the last part of the name, composed, without control or direction characters. Raises Invalid."""
    composed = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    visible = "".join(c for c in composed if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    cleaned = " ".join(visible.split()).strip(". ")
    if not cleaned or "." not in cleaned:
        raise Invalid("Give the file a name with an ending that says its type, such as report.pdf.", field="file")
    if len(cleaned) > LONGEST_NAME:
        raise Invalid(f"A file name may have {LONGEST_NAME} characters at most; rename the file.", field="file")
    return cleaned


def clean_purpose(purpose: str) -> str:
    """Return the purpose of a reading with single spaces. Raises Invalid when it says nothing or too much."""
    return clean_sentence(purpose, field="purpose", missing="Write in a few words what you read the document for.")


def clean_sentence(text: str, *, field: str, missing: str) -> str:
    """Return a short text with single spaces. Raises Invalid with ``missing`` when it says nothing."""
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(cleaned) < 3:
        raise Invalid(missing, field=field)
    if len(cleaned) > LONGEST_PURPOSE:
        raise Invalid(f"Say it in {LONGEST_PURPOSE} characters at most.", field=field)
    return cleaned


def end_of_grant(last_day: date, now: datetime) -> datetime:
    """Return the moment after the last day (UTC). Raises Invalid when it is over, or more than five years away."""
    end = datetime.combine(last_day + timedelta(days=1), time(), tzinfo=UTC)
    if end <= now:
        raise Invalid("This day is over. Choose the last day on which it may be opened.", field="until")
    if end - now > LONGEST_GRANT:
        raise Invalid("A grant lasts five years at most; it can be given again.", field="until")
    return end


def check_idempotency_key(key: str) -> str:
    """Return the key. Raises Invalid unless it is 8 to 100 letters, digits or ``._:-``."""
    if not _KEY.fullmatch(key):
        raise Invalid("The header Idempotency-Key takes 8 to 100 letters, digits or . _ : -, new for each file.")
    return key


def check_sha256(value: str | None) -> str | None:
    """Return the announced SHA-256 in lower case, None when there is none. Raises Invalid."""
    if value is None or not value.strip():
        return None
    lowered = value.strip().lower()
    if not _HASH.fullmatch(lowered):
        raise Invalid("The header X-Content-SHA256 takes 64 hexadecimal digits.")
    return lowered
