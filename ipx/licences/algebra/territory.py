"""Territories as sets of countries: one bit for each code of ISO 3166-1, once for sure and once as possible."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from ipx.core.countries import COUNTRIES
from ipx.licences.algebra.regions import ALIASES, REGIONS, members
from ipx.licences.algebra.truth import Truth, truth_of

CODES = tuple(sorted(COUNTRIES))
_BIT = {code: 1 << place for place, code in enumerate(CODES)}
WORLD = (1 << len(CODES)) - 1


@dataclass(frozen=True)
class Territory:
    """Countries that surely belong (``sure``) and that may belong (``possible``); bits as in ``CODES``."""

    sure: int
    possible: int

    def meet(self, other: "Territory") -> tuple[Truth, int]:
        """Tell whether both share a country, and which (all that they may share, where it is undecided)."""
        surely, possibly = self.sure & other.sure, self.possible & other.possible
        return truth_of(surely=bool(surely), possibly=bool(possibly)), surely or possibly

    def within(self, other: "Territory") -> Truth:
        """Tell whether this is a subset of the other."""
        return truth_of(surely=not self.possible & ~other.sure, possibly=not self.sure & ~other.possible)

    def __or__(self, other: "Territory") -> "Territory":
        return Territory(self.sure | other.sure, self.possible | other.possible)

    def without(self, other: "Territory") -> "Territory":
        """Return this with the other cut out."""
        return Territory(self.sure & ~other.possible, self.possible & ~other.sure)


WORLDWIDE = Territory(WORLD, WORLD)
NOWHERE = Territory(0, 0)


def codes_of(mask: int) -> tuple[str, ...]:
    """Return the codes of a set of bits, sorted."""
    return tuple(code for code in CODES if mask & _BIT[code])


def mask_of(codes: Iterable[str]) -> int:
    """Return the bits of codes of ISO 3166-1; a code that nobody knows has none."""
    return reduce(or_, (_BIT.get(ALIASES.get(code, code), 0) for code in codes), 0)


def bits_in(mask: int) -> Iterator[int]:
    """Yield the bits of a set, one country each."""
    return (bit for bit in _BIT.values() if mask & bit)


def area_of(code: str, start: date, end: date | None) -> Territory:
    """Return the countries that a code of ISO 3166-1 or a region names for a grant from ``start`` to ``end``.

    A region surely counts its members on all of these days. Who joins or leaves meanwhile may belong or not: the
    wording decides, and that is for people. A code that nobody knows may be anything.
    """
    known = ALIASES.get(code, code)
    if known in _BIT:
        return Territory(_BIT[known], _BIT[known])
    if known not in REGIONS:
        return Territory(0, WORLD)
    always, sometimes = members(known, start, end)
    return Territory(mask_of(always), mask_of(sometimes))


def is_country(code: str) -> bool:
    """Tell whether a code names one country."""
    return ALIASES.get(code, code) in _BIT
