"""One row of a portfolio as a technology and a right of it. Pure: cleans and checks, knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from ipx.bibliography.numbers import plain_application
from ipx.core.errors import Invalid
from ipx.technologies.rules import Draft, RightDraft, RightKind, checked_draft, checked_right

INTO = "portfolio"
DAYS = ("filed_on", "published_on", "granted_on")
FIELDS = (
    "technology", "problem", "summary", "trl", "classes",
    "right_kind", "right_title", "office", "number", "kind_code", *DAYS,
)  # fmt: skip
REQUIRED = ("technology", "problem", "right_kind")
_FIELDS_OF_RIGHTS = {"title": "right_title", "kind": "right_kind"}


@dataclass(frozen=True)
class PortfolioRow:
    """A row: the technology that it belongs to, and the right that it states; maybe without a title of its own."""

    line: int
    technology: Draft
    right: RightDraft
    states_title: bool


def portfolio_row(line: int, fields: Mapping[str, str], *, today: date) -> PortfolioRow:
    """Return the row, cleaned. Raises Invalid, naming the field of the mapping."""
    technology = _technology(fields)
    right = RightDraft(
        kind=_kind(fields.get("right_kind", "")),
        title=fields.get("right_title", "") or technology.title,
        office=fields.get("office"),
        number=fields.get("number"),
        kind_code=fields.get("kind_code"),
        **{name: date.fromisoformat(fields[name]) if fields.get(name) else None for name in DAYS},
    )
    try:
        return PortfolioRow(line, technology, checked_right(right, today=today), "right_title" in fields)
    except Invalid as error:
        raise Invalid(error.message, field=_FIELDS_OF_RIGHTS.get(error.field or "", error.field)) from error


def _technology(fields: Mapping[str, str]) -> Draft:
    draft = Draft(
        title=fields.get("technology", ""),
        problem=fields.get("problem", ""),
        summary=fields.get("summary", ""),
        trl=_trl(fields.get("trl")),
        classes=tuple(part for part in fields.get("classes", "").replace(";", ",").split(",") if part.strip()),
    )
    try:
        return checked_draft(draft)
    except Invalid as error:
        raise Invalid(error.message, field="technology" if error.field == "title" else error.field) from error


def identity(right: RightDraft, technology_title: str) -> tuple[str, str, str]:
    """Return what makes a right the same one: office, number and kind code; without a number, what it is called."""
    if right.office and right.number:
        return right.office, plain_application(right.number), right.kind_code or ""
    return technology_title, str(right.kind), right.title


def completed(before: RightDraft, row: PortfolioRow) -> RightDraft:
    """Return what the row states; what it leaves open stays as it was."""
    kept = {
        name: getattr(row.right, name) if getattr(row.right, name) is not None else getattr(before, name)
        for name in ("office", "number", "kind_code", *DAYS)
    }
    return replace(row.right, title=row.right.title if row.states_title else before.title, **kept)


def changed_fields(before: RightDraft, after: RightDraft) -> tuple[str, ...]:
    """Return which particulars differ."""
    names = ("kind", "title", "office", "number", "kind_code", *DAYS)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _kind(word: str) -> RightKind:
    try:
        return RightKind(word.strip().lower().replace(" ", "-"))
    except ValueError as error:
        known = ", ".join(RightKind)
        raise Invalid(f"“{word[:30]}” is no kind of right. There are: {known}.", field="right_kind") from error


def _trl(word: str | None) -> int | None:
    if not word:
        return None
    if not word.isdecimal() or len(word) > 2:
        raise Invalid("A technology readiness level is a number from 1 to 9.", field="trl")
    return int(word)
