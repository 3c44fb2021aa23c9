"""Words of grants for people: kinds, exclusivity, what is reserved; in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.licences.algebra.conflicts import Answer
from ipx.licences.algebra.fields import Code, field_of
from ipx.licences.algebra.grants import Grant
from ipx.licences.algebra.reading import grant_of
from ipx.licences.algebra.remaining import Obstacle, Remaining, Status, status_of
from ipx.licences.algebra.reports import fields_of
from ipx.licences.algebra.words import (
    acts_words,
    field_words,
    obstacle_words,
    overlap_words,
    span_words,
    territory_words,
)
from ipx.licences.records import DeclaredAgreement
from ipx.licences.terms_v2.grant import Exclusivity, GrantKind, Reserved
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.typed_grants import OWN_USE

KINDS = {
    str(GrantKind.LICENCE): _("Licence"),
    str(GrantKind.OPTION): _("Option"),
    str(GrantKind.SPONSOR_OPTION): _("Option of a sponsor"),
    str(GrantKind.RIGHT_OF_FIRST_REFUSAL): _("Right of first refusal"),
    str(GrantKind.STANDSTILL): _("Standstill: no grant meanwhile"),
    str(GrantKind.EVALUATION): _("Evaluation"),
    str(GrantKind.COVENANT_NOT_TO_ASSERT): _("Covenant not to assert"),
    str(GrantKind.GOVERNMENT_LICENCE): _("Licence of a government"),
    str(GrantKind.SECURITY): _("Security interest, lien"),
    str(GrantKind.RIGHT_IN_REM): _("Right in rem"),
    OWN_USE: _("Use by your own organisation"),
}
EXCLUSIVITY = {
    str(Exclusivity.NON_EXCLUSIVE): _("Non-exclusive"),
    str(Exclusivity.EXCLUSIVE): _("Exclusive"),
    str(Exclusivity.SOLE): _("Sole"),
    str(Exclusivity.CO_EXCLUSIVE): _("Co-exclusive, up to a number"),
}
RESERVED = {
    str(Reserved.RESEARCH): _("Research"),
    str(Reserved.TEACHING): _("Teaching"),
    str(Reserved.GOVERNMENT): _("Use by the government"),
    str(Reserved.HUMANITARIAN): _("Humanitarian use"),
}
STATUS = {
    Status.FREE: _("free"),
    Status.PARTLY: _("partly free"),
    Status.UNDECIDED: _("undecided"),
    Status.TAKEN: _("no longer free"),
}


@dataclass(frozen=True)
class LeftLine:
    """One piece of what is left, as a row: where, which acts, how much is left exclusively and otherwise, and why."""

    where: str
    acts: str
    exclusive: str
    non_exclusive: str
    obstacles: Sequence[str]


@dataclass(frozen=True)
class DeclaredLine:
    """An agreement made elsewhere as a row."""

    id: str
    kind: str
    holder: str
    exclusivity: str
    extent: str
    declared_on: date
    ended_on: date | None


def left_lines(found: Remaining) -> list[LeftLine]:
    """Return what is left, row by row; obstacles are named by field and time, never by their holder."""
    return [
        LeftLine(
            where=territory_words(piece.territory),
            acts=acts_words(piece.acts),
            exclusive=str(STATUS[status_of(piece.exclusive, at=found.at)]),
            non_exclusive=str(STATUS[status_of(piece.non_exclusive, at=found.at)]),
            obstacles=_why(piece.exclusive),
        )
        for piece in found.pieces
    ]


def declared_line(entry: DeclaredAgreement, *, at: date) -> DeclaredLine:
    """Return an agreement as a row."""
    grant = grant_of(entry.terms, id=entry.id, at=at, rights=entry.rights, is_own_use=entry.is_own_use)
    kind = OWN_USE if entry.is_own_use else str(entry.terms.grant.kind)
    return DeclaredLine(
        id=entry.id,
        kind=str(KINDS[kind]),
        holder=entry.holder,
        exclusivity=str(EXCLUSIVITY[str(entry.terms.grant.exclusivity)]),
        extent=_extent(grant),
        declared_on=entry.declared_at.date(),
        ended_on=entry.ended_at.date() if entry.ended_at else None,
    )


def overlap_lines(answer: Answer, terms: LicenceTerms) -> list[str]:
    """Return what stands in the way of terms, one sentence each; for the owner of the technology alone."""
    wanted = field_of(
        text=terms.field_of_use.text,
        codes=[Code(code.scheme, code.code, code.include) for code in terms.field_of_use.codes],
    )
    return [
        f"{_kind(overlap.grant)}: {overlap_words(overlap, fields=[wanted, *fields_of(overlap.grant)])}"
        for overlap in answer.overlaps
    ]


def _extent(grant: Grant) -> str:
    extent = grant.portions[0].extent
    places = str(gettext(" and ")).join(
        str(
            gettext(
                "%(where)s to %(acts)s", where=territory_words(box.territory.possible), acts=acts_words(box.acts[1])
            )
        )
        for box in extent.boxes
    )
    return f"{places}; {field_words(extent.field)}; {span_words(extent.span)}"


def _why(obstacles: Sequence[Obstacle]) -> list[str]:
    return list(dict.fromkeys(f"{_kind(obstacle.grant)}: {obstacle_words(obstacle)}" for obstacle in obstacles))


def _kind(grant: Grant) -> str:
    return str(KINDS[OWN_USE if grant.is_own_use else str(grant.kind)])
