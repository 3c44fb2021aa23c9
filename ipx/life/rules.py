"""Steps of a licence's life, and what follows from the terms. Pure. docs/spec/licence-life.md is the specification."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from ipx.licences.terms_v2.conduct import MissedDiligence
from ipx.licences.terms_v2.ending import Passing
from ipx.licences.terms_v2.price import Shortfall
from ipx.licences.terms_v2.terms import LicenceTerms


class Kind(StrEnum):
    """Kinds of steps. They are frozen: rows, audit lines and the specification name them."""

    BEGAN = "began"
    NOTICE = "notice"
    LEAVING = "leaving"
    WITHDRAWN = "withdrawn"
    CURED = "cured"
    CONTESTED = "contested"
    CONTEST_ENDED = "contest-ended"
    PROPOSED = "proposed"
    DECLINED = "declined"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    CONVERTED = "converted"
    RENEWED = "renewed"
    NOT_RENEWED = "not-renewed"
    TERMINATED = "terminated"
    EXPIRED = "expired"
    ACCESS_CLOSED = "access-closed"
    SURRENDERED = "surrendered"
    HANDED_ON = "handed-on"
    DUTY_DONE = "duty-done"
    DUTY_RECEIVED = "duty-received"
    DUTY_REFUSED = "duty-refused"


DUTY_KINDS = (Kind.DUTY_DONE, Kind.DUTY_RECEIVED, Kind.DUTY_REFUSED)


class Ground(StrEnum):
    """Why a notice was given."""

    BREACH = "breach"
    NON_PAYMENT = "non-payment"
    DILIGENCE = "diligence"
    MINIMUM = "minimum"


class Proposal(StrEnum):
    """What one side may propose and the other accept: whatever both want, they may do."""

    SUSPEND = "suspend"
    RESUME = "resume"
    CONVERT = "convert"
    RENEW = "renew"
    TERMINATE = "terminate"


class Handing(StrEnum):
    """States of handing a licence on to somebody else."""

    ASKED = "asked"  # the licensor's consent is asked for
    OFFERED = "offered"  # it is for the one who takes it over to say yes
    ACCEPTED = "accepted"  # on its way to the chain, or waiting for a wallet
    DONE = "done"
    DECLINED = "declined"  # by the licensor, or by the one who was to take it over
    WITHDRAWN = "withdrawn"


OPEN_HANDINGS = (Handing.ASKED, Handing.OFFERED, Handing.ACCEPTED)


class Standing(StrEnum):
    """States of a licence in this room."""

    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    EXPIRED = "expired"


class Outcome(StrEnum):
    """How a contest ended for what was contested."""

    STANDS = "stands"
    FALLS = "falls"


class Action(IntEnum):
    """Acts of LicenceRegistry: the changes of status of LicenceCode.sol, and 0 for its transfer."""

    TRANSFER = 0
    SUSPEND = 1
    RESUME = 2
    TERMINATE = 3
    CONVERT = 4
    RENEW = 5


class Reason(IntEnum):
    """Reasons of an act on the chain (LicenceCode.sol), as far as this room gives them."""

    BREACH = 1
    NON_PAYMENT = 2
    DILIGENCE_FAILURE = 3
    MINIMUM_NOT_MET = 5
    CONVENIENCE = 8
    NONE = 0  # a transfer gives none
    AGREEMENT = 9
    SURRENDER = 11


RESULTS = {
    Proposal.SUSPEND: Kind.SUSPENDED,
    Proposal.RESUME: Kind.RESUMED,
    Proposal.CONVERT: Kind.CONVERTED,
    Proposal.RENEW: Kind.RENEWED,
    Proposal.TERMINATE: Kind.TERMINATED,
}
ACTIONS = {
    Kind.SUSPENDED: Action.SUSPEND,
    Kind.RESUMED: Action.RESUME,
    Kind.TERMINATED: Action.TERMINATE,
    Kind.CONVERTED: Action.CONVERT,
    Kind.RENEWED: Action.RENEW,
    Kind.SURRENDERED: Action.TERMINATE,
    Kind.HANDED_ON: Action.TRANSFER,
}
REASONS = {
    Ground.BREACH: Reason.BREACH,
    Ground.NON_PAYMENT: Reason.NON_PAYMENT,
    Ground.DILIGENCE: Reason.DILIGENCE_FAILURE,
    Ground.MINIMUM: Reason.MINIMUM_NOT_MET,
}
_OF_DILIGENCE = {MissedDiligence.CONVERT: Kind.CONVERTED, MissedDiligence.TERMINATE: Kind.TERMINATED}
_OF_MINIMUM = {Shortfall.CONVERT: Kind.CONVERTED, Shortfall.TERMINATE: Kind.TERMINATED}


@dataclass(frozen=True)
class Step:
    """One step. ``side``: who took it, None for the exchange; ``answers``: the step that it is about; ``due``: when its
    consequence follows by itself, None where none does; ``until``: the end of the term from this step on;
    ``duty``: the key of what is due (``duties.Duty.key``) where it is about that."""

    id: str
    kind: Kind
    side: str | None
    at: datetime
    ground: Ground | None = None
    proposal: Proposal | None = None
    outcome: Outcome | None = None
    answers: str | None = None
    due: datetime | None = None
    until: datetime | None = None
    duty: str | None = None


@dataclass(frozen=True)
class Consequence:
    """What follows a notice that is not made good: ``kind`` by itself after ``cure_days``, or nothing by itself."""

    kind: Kind | None
    cure_days: int | None


def consequence_of(ground: Ground, terms: LicenceTerms) -> Consequence:
    """Return what the terms say follows a notice. Where they say nothing, nothing follows by itself."""
    ending = terms.termination
    breach_days = ending.breach_cure_days if ending else None
    if ground is Ground.DILIGENCE:
        agreed = terms.diligence
        return Consequence(_OF_DILIGENCE.get(agreed.failure), agreed.cure_days) if agreed else Consequence(None, None)
    kind: Kind | None = Kind.TERMINATED
    if ground is Ground.MINIMUM:
        kind = _OF_MINIMUM.get(terms.minimums.consequence) if terms.minimums else None
    return Consequence(kind if breach_days else None, breach_days)


def passing_of(terms: LicenceTerms) -> Passing:
    """Return whether the licence may be handed on: where the terms say nothing, with the licensor's consent."""
    return terms.assignment.allowed if terms.assignment else Passing.CONSENT


def needs_consent(terms: LicenceTerms) -> bool:
    """Tell whether the licensor has to consent, as the grant told the chain: a sold business too is for it to see."""
    return passing_of(terms) in (Passing.CONSENT, Passing.WITH_BUSINESS)


def grounds_of(terms: LicenceTerms, *, is_licensor: bool) -> list[Ground]:
    """Return on which grounds a side may give notice: of a breach both, of the licensee's duties the licensor."""
    if not is_licensor:
        return [Ground.BREACH]
    agreed = {Ground.DILIGENCE: terms.diligence, Ground.MINIMUM: terms.minimums}
    return [ground for ground in Ground if agreed.get(ground, True) is not None]


class Chain(StrEnum):
    """What became of a step's act on the chain. None in its place: the step changes no right, or only the parties'."""

    WAITING = "waiting"  # for the act before it
    SENT = "sent"
    FINAL = "final"
    FAILED = "failed"
