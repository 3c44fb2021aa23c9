"""FROZEN. Reads single fields of an evidence bundle: one spelling, no field too many, or Tampered with its name."""

import re
from collections.abc import Mapping, Sequence

from ipx.core.canonical import Json
from ipx.core.errors import Tampered
from ipx.evidence.bundle_format import Spelling


def object_in(fields: Mapping[str, Json], name: str, expected: Sequence[str]) -> Mapping[str, Json]:
    """Return a field that is an object of exactly these fields. Raises Tampered."""
    part = fields[name]
    if not isinstance(part, Mapping):
        raise Tampered(f"The field {name} must be an object.")
    only(part, expected, name)
    return part


def only(part: Mapping[str, Json], expected: Sequence[str], where: str) -> None:
    """Raise Tampered unless an object has exactly these fields."""
    if set(part) != set(expected):
        odd = ", ".join(sorted(set(part) ^ set(expected)))
        raise Tampered(f"In {where} a field is missing or unknown: {odd}.")


def spelled(part: Mapping[str, Json], name: str, spelling: Spelling) -> bytes:
    """Return the bytes of a field, in their one spelling. Raises Tampered."""
    return spelling.read(match(part, name, spelling.pattern))


def match(part: Mapping[str, Json], name: str, pattern: re.Pattern[str]) -> str:
    """Return a field that is a text of this form. Raises Tampered."""
    value = part.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Tampered(f"The field {name} does not have the form that the format asks for.")
    return value


def number(part: Mapping[str, Json], name: str) -> int:
    """Return a field that is a whole number, not negative. Raises Tampered."""
    value = part[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Tampered(f"The field {name} must be a whole number, not negative.")
    return value
