"""States of a checkout, accounts of the ledger, what can be paid by card, and the one law of bookkeeping. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ipx.core.errors import Conflict, Invalid
from ipx.core.money import Money


class State(StrEnum):
    """States of a checkout; only forwards."""

    OPEN = "OPEN"  # our row exists; the hosted page may or may not
    PAID = "PAID"  # the payment service says so, and the ledger too
    CANCELLED = "CANCELLED"  # withdrawn before any money moved
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"


class StrayState(StrEnum):
    """States of money that came and does not belong here."""

    RETURNING = "RETURNING"
    RETURNED = "RETURNED"


# The least that a card is charged with, in minor units, and the most: eight digits (the payment service's limits).
_LEAST = {"USD": 50, "EUR": 50, "GBP": 30, "CHF": 50, "CNY": 400, "HKD": 400, "JPY": 50, "KRW": 700}
_MOST = 99_999_999


def check_payable(amount: Money) -> None:
    """Raise Conflict unless the amount is nothing, or can be paid by card. Ask before anybody signs."""
    least = Money(_LEAST[amount.currency], amount.currency)
    most = Money(_MOST, amount.currency)
    if amount.amount and not least <= amount <= most:
        raise Conflict(
            f"An upfront fee of {amount} cannot be paid here: by card it must be {least} to {most}, or none."
        )


def attempt_name(checkout_id: str, attempt: int) -> str:
    """Return how the payment service knows an attempt at a checkout: a page that expired is never opened again."""
    return checkout_id if attempt == 1 else f"{checkout_id}.{attempt}"


def checkout_of(name: str) -> str:
    """Return the checkout that an attempt belongs to."""
    return name.partition(".")[0]


@dataclass(frozen=True)
class Line:
    """One line of a ledger transaction: positive debits an account, negative credits it, in minor units."""

    account: str
    amount: int
    currency: str


def check_balanced(lines: Sequence[Line]) -> None:
    """Raise Invalid unless debits equal credits in every currency."""
    for currency in {line.currency for line in lines}:
        if sum(line.amount for line in lines if line.currency == currency) != 0:
            raise Invalid(f"A ledger transaction does not balance in {currency}.")
    if len(lines) < 2:
        raise Invalid("A ledger transaction needs two lines at least.")


def clearing_account() -> str:
    """Return the account of money that the payment service holds for us."""
    return "assets:payment-service"


def payable_account(organisation_id: str) -> str:
    """Return the account of what we owe an organisation."""
    return f"liabilities:organisation:{organisation_id}"


def stray_account() -> str:
    """Return the account of money that came and goes straight back."""
    return "liabilities:strays"
