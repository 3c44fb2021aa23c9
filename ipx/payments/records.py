"""What the room hands out."""

from dataclasses import dataclass
from datetime import datetime

from ipx.core.money import Money
from ipx.payments.rules import State


@dataclass(frozen=True)
class Checkout:
    """One thing to be paid, by whom, to whom, and where it stands. ``trouble``: why the money does not go back."""

    id: str
    agreement_id: str
    payer_id: str
    payee_id: str
    amount: Money
    description: str
    state: State
    reference: str | None
    payment_reference: str | None
    created_at: datetime
    paid_at: datetime | None
    attempt: int = 1
    trouble: str | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True)
class Refund:
    """Money that is to go back: under which id of ours, which payment, how much."""

    refund_id: str
    reference: str
    payment_reference: str | None
    amount: Money


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: positive debits, negative credits, in minor units."""

    transaction_id: str
    at: datetime
    account: str
    amount: int
    currency: str
    memo: str
    checkout_id: str
