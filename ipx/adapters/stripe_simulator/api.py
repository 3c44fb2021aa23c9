"""Owns the simulated REST API under ``/v1``: which requests exist, their parameters, authentication, and the answers.

It never decides what a payment does; it reads a request, lets the rooms below act, and writes Stripe's JSON.
"""

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Response, g, request

from ipx.adapters.stripe_simulator import parameters as check
from ipx.adapters.stripe_simulator.books import Body
from ipx.adapters.stripe_simulator.desk import API_VERSION, Desk
from ipx.adapters.stripe_simulator.engine import engine
from ipx.adapters.stripe_simulator.faults import ApiFault
from ipx.adapters.stripe_simulator.idempotency import Answer, answer_once, fingerprint
from ipx.adapters.stripe_simulator.parameters import Field, Tree, shape
from ipx.adapters.stripe_simulator.reading import EXPAND, PAGE, expanded, list_page
from ipx.adapters.stripe_simulator.refunds import balance, refund
from ipx.adapters.stripe_simulator.sessions import expire_session, open_session

Run = Callable[[Desk, Tree, str], Body]  # (desk, checked parameters, id from the path or "") → answer


@dataclass(frozen=True)
class Endpoint:
    """One request of the API."""

    method: str
    path: str
    fields: dict[str, Field]
    run: Run


def _retrieve(path: str, kind: str, param: str) -> Endpoint:
    return Endpoint("GET", f"{path}/<id>", {"expand": EXPAND}, lambda desk, _, name: desk.take(kind, name, param).body)


def _list(path: str, kind: str, **filters: Field) -> Endpoint:
    def run(desk: Desk, given: Tree, _: str) -> Body:
        return list_page(desk, kind, path, given, list(filters))

    return Endpoint("GET", path, PAGE | filters, run)


_TEXT, _LABELS = Field(check.text()), Field(check.metadata)

_PRICE = shape(
    {
        "currency": Field(check.currency, required=True),
        "unit_amount": Field(check.amount, required=True),
        "product_data": Field(
            shape({"name": Field(check.text(250), required=True), "description": _TEXT}), required=True
        ),
    }
)
_LINE = shape({"quantity": Field(check.integer(1, 10_000), required=True), "price_data": Field(_PRICE, required=True)})

_OPEN_SESSION = {
    "mode": Field(check.choice("payment"), required=True),
    "line_items": Field(check.items(_LINE), required=True),
    "success_url": Field(check.url, required=True),
    "cancel_url": Field(check.url),
    "client_reference_id": Field(check.text(200)),
    "customer_email": Field(check.email),
    "metadata": _LABELS,
    "payment_intent_data": Field(shape({"metadata": _LABELS, "description": Field(check.text(1000))})),
    "allowed_payment_method_types": Field(check.items(check.choice("card"))),
    "adaptive_pricing": Field(shape({"enabled": Field(check.flag)})),
    "expires_at": Field(check.integer(0)),
    "expand": EXPAND,
}
_REFUND = {
    "payment_intent": _TEXT,
    "charge": _TEXT,
    "amount": Field(check.amount),
    "reason": Field(check.choice("duplicate", "fraudulent", "requested_by_customer")),
    "metadata": _LABELS,
    "expand": EXPAND,
}
_STATUS = Field(check.choice("open", "complete", "expired"))

ENDPOINTS = (
    Endpoint("POST", "/v1/checkout/sessions", _OPEN_SESSION, lambda desk, given, _: open_session(desk, given)),
    _list("/v1/checkout/sessions", "checkout.session", payment_intent=_TEXT, status=_STATUS),
    _retrieve("/v1/checkout/sessions", "checkout.session", "session"),
    Endpoint(
        "POST",
        "/v1/checkout/sessions/<id>/expire",
        {"expand": EXPAND},
        lambda desk, _, name: expire_session(desk, name),
    ),
    _retrieve("/v1/payment_intents", "payment_intent", "intent"),
    _retrieve("/v1/charges", "charge", "charge"),
    Endpoint("POST", "/v1/refunds", _REFUND, lambda desk, given, _: refund(desk, given)),
    _list("/v1/refunds", "refund", payment_intent=_TEXT, charge=_TEXT),
    _retrieve("/v1/refunds", "refund", "refund"),
    _retrieve("/v1/disputes", "dispute", "dispute"),
    _list("/v1/events", "event", type=_TEXT),
    _retrieve("/v1/events", "event", "id"),
    Endpoint("GET", "/v1/balance", {"expand": EXPAND}, lambda desk, _given, _name: balance(desk)),
)


def api_blueprint() -> Blueprint:
    """Return the blueprint with all of ENDPOINTS."""
    blueprint = Blueprint("api", __name__)
    blueprint.before_request(authenticate)
    blueprint.before_request(_check_version)
    for endpoint in ENDPOINTS:
        name = f"{endpoint.method} {endpoint.path}".replace(".", "_")
        view = partial(_serve, endpoint)
        blueprint.add_url_rule(endpoint.path, name, view, methods=[endpoint.method], provide_automatic_options=False)
    return blueprint


def authenticate() -> None:
    """Let only the holder of the secret key in, by ``Bearer`` or as the user name of Basic authentication."""
    given = request.authorization
    key = "" if given is None else (given.token or given.username or "")
    if not key:
        raise ApiFault(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if not hmac.compare_digest(key.encode(), engine().secret_key.encode()):
        raise ApiFault(f"Invalid API Key provided: {key[:7]}****{key[-4:] if len(key) > 20 else ''}", status=401)


def _check_version() -> None:
    version = request.headers.get("Stripe-Version", API_VERSION)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[a-z_]+)?", version):
        raise ApiFault(f"Invalid Stripe API version: {version[:100]}")


def _serve(endpoint: Endpoint, id: str = "") -> Response:
    form = request.form if endpoint.method == "POST" else request.args
    given = shape(endpoint.fields)("", check.decode(form.items(multi=True)))

    def act(desk: Desk) -> Body:
        return expanded(desk.books, endpoint.run(desk, given, id), given.get("expand", []))

    if endpoint.method == "POST":
        return _respond(_change(given, act))
    with engine().reading() as desk:
        return _respond(Answer(200, json.dumps(act(desk), indent=2)))


def _change(given: Tree, act: Callable[[Desk], Body]) -> Answer:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        with engine().writing() as desk:
            return Answer(200, json.dumps(act(desk), indent=2))
    if not 0 < len(key) <= 255:
        raise ApiFault("Idempotency keys have 1 to 255 characters.", code="parameter_invalid_string")
    with engine().claims.claim(key), engine().writing(key) as desk:
        return answer_once(desk, key, fingerprint(request.method, request.path, given), act)


def _respond(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type="application/json")
    if key := request.headers.get("Idempotency-Key"):
        response.headers["Idempotency-Key"] = key
    if answer.original:
        response.headers["Idempotent-Replayed"] = "true"
        response.headers["Original-Request"] = answer.original
    return response


def fault_response(fault: ApiFault) -> Response:
    """Return an error answer of the API."""
    return _respond(Answer(fault.status, json.dumps(fault.envelope(), indent=2)))


def add_headers(response: Response) -> Response:
    """Add what every answer of the API carries."""
    response.headers["Request-Id"] = g.request_id
    response.headers["Stripe-Version"] = API_VERSION
    response.headers["Cache-Control"] = "no-cache, no-store"
    return response
