"""Which rights somebody looks for, and what the book of grants says of each listing. It never decides what is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from ipx.catalogue.service import CatalogueService
from ipx.core.canonical import Json
from ipx.licences.algebra.conflicts import Answer
from ipx.licences.algebra.truth import Truth
from ipx.licences.algebra.wanted import wanted_grant
from ipx.licences.service import LicenceService

LOOKED_AT = 500
"""Listings whose rights are compared for one search: the best ones by words and filters."""


class Show(StrEnum):
    """Which listings are shown."""

    FREE = "free"
    OPEN = "open"  # undecided ones too
    ALL = "all"


class Standing(StrEnum):
    """What is left of what somebody looks for, at one listing."""

    FREE = "free"  # as declared
    UNDECIDED = "undecided"
    TAKEN = "taken"


SHOWN: Mapping[Show, Sequence[Standing]] = {
    Show.FREE: (Standing.FREE,),
    Show.OPEN: (Standing.FREE, Standing.UNDECIDED),
    Show.ALL: tuple(Standing),
}
_STANDINGS = {Truth.NO: Standing.FREE, Truth.UNDECIDED: Standing.UNDECIDED, Truth.YES: Standing.TAKEN}


@dataclass(frozen=True)
class Wanted:
    """Rights that are looked for: countries (ISO 3166-1; none: worldwide), CPC symbols (none: every field), exclusively
    or not, from a day on (None: today). ``unknown`` was typed and is neither.
    """

    show: Show = Show.OPEN
    countries: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    exclusive: bool = False
    begins: date | None = None
    unknown: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return it as it is kept."""
        return {
            "show": str(self.show),
            "countries": list(self.countries),
            "classes": list(self.classes),
            "exclusive": self.exclusive,
            "begins": self.begins.isoformat() if self.begins else None,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Wanted":
        """Return what ``to_json`` gave."""
        begins = date.fromisoformat(kept["begins"]) if kept["begins"] else None
        countries, classes = tuple(kept["countries"]), tuple(kept["classes"])
        return cls(Show(kept["show"]), countries, classes, bool(kept["exclusive"]), begins)


def standing_of(answer: Answer) -> Standing:
    """Return the word for an answer."""
    return _STANDINGS[answer.conflict]


class FreeRights:
    """Compares what is looked for with the grants and encumbrances of listed technologies."""

    def __init__(self, *, licences: LicenceService, catalogue: CatalogueService) -> None:
        self._licences = licences
        self._catalogue = catalogue

    def judge(self, session: Session, *, wanted: Wanted, ids: Sequence[str], today: date) -> dict[str, Answer]:
        """Return for each of these listings that belongs to a technology here whether the rights can be granted."""
        technologies = self._catalogue.technologies_of(session, ids=ids)
        proposed = wanted_grant(
            countries=wanted.countries,
            classes=wanted.classes,
            exclusive=wanted.exclusive,
            begins=max(wanted.begins or today, today),
        )
        answers = self._licences.book.compare_many(
            session, technology_ids=list(technologies.values()), proposed=proposed
        )
        return {key: answers[technologies[key]] for key in ids if key in technologies}
