"""What can still be granted: every country and act, with what stands in the way there, for which fields and until when.

What remains of a piece is the piece without its obstacles; together the pieces are the whole world and all acts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ipx.licences.algebra.acts import ALL_ACTS, bits_of
from ipx.licences.algebra.extent import Box, Extent, holds
from ipx.licences.algebra.fields import EVERYTHING
from ipx.licences.algebra.grants import Declared, Grant, latest
from ipx.licences.algebra.spans import FOREVER
from ipx.licences.algebra.table import Verdict, verdict
from ipx.licences.algebra.territory import WORLD, bits_in
from ipx.licences.algebra.truth import Truth
from ipx.licences.terms_v2.grant import Exclusivity


class Status(StrEnum):
    """How much of a piece can be granted."""

    FREE = "free"
    PARTLY = "partly"  # but for the fields and times that are named
    UNDECIDED = "undecided"  # people have to decide
    TAKEN = "taken"


@dataclass(frozen=True)
class Obstacle:
    """One grant in the way of another, over a field and a time. ``truth``: yes, or undecided."""

    grant: Grant
    extent: Extent
    truth: Truth


@dataclass(frozen=True)
class Piece:
    """Countries and acts (bits) over which the same obstacles stand."""

    territory: int
    acts: int
    exclusive: Sequence[Obstacle]
    non_exclusive: Sequence[Obstacle]


@dataclass(frozen=True)
class Remaining:
    """What is left from a day on. ``declared``: the owner's latest statement about agreements made elsewhere."""

    at: date
    pieces: Sequence[Piece]
    declared: Declared | None


def remaining(
    existing: Iterable[Grant], *, at: date, right: str | None = None, declared: Declared | None = None
) -> Remaining:
    """Return what can still be granted, exclusively or not, of one right or of all.

    ``declared`` as in ``conflicts``.
    """
    grants = list(existing)
    known = {grant.id for grant in grants}
    roots = [grant for grant in grants if grant.parent not in known]
    ways = {how: _obstacles(roots, how, at, right) for how in (Exclusivity.EXCLUSIVE, Exclusivity.NON_EXCLUSIVE)}
    return Remaining(at, _pieces(ways), declared or latest(grants))


def status_of(obstacles: Sequence[Obstacle], *, at: date) -> Status:
    """Return how much is left beside some obstacles."""
    if not obstacles:
        return Status.FREE
    if any(obstacle.truth is Truth.YES and _takes_all(obstacle.extent, at) for obstacle in obstacles):
        return Status.TAKEN
    return Status.PARTLY if any(obstacle.truth is Truth.YES for obstacle in obstacles) else Status.UNDECIDED


# ── inside ───────────────────────────────────────────────────────────────────────────────────────

Cell = tuple[tuple[int, Truth], ...]
"""Which sets of boxes hold one country and act, by their number: surely, or perhaps."""


def _takes_all(extent: Extent, at: date) -> bool:
    """Tell whether nothing of a cell is left: every field, from now on, without an end that a day tells."""
    return extent.field == EVERYTHING and extent.span.start_max <= at.toordinal() and extent.span.end_max >= FOREVER


def _obstacles(grants: Iterable[Grant], how: Exclusivity, at: date, right: str | None) -> list[Obstacle]:
    probe = Grant(id="", portions=())
    found = []
    for grant in grants:
        for portion in grant.portions:
            extent = portion.extent
            is_of_other = right is not None and bool(extent.rights) and right not in extent.rights
            judged = verdict(grant, portion.exclusivity, probe, how)
            if is_of_other or judged is Verdict.TOGETHER or extent.span.end_max <= at.toordinal():
                continue
            is_open = judged is Verdict.ASK or extent.span.start_max >= extent.span.end_min
            found.append(Obstacle(grant, extent, Truth.UNDECIDED if is_open else Truth.YES))
    return found


def _pieces(ways: Mapping[Exclusivity, Sequence[Obstacle]]) -> list[Piece]:
    """Cut the world into pieces: countries with the same obstacles at every act, then their acts alike."""
    kinds = list(dict.fromkeys(obstacle.extent.boxes for found in ways.values() for obstacle in found))
    held = _held(kinds)
    countries: dict[tuple[Cell, ...], int] = defaultdict(int)
    for country in bits_in(WORLD):
        countries[tuple(tuple(held.get((country, act), ())) for act in bits_of(ALL_ACTS))] |= country
    among = {how: _by_kind(found, kinds) for how, found in ways.items()}
    pieces = []
    for cells, territory in countries.items():
        acts: dict[Cell, int] = defaultdict(int)
        for cell, act in zip(cells, bits_of(ALL_ACTS), strict=True):
            acts[cell] |= act
        for cell, mask in acts.items():
            sides = (_there(among[how], cell) for how in (Exclusivity.EXCLUSIVE, Exclusivity.NON_EXCLUSIVE))
            pieces.append(Piece(territory, mask, *sides))
    return pieces


def _held(kinds: Sequence[tuple[Box, ...]]) -> Mapping[tuple[int, int], list[tuple[int, Truth]]]:
    """Return for each country and act which sets of boxes hold it."""
    held: dict[tuple[int, int], list[tuple[int, Truth]]] = defaultdict(list)
    for number, boxes in enumerate(kinds):
        cells = {(c, a) for box in boxes for c in bits_in(box.territory.possible) for a in bits_of(box.acts[1])}
        for country, act in cells:
            held[country, act].append((number, holds(boxes, country, act)))
    return held


def _by_kind(
    obstacles: Sequence[Obstacle], kinds: Sequence[tuple[Box, ...]]
) -> Mapping[tuple[int, Truth], Sequence[Obstacle]]:
    """Return the obstacles of each set of boxes, as they stand where it holds a place surely, and where perhaps."""
    numbers = {boxes: number for number, boxes in enumerate(kinds)}
    found: dict[tuple[int, Truth], list[Obstacle]] = defaultdict(list)
    for obstacle in obstacles:
        number = numbers[obstacle.extent.boxes]
        found[number, Truth.YES].append(obstacle)
        found[number, Truth.UNDECIDED].append(replace(obstacle, truth=Truth.UNDECIDED))
    return found


def _there(among: Mapping[tuple[int, Truth], Sequence[Obstacle]], cell: Cell) -> tuple[Obstacle, ...]:
    return tuple(obstacle for kind in cell for obstacle in among.get(kind, ()))
