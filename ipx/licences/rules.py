"""Words of licence terms, states of a licence, and the length of a term. Pure."""

from calendar import monthrange
from datetime import datetime
from enum import StrEnum


class Exclusivity(StrEnum):
    """Who else may practise: nobody, the licensor alone, or others too."""

    EXCLUSIVE = "exclusive"
    SOLE = "sole"
    NON_EXCLUSIVE = "non-exclusive"


# Codes on chain; 0 in a sealed grant, where the chain is not told.
EXCLUSIVITY_CODES = {Exclusivity.EXCLUSIVE: 1, Exclusivity.SOLE: 2, Exclusivity.NON_EXCLUSIVE: 4}  # 3: co-exclusive


class TransferRule(StrEnum):
    """Whether the licensee may hand the licence on."""

    NO = "no"
    CONSENT = "consent"
    FREE = "free"


TRANSFER_CODES = {TransferRule.NO: 0, TransferRule.CONSENT: 1, TransferRule.FREE: 2}


class Sublicensing(StrEnum):
    """Whether the licensee may license others."""

    NO = "no"
    CONSENT = "consent"
    FREE = "free"


class Act(StrEnum):
    """What the licensee may do with the subject."""

    MAKE = "make"
    HAVE_MADE = "have-made"
    USE = "use"
    SELL = "sell"
    OFFER = "offer"
    IMPORT = "import"
    PRACTISE = "practise"
    COPY = "copy"
    MODIFY = "modify"


class TermEnd(StrEnum):
    """When the licence ends by itself."""

    FIXED = "fixed"
    LAST_TO_EXPIRE = "last-to-expire"
    PERPETUAL = "perpetual"


class RoyaltyBase(StrEnum):
    """What the running royalty is a share of."""

    NET_SALES = "net-sales"
    GROSS = "gross"


class State(StrEnum):
    """States of a licence."""

    GRANTING = "GRANTING"  # the transaction is under way
    ACTIVE = "ACTIVE"  # granted in a final block
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    EXPIRED = "EXPIRED"  # its term ended; until that is noted, the clock alone says so
    ISSUE_FAILED = "ISSUE_FAILED"  # the chain refused for good; the payment goes back


def months_later(start: datetime, months: int) -> datetime:
    """Return the same day some months later, or that month's last day where it is shorter."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))
