"""Reads frozen dataclasses out of JSON and writes them back, led by their types alone.

Absent means *not agreed*, never a hidden default: a field's default may only be None or nothing (an empty list). So
the writer leaves out None and empty lists and writes all else; sets are written in alphabetical order. The reader
takes ``null`` as absent, refuses fields it does not know, and goes on after a fault, to report all of them at once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeGuard, Union, get_args, get_origin, get_type_hints

from ipx.core.canonical import LARGEST_INTEGER, Json
from ipx.core.errors import Invalid
from ipx.licences.terms_v2.limits import Limit
from ipx.licences.terms_v2.problems import Problem, below

_SURROGATE = re.compile("[\ud800-\udfff]")
FAILED: Any = object()
"""What ``read`` returns where it noted a problem."""


def json_name(field: Field[Any]) -> str:
    """Return a field's name in JSON: ``from_`` is ``from``."""
    return field.name.rstrip("_")


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields, limits included."""
    return get_type_hints(kind, include_extras=True)


def is_record(kind: object) -> TypeGuard[type]:
    """Tell whether a type is read from a JSON object."""
    return isinstance(kind, type) and is_dataclass(kind)


def optional(kind: Any) -> Any | None:
    """Return T of ``T | None``, None for any other type."""
    if get_origin(kind) not in (UnionType, Union):  # the second where T carries limits
        return None
    (inner,) = (part for part in get_args(kind) if part is not type(None))
    return inner


def write(value: Any) -> Json:
    """Return the JSON of a value."""
    if isinstance(value, (StrEnum, date)):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, tuple):
        return [write(item) for item in value]
    if is_dataclass(value):
        parts = {json_name(field): getattr(value, field.name) for field in fields(value)}
        return {name: write(part) for name, part in parts.items() if part not in (None, (), frozenset())}
    assert isinstance(value, (str, int))
    return value


def read(kind: Any, value: object, path: str, problems: list[Problem]) -> Any:
    """Return the value as ``kind``, or FAILED with every fault added to ``problems``."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _limited(kind, value, path, problems)
    if (inner := optional(kind)) is not None:
        return None if value is None else read(inner, value, path, problems)
    if origin in (tuple, frozenset):
        return _several(origin, get_args(kind)[0], value, path, problems)
    if is_record(kind):
        return _record(kind, value, path, problems)
    return _plain(kind, value, path, problems)


def _limited(kind: Any, value: object, path: str, problems: list[Problem]) -> Any:
    base, *limits = get_args(kind)
    found = read(base, value, path, problems)
    if found is FAILED:
        return FAILED
    return _judged(found, limits, path, problems)


def _judged(found: Any, limits: Sequence[Limit], path: str, problems: list[Problem]) -> Any:
    faults = [fault for limit in limits if (fault := limit.fault(found)) is not None]
    problems.extend(Problem(path, fault) for fault in faults)
    return FAILED if faults else found


def _several(origin: Any, item: Any, value: object, path: str, problems: list[Problem]) -> Any:
    if not isinstance(value, (list, tuple)):
        return _fault(problems, path, "write a list in square brackets.")
    found = [read(item, part, f"{path}[{index}]", problems) for index, part in enumerate(value)]
    if any(part is FAILED for part in found):
        return FAILED
    if origin is frozenset and len(set(found)) != len(found):
        return _fault(problems, path, "an entry stands twice; name each once.")
    return origin(found)


def _record(kind: type, value: object, path: str, problems: list[Problem]) -> Any:
    if not isinstance(value, Mapping):
        return _fault(problems, path, "write an object in curly brackets.")
    known = {json_name(field): field for field in fields(kind)}
    before = len(problems)
    for name in value:
        if name not in known:
            shown = str(name)[:40].encode("utf-8", "replace").decode()
            _fault(problems, below(path, shown), _unknown(shown, known))
    parts = {
        field.name: _field(field, hints_of(kind)[field.name], value.get(name), below(path, name), problems)
        for name, field in known.items()
    }
    if len(problems) > before:
        return FAILED
    try:
        return kind(**parts)
    except Invalid as error:  # Money judges its currency itself
        return _fault(problems, path, error.message)


def _field(field: Field[Any], kind: Any, value: object, path: str, problems: list[Problem]) -> Any:
    if value is not None:
        return read(kind, value, path, problems)
    if field.default is MISSING:
        return _fault(problems, path, "this is missing; it has to be said.")
    return field.default


def _plain(kind: Any, value: object, path: str, problems: list[Problem]) -> Any:
    if kind is bool:
        return value if isinstance(value, bool) else _fault(problems, path, "write true or false.")
    if kind is int:
        fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER
        return value if fits else _fault(problems, path, "write a whole number.")
    if not isinstance(value, str):
        return _fault(problems, path, "write a text in quotation marks.")
    return _word(kind, value, path, problems)


def _word(kind: Any, value: str, path: str, problems: list[Problem]) -> Any:
    if _SURROGATE.search(value):  # has no UTF-8, so it could neither be hashed nor shown
        return _fault(problems, path, "this holds half a character; type it anew.")
    if kind is str:
        return value
    if kind is date:
        return _date(value, path, problems)
    if value in list(kind):
        return kind(value)
    return _fault(problems, path, f"“{value[:40]}” is not among: {', '.join(kind)}.")


def _date(value: str, path: str, problems: list[Problem]) -> Any:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or str(found) != value:  # Python reads other spellings of ISO 8601 too
        return _fault(problems, path, "write a day as year-month-day, such as 2031-06-30.")
    return found


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"there is no such field; did you mean {near[0]}?" if near else "there is no such field; take it out."


def _fault(problems: list[Problem], path: str, message: str) -> Any:
    problems.append(Problem(path, message))
    return FAILED
