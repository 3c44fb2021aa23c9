"""Owns what happens when a card is used for a session: paid, declined, or challenged by the bank (3-D Secure).

It never pays a session twice: a session that is not open takes no card, and every attempt is one transaction.
"""

from enum import Enum

from ipx.adapters.stripe_simulator.books import Body, Entry
from ipx.adapters.stripe_simulator.cards import AUTHENTICATION_FAILED, CARDS, Decline, Ending, Payer
from ipx.adapters.stripe_simulator.desk import Desk, new_id


class Result(Enum):
    """How an attempt ended; CLOSED when the session was no longer open (paid or expired before)."""

    PAID = "paid"
    DECLINED = "declined"
    CHALLENGED = "challenged"
    CLOSED = "closed"


def attempt(desk: Desk, session: Entry, payer: Payer) -> Result:
    """Use a card. A decline leaves the session open for another card."""
    if not _payable(desk, session):
        return Result.CLOSED
    intent = _intent_of(desk, session)
    session.hidden.pop("challenge", None)
    if payer.card.ending is Ending.CHALLENGED:
        _challenge(desk, session, intent, payer)
        return Result.CHALLENGED
    if payer.card.decline is not None:
        charge = desk.books.add(_charge(desk, intent, payer, payer.card.decline))
        _decline(desk, session, intent, payer.card.decline, charge.id)
        return Result.DECLINED
    _settle(desk, session, intent, payer)
    return Result.PAID


def answer_challenge(desk: Desk, session: Entry, *, confirmed: bool) -> Result:
    """Answer the bank's question. Without a question that is open, this changes nothing."""
    kept = session.hidden.pop("challenge", None)
    if kept is None or not _payable(desk, session):
        return Result.CLOSED
    intent = _intent_of(desk, session)
    if not confirmed:
        _decline(desk, session, intent, AUTHENTICATION_FAILED, None)
        return Result.DECLINED
    card = next(card for card in CARDS if card.last4 == kept["last4"])
    _settle(desk, session, intent, Payer(card, kept["month"], kept["year"], kept["name"]))
    return Result.PAID


def _payable(desk: Desk, session: Entry) -> bool:
    # The courier expires sessions a moment late; a payment in that moment must not slip through.
    return bool(session.body["status"] == "open" and session.body["expires_at"] > desk.now)


def _intent_of(desk: Desk, session: Entry) -> Entry:
    """Return the session's payment intent; as at Stripe it exists from the first attempt on."""
    if session.body["payment_intent"]:
        return desk.take("payment_intent", session.body["payment_intent"], "intent")
    reference = new_id("pi")
    intent = desk.books.add(
        _NEW_INTENT
        | {
            "id": reference,
            "amount": session.body["amount_total"],
            "client_secret": new_id(f"{reference}_secret"),
            "created": desk.now,
            "currency": session.body["currency"],
            "description": session.hidden["payment"]["description"],
            "metadata": session.hidden["payment"]["metadata"],
        }
    )
    session.body["payment_intent"] = intent.id
    return intent


def _challenge(desk: Desk, session: Entry, intent: Entry, payer: Payer) -> None:
    session.hidden["challenge"] = {
        "last4": payer.card.last4,
        "month": payer.month,
        "year": payer.year,
        "name": payer.name,
    }
    page = session.body["url"]
    intent.body.update(
        status="requires_action",
        last_payment_error=None,
        next_action={
            "type": "redirect_to_url",
            "redirect_to_url": {"url": f"{page}/challenge", "return_url": page},
        },
    )
    desk.books.save(intent)
    desk.books.save(session)


def _decline(desk: Desk, session: Entry, intent: Entry, decline: Decline, charge: str | None) -> None:
    error = {"type": "card_error", "code": decline.code, "message": decline.message}
    if decline.decline_code:
        error["decline_code"] = decline.decline_code
    if charge:
        error["charge"] = charge
    intent.body.update(
        status="requires_payment_method", latest_charge=charge, last_payment_error=error, next_action=None
    )
    desk.books.save(intent)
    desk.books.save(session)
    desk.announce("payment_intent.payment_failed", intent.body)


def _settle(desk: Desk, session: Entry, intent: Entry, payer: Payer) -> None:
    disputable = payer.card.ending is Ending.DISPUTED_LATER
    charge = desk.books.add(_charge(desk, intent, payer, None), disputable=disputable)
    intent.body.update(
        status="succeeded",
        amount_received=intent.body["amount"],
        latest_charge=charge.id,
        last_payment_error=None,
        next_action=None,
    )
    details = {"address": None, "email": session.body["customer_email"], "name": payer.name, "phone": None}
    session.body.update(
        status="complete",
        payment_status="paid",
        url=None,
        customer_details=details | {"tax_exempt": "none", "tax_ids": []},
    )
    desk.books.save(intent)
    desk.books.save(session)
    desk.announce("payment_intent.succeeded", intent.body)
    desk.announce("checkout.session.completed", session.body)


def _charge(desk: Desk, intent: Entry, payer: Payer, decline: Decline | None) -> Body:
    paid = decline is None
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent.body["amount"],
        "amount_captured": intent.body["amount"] if paid else 0,
        "amount_refunded": 0,
        "billing_details": {"address": None, "email": None, "name": payer.name, "phone": None, "tax_id": None},
        "captured": paid,
        "created": desk.now,
        "currency": intent.body["currency"],
        "description": intent.body["description"],
        "disputed": False,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "livemode": False,
        "metadata": intent.body["metadata"],
        "outcome": _outcome(decline),
        "paid": paid,
        "payment_intent": intent.id,
        "payment_method": None,
        "payment_method_details": {"type": "card", "card": _card(payer)},
        "receipt_email": None,
        "refunded": False,
        "status": "succeeded" if paid else "failed",
    }


def _outcome(decline: Decline | None) -> Body:
    if decline is None:
        network = {"network_status": "approved_by_network", "reason": None, "type": "authorized"}
        return network | {"seller_message": "Payment complete."}
    reason = decline.decline_code or decline.code
    network = {"network_status": "declined_by_network", "reason": reason, "type": "issuer_declined"}
    return network | {"seller_message": f"The simulated bank returned the decline code `{reason}`."}


def _card(payer: Payer) -> Body:
    return {
        "brand": payer.card.brand,
        "country": "US",
        "exp_month": payer.month,
        "exp_year": payer.year,
        "funding": "credit",
        "last4": payer.card.last4,
        "network": payer.card.brand,
    }


# The fields that are the same for every new payment intent of ours.
_NEW_INTENT: Body = {
    "object": "payment_intent",
    "amount_capturable": 0,
    "amount_received": 0,
    "application": None,
    "application_fee_amount": None,
    "automatic_payment_methods": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "capture_method": "automatic",
    "confirmation_method": "automatic",
    "customer": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_options": {},
    "payment_method_types": ["card"],
    "processing": None,
    "receipt_email": None,
    "setup_future_usage": None,
    "shipping": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "requires_payment_method",
    "transfer_data": None,
    "transfer_group": None,
}
