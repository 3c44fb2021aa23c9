"""What a grant reaches: places with the acts allowed there, a field, a time. And what two of them share."""

from dataclasses import dataclass

from ipx.licences.algebra.acts import ActSet, acts_meet, bits_of
from ipx.licences.algebra.codes import Node
from ipx.licences.algebra.fields import Field, fields_meet, fields_within
from ipx.licences.algebra.spans import Span
from ipx.licences.algebra.territory import Territory
from ipx.licences.algebra.truth import Truth, all_of, any_of, truth_of


@dataclass(frozen=True)
class Box:
    """Places, and what may be done there."""

    territory: Territory
    acts: ActSet


@dataclass(frozen=True)
class Extent:
    """A set over territory × acts (``boxes``, together) × field × time. ``rights``: of which; empty means all."""

    boxes: tuple[Box, ...]
    field: Field
    span: Span
    rights: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shared:
    """What two extents share: for sure where ``truth`` is yes, at most where it is undecided.

    ``boxes`` pairs countries with acts, as bits (``territory.codes_of``, ``acts.acts_of``); ``places`` of a scheme,
    empty where the fields are words or everything; ``open`` names the dimensions that leave it undecided.
    """

    truth: Truth
    boxes: tuple[tuple[int, int], ...]
    places: frozenset[Node]
    span: Span
    open: tuple[str, ...]


def are_apart(one: Extent, other: Extent) -> bool:
    """Tell whether time, places or acts keep both apart, by numbers alone: what most pairs of many are decided by."""
    here, there = one.span, other.span
    if here.start_min >= there.end_max or there.start_min >= here.end_max:
        return True
    for box in one.boxes:
        for home in other.boxes:
            if box.territory.possible & home.territory.possible and box.acts[1] & home.acts[1]:
                return False
    return True


def meet(one: Extent, other: Extent) -> Shared | None:
    """Return what both share; None where one dimension keeps them apart. The cheap dimensions come first."""
    if are_apart(one, other) or (one.rights and other.rights and not one.rights & other.rights):
        return None
    time = one.span.meet(other.span)
    if time is Truth.NO:
        return None
    where, boxes = _boxes_meet(one.boxes, other.boxes)
    if where is Truth.NO:
        return None
    what, places = fields_meet(one.field, other.field)
    if what is Truth.NO:
        return None
    answers = {"territory": where, "field": what, "term": time}
    return Shared(
        truth=all_of(answers.values()),
        boxes=boxes,
        places=places,
        span=one.span.overlap(other.span),
        open=tuple(name for name, answer in answers.items() if answer is Truth.UNDECIDED),
    )


def holds(boxes: tuple[Box, ...], country: int, act: int) -> Truth:
    """Tell whether one act in one country (a bit each) belongs to boxes."""
    return any_of(
        truth_of(
            surely=bool(box.territory.sure & country and box.acts[0] & act),
            possibly=bool(box.territory.possible & country and box.acts[1] & act),
        )
        for box in boxes
    )


def within(one: Extent, other: Extent) -> dict[str, Truth]:
    """Tell for each dimension whether the first is a subset of the second."""
    rights = not other.rights or (bool(one.rights) and one.rights <= other.rights)
    return {
        "rights": Truth.YES if rights else Truth.NO,
        "territory": _boxes_within(one.boxes, other.boxes),
        "field": fields_within(one.field, other.field),
        "term": one.span.within(other.span),
    }


def _boxes_meet(ones: tuple[Box, ...], others: tuple[Box, ...]) -> tuple[Truth, tuple[tuple[int, int], ...]]:
    """Return the answer over all pairs, with the countries and acts of the pairs that gave it."""
    found: dict[Truth, list[tuple[int, int]]] = {}
    for one in ones:
        for other in others:
            where, territory = one.territory.meet(other.territory)
            if where is Truth.NO:
                continue
            what, acts = acts_meet(one.acts, other.acts)
            found.setdefault(all_of((where, what)), []).append((territory, acts))
    answer = any_of(found)
    return answer, tuple(found.get(answer, ()))


def _boxes_within(ones: tuple[Box, ...], others: tuple[Box, ...]) -> Truth:
    return all_of(_box_within(box, others) for box in ones)


def _box_within(box: Box, others: tuple[Box, ...]) -> Truth:
    """Tell whether the others together hold the box: as one of them does, or act by act."""
    if any(box.acts == home.acts and box.territory.within(home.territory) is Truth.YES for home in others):
        return Truth.YES  # "practise" within "practise", whatever it means
    answers = []
    for bit in bits_of(box.acts[1]):
        sure = possible = 0
        for home in others:
            sure |= home.territory.sure if home.acts[0] & bit else 0
            possible |= home.territory.possible if home.acts[1] & bit else 0
        must = box.territory.sure if box.acts[0] & bit else 0
        answers.append(truth_of(surely=not box.territory.possible & ~sure, possibly=not must & ~possible))
    return all_of(answers)
