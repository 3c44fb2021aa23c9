"""How the grant ends, passes on, is judged and is made known; and who funded the work. Pure data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from ipx.core.money import Money
from ipx.licences.terms_v2.limits import Between, Day, Days, Items, Jurisdiction, Language, Line, Pattern, Whole


class SublicencesAfter(StrEnum):
    """What becomes of sublicences when the grant ends."""

    END = "end"
    SURVIVE = "survive"
    DIRECT_LICENCE = "direct-licence"


@dataclass(frozen=True)
class Termination:
    """How a party may end the grant. ``challenge``: the licensor may, where the licensee attacks a licensed right."""

    breach_cure_days: Days | None = None
    insolvency: bool | None = None
    challenge: bool | None = None
    convenience_notice_days: Days | None = None
    sell_off_days: Days | None = None
    sublicences: SublicencesAfter | None = None


class Passing(StrEnum):
    """Whether the licensee may hand the grant on."""

    NO = "no"
    CONSENT = "consent"
    WITH_BUSINESS = "with-business"
    FREE = "free"


class ChangeOfControl(StrEnum):
    """What a new owner of the licensee means."""

    PERMITTED = "permitted"
    NOTICE = "notice"
    CONSENT = "consent"
    TERMINATES = "terminates"


@dataclass(frozen=True)
class Assignment:
    """Handing the grant on."""

    allowed: Passing
    change_of_control: ChangeOfControl | None = None
    fee: Money | None = None


class Forum(StrEnum):
    """Who decides a dispute."""

    COURT = "court"
    ICC = "icc"
    WIPO_ADR = "wipo-adr"
    NAMED = "named"


@dataclass(frozen=True)
class Law:
    """Exactly one of ``governing_law`` (ISO 3166) and ``governing_law_text`` (a law named in words)."""

    governing_law: Jurisdiction | None = None
    governing_law_text: Line | None = None
    forum: Forum | None = None
    forum_named: Line | None = None
    language: Language | None = None


class Published(StrEnum):
    """What of the grant is shown to everybody."""

    PARTIES = "parties"
    SUBJECT = "subject"
    EXCLUSIVITY = "exclusivity"
    FIELD_OF_USE = "field-of-use"
    TERRITORY = "territory"
    TERM = "term"
    PRICE = "price"


@dataclass(frozen=True)
class Recordal:
    """An entry in the register of an office (WIPO ST.3)."""

    office: Annotated[str, Pattern("[A-Z]{2}", "write the office as two letters of WIPO ST.3, such as EP.")]
    required: bool
    reference: Line | None = None
    date: Day | None = None


@dataclass(frozen=True)
class Publicity:
    """What is made known. ``notice_of_grant``: the grant is published with its exclusivity, else sealed."""

    notice_of_grant: bool
    publish: frozenset[Published] = frozenset()
    recordals: Annotated[tuple[Recordal, ...], Items(0, 100)] = ()


class Obligation(StrEnum):
    """What a funder asks for in return."""

    GOVERNMENT_LICENCE = "government-licence"
    LOCAL_MANUFACTURE = "local-manufacture"
    REPORTING = "reporting"


@dataclass(frozen=True)
class Funder:
    """Who paid for the work, under which grant."""

    name: Line
    grant_id: Line | None = None
    obligations: frozenset[Obligation] = frozenset()


@dataclass(frozen=True)
class Share:
    """A fraction: one third is no number of basis points."""

    numerator: Whole
    denominator: Annotated[int, Between(1, 1_000_000)]


class SplitStep(StrEnum):
    """The steps of a waterfall in their order: the first three take theirs off the top, tiers share what is left."""

    INTER_INSTITUTIONAL = "inter-institutional"
    PATENT_COSTS = "patent-costs"
    OFFICE_FEE = "office-fee"
    TIER = "tier"


@dataclass(frozen=True)
class SplitShare:
    """One line of a waterfall. ``from``: the sum shared so far from which a tier's line holds; none is from the start.

    A beneficiary is a role or a person; heirs and those who left keep their lines.
    """

    step: SplitStep
    beneficiary: Line
    share: Share
    from_: Money | None = None


@dataclass(frozen=True)
class Funding:
    """Who funded the work, and how income is shared inside the licensor."""

    funders: Annotated[tuple[Funder, ...], Items(0, 50)] = ()
    revenue_split: Annotated[tuple[SplitShare, ...], Items(0, 200)] = ()
