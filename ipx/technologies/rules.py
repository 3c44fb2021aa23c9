"""What a technology and its rights may say. Pure: cleans, checks, and tells what is public."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import IntEnum, StrEnum

from ipx.core.errors import Invalid
from ipx.technologies.offices import OFFICES, is_kind_code


class RightKind(StrEnum):
    """What a right is."""

    PATENT = "patent"
    APPLICATION = "application"
    UTILITY_MODEL = "utility-model"
    DESIGN = "design"
    KNOW_HOW = "know-how"
    SOFTWARE = "software"
    DATA_SET = "data-set"
    MATERIAL = "material"


# Rights that an office grants: their numbers and titles are secret until the office publishes them.
OFFICE_KINDS = frozenset((RightKind.PATENT, RightKind.APPLICATION, RightKind.UTILITY_MODEL, RightKind.DESIGN))


class EvidenceLevel(IntEnum):
    """How well the record of a right is founded; the numbers are those of TitleRegistry."""

    DECLARED = 0
    INSTRUMENT = 1
    OFFICE_RECORD = 2


class TitleState(StrEnum):
    """How far the record of title is: signed and queued, in a block, final; or refused by the contract."""

    PENDING = "pending"
    INCLUDED = "included"
    FINAL = "final"
    FAILED = "failed"


LONGEST_TITLE, LONGEST_TEXT, MOST_CLASSES = 200, 10_000, 20
FIRST_TRL, LAST_TRL = 1, 9

# Section, class, subclass, and mostly main group / subgroup; Y is of the CPC alone.
_CLASS = re.compile(r"([A-HY][0-9]{2}[A-Z])(?:\s*([0-9]{1,4})/([0-9]{2,6}))?")
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 ./,\-]{0,38}[A-Z0-9]|[A-Z0-9]")


class Stage(StrEnum):
    """Where a technology stands in the life cycle of the smart city; beside its TRL, which says how ripe it is."""

    RESEARCH = "research"
    INCUBATION = "incubation"
    CONVERSION = "conversion"  # from a result to a product: transfer, licence, spin-off
    PRODUCTION = "production"
    OPERATION = "operation"


@dataclass(frozen=True)
class Advantage:
    """What is better than the best alternative, in words and, where it was measured, as a number with its unit."""

    text: str = ""
    number: Decimal | None = None
    unit: str = ""
    compared_with: str = ""


@dataclass(frozen=True)
class Draft:
    """What a person writes about a technology."""

    title: str
    problem: str
    summary: str = ""
    advantage: Advantage = field(default_factory=Advantage)
    trl: int | None = None
    classes: tuple[str, ...] = ()
    stage: Stage | None = None


@dataclass(frozen=True)
class RightDraft:
    """What a person writes about one right."""

    kind: RightKind
    title: str
    office: str | None = None
    number: str | None = None
    kind_code: str | None = None
    filed_on: date | None = None
    published_on: date | None = None
    granted_on: date | None = None

    def is_published(self, today: date) -> bool:
        """Tell whether the office has published it, by what is stated here."""
        return any(day is not None and day <= today for day in (self.published_on, self.granted_on))

    def has_secret_number(self, today: date) -> bool:
        """Tell whether number, dates and title must not leave the owner's pages.

        An unpublished application is confidential at the office (35 USC 122, EPC Art. 128); its number would let
        others watch the file.
        """
        return self.kind in OFFICE_KINDS and not self.is_published(today)


def checked_draft(draft: Draft) -> Draft:
    """Return the draft cleaned. Raises Invalid, naming the field."""
    if draft.trl is not None and not FIRST_TRL <= draft.trl <= LAST_TRL:
        raise Invalid("A technology readiness level is a number from 1 to 9.", field="trl")
    return Draft(
        title=_line(draft.title, "title", required="Write a title, as you would say it to a colleague."),
        problem=_text(draft.problem, "problem", required="Say which problem it solves; a sentence is enough."),
        summary=_text(draft.summary, "summary"),
        advantage=_checked_advantage(draft.advantage),
        trl=draft.trl,
        classes=tuple(dict.fromkeys(clean_class(value) for value in draft.classes if value.strip()))[:MOST_CLASSES],
        stage=None if draft.stage is None else Stage(draft.stage),
    )


def checked_right(draft: RightDraft, *, today: date) -> RightDraft:
    """Return the right cleaned. Raises Invalid, naming the field."""
    right = RightDraft(
        kind=RightKind(draft.kind),
        title=_line(draft.title, "title", required="Give the right a title or a name."),
        office=_clean_office(draft.office),
        number=_clean_number(draft.number),
        kind_code=_clean_kind_code(draft.kind_code),
        filed_on=draft.filed_on,
        published_on=draft.published_on,
        granted_on=draft.granted_on,
    )
    _check_number(right)
    _check_dates(right, today)
    return right


def clean_class(value: str) -> str:
    """Return a CPC or IPC symbol in its written form, such as ``H01M 10/0525``. Raises Invalid."""
    found = _CLASS.fullmatch(" ".join(value.upper().split()))
    if found is None:
        raise Invalid(
            f"“{value[:40]}” is not a CPC or IPC symbol; write it like H01M 10/0525 or H01M.", field="classes"
        )
    subclass, group, subgroup = found.groups()
    return f"{subclass} {int(group)}/{subgroup}" if group else subclass


def read_number(text: str | None) -> Decimal | None:
    """Return what a person wrote as a number, None for nothing. Raises Invalid for the field of the advantage."""
    cleaned = (text or "").strip().replace("\u2212", "-").replace("\u00a0", "").replace(" ", "").removesuffix("%")
    if not cleaned:
        return None
    try:
        number = Decimal(cleaned)
    except InvalidOperation as error:
        raise Invalid("Write the number with digits and a point, such as 12.5.", field="advantage_number") from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15 or len(number.as_tuple().digits) > 15:
        raise Invalid("Write a number with 15 digits at most.", field="advantage_number")
    return number


def _checked_advantage(advantage: Advantage) -> Advantage:
    unit = _line(advantage.unit, "advantage_unit", longest=40)
    if advantage.number is not None and not unit:
        raise Invalid("Say the unit of the number, such as %, mAh/g or times.", field="advantage_unit")
    return Advantage(
        text=_text(advantage.text, "advantage_text"),
        number=advantage.number,
        unit=unit,
        compared_with=_line(advantage.compared_with, "advantage_compared_with"),
    )


def _clean_office(office: str | None) -> str | None:
    cleaned = (office or "").strip().upper()
    if cleaned and cleaned not in OFFICES:
        raise Invalid(f"{cleaned[:10]} is not the code of an office (WIPO ST.3).", field="office")
    return cleaned or None


def _clean_number(number: str | None) -> str | None:
    cleaned = " ".join((number or "").upper().split())
    if cleaned and not _NUMBER.fullmatch(cleaned):
        raise Invalid("A number holds letters, digits, blanks and . / , - only, at most 40.", field="number")
    return cleaned or None


def _clean_kind_code(code: str | None) -> str | None:
    cleaned = (code or "").strip().upper()
    if cleaned and not is_kind_code(cleaned):
        raise Invalid("A kind code is a letter and mostly a digit, such as A1 or B2 (WIPO ST.16).", field="kind_code")
    return cleaned or None


def _check_number(right: RightDraft) -> None:
    if right.number and not right.office:
        raise Invalid("Say which office gave the number.", field="office")
    if right.kind_code and not right.number:
        raise Invalid("A kind code belongs to a number: write the number too.", field="number")


def _check_dates(right: RightDraft, today: date) -> None:
    for name, day in (
        ("filed_on", right.filed_on),
        ("published_on", right.published_on),
        ("granted_on", right.granted_on),
    ):
        if day is not None and day > today:
            raise Invalid("This day has not come yet; state what has happened.", field=name)
        if day is not None and right.filed_on is not None and day < right.filed_on:
            raise Invalid("This lies before the filing date.", field=name)
    if right.granted_on and right.kind is RightKind.APPLICATION:
        raise Invalid("An application that was granted is a patent: choose “patent”.", field="kind")


def _line(value: str, name: str, *, longest: int = LONGEST_TITLE, required: str | None = None) -> str:
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return _checked_length(cleaned, name, longest, required)


def _text(value: str, name: str, *, required: str | None = None) -> str:
    kept = "".join(c for c in value.replace("\r\n", "\n") if c.isprintable() or c == "\n")
    return _checked_length(kept.strip(), name, LONGEST_TEXT, required)


def _checked_length(value: str, name: str, longest: int, required: str | None) -> str:
    if required and not value:
        raise Invalid(required, field=name)
    if len(value) > longest:
        raise Invalid(f"Use {longest} characters at most; this has {len(value)}.", field=name)
    return value


def holds(asked: str, texts: Iterable[str]) -> bool:
    """Tell whether every word of ``asked``, perhaps only begun, stands in these texts; capitals do not matter."""
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in asked.casefold().split())
