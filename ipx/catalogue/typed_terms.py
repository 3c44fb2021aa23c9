"""Licence terms as a person types them, and back. Pure; a value that cannot be read names its field and the cure."""

import re
from decimal import Decimal, InvalidOperation

from ipx.core.countries import COUNTRIES
from ipx.core.errors import Invalid
from ipx.core.money import Money, exponent, parse_money
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, TermEnd
from ipx.licences.terms import BASIS_POINTS, Terms
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
}
"""What an empty form proposes."""


def values_of(terms: Terms) -> dict[str, object]:
    """Return terms as the form's fields show them."""
    royalty = terms.royalty
    return {
        "exclusivity": str(terms.exclusivity),
        "acts": [str(act) for act in terms.acts],
        "field_text": terms.field_text,
        "field_codes": ", ".join(terms.field_codes),
        "reach": SOME if terms.territory else WORLDWIDE,
        "territory": ", ".join(terms.territory),
        "end": str(terms.end),
        "months": str(terms.months or ""),
        "upfront": f"{Decimal(terms.upfront.amount).scaleb(-exponent(terms.upfront.currency)):f}",
        "currency": terms.upfront.currency,
        "royalty": f"{Decimal(royalty.rate_bps).scaleb(-2).normalize():f}" if royalty else "",
        "royalty_base": str(royalty.base if royalty else RoyaltyBase.NET_SALES),
        "transfer": str(terms.transfer),
        "sublicensing": str(terms.sublicensing),
        "governing_law": terms.governing_law,
        "notice_of_grant": terms.notice_of_grant,
    }


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
