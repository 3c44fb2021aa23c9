"""The licence terms of a call as a person types them, and back: a few fields, the rest as is usual for an award."""

from collections.abc import Mapping
from typing import Any

from ipx.catalogue import typed_terms as typed
from ipx.challenges.licensing import read_licence
from ipx.core.canonical import Json
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Royalty, make_terms
from ipx.licences.terms_v2.price import Period

_ACTS = (Act.MAKE, Act.HAVE_MADE, Act.USE, Act.SELL, Act.OFFER, Act.IMPORT)


def licence_of(form: Any) -> dict[str, Json]:
    """Return the licence terms of a form as their canonical value. Raises Invalid naming the field."""
    rate = typed.read_basis_points(form.royalty.data)
    reach = typed.SOME if (form.territory.data or "").strip() else typed.WORLDWIDE
    stated = make_terms(
        exclusivity=Exclusivity(form.exclusivity.data),
        acts=_ACTS,
        field_text=" ".join((form.field_text.data or "").split()),
        field_codes=(),
        territory=typed.read_countries(reach, form.territory.data),
        end=TermEnd.FIXED,
        months=form.months.data,
        upfront=typed.read_upfront(form.upfront.data, form.currency.data),
        royalty=None if rate is None else Royalty(RoyaltyBase.NET_SALES, rate),
        transfer=TransferRule.CONSENT,
        sublicensing=Sublicensing.CONSENT,
        governing_law=" ".join((form.governing_law.data or "").split()),
    )
    return typed.listed_terms(stated, statements=str(Period.YEARLY)).to_json()


def values_of(licence: Mapping[str, Any]) -> dict[str, object]:
    """Return licence terms as the form's fields show them."""
    shown = typed.values_of(read_licence(licence))
    names = ("exclusivity", "field_text", "territory", "upfront", "currency", "royalty", "governing_law")
    return {name: shown[name] for name in names} | {"months": int(str(shown["months"]) or 0)}
