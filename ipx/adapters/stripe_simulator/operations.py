"""Owns what an operator of the simulator can make happen that Stripe's API has no request for.

It never serves the exchange: only tests and people at a keyboard, who hold the secret key, use it.
"""

from flask import Blueprint, Response, jsonify, request

from ipx.adapters.stripe_simulator.api import authenticate
from ipx.adapters.stripe_simulator.engine import engine
from ipx.adapters.stripe_simulator.faults import missing
from ipx.adapters.stripe_simulator.refunds import dispute


def operations_blueprint() -> Blueprint:
    """Return the blueprint, to be mounted under ``/operator``."""
    blueprint = Blueprint("operations", __name__)
    blueprint.before_request(authenticate)
    blueprint.add_url_rule("/disputes", "dispute", _dispute, methods=["POST"])
    blueprint.add_url_rule("/events/<id>/resend", "resend", _resend, methods=["POST"])
    blueprint.add_url_rule("/deliveries", "deliveries", _deliveries)
    return blueprint


def _dispute() -> Response:
    """Let the bank dispute ``payment_intent``, which was paid with the dispute card."""
    with engine().writing() as desk:
        body = dispute(desk, request.form.get("payment_intent", ""))
    return jsonify(body)


def _resend(id: str) -> Response:
    """Deliver an event once more, with the same id, whatever became of it before."""
    with engine().writing() as desk:
        changed = desk.books.connection.execute(
            "UPDATE deliveries SET state = 'due', attempts = 0, due = ? WHERE event = ?", (desk.now, id)
        )
        if changed.rowcount == 0:
            raise missing("event", id, "id")
    return jsonify({"id": id, "object": "event"})


def _deliveries() -> Response:
    """List the last hundred deliveries, newest first."""
    with engine().reading() as desk:
        rows = desk.books.connection.execute(
            "SELECT event, state, attempts, outcome FROM deliveries ORDER BY rowid DESC LIMIT 100"
        ).fetchall()
    names = ("event", "state", "attempts", "outcome")
    return jsonify({"object": "list", "data": [dict(zip(names, row, strict=True)) for row in rows], "has_more": False})
