"""A draft as it is typed, and as it is understood. Pure: keeps every keystroke, reads it, says what is wrong.

What is typed is kept as text whether it is right or not, so that nothing is lost; only what is right can be submitted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from ipx.accounts.rules import clean_email, clean_name
from ipx.core.canonical import Json
from ipx.core.errors import Invalid
from ipx.inventions.sections import BY_NAME, SECTIONS, Field, Kind, Section

Typed: TypeAlias = "str | Sequence[str]"
Entry: TypeAlias = Mapping[str, Typed]
LONGEST_LINE, LONGEST_TEXT, MOST_ENTRIES = 300, 20_000, 100
FIRST_YEAR, LAST_YEAR = 1900, 2199


class Answer(StrEnum):
    """What is said of a list as a whole; *not known yet* is an answer, and stays visible."""

    UNKNOWN = "unknown"
    NONE = "none"
    LISTED = "listed"


@dataclass(frozen=True)
class TypedSection:
    """A section as it was typed. A section that is no list has one entry."""

    answer: Answer = Answer.UNKNOWN
    entries: tuple[Entry, ...] = ()


Draft: TypeAlias = Mapping[str, TypedSection]


@dataclass(frozen=True)
class Problem:
    """Something that cannot be taken: where it stands and how to mend it; ``entry`` counts from 0."""

    section: str
    message: str
    entry: int | None = None
    field: str | None = None


@dataclass(frozen=True)
class Content:
    """A draft as it is understood: days as ISO 8601, empty text for what is not known yet."""

    sections: Draft
    problems: tuple[Problem, ...]

    def entries(self, section: str) -> tuple[Entry, ...]:
        """Return the entries of a section."""
        return self.sections[section].entries

    @property
    def title(self) -> str:
        """Return what the invention is called, empty when nobody has said yet."""
        found = self.entries("invention")
        return str(found[0].get("title", "")) if found else ""


def read(draft: Draft, *, today: date) -> Content:
    """Return what a draft says; problems instead of what cannot be understood."""
    understood, problems = {}, []
    for section in SECTIONS:
        found, wrong = read_section(section, draft.get(section.name, TypedSection()), today=today)
        understood[section.name] = found
        problems.extend(wrong)
    return Content(understood, tuple(problems))


def missing(content: Content) -> list[Problem]:
    """Return what a submission needs beyond being free of problems: a title, and an inventor by name."""
    lacking = []
    if not content.title and not any(p.section == "invention" for p in content.problems):
        lacking.append(Problem("invention", "Give the invention a title.", 0, "title"))
    if not content.entries("inventors") and not any(p.section == "inventors" for p in content.problems):
        lacking.append(Problem("inventors", "Name one inventor at least."))
    return lacking


def read_section(section: Section, typed: TypedSection, *, today: date) -> tuple[TypedSection, list[Problem]]:
    """Return a section as it is understood, and what is wrong with it. Blank entries are left out."""
    kept = [entry for entry in typed.entries if not _is_blank(entry)]
    entries, problems = [], []
    for number, entry in enumerate(kept[:MOST_ENTRIES]):
        fields, wrong = _read_entry(section, number, entry, today)
        entries.append(fields)
        problems.extend(wrong)
    if not section.is_list:
        return TypedSection(Answer.LISTED, tuple(entries)), problems
    problems.extend(_of_the_list(section, typed.answer, kept))
    answer = Answer.LISTED if entries else typed.answer
    return TypedSection(Answer.UNKNOWN if answer is Answer.LISTED and not entries else answer, tuple(entries)), problems


def _of_the_list(section: Section, answer: Answer, kept: Sequence[Entry]) -> Iterator[Problem]:
    if kept and answer is Answer.NONE:
        yield Problem(section.name, "You say that there is none, and name some. Clear them, or choose another answer.")
    if len(kept) > MOST_ENTRIES:
        yield Problem(section.name, f"There is room for {MOST_ENTRIES} entries; say the rest in a note.")
    if section.name == "inventors":
        if answer is Answer.NONE:
            yield Problem(section.name, "An invention has an inventor: choose another answer.")
        yield from _named_twice(section, kept)


def _named_twice(section: Section, kept: Sequence[Entry]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, entry in enumerate(kept):
        email = str(entry.get("email", "")).strip().lower()
        if email and email in seen:
            yield Problem(section.name, "This address stands at another inventor already.", number, "email")
        seen.add(email)


def _read_entry(section: Section, number: int, entry: Entry, today: date) -> tuple[Entry, list[Problem]]:
    fields: dict[str, Typed] = {}
    problems = []
    for field in section.fields:
        value = entry.get(field.name, () if field.kind is Kind.CHOICES else "")
        try:
            fields[field.name] = _read_field(section, field, value, today)
        except Invalid as error:
            fields[field.name] = () if field.kind is Kind.CHOICES else ""
            problems.append(Problem(section.name, error.message, number, field.name))
    return fields, problems


def _read_field(section: Section, field: Field, value: Typed, today: date) -> Typed:
    if field.kind is Kind.CHOICES:
        chosen = [value] if isinstance(value, str) else value
        return tuple(choice for choice in field.choices if choice in chosen)
    text = _visible(value) if isinstance(value, str) else ""
    if field.required and not text.strip():
        raise Invalid("This is missing, and the entry says nothing without it. Write it, or clear the entry.")
    if not text.strip():
        return ""
    if field.kind is Kind.DAY:
        return _day(text.strip(), past=field.past, today=today)
    if field.kind is Kind.CHOICE:
        return _choice(text, field)
    if section.name == "inventors" and field.name in ("name", "email"):
        return clean_name(text, field="name") if field.name == "name" else clean_email(text)
    return _line(text) if field.kind is Kind.LINE else _text(text)


def _day(text: str, *, past: bool, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("Write the day as year-month-day, such as 2026-03-31, or leave it empty.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(f"Write a year from {FIRST_YEAR} to {LAST_YEAR}.")
    if past and day > today:
        raise Invalid("This day has not come yet; state what has happened.")
    return day.isoformat()


def _choice(text: str, field: Field) -> str:
    if text not in field.choices:
        raise Invalid("Choose one of the answers.")
    return text


def _visible(text: str) -> str:
    """Leave out what nobody sees, before it is asked whether something was written at all."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text.replace("\r\n", "\n"))


def _line(text: str) -> str:
    return _short(text, LONGEST_LINE)


def _text(text: str) -> str:
    kept = text.strip()
    if len(kept) > LONGEST_TEXT:
        raise Invalid(f"Use {LONGEST_TEXT} characters at most; this has {len(kept)}. Deposit the rest as a document.")
    return kept


def _short(text: str, longest: int) -> str:
    kept = " ".join(text.split())
    if len(kept) > longest:
        raise Invalid(f"Use {longest} characters at most; this has {len(kept)}.")
    return kept


def _is_blank(entry: Entry) -> bool:
    return not any(_visible(value).strip() if isinstance(value, str) else value for value in entry.values())


# ── kept as JSON, sealed ─────────────────────────────────────────────────────────────────────────


def to_json(draft: Draft) -> dict[str, Json]:
    """Return a draft as JSON values."""
    return {
        name: {
            "answer": str(section.answer),
            "entries": [{key: _plain(value) for key, value in entry.items()} for entry in section.entries],
        }
        for name, section in draft.items()
    }


def from_json(value: object) -> dict[str, TypedSection]:
    """Return a draft from JSON values that ``to_json`` made; sections that are unknown by now are left out."""
    assert isinstance(value, Mapping)
    return {
        name: TypedSection(Answer(section["answer"]), tuple(section["entries"]))
        for name, section in value.items()
        if name in BY_NAME
    }


def _plain(value: Typed) -> str | list[str]:
    return value if isinstance(value, str) else list(value)
