"""States of offers and agreements, and how long things last. Pure."""

from datetime import timedelta
from enum import StrEnum


class OfferState(StrEnum):
    """States of an offer."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


class AgreementState(StrEnum):
    """States of an agreement; the way is forwards only."""

    SIGNING = "SIGNING"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    GRANTING = "GRANTING"  # paid; the grant is on its way to the chain
    ACTIVE = "ACTIVE"
    WITHDRAWN = "WITHDRAWN"
    ISSUE_FAILED = "ISSUE_FAILED"  # the chain refused for good; the payment goes back


WALLET = "wallet"  # in the place of an account's id: the key is not here


class Side(StrEnum):
    """The two sides of a deal."""

    LICENSOR = "licensor"
    LICENSEE = "licensee"


def other_side(side: Side) -> Side:
    """Return the other one."""
    return Side.LICENSEE if side is Side.LICENSOR else Side.LICENSOR


MOST_VERSIONS = 100  # of one offer; people who need more should talk
NDA_PERIOD_YEARS = 3
NDA_DEADLINE = timedelta(days=7)  # how long the signed acceptance may wait for the chain
DRAFT_LIFE = timedelta(hours=1)  # how long a wallet may take to sign what was drawn up for it
GRANT_DEADLINE = timedelta(days=365)  # how long a signed grant may wait for payment and chain
MOST_RIGHTS = 64  # LicenceRegistry takes no more titles in one grant
