"""Owns what happens to a paid charge afterwards: refunds, a dispute, and the balance that remains.

It never gives back more than was paid.
"""

from ipx.adapters.stripe_simulator.books import Body, Entry
from ipx.adapters.stripe_simulator.desk import Desk, new_id
from ipx.adapters.stripe_simulator.faults import ApiFault
from ipx.adapters.stripe_simulator.parameters import Tree
from ipx.core.money import Money

_WEEK = 7 * 86_400


def refund(desk: Desk, parameters: Tree) -> Body:
    """Refund a charge, all that is left of it unless ``amount`` says less, and return the refund."""
    charge = _charge_of(desk, parameters)
    left = charge.body["amount_captured"] - charge.body["amount_refunded"]
    amount = parameters.get("amount", left)
    _check_refundable(charge, amount, left)
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = amount == left
    desk.books.save(charge)
    body = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge.id,
        "created": desk.now,
        "currency": charge.body["currency"],
        "destination_details": {"type": "card", "card": {"type": "refund"}},
        "metadata": parameters.get("metadata", {}),
        "payment_intent": charge.body["payment_intent"],
        "reason": parameters.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    desk.books.add(body)
    desk.announce("charge.refunded", charge.body)
    return body


def dispute(desk: Desk, payment: str) -> Body:
    """Let the payer's bank dispute a payment that was made with the dispute card; return the dispute."""
    charge = _charge_of(desk, {"payment_intent": payment})
    if not charge.hidden.get("disputable"):
        raise ApiFault("Only a payment made with 4000 0000 0000 0259 can be disputed here.", param="payment_intent")
    if charge.body["disputed"]:
        raise ApiFault(f"Charge {charge.id} is disputed already.", param="payment_intent")
    charge.body["disputed"] = True
    desk.books.save(charge)
    body = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge.body["amount_captured"] - charge.body["amount_refunded"],
        "balance_transactions": [],
        "charge": charge.id,
        "created": desk.now,
        "currency": charge.body["currency"],
        "evidence_details": {
            "due_by": desk.now + _WEEK,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": payment,
        "reason": "fraudulent",
        "status": "needs_response",
    }
    desk.books.add(body)
    desk.announce("charge.dispute.created", body)
    return body


def balance(desk: Desk) -> Body:
    """Return what was paid less what was refunded or is disputed, by currency; the simulator takes no fees."""
    rows = desk.books.connection.execute(
        "SELECT json_extract(body, '$.currency'), "
        "SUM((json_extract(body, '$.amount_captured') - json_extract(body, '$.amount_refunded')) "
        "* (1 - json_extract(body, '$.disputed'))) "
        "FROM objects WHERE kind = 'charge' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    amounts = dict(rows) or {"usd": 0}
    available = [{"amount": net, "currency": code, "source_types": {"card": net}} for code, net in amounts.items()]
    pending = [{"amount": 0, "currency": code, "source_types": {"card": 0}} for code in amounts]
    return {"object": "balance", "available": available, "livemode": False, "pending": pending}


def _charge_of(desk: Desk, parameters: Tree) -> Entry:
    if ("charge" in parameters) == ("payment_intent" in parameters):
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise ApiFault(message, code="parameter_missing", param="payment_intent")
    if "charge" in parameters:
        return desk.take("charge", parameters["charge"], "charge")
    intent = desk.take("payment_intent", parameters["payment_intent"], "payment_intent")
    if intent.body["status"] != "succeeded":
        raise ApiFault(
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.", param="payment_intent"
        )
    return desk.take("charge", intent.body["latest_charge"], "charge")


def _check_refundable(charge: Entry, amount: int, left: int) -> None:
    currency = charge.body["currency"].upper()
    if not charge.body["paid"]:
        raise ApiFault(f"Charge {charge.id} was not paid.", param="charge")
    if charge.body["disputed"]:
        raise ApiFault(f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left == 0:
        raise ApiFault(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        message = f"Refund amount ({Money(amount, currency)}) is greater than unrefunded amount on charge"
        raise ApiFault(f"{message} ({Money(left, currency)})", param="amount")
