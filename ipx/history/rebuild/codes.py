"""The coded words of the two registries, as in contracts/src/lib. They are frozen. Pure."""

from enum import IntEnum

WHOLE_BPS = 10_000
NOBODY = "0x" + "0" * 40
NO_DOCUMENT = "0x" + "0" * 64


class ConveyanceKind(IntEnum):
    """Kinds of conveyance (ConveyanceKind.sol); the first eleven are those of a patent office's record."""

    ASSIGNMENT = 1
    PARTIAL_ASSIGNMENT = 2
    NUNC_PRO_TUNC = 3
    MERGER = 4
    NAME_CHANGE = 5
    SECURITY_INTEREST = 6
    RELEASE = 7
    LICENCE = 8
    GOVERNMENT_INTEREST = 9
    COURT_ORDER = 10
    CORRECTION = 11
    ACCOUNT_CHANGE = 12


CONVEYS_SHARE = frozenset(
    (
        ConveyanceKind.ASSIGNMENT,
        ConveyanceKind.PARTIAL_ASSIGNMENT,
        ConveyanceKind.NUNC_PRO_TUNC,
        ConveyanceKind.MERGER,
        ConveyanceKind.COURT_ORDER,
        ConveyanceKind.CORRECTION,
    )
)
GIVES_INTEREST = frozenset(
    (ConveyanceKind.SECURITY_INTEREST, ConveyanceKind.LICENCE, ConveyanceKind.GOVERNMENT_INTEREST)
)


class Basis(IntEnum):
    """Legal bases of a rectification (Rectifiers.sol)."""

    COURT_JUDGMENT = 1
    OFFICE_DECISION = 2
    ARBITRAL_AWARD = 3
    AGREEMENT_OF_PARTIES = 4
    CLERICAL_ERROR = 5
    SUCCESSION = 6
    INSOLVENCY = 7
    LOST_KEY = 8


# These say that the record was wrong when it was made; the others are new facts, from their block on.
SAYS_RECORD_WAS_WRONG = frozenset(
    (Basis.COURT_JUDGMENT, Basis.OFFICE_DECISION, Basis.ARBITRAL_AWARD, Basis.CLERICAL_ERROR)
)


class Status(IntEnum):
    """Statuses of a licence (LicenceCode.sol). EXPIRED and NOT_BEGUN follow from dates and are never stored."""

    NONE = 0
    ACTIVE = 1
    SUSPENDED = 2
    TERMINATED = 3
    CONVERTED = 4
    EXPIRED = 5
    NOT_BEGUN = 6


IN_FORCE = frozenset((Status.ACTIVE, Status.CONVERTED))


class TransferRule(IntEnum):
    """Whether a licence may change hands."""

    NO = 0
    WITH_CONSENT = 1
    FREE = 2


class Exclusivity(IntEnum):
    """Exclusivity of a published grant; SEALED where the chain is not told."""

    SEALED = 0
    EXCLUSIVE = 1
    SOLE = 2
    CO_EXCLUSIVE = 3
    NON_EXCLUSIVE = 4


class Reason(IntEnum):
    """Reasons of a change of status."""

    BREACH = 1
    NON_PAYMENT = 2
    DILIGENCE_FAILURE = 3
    MILESTONE_MISSED = 4
    MINIMUM_NOT_MET = 5
    INSOLVENCY = 6
    CHALLENGE = 7
    CONVENIENCE = 8
    AGREEMENT = 9
    CURED = 10
    SURRENDER = 11
    DECISION = 12
    RIGHT_LAPSED = 13
    CONTROL_CHANGE = 14


class Evidence(IntEnum):
    """How well the present record of a title is evidenced."""

    DECLARED = 0
    INSTRUMENT_ATTACHED = 1
    MATCHES_OFFICE = 2
