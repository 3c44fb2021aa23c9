"""Answers as JSON, for programs and for the command line; docs/spec/grant-algebra.md describes the form."""

from collections.abc import Sequence
from datetime import date

from ipx.core.canonical import Json
from ipx.licences.algebra.acts import acts_of
from ipx.licences.algebra.conflicts import Answer
from ipx.licences.algebra.fields import Field
from ipx.licences.algebra.grants import Declared, Grant
from ipx.licences.algebra.overlaps import Overlap
from ipx.licences.algebra.remaining import Obstacle, Piece, Remaining, status_of
from ipx.licences.algebra.spans import FOREVER, Span
from ipx.licences.algebra.territory import WORLD, codes_of
from ipx.licences.algebra.words import (
    answer_words,
    code_of,
    declared_words,
    field_words,
    obstacle_words,
    overlap_words,
    piece_words,
    shortfall_words,
)


def answer_json(answer: Answer, *, proposed: Grant) -> dict[str, Json]:
    """Return an answer with its overlaps."""
    return {
        "conflict": str(answer.conflict),
        "words": answer_words(answer),
        "declared": _declared(answer.declared),
        "overlaps": [_overlap(overlap, proposed) for overlap in answer.overlaps],
        "parent": [
            {"grant": fall.parent, "conflict": str(fall.truth), "exceeds": fall.what, "words": shortfall_words(fall)}
            for fall in answer.shortfalls
        ],
    }


def remaining_json(found: Remaining) -> dict[str, Json]:
    """Return what is left, piece by piece."""
    return {
        "at": found.at.isoformat(),
        "words": declared_words(found.declared),
        "declared": _declared(found.declared),
        "remaining": [_piece(piece, found.at) for piece in found.pieces],
    }


def fields_of(*grants: Grant) -> list[Field]:
    """Return the fields of grants, each once."""
    return list(dict.fromkeys(portion.extent.field for grant in grants for portion in grant.portions))


def _overlap(overlap: Overlap, proposed: Grant) -> dict[str, Json]:
    shared, grant = overlap.shared, overlap.grant
    fields = fields_of(proposed, grant)
    return {
        "grant": grant.id,
        "kind": "own-use" if grant.is_own_use else str(grant.kind),
        "conflict": str(overlap.truth),
        "reason": str(overlap.verdict),
        "undecided": list(shared.open),
        "declared": _declared(grant.declared),
        "overlap": {
            "places": [
                {"territory": _territory(where), "acts": [str(act) for act in acts_of(acts)]}
                for where, acts in shared.boxes
            ],
            "field": [{"scheme": node.scheme, "code": code_of(node)} for node in sorted(shared.places)]
            or [field_words(field) for field in fields],
            "term": _span(shared.span),
        },
        "words": overlap_words(overlap, fields=fields),
    }


def _piece(piece: Piece, at: date) -> dict[str, Json]:
    return {
        "territory": _territory(piece.territory),
        "acts": [str(act) for act in acts_of(piece.acts)],
        "words": piece_words(piece, at=at),
        "exclusive": _way(piece.exclusive, at),
        "non_exclusive": _way(piece.non_exclusive, at),
    }


def _way(obstacles: Sequence[Obstacle], at: date) -> dict[str, Json]:
    return {"status": str(status_of(obstacles, at=at)), "except": [_obstacle(obstacle) for obstacle in obstacles]}


def _obstacle(obstacle: Obstacle) -> dict[str, Json]:
    return {
        "grant": obstacle.grant.id,
        "taken": str(obstacle.truth),
        "field": field_words(obstacle.extent.field),
        "term": _span(obstacle.extent.span),
        "words": obstacle_words(obstacle),
    }


def _territory(mask: int) -> dict[str, Json]:
    """Return countries; those that are missing where it is most of the world."""
    codes, missing = codes_of(mask), codes_of(WORLD & ~mask)
    if len(missing) < len(codes):
        return {"worldwide": True, "except": list(missing)}
    return {"worldwide": False, "countries": list(codes)}


def _span(span: Span) -> dict[str, Json]:
    is_open = span.end_event is not None and span.end_min != span.end_max  # no day is known, only an event
    return {
        "from": _day(span.start_min),
        "from_latest": _day(span.start_max),
        "until": None if is_open else _last(span.end_min),
        "until_latest": _last(span.end_max),
        "event": span.end_event,
    }


def _day(ordinal: int) -> str | None:
    return None if ordinal >= FOREVER else date.fromordinal(ordinal).isoformat()


def _last(end: int) -> str | None:
    """Return the last day of a term; None where no day is known."""
    return _day(end) if end >= FOREVER else _day(end - 1)


def _declared(declared: Declared | None) -> Json:
    return None if declared is None else {"by": declared.by, "on": declared.on.isoformat()}
