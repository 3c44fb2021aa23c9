"""Legal events of documents, in the categories of WIPO ST.27. Pure: what a row may say, and what a record tells.

INPADOC's classes use the same letters, except N, and have Z besides.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ipx.bibliography.numbers import plain
from ipx.core.canonical import encode
from ipx.core.errors import Invalid

CATEGORIES = frozenset("ABCDEFGHKLMNPQRSTUVWYZ")
# A status event code of ST.27: right, state before and after, key event, detailed event, kind, the office's own code.
_ST27_CODE = re.compile(r"[A-Z]-[0-9]-[0-9]-([A-Z])[0-9]{2}(?:-[A-Za-z0-9]+)*")
_OFFICE, _KIND = re.compile(r"[A-Z]{2}"), re.compile(r"[A-Z][0-9]?")
LONGEST_TEXT, LONGEST_CODE = 2_000, 60
# The fields of a row, for mappings; the days are ISO dates.
DAYS = ("date", "effective_date")
REQUIRED = ("office", "number", "date")
PARTICULARS = (
    "regional_code",
    "new_owner",
    "inventor",
    "representative",
    "requester",
    "opponent",
    "spc_number",
    "fee_year",
    "fee_paid_on",
    "designated_states",
)
FIELDS = ("office", "number", "kind", *DAYS, "category", "code", "text", *PARTICULARS)


@dataclass(frozen=True)
class LegalEvent:
    """What happened to a document: category (a letter of ST.27), the source's own code, days, words."""

    office: str
    number: str
    category: str
    happened_on: str
    kind: str = ""
    code: str = ""
    effective_on: str | None = None
    text: str = ""
    particulars: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def key(self) -> str:
        """Return what makes an event one: the same from another file is the same event."""
        told = [self.office, plain(self.number), self.kind, self.category, self.code, self.happened_on, self.text]
        return hashlib.sha256(encode(told)).hexdigest()


def checked_event(row: Mapping[str, str], *, source: str) -> LegalEvent:
    """Return the event that a row tells, cleaned. Raises Invalid, naming the field."""
    office, kind = row.get("office", "").upper(), row.get("kind", "").upper()
    if not _OFFICE.fullmatch(office):
        raise Invalid("Say the office by its two letters (WIPO ST.3), such as US or EP.", field="office")
    if not plain(row.get("number")):
        raise Invalid("Say the number of the document.", field="number")
    if kind and not _KIND.fullmatch(kind):
        raise Invalid("A kind code is a letter and mostly a digit, such as A1 or B2 (WIPO ST.16).", field="kind")
    code = _short(row.get("code", ""), "code", LONGEST_CODE)
    return LegalEvent(
        office=office,
        number=plain(row["number"]),
        kind=kind,
        category=_category(row.get("category", ""), code),
        code=code,
        happened_on=_day(row.get("date", ""), "date"),
        effective_on=_day(row["effective_date"], "effective_date") if row.get("effective_date") else None,
        text=_short(row.get("text", ""), "text", LONGEST_TEXT),
        particulars={name: _short(row[name], name, LONGEST_TEXT) for name in PARTICULARS if row.get(name)},
        source=source,
    )


def events_in(content: Mapping[str, Any]) -> list[LegalEvent]:
    """Return the events that a bibliographic record itself tells: filing, publication, grant."""
    publication, application = content["publication"], content["application"]
    dates = content["publication_dates"]
    told: list[tuple[str, str | None, str]] = [
        ("A", application["date"] if application else None, "filed"),
        ("Q", dates["application"], "published"),
        ("F", dates["grant"], "granted"),
    ]
    return [
        LegalEvent(
            office=publication["office"],
            number=publication["number"],
            kind=publication["kind"] if day == publication["date"] else "",
            category=category,
            happened_on=day,
            code=code,
            source="bibliographic record",
        )
        for category, day, code in told
        if day
    ]


def _category(letter: str, code: str) -> str:
    """Return the letter, which a code of ST.27 tells itself."""
    found = _ST27_CODE.fullmatch(code)
    told = letter.strip().upper() or (found[1] if found else "")
    if told not in CATEGORIES:
        raise Invalid(
            "Say the category by its letter of WIPO ST.27, such as F for granted, or give a full ST.27 code.",
            field="category",
        )
    return told


def _day(text: str, name: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Invalid(f"“{text[:20]}” is no day; write it as 2026-11-28.", field=name) from error


def _short(text: str, name: str, longest: int) -> str:
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(cleaned) > longest:
        raise Invalid(f"Use {longest} characters at most; this has {len(cleaned)}.", field=name)
    return cleaned
