"""The coded words of a chain of title. Pure; they are frozen (docs/spec/chain-of-title.md)."""

from datetime import timedelta
from enum import StrEnum


class ConveyanceKind(StrEnum):
    """What an instrument does: the kinds of an office's assignment records, and two of ours."""

    ASSIGNMENT = "assignment"
    PARTIAL_ASSIGNMENT = "partial-assignment"
    NUNC_PRO_TUNC = "nunc-pro-tunc"
    MERGER = "merger"
    NAME_CHANGE = "name-change"
    SECURITY_INTEREST = "security-interest"
    RELEASE = "release"
    LICENCE = "licence"
    GOVERNMENT_INTEREST = "government-interest"
    COURT_ORDER = "court-order"
    CORRECTION = "correction"
    ACCOUNT_CHANGE = "account-change"  # of the register alone: the same person, another account
    AGREEMENT_TO_ASSIGN = "agreement-to-assign"  # conveys nothing yet


# The numbers in TitleRegistry's events (contracts/src/lib/ConveyanceKind.sol).
REGISTER_CODES = dict(enumerate(list(ConveyanceKind)[:12], start=1))

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
# What 35 USC 261 calls an assignment, grant or conveyance, void against a later purchaser unless recorded in time.
NEEDS_RECORDING = frozenset(
    (
        ConveyanceKind.ASSIGNMENT,
        ConveyanceKind.PARTIAL_ASSIGNMENT,
        ConveyanceKind.NUNC_PRO_TUNC,
        ConveyanceKind.MERGER,
    )
)
# A joint owner does these by its own will; a court's order or a merger asks nobody.
GIVEN_BY_WILL = frozenset((ConveyanceKind.ASSIGNMENT, ConveyanceKind.PARTIAL_ASSIGNMENT, ConveyanceKind.NUNC_PRO_TUNC))


class JointAct(StrEnum):
    """What a joint owner may want to do without the others."""

    NON_EXCLUSIVE_LICENCE = "non-exclusive-licence"
    EXCLUSIVE_LICENCE = "exclusive-licence"
    ASSIGN_SHARE = "assign-share"


class ConsentRule(StrEnum):
    """What is asked of the other joint owners; NOT_KNOWN is an answer."""

    FREE = "free"
    NOTICE = "notice"
    MAJORITY = "majority"
    ALL = "all"
    NOT_KNOWN = "not-known"


class GapCode(StrEnum):
    """What a careful reader of a chain of title must look into."""

    ORIGIN_NOT_KNOWN = "origin_not_known"
    INVENTOR_WITHOUT_ASSIGNMENT = "inventor_without_assignment"
    AGREES_TO_ASSIGN = "agrees_to_assign"
    ASSIGNOR_NOT_HOLDER = "assignor_not_holder"
    RESTS_ON_GAP = "rests_on_gap"
    CONVEYS_MORE_THAN_HELD = "conveys_more_than_held"
    NAME_MISMATCH = "name_mismatch"
    SECURITY_INTEREST_NOT_RELEASED = "security_interest_not_released"
    RELEASE_OF_NOTHING = "release_of_nothing"
    JOINT_OWNER_WITHOUT_CONSENT = "joint_owner_without_consent"
    CONSENT_RULE_NOT_KNOWN = "consent_rule_not_known"
    OWNER_NOT_HOLDER = "owner_not_holder"
    UNDATED = "undated"
    NO_INSTRUMENT = "no_instrument"
    RECORDATION_OPEN = "recordation_open"
    RECORDATION_MISSED = "recordation_missed"
    RECORDED_LATE = "recorded_late"
    LATER_PURCHASE = "later_purchase"
    NOT_REGISTERED = "not_registered"


LONGEST_NAME, LONGEST_ADDRESS, LONGEST_WORDS, LONGEST_REFERENCE = 200, 400, 2000, 60
MOST_GIVERS = 50


class Basis(StrEnum):
    """Why a record is put right; the codes of TitleRegistry (contracts/src/lib/Rectifiers.sol), in their order."""

    COURT_JUDGMENT = "court-judgment"
    OFFICE_DECISION = "office-decision"
    ARBITRAL_AWARD = "arbitral-award"
    AGREEMENT_OF_PARTIES = "agreement-of-parties"
    CLERICAL_ERROR = "clerical-error"
    SUCCESSION = "succession"
    INSOLVENCY = "insolvency"
    LOST_KEY = "lost-key"


class RectificationState(StrEnum):
    """How far a rectification is; the last two are for ever."""

    PROPOSED = "proposed"
    CARRIED_OUT = "carried-out"
    WITHDRAWN = "withdrawn"


# Of all who keep titles: others than who proposed it and than who entered the record.
APPROVALS_NEEDED = 2


class RegisterState(StrEnum):
    """How far a rectification of the register on the chain is; the last three are for ever."""

    PROPOSED = "proposed"  # no rectifier has signed
    ANNOUNCING = "announcing"  # the first signature is on its way to the chain
    ANNOUNCED = "announced"  # in public; the delay runs, and further rectifiers sign
    SENT = "sent"  # being carried out
    RECTIFIED = "rectified"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # nobody may carry it out any more


class RegisterAct(StrEnum):
    """What is brought to the chain for it."""

    ANNOUNCE = "announce"
    CARRY_OUT = "carry-out"


class SignatureOrigin(StrEnum):
    """Where a rectifier's signature was made."""

    WALLET = "wallet"
    ELSEWHERE = "elsewhere"
    SIMULATED = "simulated"


# What shows by itself, or needs nobody's decision; every other basis is a paper of somebody else.
NEEDS_NO_DOCUMENT = frozenset((Basis.CLERICAL_ERROR, Basis.LOST_KEY))
TIME_TO_SIGN = timedelta(days=180)  # beside the public delay; after it the signatures are worth nothing
MOST_ATTEMPTS = 3  # to bring one act to the chain by ourselves; then a person has to ask for it
