"""The licence terms of a call as a person types them, and back: a few fields, the rest as is usual for an award."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ipx.catalogue.typed_terms import SOME, WORLDWIDE, read_basis_points, read_countries, read_upfront
from ipx.challenges.licensing import read_licence
from ipx.core.canonical import Json
from ipx.core.money import exponent
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Royalty, make_terms

_ACTS = (Act.MAKE, Act.HAVE_MADE, Act.USE, Act.SELL, Act.OFFER, Act.IMPORT)


def licence_of(form: Any) -> dict[str, Json]:
    """Return the licence terms of a form as their canonical value. Raises Invalid naming the field."""
    rate = read_basis_points(form.royalty.data)
    reach = SOME if (form.territory.data or "").strip() else WORLDWIDE
    terms = make_terms(
        exclusivity=Exclusivity(form.exclusivity.data),
        acts=_ACTS,
        field_text=" ".join((form.field_text.data or "").split()),
        field_codes=(),
        territory=read_countries(reach, form.territory.data),
        end=TermEnd.FIXED,
        months=form.months.data,
        upfront=read_upfront(form.upfront.data, form.currency.data),
        royalty=None if rate is None else Royalty(RoyaltyBase.NET_SALES, rate),
        transfer=TransferRule.CONSENT,
        sublicensing=Sublicensing.CONSENT,
        governing_law=" ".join((form.governing_law.data or "").split()),
    )
    return terms.to_json()


def values_of(licence: Mapping[str, Any]) -> dict[str, object]:
    """Return licence terms as the form's fields show them."""
    terms = read_licence(licence)
    royalty = terms.royalty
    return {
        "exclusivity": str(terms.exclusivity),
        "field_text": terms.field_text,
        "territory": ", ".join(terms.territory),
        "months": terms.months,
        "upfront": f"{Decimal(terms.upfront.amount).scaleb(-exponent(terms.upfront.currency)):f}",
        "currency": terms.upfront.currency,
        "royalty": f"{Decimal(royalty.rate_bps).scaleb(-2).normalize():f}" if royalty else "",
        "governing_law": terms.governing_law,
    }
