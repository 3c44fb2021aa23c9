"""Our simulator of Stripe against Stripe's own description of its API, as stripe-mock carries it.

Every request that our gateway makes, and that the simulator takes, must be accepted there; every field that the
simulator shows must be there too, with a type that fits. stripe-mock keeps no state: it knows shapes, not behaviour.
"""

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import requests
import stripe
from stripe.checkout import Session
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from ipx.adapters.stripe_gateway import StripeGateway
from ipx.adapters.stripe_simulator import create_simulator
from ipx.core.money import Money
from ipx.core.ports import CheckoutRequest
from tests.services import address

pytestmark = pytest.mark.real
KEY = "sk_test_123"

# stripe-mock 0.203.0 describes the API before "endive", the version of our client. What is newer is checked against the
# client's own generated types instead; parameters are given to stripe-mock under their former name.
FORMER_PARAMETERS = {"allowed_payment_method_types": "payment_method_types"}
NEWER_FIELDS = {"checkout.session.allowed_payment_method_types": Session}

# Optional parts that stripe-mock's examples leave out; the client's types name them.
OPTIONAL_PARTS = {
    "payment_intent.last_payment_error": stripe.PaymentIntent.LastPaymentError,
    "payment_intent.next_action": stripe.PaymentIntent.NextAction,
}


@dataclass
class Recorder:
    """A WSGI application that keeps every exchange with the API behind it, and answers webhooks with 200."""

    app: Any = None
    exchanges: list[tuple[str, str, str, str, int, Any]] = field(default_factory=list)

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        if request.path == "/webhook":
            return Response()(environ, start)
        body = request.get_data(as_text=True)
        environ["wsgi.input"] = io.BytesIO(body.encode())
        response = Response.from_app(self.app, environ)
        if request.path.startswith("/v1/"):
            query = request.query_string.decode()
            answer = (response.status_code, response.get_json())
            self.exchanges.append((request.method, request.path, query, body, *answer))
        return response(environ, start)


@pytest.fixture(scope="module")
def mock_url() -> str:
    return address("IPX_TEST_STRIPE_MOCK_URL")


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    """The story of payments, played once on the simulator through gateway, client and page."""
    recorder = Recorder()
    server = make_server("127.0.0.1", 0, recorder, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    database: Path = tmp_path_factory.mktemp("stripe") / "stripe.sqlite3"
    recorder.app = create_simulator(database, url, f"{url}/webhook", "whsec_x", KEY)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        play(url)
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        recorder.app.extensions["stripe_simulator"].courier.stop()


def play(url: str) -> None:
    gateway = StripeGateway(secret_key=KEY, webhook_secret="whsec_x", simulated=True, api_base=url)
    client = stripe.StripeClient(KEY, base_addresses={"api": url})
    amount = Money(50_000, "EUR")
    text = "A licence"
    pages = ("http://x.test/?s={CHECKOUT_SESSION_ID}", "http://x.test/no")
    asked = CheckoutRequest("checkout-1", amount, text, *pages, "a@x.test")
    opened = gateway.open_checkout(asked)
    for number in ("4000000000009995", "4000002500003155", "4000000000000259"):
        pay(str(opened.url), number)
        look_around(client, gateway.checkout(opened.reference).payment_reference or "")
    payment = str(gateway.checkout(opened.reference).payment_reference)
    gateway.refund(refund_id="refund-1", payment_reference=payment, amount=Money(20_000, "EUR"))
    answer = requests.post(f"{url}/operator/disputes", data={"payment_intent": payment}, auth=(KEY, ""), timeout=10)
    client.v1.disputes.retrieve(answer.json()["id"], {"expand": ["charge"]})
    refunds = client.v1.refunds.list({"payment_intent": payment, "limit": 5})
    client.v1.refunds.retrieve(refunds.data[0].id)
    second = gateway.open_checkout(CheckoutRequest("checkout-2", amount, text, *pages))
    client.v1.checkout.sessions.expire(second.reference)
    client.v1.checkout.sessions.list({"payment_intent": payment, "created": {"gte": 1}})
    look_around(client, payment)
    gateway.check()


def look_around(client: stripe.StripeClient, payment: str) -> None:
    intent = client.v1.payment_intents.retrieve(payment)
    if isinstance(intent.latest_charge, str):
        client.v1.charges.retrieve(intent.latest_charge)
    events = client.v1.events.list({"limit": 100})
    client.v1.events.retrieve(events.data[0].id)


def pay(url: str, number: str) -> None:
    token = re.search(r'name="token" value="([0-9a-f]+)"', requests.get(url, timeout=10).text)
    assert token
    form = {"token": token[1], "number": number, "expiry": "12/34", "cvc": "123", "name": "Ada"}
    requests.post(url, data=form, allow_redirects=False, timeout=10)


def replay(mock_url: str, method: str, path: str, query: str, body: str) -> requests.Response:
    for newer, former in FORMER_PARAMETERS.items():
        body = body.replace(newer, former)
    data = urlencode(parse_qsl(body)) if body else None
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/x-www-form-urlencoded"}
    url = f"{mock_url}{path}" + (f"?{query}" if query else "")
    return requests.request(method, url, data=data, headers=headers, timeout=10)


def kind(value: Any) -> str:
    return {bool: "flag", int: "number", float: "number", str: "text", dict: "hash", list: "list"}[type(value)]


def misfits(ours: Any, theirs: Any, path: str) -> list[str]:
    """Return where ``ours`` shows a field that ``theirs`` has not, or one of another type. None fits everything."""
    if ours is None or theirs is None:
        return []
    if isinstance(ours, str) and isinstance(theirs, dict) and "id" in theirs:
        return []  # an id, and the same object expanded
    if kind(ours) != kind(theirs):
        return [f"{path}: {kind(ours)} for {kind(theirs)}"]
    if isinstance(ours, list):
        return [found for item in ours for found in (misfits(item, theirs[0], path) if theirs else [])]
    if not isinstance(ours, dict) or path.endswith(".metadata"):
        return []
    path = str(ours.get("object", path))
    return [found for name, value in ours.items() for found in field_misfits(f"{path}.{name}", name, value, theirs)]


def field_misfits(path: str, name: str, value: Any, theirs: dict[str, Any]) -> list[str]:
    if path in OPTIONAL_PARTS and isinstance(value, dict):
        known = OPTIONAL_PARTS[path].__annotations__
        return [f"{path}.{part}: unknown" for part in value if part not in known]
    if path in NEWER_FIELDS:
        return [] if name in NEWER_FIELDS[path].__annotations__ else [f"{path}: unknown"]
    if name not in theirs:
        return [f"{path}: unknown"]
    # An example of another event; the subjects of ours have a test of their own.
    return [] if path == "event.data" else misfits(value, theirs[name], path)


def test_every_request_of_ours_is_accepted_by_the_description(recorder: Recorder, mock_url: str) -> None:
    assert {path.split("/")[2] for _, path, *_ in recorder.exchanges} >= {"checkout", "refunds", "events", "balance"}
    for method, path, query, body, status, _ in recorder.exchanges:
        answer = replay(mock_url, method, path, query, body)
        assert (answer.status_code, status) == (200, 200), f"{method} {path}?{query} {body}: {answer.text}"


def test_every_field_that_we_show_is_in_the_description(recorder: Recorder, mock_url: str) -> None:
    wrong: set[str] = set()
    for method, path, query, body, _, ours in recorder.exchanges:
        theirs = replay(mock_url, method, path, query, body).json()
        wrong |= set(misfits(ours, theirs, path))
    assert wrong == set()


def test_the_subjects_of_events_have_the_shape_of_their_objects(recorder: Recorder, mock_url: str) -> None:
    paths = {"checkout.session": "checkout/sessions/x", "charge": "charges/x", "dispute": "disputes/x"}
    paths["payment_intent"] = "payment_intents/x"
    answers = [answer for _, path, *_, answer in recorder.exchanges if path == "/v1/events"]
    subjects = [event["data"]["object"] for answer in answers for event in answer["data"]]
    assert {subject["object"] for subject in subjects} == set(paths)
    for subject in subjects:
        theirs = replay(mock_url, "GET", f"/v1/{paths[subject['object']]}", "", "").json()
        assert misfits(subject, theirs, "") == []


@pytest.mark.parametrize("body", ["mode=payment&colour=red", "line_items[0][quantity]=many", "metadata=none"])
def test_what_we_refuse_the_description_refuses_alike(recorder: Recorder, mock_url: str, body: str) -> None:
    ours = recorder.app.test_client().post(
        "/v1/checkout/sessions",
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Bearer {KEY}"},
    )
    theirs = replay(mock_url, "POST", "/v1/checkout/sessions", "", body)
    assert (ours.status_code, theirs.status_code) == (400, 400)
    assert set(theirs.json()["error"]) <= set(ours.get_json()["error"])
    assert ours.get_json()["error"]["type"] == theirs.json()["error"]["type"]
