"""What the room hands out: public facts only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ipx.catalogue.need_rules import Visibility
from ipx.catalogue.rules import Novelty, State
from ipx.licences.terms_v2.terms import LicenceTerms


@dataclass(frozen=True)
class PublicRight:
    """A right as everybody may see it: number and title are None while an office keeps them secret.

    ``status``: ``granted``, ``published`` or ``unpublished`` for our own, the source's word for an imported one.
    ``evidence``: how well its record is founded (technologies' EvidenceLevel), None where there is no record.
    """

    right_id: str
    kind: str
    title: str | None
    office: str | None
    number: str | None
    status: str | None
    evidence: int | None = None
    matched_on: date | None = None


@dataclass(frozen=True)
class Measure:
    """A measured advantage: the number as it was written, its unit, and what it was compared with."""

    number: str
    unit: str
    compared_with: str


@dataclass(frozen=True)
class Source:
    """Where imported records come from, for attribution. ``statement`` is what the licence asks us to say."""

    key: str
    name: str
    url: str | None
    licence: str
    statement: str = ""


@dataclass(frozen=True)
class SourceCount:
    """A source and how many of its records are here."""

    source: Source
    listings: int
    needs: int


@dataclass(frozen=True)
class Listing:
    """One public listing. Fields that its source does not state are None: shown as *not stated*, never invented.

    Imported records of real owners have a ``source``, no organisation here, no terms, and take no offers.
    ``technology_revision`` is the state of the technology that this is a picture of.
    """

    id: str
    version: int
    state: State
    technology_id: str | None
    organisation_id: str | None
    owner_name: str
    title: str
    summary: str
    problem: str | None
    advantage: str | None
    trl: int | None
    classes: Sequence[str]
    rights: Sequence[PublicRight]
    terms: LicenceTerms | None
    novelty: Novelty | None
    filed_on: date | None
    takes_offers: bool
    source: Source | None
    record_number: str | None
    record_status: str | None
    record_year: int | None
    expires: date | None
    published_at: datetime
    measure: Measure | None = None
    owner_is_demo: bool = False
    technology_revision: int | None = None
    programme: str | None = None
    stage: str | None = None


@dataclass(frozen=True)
class ListingRectification:
    """A listing put right, as far as it is. ``before`` and ``after``: what differs, by the listing's fields.

    ``version`` was wrong, ``new_version`` stands in its place once it is carried out. People are for its owner to see.
    """

    id: str
    version: int
    new_version: int | None
    basis: str
    words: str
    document_id: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    state: str
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime
    approvers: Sequence[str]
    approver_names: Sequence[str]
    settled_at: datetime | None


@dataclass(frozen=True)
class Need:
    """One need, of a company here or imported. Budgets are in minor units of ``currency``.

    Of an anonymous need ``organisation_id`` is None and ``owner_name`` empty, but for its own organisation.
    """

    id: str
    version: int
    organisation_id: str | None
    owner_name: str
    title: str
    text: str
    programme: str | None
    keywords: Sequence[str]
    opens: date | None
    closes: date | None
    budget_min: int | None
    budget_max: int | None
    currency: str | None
    url: str | None
    source: Source | None
    published_at: datetime
    record_number: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    state: State = State.PUBLISHED
    constraints: str = ""
    trl_min: int | None = None
    trl_max: int | None = None
    classes: Sequence[str] = ()
    territory: Sequence[str] = ()
    exclusive: bool = False

    def is_open(self, today: date) -> bool:
        """Tell whether it still waits for an answer."""
        return self.state is State.PUBLISHED and (self.closes is None or self.closes >= today)
