"""Licence terms as a person types them, and back. Pure; a value that cannot be read names its field and the cure."""

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from ipx.core.countries import COUNTRIES
from ipx.core.errors import Invalid
from ipx.core.money import Money, exponent, parse_money
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, TermEnd
from ipx.licences.terms import BASIS_POINTS, Terms
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.licences.terms_v2.grant import EndEvent
from ipx.licences.terms_v2.price import Period, Reports
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.rules import clean_class

WORLDWIDE, SOME = "worldwide", "countries"

FIRST_VALUES: dict[str, object] = {
    "exclusivity": str(Exclusivity.NON_EXCLUSIVE),
    "acts": [str(act) for act in (Act.MAKE, Act.USE, Act.SELL)],
    "reach": WORLDWIDE,
    "end": str(TermEnd.LAST_TO_EXPIRE),
    "currency": "EUR",
    "transfer": "consent",
    "sublicensing": "consent",
    "statements": str(Period.YEARLY),
}
"""What an empty form proposes."""
_ENDS = {
    EndEvent.MONTHS: str(TermEnd.FIXED),
    EndEvent.LAST_TO_EXPIRE: str(TermEnd.LAST_TO_EXPIRE),
    EndEvent.PERPETUAL: str(TermEnd.PERPETUAL),
}


def values_of(terms: LicenceTerms) -> dict[str, object]:
    """Return terms as the form's fields show them; what the form has no field for is left out."""
    royalty, fee = terms.royalty, terms.fees.upfront if terms.fees else None
    rate = royalty.rate.share_bps if royalty and royalty.rate else None
    return {
        "exclusivity": str(terms.grant.exclusivity),
        "acts": sorted(str(act) for act in terms.grant.acts),
        "field_text": terms.field_of_use.text or "",
        "field_codes": ", ".join(code.code for code in terms.field_of_use.codes),
        "reach": WORLDWIDE if terms.territory.worldwide else SOME,
        "territory": ", ".join(place.code for place in terms.territory.places),
        "end": _ENDS.get(terms.term.end.event, ""),
        "months": str(terms.term.end.months or ""),
        "upfront": f"{Decimal(fee.amount).scaleb(-exponent(fee.currency)):f}" if fee else "0",
        "currency": fee.currency if fee else "EUR",
        "royalty": f"{Decimal(rate).scaleb(-2).normalize():f}" if rate else "",
        "royalty_base": str(royalty.base if royalty else RoyaltyBase.NET_SALES),
        "statements": str((terms.reports and terms.reports.statement_period) or Period.YEARLY),
        "transfer": str(terms.assignment.allowed) if terms.assignment else "consent",
        "sublicensing": str(terms.sublicence.allowed) if terms.sublicence else "consent",
        "governing_law": (terms.law and (terms.law.governing_law_text or terms.law.governing_law)) or "",
        "notice_of_grant": terms.publicity is not None and terms.publicity.notice_of_grant,
    }


def listed_terms(terms: Terms, *, statements: str) -> LicenceTerms:
    """Return what was typed in the short form as terms of version 2; a royalty is stated every ``statements``."""
    listed = as_v2(terms)
    if terms.royalty is not None:
        listed = replace(listed, reports=Reports(statement_period=Period(statements)))
    return listed


def read_upfront(text: str | None, currency: str) -> Money:
    """Return the fee."""
    try:
        return parse_money(text or "", currency)
    except Invalid as error:
        raise Invalid(error.message, field="upfront") from error


def read_basis_points(text: str | None) -> int | None:
    """Return a percentage as basis points, None for nothing."""
    cleaned = (text or "").replace("%", "").replace(" ", "")
    if not cleaned:
        return None
    cure = "Write the royalty in per cent with two decimals at most, such as 2.5; empty for none."
    try:
        points = Decimal(cleaned) * (BASIS_POINTS // 100)
    except InvalidOperation as error:
        raise Invalid(cure, field="royalty") from error
    if not points.is_finite() or abs(points) > BASIS_POINTS or points != points.to_integral_value():
        raise Invalid(cure, field="royalty")
    return int(points)


def read_months(text: str | None) -> int | None:
    """Return a number of months, None for nothing."""
    cleaned = (text or "").strip()
    if not cleaned:
        return None
    if not (cleaned.isascii() and cleaned.isdecimal()):
        raise Invalid("Write the number of months in digits, such as 36.", field="months")
    return int(cleaned)


def read_countries(reach: str, text: str | None) -> tuple[str, ...]:
    """Return ISO 3166 codes, () for the whole world."""
    codes = [code for code in re.split(r"[\s,;]+", (text or "").upper()) if code]
    if reach == WORLDWIDE:
        if codes:
            raise Invalid("Worldwide needs no countries: empty this, or choose “some countries”.", field="territory")
        return ()
    if not codes:
        raise Invalid("Name the countries by their codes, such as DE, US, CN.", field="territory")
    unknown = [code for code in codes if code not in COUNTRIES]
    if unknown:
        message = f"“{unknown[0][:20]}” is not a country code; write ISO 3166 codes such as DE, US, CN."
        raise Invalid(message, field="territory")
    return tuple(dict.fromkeys(codes))


def read_classes(text: str | None) -> tuple[str, ...]:
    """Return CPC symbols in their written form."""
    try:
        return tuple(dict.fromkeys(clean_class(code) for code in re.split(r"[,;\n]+", text or "") if code.strip()))
    except Invalid as error:
        raise Invalid(error.message, field="field_codes") from error
