"""What payments tell other rooms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckoutSettled:
    """The money is there: the ledger says so."""

    checkout_id: str
    agreement_id: str


@dataclass(frozen=True)
class CheckoutRefunded:
    """The money went back, because we asked for it or because somebody did at the payment service."""

    checkout_id: str
    agreement_id: str


@dataclass(frozen=True)
class PaymentTroubled:
    """Something about the money is not as it should be; both sides have to know. ``what`` is for people."""

    checkout_id: str
    agreement_id: str
    what: str
