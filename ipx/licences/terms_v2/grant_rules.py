"""Rules about what is granted: exclusivity, field, territory, term and sublicences."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ipx.core.countries import COUNTRIES
from ipx.core.errors import Invalid
from ipx.licences.rules import Sublicensing
from ipx.licences.terms_v2.grant import EndEvent, Exclusivity, FieldCode, GrantKind, Place, Region, Scheme, StartEvent
from ipx.licences.terms_v2.problems import Problem
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.rules import clean_class

_CPC_ABOVE_SUBCLASS = re.compile(r"[A-HY]([0-9]{2})?")
_SPELLINGS = {
    Scheme.NACE: (re.compile(r"[0-9]{2}(\.[0-9]{1,2})?"), "a NACE code has two to four digits, such as 27 or 27.20."),
    Scheme.NAICS: (re.compile(r"[0-9]{2,6}"), "a NAICS code has two to six digits, such as 335 or 335910."),
}


def exclusivity(terms: LicenceTerms) -> Iterator[Problem]:
    """A number exactly for co-exclusive grants; an end of exclusivity only where there is some."""
    grant = terms.grant
    if (grant.co_exclusive_up_to is not None) != (grant.exclusivity is Exclusivity.CO_EXCLUSIVE):
        yield Problem("grant.co_exclusive_up_to", "say how many licensees, for co-exclusive grants and no others.")
    until = grant.exclusivity_until
    if until is None:
        return
    if grant.exclusivity is Exclusivity.NON_EXCLUSIVE:
        yield Problem("grant.exclusivity_until", "a non-exclusive grant has no exclusivity to end; leave it out.")
    if (until.date is None) == (until.condition is None):
        yield Problem("grant.exclusivity_until", "say either a date or a condition.")


def field_codes(terms: LicenceTerms) -> Iterator[Problem]:
    """Symbols in their written form, each once."""
    codes = terms.field_of_use.codes
    for index, code in enumerate(codes):
        if (fault := _code_fault(code)) is not None:
            yield Problem(f"field_of_use.codes[{index}].code", fault)
    yield from _twice("field_of_use.codes", [f"{code.scheme} {code.code}" for code in codes])


def places(terms: LicenceTerms) -> Iterator[Problem]:
    """Known places, each once; something is included, and worldwide is not said twice."""
    territory = terms.territory
    for index, place in enumerate(territory.places):
        yield from _place(f"territory.places[{index}]", place, worldwide=territory.worldwide)
    yield from _twice("territory.places", [place.code for place in territory.places])
    if not territory.worldwide and not any(place.include for place in territory.places):
        yield Problem("territory.places", "include at least one country or region, or say worldwide.")


def term(terms: LicenceTerms) -> Iterator[Problem]:
    """Dates and months where the event asks for them, and an end after the start."""
    start, end = terms.term.start, terms.term.end
    if (start.date is not None) != (start.event is StartEvent.DATE):
        yield Problem("term.start.date", "say the day for a start on a date, and for no other start.")
    if (end.date is not None) != (end.event is EndEvent.DATE):
        yield Problem("term.end.date", "say the last day for an end on a date, and for no other end.")
    if (end.months is not None) != (end.event is EndEvent.MONTHS):
        yield Problem("term.end.months", "say the number of months for an end after months, and for no other end.")
    if start.date and end.date and end.date < start.date:
        yield Problem("term.end.date", f"this lies before the start, {start.date}; choose a later day.")
    if terms.term.renewal is not None and end.event not in (EndEvent.DATE, EndEvent.MONTHS):
        yield Problem("term.renewal", "only a term that ends on a day or after months can be renewed; leave it out.")
    until = terms.grant.exclusivity_until
    if until and until.date and start.date and until.date < start.date:
        yield Problem("grant.exclusivity_until.date", f"this lies before the start, {start.date}; choose a later day.")


def sublicences(terms: LicenceTerms) -> Iterator[Problem]:
    """What sublicences must hold to, only where there may be some."""
    sublicence = terms.sublicence
    if sublicence is None:
        return
    if sublicence.allowed is Sublicensing.NO:
        for name in ("tiers", "flow_down", "income_share", "copy_within_days", "survives_termination"):
            if getattr(sublicence, name) not in (None, (), frozenset()):
                yield Problem(f"sublicence.{name}", "sublicences are not allowed; leave this out, or allow them.")
    if terms.grant.kind in (GrantKind.SECURITY, GrantKind.STANDSTILL) and sublicence.allowed is not Sublicensing.NO:
        yield Problem("sublicence.allowed", "such a grant lets nobody practise; there is nothing to sublicense.")


def _code_fault(code: FieldCode) -> str | None:
    if code.scheme is Scheme.CPC:
        return _cpc_fault(code.code)
    spelling = _SPELLINGS.get(code.scheme)
    if spelling is None or spelling[0].fullmatch(code.code):
        return None
    return f"“{code.code[:40]}” is not valid: {spelling[1]}"


def _cpc_fault(symbol: str) -> str | None:
    if _CPC_ABOVE_SUBCLASS.fullmatch(symbol):
        return None
    try:
        written = clean_class(symbol)
    except Invalid as error:
        return error.message
    return None if written == symbol else f"write it in its usual form: {written}."


def _place(path: str, place: Place, *, worldwide: bool) -> Iterator[Problem]:
    if place.code not in COUNTRIES and place.code not in list(Region):
        known = ", ".join(Region)
        yield Problem(f"{path}.code", f"“{place.code}” is no country of ISO 3166-1 and none of the regions {known}.")
    if worldwide and place.include and place.only is None:
        yield Problem(path, "worldwide includes it already; take it out, exclude it, or say what it is for.")
    if not place.include and place.only is not None:
        yield Problem(f"{path}.only", "a place that is cut out is for nothing; leave this out.")


def _twice(path: str, names: Sequence[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Problem(path, f"{name} stands {times} times; name it once.")
