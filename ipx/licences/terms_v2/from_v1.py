"""Reads terms of version 1 as version 2. Total: every value of version 1 has a reading, and nothing is added to it."""

from ipx.core.errors import Invalid
from ipx.licences import rules as v1
from ipx.licences.terms import Terms
from ipx.licences.terms_v2.grant import (
    End,
    EndEvent,
    Exclusivity,
    FieldCode,
    FieldOfUse,
    Grant,
    GrantKind,
    Place,
    Scheme,
    Start,
    StartEvent,
    Sublicence,
    Term,
    Territory,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.rules import clean_class

_ENDS = {
    v1.TermEnd.FIXED: EndEvent.MONTHS,
    v1.TermEnd.LAST_TO_EXPIRE: EndEvent.LAST_TO_EXPIRE,
    v1.TermEnd.PERPETUAL: EndEvent.PERPETUAL,
}


def as_v2(terms: Terms) -> LicenceTerms:
    """Return the same terms as version 2: a licence that begins on payment, and whose months count from then."""
    return LicenceTerms(
        grant=Grant(
            kind=GrantKind.LICENCE, exclusivity=Exclusivity(str(terms.exclusivity)), acts=frozenset(terms.acts)
        ),
        field_of_use=FieldOfUse(
            text=terms.field_text if terms.field_text.strip() else None,
            codes=tuple(dict.fromkeys(_code(code) for code in terms.field_codes if code.strip())),
        ),
        territory=Territory(
            worldwide=not terms.territory, places=tuple(Place(code, include=True) for code in terms.territory)
        ),
        term=Term(Start(StartEvent.ON_PAYMENT), End(_ENDS[terms.end], months=terms.months)),
        sublicence=Sublicence(allowed=terms.sublicensing),
    )


def _code(code: str) -> FieldCode:
    """Return a CPC symbol in its written form; version 1 checked none, so anything else is a label."""
    try:
        return FieldCode(Scheme.CPC, clean_class(code), include=True)
    except Invalid:
        return FieldCode(Scheme.FREE, code, include=True)
