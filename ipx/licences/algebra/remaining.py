"""What can still be granted: every country and act, with what stands in the way there, for which fields and until when.

What remains of a piece is the piece without its obstacles; together the pieces are the whole world and all acts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ipx.licences.algebra.acts import ALL_ACTS, bits_of
from ipx.licences.algebra.extent import Box, Extent, holds
from ipx.licences.algebra.fields import EVERYTHING
from ipx.licences.algebra.grants import Declared, Grant, latest
from ipx.licences.algebra.spans import FOREVER
from ipx.licences.algebra.table import Verdict, verdict
from ipx.licences.algebra.territory import WORLD, bits_in
from ipx.licences.algebra.truth import Truth, all_of
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
"""Which obstacles stand at one country and act, by their number."""


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
    obstacles = [obstacle for found in ways.values() for obstacle in found]
    by_boxes: dict[tuple[Box, ...], list[int]] = defaultdict(list)
    for number, obstacle in enumerate(obstacles):
        by_boxes[obstacle.extent.boxes].append(number)
    countries: dict[tuple[Cell, ...], int] = defaultdict(int)
    for country in bits_in(WORLD):
        countries[tuple(_cell(by_boxes, country, act) for act in bits_of(ALL_ACTS))] |= country
    found = []
    for cells, territory in countries.items():
        acts: dict[Cell, int] = defaultdict(int)
        for cell, act in zip(cells, bits_of(ALL_ACTS), strict=True):
            acts[cell] |= act
        exclusive = len(ways[Exclusivity.EXCLUSIVE])
        found += [_piece(territory, mask, cell, obstacles, exclusive) for cell, mask in acts.items()]
    return found


def _cell(by_boxes: Mapping[tuple[Box, ...], Sequence[int]], country: int, act: int) -> Cell:
    cell: list[tuple[int, Truth]] = []
    for boxes, numbers in by_boxes.items():
        answer = holds(boxes, country, act)
        if answer is not Truth.NO:
            cell += [(number, answer) for number in numbers]
    return tuple(cell)


def _piece(territory: int, acts: int, cell: Cell, obstacles: Sequence[Obstacle], exclusive: int) -> Piece:
    there = [
        (number, Obstacle(obstacle.grant, obstacle.extent, all_of((obstacle.truth, answer))))
        for number, answer in cell
        for obstacle in (obstacles[number],)
    ]
    return Piece(
        territory=territory,
        acts=acts,
        exclusive=tuple(obstacle for number, obstacle in there if number < exclusive),
        non_exclusive=tuple(obstacle for number, obstacle in there if number >= exclusive),
    )
