"""Grants over a small universe, and every world that their words allow: a second opinion on the algebra.

Reads the JSON of terms by itself and knows nothing of ``ipx.licences.algebra``. A world gives each free text a set of
leaves and each open date a day; in a world, two grants are plain sets of points, and sets can be counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any

AT = date(2026, 7, 1)
DAYS = tuple(range(10))
"""Stretches of 40 days from AT on; the last stands for all that comes later."""
STRETCH = 40
COUNTRIES = ("CH", "DE", "FR", "NO")
REGIONS = {"EU": {"DE", "FR", "IT"}, "EEA": {"DE", "FR", "IT", "NO", "IS"}, "EFTA": {"CH", "NO", "IS"}}
WORLD = (*COUNTRIES, "IT", "IS", "US")
"""With the countries that no grant here names alone: IT, IS and US stand for the rest of the regions and the world."""
ACTS = ("make", "use", "sell")
LEAVES = ("H01M 10", "H01M 4", "H01M *", "H01 *", "G06F *", "*")
"""Main groups, and a stand-in for whatever else is in a place."""
BELOW = {
    "H": {"H01M 10", "H01M 4", "H01M *", "H01 *"},
    "H01M": {"H01M 10", "H01M 4", "H01M *"},
    "H01M 10/00": {"H01M 10"},
    "H01M 10/0525": {"H01M 10"},
    "H01M 4/00": {"H01M 4"},
    "G06F": {"G06F *"},
}

Spot = tuple[str, str]
"""A country and an act."""


@dataclass(frozen=True)
class World:
    """What the open words mean: leaves of each text, first day of what begins on payment, day of each ending event."""

    texts: Mapping[str, frozenset[str]]
    payment: Mapping[int, int]
    events: Mapping[str, int]


@dataclass(frozen=True)
class Points:
    """A plain set: every spot with every leaf on every day."""

    spots: frozenset[Spot]
    leaves: frozenset[str]
    days: frozenset[int]

    def __and__(self, other: Points) -> Points:
        return Points(self.spots & other.spots, self.leaves & other.leaves, self.days & other.days)

    def __bool__(self) -> bool:
        return bool(self.spots and self.leaves and self.days)

    def each(self) -> Iterator[Points]:
        """Yield its points, each as a set of one."""
        for spot, leaf, a_day in product(self.spots, self.leaves, self.days):
            yield Points(frozenset((spot,)), frozenset((leaf,)), frozenset((a_day,)))


def points(grant: Mapping[str, Any], number: int, world: World) -> Points:
    """Return the set that a grant is in one world."""
    granted = grant["grant"]["acts"]
    spots = {(country, act) for country in WORLD for act in _acts(grant, country) if act in granted}
    return Points(frozenset(spots), frozenset(_leaves(grant, world)), frozenset(_days(grant, number, world)))


def is_clash(one: str, other: str) -> bool:
    """Tell whether two licences that share a point cannot both stand; co-exclusive ones are counted elsewhere."""
    return one != other or one in ("exclusive", "sole")


def conflict_in(proposed: Mapping[str, Any], existing: Sequence[Mapping[str, Any]], world: World) -> bool:
    """Tell whether the proposed grant cannot stand in one world."""
    mine, how = points(proposed, 0, world), proposed["grant"]["exclusivity"]
    sets = [(grant["grant"], points(grant, number, world)) for number, grant in enumerate(existing, start=1)]
    if any(is_clash(how, grant["exclusivity"]) and mine & theirs for grant, theirs in sets):
        return True
    counted = [pair for pair in sets if how == "co-exclusive" == pair[0]["exclusivity"]]
    rivals = [(grant["co_exclusive_up_to"], theirs & mine) for grant, theirs in counted]
    for point in (point for _, theirs in rivals for point in theirs.each()):
        limits = [limit for limit, theirs in rivals if theirs & point]
        if len(limits) + 1 > min([*limits, proposed["grant"]["co_exclusive_up_to"]]):
            return True
    return False


def worlds(grants: Sequence[Mapping[str, Any]], samples: Sequence[frozenset[str]]) -> Iterator[World]:
    """Yield worlds in which every grant is possible: each text one of the samples, each open date one of three.

    Payments come within three stretches, endings by events later, as docs/spec/grant-algebra.md says.
    """
    texts = sorted({grant["field_of_use"].get("text", "") for grant in grants} - {""})
    paying = [number for number, grant in enumerate(grants) if grant["term"]["start"]["event"] != "date"]
    events = sorted({grant["term"]["end"]["event"] for grant in grants} & {"last-to-expire", "last-valid-claim"})
    for meanings in product(samples, repeat=len(texts)):
        for days in product((0, 1, 2), repeat=len(paying)):
            for ends in product((3, 5, 9), repeat=len(events)):
                world = World(
                    dict(zip(texts, meanings, strict=True)),
                    dict(zip(paying, days, strict=True)),
                    dict(zip(events, ends, strict=True)),
                )
                if all(points(grant, number, world) for number, grant in enumerate(grants)):
                    yield world


def _acts(grant: Mapping[str, Any], country: str) -> frozenset[str]:
    """Return what may be done in a country: its own entry decides, then its regions together, then worldwide."""
    territory = grant["territory"]
    entries = [place for place in territory.get("places", ()) if country in REGIONS.get(place["code"], {place["code"]})]
    if any(not place["include"] for place in entries):
        return frozenset()
    own = [place for place in entries if place["code"] == country]
    uses = {place.get("only") for place in own or entries}
    if not entries:
        return frozenset(ACTS) if territory["worldwide"] else frozenset()
    return frozenset(act for act in ACTS if None in uses or ("sell" if act == "sell" else "make") in uses)


def _leaves(grant: Mapping[str, Any], world: World) -> set[str]:
    field = grant["field_of_use"]
    codes = field.get("codes", ())
    included = [code["code"] for code in codes if code["include"]]
    if included:
        found = set().union(*(BELOW[code] for code in included))
    elif field.get("text"):
        found = set(world.texts[field["text"]])
    else:
        found = set(LEAVES)
    return found.difference(*(BELOW[code["code"]] for code in codes if not code["include"]))


def _days(grant: Mapping[str, Any], number: int, world: World) -> set[int]:
    start, end = grant["term"]["start"], grant["term"]["end"]
    first = _stretch(start["date"]) if start["event"] == "date" else world.payment[number]
    if end["event"] == "date":
        last = _stretch(end["date"])
    else:
        last = DAYS[-1] if end["event"] == "perpetual" else world.events[end["event"]]
    return {day for day in DAYS if first <= day <= last}


def _stretch(text: str) -> int:
    return (date.fromisoformat(text) - AT).days // STRETCH


def first_day(number: int) -> str:
    """Return the first day of a stretch as terms write it."""
    return (AT + timedelta(days=STRETCH * number)).isoformat()


def last_day(number: int) -> str:
    """Return the last day of a stretch."""
    return (AT + timedelta(days=STRETCH * number + STRETCH - 1)).isoformat()
