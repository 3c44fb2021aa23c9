"""A chain of title as a picture: a lane for each party, as wide as its share, from the inventors down to today. Pure.

A row is one conveyance; its bands run from the lanes of those who gave to the lane of who received. Lengths are in
pixels of a row that is ROW high; whoever draws may draw straight lanes below it, as long as its text needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ipx.titles.holdings import Chain, Step

ROW = 64
WIDEST_LANE, WIDEST_GRAPH, THINNEST_BAND, THINNEST_LANE = 34, 136, 2.0, 9
TINTS = 6  # colours that repeat; names say which lane is whose


@dataclass(frozen=True)
class Band:
    """A share on its way through a row: from x at the top to x at the bottom, with its width. ``is_claim``: nothing
    moved, somebody only says so. ``tint``: of the party that it goes to."""

    top: float
    bottom: float
    width: float
    tint: int
    is_claim: bool = False


@dataclass(frozen=True)
class Lane:
    """A straight piece of a lane."""

    x: float
    width: float
    tint: int
    is_claim: bool = False


@dataclass(frozen=True)
class Row:
    """What is drawn beside one conveyance; ``mark_x`` is where its sign stands."""

    bands: Sequence[Band]
    lanes_after: Sequence[Lane]
    mark_x: float
    mark_tint: int


@dataclass(frozen=True)
class Graph:
    """The whole picture. ``first`` and ``last``: lanes at both ends; ``tints``: of every party, by its name."""

    width: float
    first: Sequence[Lane]
    rows: Sequence[Row]
    last: Sequence[Lane]
    tints: Mapping[str, int]


def drawn(chain: Chain) -> Graph:
    """Return the picture of a chain."""
    places = _places(chain)
    count = max((place for row in places for place in row.values()), default=0) + 1
    pitch = max(THINNEST_LANE, min(WIDEST_LANE, WIDEST_GRAPH / count))
    pen = _Pen(pitch, _tints(chain))
    rows = [pen.row(step, *around) for step, around in zip(chain.steps, pairwise(places), strict=True)]
    first = pen.lanes(places[0], chain.first_holders)
    return Graph(pitch * count, first, rows, rows[-1].lanes_after if rows else first, pen.tints)


def _tints(chain: Chain) -> dict[str, int]:
    names = list(dict.fromkeys([*chain.first_holders, *(name for step in chain.steps for name in step.after)]))
    return {name: place % TINTS for place, name in enumerate(names)}


def _places(chain: Chain) -> list[dict[str, int]]:
    """Return the lane of each party before the first step and after each one; free ones are used again."""
    lanes = {name: place for place, name in enumerate(chain.first_holders)}
    found = [dict(lanes)]
    for step in chain.steps:
        stays = {name: place for name, place in lanes.items() if step.after.get(name) or not step.before.get(name)}
        for name in step.after:
            if name not in lanes and (step.after[name] or _is_claimant(step, name)):
                taken = set(stays.values())
                stays[name] = next(place for place in range(len(taken) + 1) if place not in taken)
        lanes = stays
        found.append(dict(lanes))
    return found


def _is_claimant(step: Step, name: str) -> bool:
    return any(move.receiver == name for move in step.moves)


@dataclass
class _Pen:
    pitch: float
    tints: dict[str, int]

    def lanes(self, places: Mapping[str, int], shares: Mapping[str, Fraction]) -> list[Lane]:
        return [
            Lane(self._x(place), self._width(shares.get(name, Fraction(0))), self.tints[name], not shares.get(name))
            for name, place in places.items()
        ]

    def row(self, step: Step, before: Mapping[str, int], after: Mapping[str, int]) -> Row:
        tops = {name: self._left(place, step.before.get(name)) for name, place in before.items()}
        bottoms = {name: self._left(place, step.after.get(name)) for name, place in after.items()}
        bands = [self._band(name, name, self._staying(step, name), tops, bottoms) for name in before if name in after]
        bands += [
            self._band(move.giver, move.receiver, move.share, tops, bottoms)
            for move in step.moves
            if move.giver != move.receiver and move.giver in tops and move.receiver in bottoms
        ]
        name = step.dated.conveyance.receiver
        marked = name if name in after else next(iter(step.moves)).receiver if step.moves else None
        place = after.get(marked or "", 0)
        return Row(bands, self.lanes(after, step.after), self._x(place), self.tints.get(marked or "", 0))

    def _staying(self, step: Step, name: str) -> Fraction:
        given = sum((move.share for move in step.moves if move.giver == name != move.receiver), Fraction(0))
        return step.before.get(name, Fraction(0)) - given

    def _band(
        self, giver: str, receiver: str, share: Fraction, tops: dict[str, float], bottoms: dict[str, float]
    ) -> Band:
        """Lay a band beside those that are there already, at both ends."""
        width = self._scale(share)
        top, bottom = tops[giver] + width / 2, bottoms[receiver] + width / 2
        tops[giver] += width
        bottoms[receiver] += width
        return Band(top, bottom, max(width, THINNEST_BAND), self.tints[receiver], not share)

    def _left(self, place: int, share: Fraction | None) -> float:
        return self._x(place) - self._scale(share or Fraction(0)) / 2

    def _x(self, place: int) -> float:
        return self.pitch * (place + 0.5)

    def _scale(self, share: Fraction) -> float:
        return float(share) * (self.pitch - 4)

    def _width(self, share: Fraction) -> float:
        return max(self._scale(share), THINNEST_BAND)


def path(band: Band) -> str:
    """Return the outline of a band as SVG path data."""
    half, middle = band.width / 2, ROW / 2
    left = f"M{band.top - half:.1f} 0C{band.top - half:.1f} {middle:.0f} {band.bottom - half:.1f} {middle:.0f}"
    right = f"L{band.bottom + half:.1f} {ROW}C{band.bottom + half:.1f} {middle:.0f} {band.top + half:.1f} {middle:.0f}"
    return f"{left} {band.bottom - half:.1f} {ROW}{right} {band.top + half:.1f} 0Z"
