"""Terms as they are typed, and back: a text for each field, named by the field's path as in faults of terms. Pure.

Nothing that was typed is lost: what cannot be read is a fault at its path, and stays as it was typed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ipx.core.canonical import Json
from ipx.core.errors import Invalid
from ipx.core.money import CURRENCIES, exponent, parse_money
from ipx.licences.terms_form.kinds import HIDDEN, Control, Part, groups, parts_of
from ipx.licences.terms_v2.limits import BasisPoints
from ipx.licences.terms_v2.problems import InvalidTerms, Problem, below
from ipx.licences.terms_v2.rules import checked_terms
from ipx.licences.terms_v2.terms import FORMAT, LicenceTerms

Typed = Mapping[str, Sequence[str]]
"""What was typed, by path; several values for boxes that are ticked."""

_ROW = re.compile(r"(.+?)\[(\d{1,4})\](.*)")
_NUMBER = re.compile(r"\d{1,15}")
BLANK: tuple[str, ...] = ("",)


def typed_of(value: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return terms in JSON as they are typed; the groups that the form does not show are left out."""
    typed: dict[str, list[str]] = {}
    for part in groups():
        _write(part, part.name, value.get(part.name), typed)
    return typed


def compacted(sent: Iterable[tuple[str, Sequence[str]]]) -> dict[str, list[str]]:
    """Return what a browser sent, without rows that are blank; the others are numbered anew from 0."""
    typed: dict[str, list[str]] = {}
    rows: dict[str, dict[int, dict[str, list[str]]]] = {}
    for path, values in sent:
        kept = [value.replace("\r\n", "\n").strip() for value in values]
        found = _ROW.fullmatch(path)
        if found is None:
            typed[path] = kept
        else:
            rows.setdefault(found[1], {}).setdefault(int(found[2]), {})[found[3]] = kept
    for path, numbered in rows.items():
        filled = [row for _, row in sorted(numbered.items()) if _says_something(row)]
        typed |= {f"{path}[{place}]{name}": row[name] for place, row in enumerate(filled) for name in row}
    return typed


def rows_in(typed: Typed, path: str) -> int:
    """Return how many rows of a list were typed."""
    found = (_ROW.fullmatch(name) for name in typed)
    return 1 + max((int(row[2]) for row in found if row is not None and row[1] == path), default=-1)


def read_typed(typed: Typed, *, kept: Mapping[str, Any], answers: Sequence[str] = ()) -> LicenceTerms:
    """Return the terms; the groups that the form does not show come out of ``kept``.

    ``answers``: paths that have to be answered. Raises InvalidTerms with every fault of what cannot be read or was not
    answered, or else every fault of the terms.
    """
    problems: list[Problem] = []
    value: dict[str, Any] = {"format": FORMAT, **{name: kept[name] for name in HIDDEN if name in kept}}
    for part in groups():
        found = _read(part, part.name, typed, problems)
        if found is not None or part.required:
            value[part.name] = {} if found is None else found
    wrong = {problem.path for problem in problems}
    missing = [path for path in answers if path not in wrong and _lacks(value, path)]
    problems += [Problem(path, "this pack asks for it; give an answer.") for path in missing]
    if problems:
        raise InvalidTerms(problems)
    return checked_terms(value)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def _write(part: Part, path: str, value: Any, typed: dict[str, list[str]]) -> None:
    if value is None:
        return
    if part.control is Control.GROUP:
        _write_record(part.kind, path, value, typed)
    elif part.control is Control.ROWS:
        for place, row in enumerate(value):
            _write_record(part.kind, f"{path}[{place}]", row, typed)
    elif part.control is Control.MONEY:
        typed[f"{path}.amount"] = [f"{Decimal(value['amount']).scaleb(-exponent(value['currency'])):f}"]
        typed[f"{path}.currency"] = [value["currency"]]
    elif part.control is Control.CHECKS:
        typed[path] = [str(item) for item in value]
    else:
        typed[path] = [_plain_text(part.control, value)]


def _write_record(record: type, path: str, value: Mapping[str, Any], typed: dict[str, list[str]]) -> None:
    for part in parts_of(record):
        _write(part, below(path, part.name), value.get(part.name), typed)


def _plain_text(control: Control, value: Any) -> str:
    if control is Control.LINES:
        return "\n".join(value)
    if control is Control.PERCENT:
        return f"{Decimal(value).scaleb(-2).normalize():f}"
    if control is Control.YES_NO:
        return "true" if value else "false"
    return str(value)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def _read(part: Part, path: str, typed: Typed, problems: list[Problem]) -> Any:
    if part.control is Control.GROUP:
        return _read_record(part.kind, path, typed, problems)
    if part.control is Control.ROWS:
        count = min(rows_in(typed, path), part.most + 1)
        rows = [_read_record(part.kind, f"{path}[{place}]", typed, problems) or {} for place in range(count)]
        return rows or None
    return _read_single(part.control, path, typed, problems)


def _read_single(control: Control, path: str, typed: Typed, problems: list[Problem]) -> Any:
    if control is Control.CHECKS:
        return [value for value in typed.get(path, ()) if value] or None
    if control is Control.MONEY:
        return _money(path, typed, problems)
    text = _first(typed, path)
    if not text:
        return None
    try:
        return _value(control, text)
    except Invalid as error:
        problems.append(Problem(path, error.message))
        return None


def _read_record(record: type, path: str, typed: Typed, problems: list[Problem]) -> dict[str, Json] | None:
    found = {part.name: _read(part, below(path, part.name), typed, problems) for part in parts_of(record)}
    return {name: value for name, value in found.items() if value is not None} or None


def _money(path: str, typed: Typed, problems: list[Problem]) -> Json:
    text = _first(typed, f"{path}.amount")
    if not text:
        return None
    try:
        money = parse_money(text, _currency(typed, path))
    except Invalid as error:
        problems.append(Problem(path, error.message))
        return None
    return {"amount": money.amount, "currency": money.currency}


def _lacks(value: Any, path: str) -> bool:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value is None


def _currency(typed: Typed, path: str) -> str:
    found = _first(typed, f"{path}.currency")
    if found not in CURRENCIES:
        raise Invalid(f"Choose a currency among {', '.join(CURRENCIES)}.")
    return found


def _value(control: Control, text: str) -> Json:
    if control is Control.LINES:
        return [line.strip() for line in text.split("\n") if line.strip()]
    if control is Control.YES_NO:
        return text == "true"
    if control is Control.PERCENT:
        return read_percent(text)
    if control is Control.NUMBER:
        if not (text.isascii() and _NUMBER.fullmatch(text)):
            raise Invalid("Write a whole number in digits, such as 36.")
        return int(text)
    return text


def read_percent(text: str) -> int:
    """Return a percentage as basis points. Raises Invalid for what is none, or finer than a basis point."""
    cure = "Write per cent with two decimals at most, such as 2.5."
    try:
        points = Decimal(text.replace("%", "").replace(" ", "")) * 100
    except InvalidOperation as error:
        raise Invalid(cure) from error
    most = BasisPoints.__metadata__[0].high  # type: ignore[attr-defined]
    if not points.is_finite() or not 0 <= points <= most or points != points.to_integral_value():
        raise Invalid(cure)
    return int(points)


def _first(typed: Typed, path: str) -> str:
    return (typed.get(path) or BLANK)[0]


def _says_something(row: Mapping[str, Sequence[str]]) -> bool:
    """A currency is always chosen, so it says nothing by itself."""
    return any(value for name, values in row.items() if not name.endswith(".currency") for value in values)
