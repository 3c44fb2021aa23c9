"""What is granted: kind and exclusivity, acts, field of use, territory, term, sublicences. Pure data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from ipx.licences.rules import Act, Sublicensing
from ipx.licences.terms_v2.limits import (
    BasisPoints,
    Between,
    Count,
    Day,
    Days,
    Items,
    Length,
    Line,
    Months,
    Pattern,
    Text,
)


class GrantKind(StrEnum):
    """What the grant is. Those after SECURITY mostly come from agreements made elsewhere, or from the law."""

    LICENCE = "licence"
    OPTION = "option"
    EVALUATION = "evaluation"
    COVENANT_NOT_TO_ASSERT = "covenant-not-to-assert"
    RIGHT_IN_REM = "right-in-rem"
    SECURITY = "security"
    RIGHT_OF_FIRST_REFUSAL = "right-of-first-refusal"
    SPONSOR_OPTION = "sponsor-option"
    STANDSTILL = "standstill"
    GOVERNMENT_LICENCE = "government-licence"


class Exclusivity(StrEnum):
    """Who else may practise: nobody; the licensor alone; up to n licensees; others too."""

    EXCLUSIVE = "exclusive"
    SOLE = "sole"
    CO_EXCLUSIVE = "co-exclusive"
    NON_EXCLUSIVE = "non-exclusive"


class Reserved(StrEnum):
    """What the licensor keeps for itself, or must leave to others, in spite of exclusivity."""

    RESEARCH = "research"
    TEACHING = "teaching"
    GOVERNMENT = "government"
    HUMANITARIAN = "humanitarian"


@dataclass(frozen=True)
class Until:
    """When exclusivity ends before the grant does: on a day, or on a condition in words; exactly one of the two."""

    date: Day | None = None
    condition: Text | None = None


@dataclass(frozen=True)
class Grant:
    """The grant itself. ``co_exclusive_up_to``: how many licensees may stand beside each other, this one included."""

    kind: GrantKind
    exclusivity: Exclusivity
    acts: Annotated[frozenset[Act], Items(1, len(Act))]
    co_exclusive_up_to: Annotated[int, Between(2, 10_000)] | None = None
    exclusivity_until: Until | None = None
    reserved_rights: frozenset[Reserved] = frozenset()
    irrevocable: bool | None = None


class Scheme(StrEnum):
    """A classification that makes fields of use comparable; ``free`` is a label that people agreed on."""

    CPC = "cpc"
    NACE = "nace"
    NAICS = "naics"
    FREE = "free"


@dataclass(frozen=True)
class FieldCode:
    """One class that belongs to the field (``include``) or is cut out of it.

    CPC in its written form (``H``, ``H01``, ``H01M``, ``H01M 10/0525``), NACE ``27`` to ``27.20``, NAICS 2 to 6 digits.
    """

    scheme: Scheme
    code: Line
    include: bool


@dataclass(frozen=True)
class FieldOfUse:
    """What for. Neither text nor codes: all fields. Codes that only exclude: all fields but these."""

    text: Text | None = None
    codes: Annotated[tuple[FieldCode, ...], Items(0, 200)] = ()

    @property
    def is_everything(self) -> bool:
        """Tell whether the grant is for every field."""
        return self.text is None and not self.codes


class Region(StrEnum):
    """Named groups of countries; who is a member on which day is said in docs/spec/grant-algebra.md."""

    EU = "EU"
    EEA = "EEA"
    EFTA = "EFTA"
    EPC = "EPC"
    UPC = "UPC"
    EAPC = "EAPC"
    ARIPO = "ARIPO"
    OAPI = "OAPI"
    GCC = "GCC"
    BENELUX = "BENELUX"
    ASEAN = "ASEAN"
    MERCOSUR = "MERCOSUR"
    USMCA = "USMCA"


class PlaceUse(StrEnum):
    """What a place is for where making and selling are split: make, use and the like, or sell, offer and import."""

    MAKE = "make"
    SELL = "sell"


SELLING = frozenset((Act.SELL, Act.OFFER, Act.IMPORT))
"""Acts that a place with ``only: sell`` keeps; one with ``only: make`` keeps the others."""


@dataclass(frozen=True)
class Place:
    """A country (ISO 3166-1, two letters) or region that belongs to the territory (``include``) or is cut out of it."""

    code: Annotated[str, Pattern("[A-Z]{2,8}", "write a country as two letters such as DE, or a region such as EPC.")]
    include: bool
    only: PlaceUse | None = None

    def acts(self, granted: frozenset[Act]) -> frozenset[Act]:
        """Return which of the granted acts may be done here."""
        if self.only is None:
            return granted
        return granted & SELLING if self.only is PlaceUse.SELL else granted - SELLING


@dataclass(frozen=True)
class Territory:
    """Where. Worldwide may cut places out (``include: false``) or narrow them (``only``); else some place is included.

    A place with ``include: false`` is cut out wherever it stands in the list, with all its countries. A country's own
    entry says what may be done there; without one, the regions that hold it do together. ``regions_as_of``: regions
    have the members of that day; without it those that they have from time to time.
    """

    worldwide: bool
    places: Annotated[tuple[Place, ...], Items(0, 300)] = ()
    regions_as_of: Day | None = None


class StartEvent(StrEnum):
    """What makes the grant effective."""

    DATE = "date"
    ON_PAYMENT = "on-payment"
    ON_SIGNATURE = "on-signature"


class EndEvent(StrEnum):
    """What ends the grant by itself."""

    DATE = "date"
    MONTHS = "months"
    LAST_TO_EXPIRE = "last-to-expire"
    LAST_VALID_CLAIM = "last-valid-claim"
    PERPETUAL = "perpetual"


@dataclass(frozen=True)
class Start:
    """When the grant begins; ``date`` exactly for the event ``date``."""

    event: StartEvent
    date: Day | None = None


@dataclass(frozen=True)
class End:
    """When the grant ends. ``date``: its last day, for the event ``date`` alone; ``months`` from the start likewise."""

    event: EndEvent
    date: Day | None = None
    months: Months | None = None


@dataclass(frozen=True)
class Renewal:
    """How the term is prolonged. ``auto``: unless somebody gives notice ``notice_days`` before the end."""

    auto: bool
    period_months: Months
    notice_days: Days | None = None


@dataclass(frozen=True)
class Term:
    """From when until when. ``know_how_tail_months``: how long know-how stays licensed after the last patent."""

    start: Start
    end: End
    know_how_tail_months: Months | None = None
    renewal: Renewal | None = None


class FlowDown(StrEnum):
    """Which clauses every sublicence has to repeat."""

    FIELD_AND_TERRITORY = "field-and-territory"
    CONFIDENTIALITY = "confidentiality"
    AUDIT = "audit"
    INDEMNITY = "indemnity"
    DILIGENCE = "diligence"
    TERMINATION = "termination"
    EXPORT_CONTROL = "export-control"


@dataclass(frozen=True)
class IncomeShare:
    """The licensor's share of income from sublicences, in basis points, for those granted before a stage is reached."""

    share_bps: BasisPoints
    until_stage: Annotated[str, Length(1, 200)] | None = None


@dataclass(frozen=True)
class Sublicence:
    """Whether and how the licensee may license others. ``tiers``: how deep the tree may grow below the licensee."""

    allowed: Sublicensing
    tiers: Count | None = None
    flow_down: frozenset[FlowDown] = frozenset()
    income_share: Annotated[tuple[IncomeShare, ...], Items(0, 20)] = ()
    copy_within_days: Days | None = None
    survives_termination: bool | None = None
