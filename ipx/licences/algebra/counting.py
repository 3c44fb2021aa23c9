"""Co-exclusive grants live together up to their number: counts how many share one point of the set.

Wherever the crowd changes, one of the points tried here lies: a country, an act, a place of a classification or a text,
and a moment. At each, the smallest number that one of those present agreed on must do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ipx.licences.algebra.acts import ALL_ACTS, bits_of
from ipx.licences.algebra.extent import Extent, holds
from ipx.licences.algebra.grants import Grant
from ipx.licences.algebra.overlaps import Overlap
from ipx.licences.algebra.points import contains, field_points, is_there, moments
from ipx.licences.algebra.territory import WORLD, bits_in
from ipx.licences.algebra.truth import Truth, all_of


@dataclass(frozen=True)
class Rival:
    """A co-exclusive grant that meets the proposed one, itself co-exclusive, and the extents that met."""

    overlap: Overlap
    wanted: Extent
    had: Extent


Crowd = Sequence[tuple[Rival, Truth]]
"""Who is at a point: surely (yes), or perhaps (undecided)."""


def counted(proposed: Grant, rivals: Sequence[Rival]) -> list[Overlap]:
    """Return the overlaps that make too many: for sure where one crowd surely is too large, else undecided."""
    doubtful: list[Overlap] = []
    for crowd in _crowds(proposed, rivals):
        sure = [rival for rival, answer in crowd if answer is Truth.YES]
        if _is_too_many(proposed, sure):
            return [replace(rival.overlap, truth=Truth.YES) for rival in sure]
        if not doubtful and _is_too_many(proposed, [rival for rival, _ in crowd]):
            doubtful = [replace(rival.overlap, truth=Truth.UNDECIDED) for rival, _ in crowd]
    return doubtful


def _is_too_many(proposed: Grant, rivals: Sequence[Rival]) -> bool:
    limits = [grant.limit for grant in (proposed, *(rival.overlap.grant for rival in rivals)) if grant.limit]
    return bool(limits) and len(rivals) + 1 > min(limits)


def _crowds(proposed: Grant, rivals: Sequence[Rival]) -> Iterator[Crowd]:
    """Yield who is there at each point; a crowd that is small enough before the last step is not looked into."""

    def matters(crowd: Crowd) -> bool:
        return _is_too_many(proposed, [rival for rival, _ in crowd])

    for somewhere in filter(matters, _by_box(rivals)):
        for for_something in filter(matters, _by_field(somewhere)):
            yield from _by_moment(for_something)


def _by_box(rivals: Sequence[Rival]) -> Iterator[Crowd]:
    """Yield the crowd of each country and act, each different crowd once."""
    kinds = dict.fromkeys(boxes for rival in rivals for boxes in (rival.wanted.boxes, rival.had.boxes))
    seen: set[tuple[Truth, ...]] = set()
    for country in bits_in(WORLD):
        for act in bits_of(ALL_ACTS):
            answers = {boxes: holds(boxes, country, act) for boxes in kinds}
            key = tuple(answers.values())
            if key not in seen:
                seen.add(key)
                yield _narrowed([(rival, Truth.YES) for rival in rivals], answers, lambda extent: extent.boxes)


def _by_field(crowd: Crowd) -> Iterator[Crowd]:
    fields = dict.fromkeys(field for rival, _ in crowd for field in (rival.wanted.field, rival.had.field))
    for point in field_points(fields):
        yield _narrowed(crowd, {field: contains(field, point) for field in fields}, lambda extent: extent.field)


def _by_moment(crowd: Crowd) -> Iterator[Crowd]:
    spans = dict.fromkeys(span for rival, _ in crowd for span in (rival.wanted.span, rival.had.span))
    for moment in moments(spans):
        yield _narrowed(crowd, {span: is_there(span, moment) for span in spans}, lambda extent: extent.span)


def _narrowed(crowd: Crowd, answers: Mapping[Any, Truth], part: Callable[[Extent], Any]) -> Crowd:
    """Return those of a crowd who are there, together with the proposed grant, in one more dimension."""
    there = []
    for rival, before in crowd:
        answer = all_of((before, answers[part(rival.wanted)], answers[part(rival.had)]))
        if answer is not Truth.NO:
            there.append((rival, answer))
    return there
