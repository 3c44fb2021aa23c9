"""Owns the test cards: which numbers are known, what each of them does, and how typed card details are checked.

It never lets a number through that is not a test card, and nothing keeps a number or a security code.
Numbers, codes and messages: Stripe's documentation, "Test card numbers" and "Decline codes".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Ending(Enum):
    """What happens when a card is used."""

    PAID = "The payment succeeds"
    DECLINED = "The payment is declined"
    CHALLENGED = "The bank asks for confirmation (3-D Secure)"
    DISPUTED_LATER = "The payment succeeds and can be disputed later"


@dataclass(frozen=True)
class Decline:
    """Why a bank says no: Stripe's error code, decline code, message; what the payer can do, and in which field."""

    code: str
    decline_code: str | None
    message: str
    cure: str
    field: str = "number"


@dataclass(frozen=True)
class Card:
    """A test card: brand and ending, how to describe it, and why it is declined if it is."""

    number: str
    brand: str
    ending: Ending
    label: str
    decline: Decline | None = None
    offered: bool = True

    @property
    def last4(self) -> str:
        """Return the last four digits, which may be kept and shown."""
        return self.number[-4:]

    @property
    def grouped(self) -> str:
        """Return the number in groups of four, as it is printed on cards."""
        return " ".join(re.findall(".{1,4}", self.number))


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.", "Use another card.")
AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method.",
    "Try again and confirm the payment, or use another card.",
    "",
)
_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.", "Use another card.")
_LOST = Decline("card_declined", "lost_card", "Your card was declined.", "The bank has it as lost: use another card.")
_EXPIRED = Decline("expired_card", None, "Your card has expired.", "Use another card.", "expiry")
_CVC = Decline(
    "incorrect_cvc", None, "Your card's security code is incorrect.", "Check the code, or use another card.", "cvc"
)

CARDS = (
    Card("4242424242424242", "visa", Ending.PAID, "Succeeds"),
    Card("4000000000000002", "visa", Ending.DECLINED, "Declined", GENERIC),
    Card("4000000000009995", "visa", Ending.DECLINED, "Declined: insufficient funds", _FUNDS),
    Card("4000000000009987", "visa", Ending.DECLINED, "Declined: lost card", _LOST),
    Card("4000000000000069", "visa", Ending.DECLINED, "Declined: expired card", _EXPIRED),
    Card("4000000000000127", "visa", Ending.DECLINED, "Declined: wrong CVC", _CVC),
    Card("4000002500003155", "visa", Ending.CHALLENGED, "Asks to confirm (3‑D Secure)"),
    Card("4000000000003220", "visa", Ending.CHALLENGED, "Asks to confirm (3‑D Secure 2)"),
    Card("4000000000000259", "visa", Ending.DISPUTED_LATER, "Succeeds, can be disputed later"),
    Card("5555555555554444", "mastercard", Ending.PAID, "Succeeds (Mastercard)", offered=False),
    Card("378282246310005", "amex", Ending.PAID, "Succeeds (American Express)", offered=False),
)
_BY_NUMBER = {card.number: card for card in CARDS}


@dataclass(frozen=True)
class Payer:
    """Checked details of a card form: the card, when it expires, and the name on it. The security code is gone."""

    card: Card
    month: int
    year: int
    name: str


def read_card_form(form: Mapping[str, str], now: datetime) -> tuple[Payer | None, dict[str, str]]:
    """Check ``number``, ``expiry``, ``cvc`` and ``name``; return the payer, or the message for each wrong field."""
    number = re.sub(r"[\s-]", "", form.get("number", ""))
    card = _BY_NUMBER.get(number)
    expiry = _expiry(form.get("expiry", ""))
    name = " ".join(form.get("name", "").split())
    messages = {
        "number": _number_problem(number, card),
        "expiry": _expiry_problem(expiry, now),
        "cvc": _cvc_problem(form.get("cvc", "").strip(), card),
        "name": "" if 0 < len(name) <= 200 else "Enter the name on the card.",
    }
    wrong = {field: message for field, message in messages.items() if message}
    if wrong or card is None or expiry is None:
        return None, wrong
    return Payer(card, *expiry, name), {}


def luhn_holds(number: str) -> bool:
    """Tell whether the check digit of a card number fits (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _number_problem(number: str, card: Card | None) -> str:
    if card:
        return ""
    if not number:
        return "Enter a card number."
    if not re.fullmatch(r"[0-9]{12,19}", number):
        return "A card number has 12 to 19 digits: check for missing or extra characters."
    if not luhn_holds(number):
        return "This is not a card number: one of the digits must be wrong."
    return "Only the test cards listed on this page work here. Never type a real card number."


def _expiry(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"\s*([0-9]{1,2})\s*[/. -]?\s*((?:20)?[0-9]{2})\s*", text)
    if match is None or not 1 <= int(match[1]) <= 12:
        return None
    return int(match[1]), 2000 + int(match[2]) % 100


def _expiry_problem(expiry: tuple[int, int] | None, now: datetime) -> str:
    if expiry is None:
        return "Enter the month and year of expiry, for example 12 / 34."
    month, year = expiry
    if (year, month) < (now.year, now.month):
        return "This date is in the past: enter any month to come."
    return "This date is too far away." if year > now.year + 50 else ""


def _cvc_problem(cvc: str, card: Card | None) -> str:
    length = 4 if card is not None and card.brand == "amex" else 3
    if re.fullmatch(rf"[0-9]{{{length}}}", cvc):
        return ""
    return f"Enter the {length}-digit security code; any {length} digits will do."
