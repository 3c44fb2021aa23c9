"""Licence terms for tests."""

from __future__ import annotations

from typing import Any

from ipx.core.money import Money
from ipx.licences.rules import Act, Exclusivity, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Terms, make_terms
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.licences.terms_v2.terms import LicenceTerms


def terms(**changes: Any) -> LicenceTerms:
    """Return licence terms: non-exclusive, worldwide, five years, USD 1,250 unless told otherwise."""
    return as_v2(old_terms(**changes))


def old_terms(**changes: Any) -> Terms:
    """Return the same as terms of version 1, as they were offered before there was another."""
    given: dict[str, Any] = {
        "exclusivity": Exclusivity.NON_EXCLUSIVE,
        "acts": (Act.MAKE, Act.USE, Act.SELL),
        "field_text": "Batteries",
        "field_codes": ("H01M",),
        "territory": (),
        "end": TermEnd.FIXED,
        "months": 60,
        "upfront": Money(125_000, "USD"),
        "royalty": None,
        "transfer": TransferRule.CONSENT,
        "sublicensing": Sublicensing.NO,
        "governing_law": "England and Wales",
    }
    return make_terms(**{**given, **changes})
