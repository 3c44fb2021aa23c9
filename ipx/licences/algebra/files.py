"""Grants out of JSON: bare terms of either version, or terms with what is known about the grant around them.

docs/spec/grant-algebra.md describes the form.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from ipx.core.errors import Invalid
from ipx.licences.algebra.grants import Declared, Grant
from ipx.licences.algebra.reading import grant_of
from ipx.licences.terms_v2.versions import checked_any

_KNOWN = frozenset(("id", "terms", "effective_from", "holder", "declared", "parent", "rights", "own_use"))


def grants_of(value: object, *, at: date) -> list[Grant]:
    """Return the grants of an array. Raises Invalid naming the entry, and when two have one id."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Invalid("Existing grants are a JSON array: of terms, or of objects with id and terms.")
    grants = [grant_from(entry, id=str(number), at=at) for number, entry in enumerate(value, start=1)]
    ids = [grant.id for grant in grants]
    twice = next((each for each in ids if ids.count(each) > 1), None) if len(set(ids)) < len(ids) else None
    if twice is not None:
        raise Invalid(f"Two of the existing grants have the id {twice[:80]}; an id names one grant.")
    return grants


def grant_from(value: object, *, id: str, at: date) -> Grant:
    """Return one grant; ``id`` is what it is called where it does not say so itself. Raises Invalid naming it."""
    if not isinstance(value, Mapping):
        raise Invalid(f"Grant {id}: write an object: terms, or an object with id and terms.")
    try:
        if "format" in value:
            return grant_of(checked_any(value), id=id, at=at)
        return _described(value, id=id, at=at)
    except Invalid as error:
        raise Invalid(f"Grant {str(value.get('id', id))[:80]}: {error.message}") from error


def _described(value: Mapping[str, object], *, id: str, at: date) -> Grant:
    unknown = sorted(set(value) - _KNOWN)
    if unknown:
        raise Invalid(f"there is no field {unknown[0][:40]}; known are {', '.join(sorted(_KNOWN))}.")
    rights = value.get("rights", ())
    if isinstance(rights, str) or not isinstance(rights, Sequence):
        raise Invalid("rights is an array of the ids of rights.")
    return grant_of(
        checked_any(value.get("terms")),
        id=str(value.get("id", id)),
        at=at,
        begins=_day(value.get("effective_from"), "effective_from"),
        holder=_text(value.get("holder"), "holder"),
        declared=_declared(value.get("declared")),
        parent=_text(value.get("parent"), "parent"),
        rights=[str(right) for right in rights],
        is_own_use=value.get("own_use") is True,
    )


def _declared(value: object) -> Declared | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Invalid("declared says by whom and on which day: {by, on}.")
    by, on = _text(value.get("by"), "declared.by"), _day(value.get("on"), "declared.on")
    if by is None or on is None:
        raise Invalid("declared says by whom and on which day: {by, on}.")
    return Declared(by, on)


def _day(value: object, name: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Invalid(f"{name} is a day, such as 2031-06-30.") from error


def _text(value: object, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise Invalid(f"{name} is a text.")
