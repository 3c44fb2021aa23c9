"""FROZEN. Licence terms as data: what is offered, agreed, signed and committed to.

docs/spec/licence-terms.md is the specification; docs/spec/vectors/licence_terms.json its vectors.
Later versions add fields under a new format name; what was signed under this one stays readable.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ipx.core.canonical import Json
from ipx.core.errors import Invalid
from ipx.core.money import Money
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule

FORMAT = "ipx/licence-terms/v1"
BASIS_POINTS = 10_000


@dataclass(frozen=True)
class Royalty:
    """A running royalty: a share of a base, in basis points (1 % is 100)."""

    base: RoyaltyBase
    rate_bps: int


@dataclass(frozen=True)
class Terms:
    """The terms of one licence, offered or agreed.

    ``territory``: ISO 3166-1 alpha-2 codes, empty means worldwide. ``field_codes``: CPC symbols. ``months``: length of
    a fixed term, counted from the day the licence becomes active; None for the other ends.
    """

    exclusivity: Exclusivity
    acts: tuple[Act, ...]
    field_text: str
    field_codes: tuple[str, ...]
    territory: tuple[str, ...]
    end: TermEnd
    months: int | None
    upfront: Money
    royalty: Royalty | None
    transfer: TransferRule
    sublicensing: Sublicensing
    governing_law: str
    notice_of_grant: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return the canonical value (encode it with ``core.canonical``)."""
        return {
            "format": FORMAT,
            "exclusivity": str(self.exclusivity),
            "acts": [str(act) for act in self.acts],
            "field_of_use": {"text": self.field_text, "cpc": list(self.field_codes)},
            "territory": {"worldwide": not self.territory, "countries": list(self.territory)},
            "term": {"end": str(self.end), "months": self.months},
            "upfront": {"amount": self.upfront.amount, "currency": self.upfront.currency},
            "royalty": None
            if self.royalty is None
            else {"base": str(self.royalty.base), "rate_bps": self.royalty.rate_bps},
            "transfer": str(self.transfer),
            "sublicensing": str(self.sublicensing),
            "effective": "on-payment",
            "governing_law": self.governing_law,
            "notice_of_grant": self.notice_of_grant,
        }


def make_terms(**values: Any) -> Terms:
    """Return checked terms. Raises Invalid naming the field and the cure."""
    terms = Terms(**values)
    if not terms.acts:
        raise Invalid("Choose at least one act, such as make, use or sell.", field="acts")
    if len(terms.field_text) > 500:
        raise Invalid("Describe the field of use in 500 characters or fewer.", field="field_text")
    for code in terms.territory:
        if not re.fullmatch(r"[A-Z]{2}", code):
            raise Invalid(f"{code} is not a country code; write ISO 3166 codes such as DE, US, CN.", field="territory")
    if len(set(terms.territory)) != len(terms.territory):
        raise Invalid("A country stands twice in the territory.", field="territory")
    _check_term(terms)
    _check_money(terms)
    if not terms.governing_law.strip() or len(terms.governing_law) > 100:
        raise Invalid("Name the governing law, such as “England and Wales”.", field="governing_law")
    return terms


def _check_term(terms: Terms) -> None:
    if terms.end is TermEnd.FIXED and (terms.months is None or not 1 <= terms.months <= 1200):
        raise Invalid("A fixed term needs a length between 1 and 1,200 months.", field="months")
    if terms.end is not TermEnd.FIXED and terms.months is not None:
        raise Invalid("Only a fixed term has a number of months; leave it empty.", field="months")


def _check_money(terms: Terms) -> None:
    if terms.royalty is not None and not 0 < terms.royalty.rate_bps <= BASIS_POINTS:
        raise Invalid("A royalty lies between 0.01 and 100 per cent; leave it empty for none.", field="royalty")


def terms_from_json(value: Mapping[str, Any]) -> Terms:
    """Read terms as stored. Raises Invalid for another format or a missing field."""
    if value.get("format") != FORMAT:
        raise Invalid(f"These terms are not of the format {FORMAT}.")
    try:
        royalty = value["royalty"]
        return make_terms(
            exclusivity=Exclusivity(value["exclusivity"]),
            acts=tuple(Act(act) for act in value["acts"]),
            field_text=value["field_of_use"]["text"],
            field_codes=tuple(value["field_of_use"]["cpc"]),
            territory=tuple(value["territory"]["countries"]),
            end=TermEnd(value["term"]["end"]),
            months=value["term"]["months"],
            upfront=Money(value["upfront"]["amount"], value["upfront"]["currency"]),
            royalty=None if royalty is None else Royalty(RoyaltyBase(royalty["base"]), royalty["rate_bps"]),
            transfer=TransferRule(value["transfer"]),
            sublicensing=Sublicensing(value["sublicensing"]),
            governing_law=value["governing_law"],
            notice_of_grant=value["notice_of_grant"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"These terms are incomplete: {error}") from error


def percent(rate_bps: int) -> str:
    """Return basis points as per cent without needless zeros: 250 is 2.5 %."""
    whole, part = divmod(rate_bps, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + " %"
