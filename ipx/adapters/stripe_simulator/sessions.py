"""Owns the life of a Checkout Session: opened, expired; and the secret that binds a page form to it.

It never pays one: that is ``payments``.
"""

import hmac
import secrets

from ipx.adapters.stripe_simulator.books import Body, Entry
from ipx.adapters.stripe_simulator.desk import Desk, new_id
from ipx.adapters.stripe_simulator.faults import ApiFault
from ipx.adapters.stripe_simulator.parameters import Tree
from ipx.core.money import Money

SESSION = "checkout.session"
_DAY, _HALF_HOUR = 86_400, 1_800
_LARGEST_TOTAL = 99_999_999

# Stripe's smallest charge, in minor units, for the currencies that its documentation names one for.
_SMALLEST = {"usd": 50, "eur": 50, "gbp": 30, "chf": 50, "jpy": 50, "hkd": 400}


def open_session(desk: Desk, parameters: Tree) -> Body:
    """Open a session for one payment and return it."""
    currency, total = _total(parameters["line_items"])
    reference = new_id("cs_test", 58)
    body = _EMPTY | {
        "id": reference,
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": parameters.get("cancel_url"),
        "client_reference_id": parameters.get("client_reference_id"),
        "created": desk.now,
        "currency": currency,
        "customer_email": parameters.get("customer_email"),
        "expires_at": _expiry(parameters.get("expires_at"), desk.now),
        "metadata": parameters.get("metadata", {}),
        "success_url": parameters["success_url"],
        "url": f"{desk.public_url}/pay/{reference}",
    }
    first = parameters["line_items"][0]["price_data"]["product_data"]
    payment = parameters.get("payment_intent_data", {})
    desk.books.add(
        body,
        page_secret=secrets.token_hex(32),
        title=first["name"],
        payment={"metadata": payment.get("metadata", {}), "description": payment.get("description")},
    )
    return body


def expire_session(desk: Desk, id: str) -> Body:
    """Expire an open session on request and return it."""
    session = desk.take(SESSION, id, "session")
    if session.body["status"] != "open":
        raise ApiFault(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session.body['status']}.",
            param="session",
        )
    _expire(desk, session)
    return session.body


def expire_due(desk: Desk) -> int:
    """Expire every open session whose time is over; return how many."""
    due = desk.books.select(SESSION, 100, equal={"status": "open"}, at_most={"expires_at": desk.now})
    for session in due:
        _expire(desk, session)
    return len(due)


def form_token(session: Entry) -> str:
    """Return the token that a form of this session's page must carry."""
    return hmac.new(session.hidden["page_secret"].encode(), session.id.encode(), "sha256").hexdigest()


def amount_of(body: Body) -> Money:
    """Return a session's total."""
    return Money(body["amount_total"], body["currency"].upper())


def _expire(desk: Desk, session: Entry) -> None:
    session.body.update(status="expired", url=None)
    session.hidden.pop("challenge", None)
    desk.books.save(session)
    if session.body["payment_intent"]:
        intent = desk.take("payment_intent", session.body["payment_intent"], "intent")
        intent.body.update(status="canceled", canceled_at=desk.now, cancellation_reason="automatic", next_action=None)
        desk.books.save(intent)
    desk.announce("checkout.session.expired", session.body)


def _total(lines: list[Tree]) -> tuple[str, int]:
    currencies = sorted({line["price_data"]["currency"] for line in lines})
    if len(currencies) != 1:
        found = ", ".join(currencies) or "none"
        raise ApiFault(f"All line items must have one currency; found: {found}.", param="line_items")
    total = sum(line["price_data"]["unit_amount"] * line["quantity"] for line in lines)
    smallest = _SMALLEST.get(currencies[0], 1)
    if total < smallest:
        least = Money(smallest, currencies[0].upper())
        raise ApiFault(
            f"The Checkout Session's total amount due must add up to at least {least}.", code="amount_too_small"
        )
    if total > _LARGEST_TOTAL:
        most = Money(_LARGEST_TOTAL, currencies[0].upper())
        message = f"The Checkout Session's total amount due must be no more than {most}."
        raise ApiFault(message, code="amount_too_large", param="line_items")
    return currencies[0], total


def _expiry(wanted: int | None, now: int) -> int:
    if wanted is None:
        return now + _DAY
    if not now + _HALF_HOUR <= wanted <= now + _DAY:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise ApiFault(message, param="expires_at")
    return wanted


# The fields that are the same for every new session of ours.
_EMPTY: Body = {
    "object": SESSION,
    "adaptive_pricing": {"enabled": False},
    "after_expiration": None,
    "allow_promotion_codes": None,
    "allowed_payment_method_types": ["card"],
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "billing_address_collection": None,
    "client_secret": None,
    "consent": None,
    "consent_collection": None,
    "currency_conversion": None,
    "customer": None,
    "customer_creation": "if_required",
    "customer_details": None,
    "livemode": False,
    "locale": None,
    "mode": "payment",
    "payment_intent": None,
    "payment_link": None,
    "payment_method_collection": "if_required",
    "payment_method_options": {},
    "payment_method_types": ["card"],
    "payment_status": "unpaid",
    "recovered_from": None,
    "setup_intent": None,
    "status": "open",
    "submit_type": None,
    "subscription": None,
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "ui_mode": "hosted_page",
}
