"""Terms as grants of the algebra. ``at`` is the day of asking: what begins on payment begins from then on."""

from collections.abc import Iterable
from datetime import date, datetime

from ipx.licences.algebra.extent import Extent
from ipx.licences.algebra.fields import Code, field_of
from ipx.licences.algebra.grants import Declared, Grant, Portion, SublicenceScope
from ipx.licences.algebra.places import boxes_of
from ipx.licences.algebra.spans import FOREVER, PAYMENT_WITHIN, Span
from ipx.licences.rules import Sublicensing, months_later
from ipx.licences.terms_v2.grant import EndEvent, Exclusivity, Sublicence, Term, Until
from ipx.licences.terms_v2.terms import LicenceTerms


def grant_of(
    terms: LicenceTerms,
    *,
    id: str,
    at: date,
    begins: date | datetime | None = None,
    holder: str | None = None,
    declared: Declared | None = None,
    parent: str | None = None,
    rights: Iterable[str] = (),
    is_own_use: bool = False,
) -> Grant:
    """Return terms as a grant. ``begins``: when it took effect, where an event decides and has happened.

    A moment within a day ends within a day: to whom that day belongs is left open. A day is a whole day.
    ``rights``: of which rights of the technology; none named means all.
    """
    named = frozenset(rights)
    span = span_of(terms.term, at=at, begins=begins, rights=named)
    start = max(at, _day(span.start_min))
    extent = Extent(
        boxes=boxes_of(terms.territory, terms.grant.acts, start=start, end=_after(start, span.end_max)),
        field=field_of(
            text=terms.field_of_use.text,
            codes=[Code(code.scheme, code.code, code.include) for code in terms.field_of_use.codes],
        ),
        span=span,
        rights=named,
    )
    keeps = {str(purpose) for purpose in terms.grant.reserved_rights}
    return Grant(
        id=id,
        portions=_portions(extent, terms.grant.exclusivity, terms.grant.exclusivity_until),
        kind=terms.grant.kind,
        is_own_use=is_own_use,
        limit=terms.grant.co_exclusive_up_to,
        keeps=frozenset(keeps),
        holder=holder,
        declared=declared,
        parent=parent,
        sublicences=_scope(terms.sublicence),
    )


def countries_of(terms: LicenceTerms, *, at: date) -> int:
    """Return the countries (bits, as in ``territory``) in which something is granted, those of regions too."""
    countries = 0
    for box in grant_of(terms, id="", at=at).portions[0].extent.boxes:
        countries |= box.territory.possible
    return countries


def span_of(term: Term, *, at: date, begins: date | datetime | None, rights: frozenset[str] = frozenset()) -> Span:
    """Return the time of a term within bounds. Terms that end by the same event of the same rights end together.

    What renews itself ends at its stated end at the earliest, and nobody knows at the latest.
    """
    known = term.start.date or begins
    first = (known or at).toordinal()
    last = first if known else first + PAYMENT_WITHIN
    end_min, end_max = _ends(term, first, last, at)
    if isinstance(begins, datetime) and term.start.date is None and term.end.event is EndEvent.MONTHS:
        end_max += 1
    if term.renewal is not None and term.renewal.auto:
        end_max = FOREVER
    event = None
    if term.end.event in (EndEvent.LAST_TO_EXPIRE, EndEvent.LAST_VALID_CLAIM):
        event = " ".join((term.end.event, str(term.know_how_tail_months or 0), *sorted(rights)))
    return Span(first, last, end_min, end_max, event)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _ends(term: Term, first: int, last: int, at: date) -> tuple[int, int]:
    """Return the first and the last day that may be the day after the term."""
    end = term.end
    if end.event is EndEvent.DATE and end.date is not None:
        return end.date.toordinal() + 1, end.date.toordinal() + 1
    if end.event is EndEvent.MONTHS and end.months is not None:
        return _later(first, end.months), _later(last, end.months)
    if end.event is EndEvent.PERPETUAL:
        return FOREVER, FOREVER
    # It is in force and nobody knows until when; but what begins on payment is taken to begin before that.
    # Of one that begins on a later day it is known only that it has a first day.
    return max(first, at.toordinal() + PAYMENT_WITHIN) + 1, FOREVER


def _portions(extent: Extent, exclusivity: Exclusivity, until: Until | None) -> tuple[Portion, ...]:
    """Return one portion, or two where exclusivity ends first: from then on the grant is non-exclusive."""
    if until is None:
        return (Portion(extent, exclusivity),)
    span = extent.span
    if until.date is not None:
        change = until.date.toordinal() + 1
        before = Span(span.start_min, span.start_max, min(change, span.end_min), min(change, span.end_max))
        after = Span(max(change, span.start_min), max(change, span.start_max), span.end_min, span.end_max)
    else:
        event = f"condition {until.condition}"
        before = Span(span.start_min, span.start_max, span.start_min + 1, span.end_max, event)
        after = Span(span.start_min + 1, FOREVER, span.end_min, span.end_max)  # perhaps never
    parts = ((before, exclusivity), (after, Exclusivity.NON_EXCLUSIVE))
    return tuple(
        Portion(Extent(extent.boxes, extent.field, part, extent.rights), how)
        for part, how in parts
        if part.start_min < part.end_max
    )


def _scope(sublicence: Sublicence | None) -> SublicenceScope:
    if sublicence is None:
        return SublicenceScope()
    return SublicenceScope(sublicence.allowed is not Sublicensing.NO, sublicence.tiers)


def _later(day: int, months: int) -> int:
    """Return the day some months later, the last that there is where that lies beyond."""
    start = _day(day)
    if start.year + months // 12 + 1 > date.max.year:
        return FOREVER
    return months_later(datetime(start.year, start.month, start.day), months).toordinal()  # noqa: DTZ001 - a day alone


def _day(ordinal: int) -> date:
    return date.fromordinal(min(ordinal, FOREVER))


def _after(start: date, end: int) -> date | None:
    """Return the end for the membership of regions; a grant that is over asks for its first day alone."""
    return None if end >= FOREVER else _day(max(end, start.toordinal() + 1))
