"""What the parties do while the grant lasts: diligence, improvements, patents, secrecy, standards, risk. Pure data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from ipx.core.money import Money
from ipx.licences.terms_v2.limits import BasisPoints, Commitment, Country, Days, Items, Line, Months, Sha256, Text, Uuid
from ipx.licences.terms_v2.price import Period, Schedule


class Efforts(StrEnum):
    """How hard the licensee has to try."""

    BEST = "best"
    COMMERCIALLY_REASONABLE = "commercially-reasonable"


class MissedDiligence(StrEnum):
    """What follows where diligence is missed and not made good in time."""

    CURE = "cure"
    CONVERT = "convert"
    REDUCE_TERRITORY = "reduce-territory"
    TERMINATE = "terminate"


@dataclass(frozen=True)
class Diligence:
    """What the licensee has to do with the technology. ``cure_days``: time to make good after a notice."""

    efforts: Efforts
    failure: MissedDiligence
    cure_days: Days
    plan: Commitment | None = None
    minimum_spend: Schedule | None = None
    reports: Period | None = None


class LicensorImprovements(StrEnum):
    """Whether later improvements of the licensor belong to the grant."""

    INCLUDED = "included"
    OPTION = "option"
    NONE = "none"


class GrantBack(StrEnum):
    """What the licensor gets of the licensee's improvements; the last two are frowned upon, see ``warnings``."""

    NONE = "none"
    NON_EXCLUSIVE = "non-exclusive"
    OPTION = "option"
    EXCLUSIVE = "exclusive"
    ASSIGNMENT = "assignment"


@dataclass(frozen=True)
class Improvements:
    """Later improvements of both sides."""

    licensor: LicensorImprovements
    grant_back: GrantBack
    joint_ownership: Text | None = None


class Side(StrEnum):
    """One of both sides."""

    LICENSOR = "licensor"
    LICENSEE = "licensee"


@dataclass(frozen=True)
class Prosecution:
    """Who cares for the patents and acts against infringers. ``licensee_recovery_bps``: of what a suit brings."""

    controller: Side
    consultation: bool | None = None
    step_in_countries: Annotated[tuple[Country, ...], Items(0, 300)] = ()
    enforce_first: Side | None = None
    licensee_recovery_bps: BasisPoints | None = None
    marking: bool | None = None


@dataclass(frozen=True)
class Confidentiality:
    """Secrecy. ``residuals``: what people remember may be used. ``export_class``: such as an entry of the EU list."""

    period_months: Months | None = None
    nda: Sha256 | None = None
    publication_delay_days: Days | None = None
    residuals: bool | None = None
    export_class: Line | None = None
    access_room: Uuid | None = None


class Indemnity(StrEnum):
    """Who holds the other harmless."""

    NONE = "none"
    BY_LICENSEE = "by-licensee"
    BY_LICENSOR = "by-licensor"
    MUTUAL = "mutual"


@dataclass(frozen=True)
class Risk:
    """Warranty and liability. ``as_is``: no warranty of fitness, validity or freedom from rights of others."""

    ownership_warranty: bool
    as_is: bool
    indemnity: Indemnity
    liability_cap: Money | None = None
    insurance: Money | None = None


@dataclass(frozen=True)
class StandardDeclared:
    """A standard that the subject was declared essential to."""

    body: Line
    standard: Line
    version: Line | None = None


@dataclass(frozen=True)
class Standards:
    """Commitments of holders of standard-essential patents."""

    declared: Annotated[tuple[StandardDeclared, ...], Items(1, 100)]
    frand: bool
    reciprocity: bool | None = None
    royalty_free: bool | None = None
