"""FROZEN. The entry terms of a challenge as data: what entrants accept before they enter.

docs/spec/challenges.md is the specification; docs/spec/vectors/challenge_terms.json its vectors. The licence inside is
of a version of the licence terms and is kept as it is.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.core.errors import Invalid

FORMAT = "ipx/challenge-terms/v1"
MOST_MONTHS, MOST_OPTION_DAYS, LONGEST_FURTHER = 120, 730, 4_000


class Ownership(StrEnum):
    """Who owns what after the award."""

    ENTRANT = "entrant"  # the entrant keeps all it brings and all it makes
    SHARED_RESULTS = "shared-results"  # what both make together after the award is owned by both


class AwardKind(StrEnum):
    """What an award gives the organiser."""

    LICENCE = "licence"  # a deal on the licence terms begins with the award
    OPTION = "option"  # the organiser may call for it within some days of the award


@dataclass(frozen=True)
class EntryTerms:
    """What an entrant accepts. ``confidential_months``: how long organiser and evaluators keep entries to themselves,
    counted from the deadline. ``option_days``: counted from the award, None where the award is a licence at once.
    ``licence``: the pre-agreed licence terms as their own canonical value. ``further``: more conditions in words.
    """

    ownership: Ownership
    confidential_months: int
    award: AwardKind
    option_days: int | None
    licence: Mapping[str, Any]
    further: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the canonical value (encode it with ``core.canonical``)."""
        return {
            "format": FORMAT,
            "ownership": str(self.ownership),
            "confidential_months": self.confidential_months,
            "award": {"kind": str(self.award), "option_days": self.option_days},
            "licence": dict(self.licence),
            "further": self.further,
        }


def make_entry_terms(**values: Any) -> EntryTerms:
    """Return checked terms. Raises Invalid naming the field and the cure."""
    terms = EntryTerms(**values)
    if not 1 <= terms.confidential_months <= MOST_MONTHS:
        raise Invalid(f"Entries are kept confidential for 1 to {MOST_MONTHS} months.", field="confidential_months")
    if terms.award is AwardKind.OPTION and not 1 <= (terms.option_days or 0) <= MOST_OPTION_DAYS:
        raise Invalid(f"An option runs for 1 to {MOST_OPTION_DAYS} days from the award.", field="option_days")
    if terms.award is AwardKind.LICENCE and terms.option_days is not None:
        raise Invalid("Only an option has a number of days; leave it empty.", field="option_days")
    if len(terms.further) > LONGEST_FURTHER:
        raise Invalid(f"Use {LONGEST_FURTHER:,} characters at most.", field="further")
    return terms


def entry_terms_from_json(value: Mapping[str, Any]) -> EntryTerms:
    """Read entry terms as stored. Raises Invalid for another format or a missing field."""
    if value.get("format") != FORMAT:
        raise Invalid(f"These entry terms are not of the format {FORMAT}.")
    try:
        return make_entry_terms(
            ownership=Ownership(value["ownership"]),
            confidential_months=value["confidential_months"],
            award=AwardKind(value["award"]["kind"]),
            option_days=value["award"]["option_days"],
            licence=value["licence"],
            further=value["further"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"These entry terms are incomplete: {error}") from error


def terms_hash(terms: EntryTerms) -> str:
    """Return SHA-256 over the canonical bytes, as lowercase hex: what the acceptance names."""
    return hashlib.sha256(canonical.encode(terms.to_json())).hexdigest()
