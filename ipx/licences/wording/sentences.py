"""Sentences about terms, and the small phrases that they are made of. The codes are binding, the words explain them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from flask_babel import get_locale, gettext, ngettext

from ipx.licences.terms_v2.codec import json_name
from ipx.licences.terms_v2.grant import Region
from ipx.licences.terms_v2.price import Yearly
from ipx.licences.wording.labels import REGIONS, label

EMPTY: tuple[object, ...] = (None, (), frozenset())


@dataclass(frozen=True)
class Sentence:
    """What one field says. ``path`` names the field, so that two versions can be laid side by side."""

    path: str
    text: str


Say = Callable[[Any], str]
"""Says the value of one field."""


def told(group: Any, path: str, sayings: Mapping[str, Say]) -> Iterator[Sentence]:
    """Yield a sentence for each field of a group that has a saying and a value, in the order of the schema."""
    for field in fields(group) if group is not None else ():
        value, say = getattr(group, field.name), sayings.get(field.name)
        if say is not None and value not in EMPTY:
            yield Sentence(f"{path}.{json_name(field)}", say(value))


def either(yes: Any, no: Any) -> Say:
    """Return a saying for true and false."""
    return lambda value: str(yes if value else no)


def one_of(words: Mapping[Any, Any]) -> Say:
    """Return a saying that has a sentence for each word of a list."""
    return lambda value: str(words[value])


def listed(parts: Iterable[object]) -> str:
    """Return parts as people write a list."""
    return str(gettext(", ")).join(str(part) for part in parts)


def labels_of(words: Iterable[StrEnum]) -> str:
    """Return the labels of a set of words, in the order of their list."""
    found = set(words)
    return listed(label(word) for word in type(next(iter(found))) if word in found)


def length(months: int) -> str:
    """Return a number of months in years and months."""
    years, rest = divmod(months, 12)
    parts = [ngettext("%(num)s year", "%(num)s years", years)] if years else []
    parts += [ngettext("%(num)s month", "%(num)s months", rest)] if rest else []
    return str(gettext(" and ").join(parts))


def days(number: int) -> str:
    """Return a number of days in words."""
    return str(ngettext("%(num)s day", "%(num)s days", number))


def by_year(schedule: Iterable[Yearly]) -> str:
    """Return amounts by year, such as “EUR 100.00 from year 1”."""
    return listed(gettext("%(amount)s from year %(year)s", amount=line.amount, year=line.year) for line in schedule)


def place_name(code: str) -> str:
    """Return the name of a country or region in the reader's language, with its code."""
    if code in list(Region):
        return str(REGIONS[Region(code)])
    locale = get_locale()
    name = locale.territories.get(code) if locale else None
    return f"{name} ({code})" if name else code
