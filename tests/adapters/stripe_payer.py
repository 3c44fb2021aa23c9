"""Support for the tests of payments: serves the simulator on loopback, receives its webhooks, and pays like a browser.

It never reaches into the simulator: everything goes over HTTP.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

import requests
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from ipx.adapters.stripe_gateway import StripeGateway
from ipx.adapters.stripe_simulator import create_simulator
from ipx.adapters.stripe_simulator.courier import Courier
from ipx.core.money import Money
from ipx.core.ports import CheckoutRequest

SECRET_KEY, WEBHOOK_SECRET = "sk_test_simulator", "whsec_simulator"
MOUNT = "/simulator/stripe"
GOOD_CARD = "4242 4242 4242 4242"
_numbers = count(1)


class TurnedClock:
    """The machine's clock, turned on by ``ahead``."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@contextmanager
def serving(build: Callable[[str], Any]) -> Iterator[str]:
    """Serve the WSGI application that ``build(base URL)`` returns, from threads on loopback."""
    server = make_server("127.0.0.1", 0, Response("not yet", 503), threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = build(url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Receiver:
    """Takes webhooks; answers 500 as often as ``failures`` says."""

    failures: int = 0
    received: list[tuple[bytes, str]] = field(default_factory=list)

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        self.received.append((request.get_data(), request.headers["Stripe-Signature"]))
        self.failures -= 1
        return Response(status=500 if self.failures >= 0 else 200)(environ, start)

    def wait(self, type: str, times: int = 1) -> list[tuple[bytes, str]]:
        """Return the deliveries of a type as soon as there are that many."""
        wanted = f'"type": "{type}"'.encode()
        for _ in range(1500):
            found = [delivery for delivery in self.received if wanted in delivery[0]]
            if len(found) >= times:
                return found
            time.sleep(0.01)
        raise AssertionError(f"no {times} × {type} among {len(self.received)} deliveries")


@dataclass
class World:
    """A gateway and the simulator behind it, mounted as the embedded process mounts it."""

    gateway: StripeGateway
    receiver: Receiver
    clock: TurnedClock
    api_base: str
    database: Path

    def operate(self, path: str, **data: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        return requests.post(f"{self.api_base}/operator/{path}", data=data, headers=headers, timeout=10)

    def operate_list(self) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.api_base}/operator/deliveries", auth=(SECRET_KEY, ""), timeout=10)
        deliveries: list[dict[str, Any]] = answer.json()["data"]
        return deliveries


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    receiver, clock = Receiver(), TurnedClock()
    couriers: list[Courier] = []

    def build(url: str) -> Any:
        app = create_simulator(
            folder / "stripe.sqlite3",
            url + MOUNT,
            hook + "/webhook",
            WEBHOOK_SECRET,
            SECRET_KEY,
            clock=clock,
            first_pause=0.05,
        )
        couriers.append(app.extensions["stripe_simulator"].courier)
        return DispatcherMiddleware(Response("the exchange", 200), {MOUNT: app})

    with serving(lambda _: receiver) as hook, serving(build) as url:
        try:
            yield World(gateway_to(url + MOUNT), receiver, clock, url + MOUNT, folder / "stripe.sqlite3")
        finally:
            couriers[0].stop()


def gateway_to(api_base: str, secret_key: str = SECRET_KEY) -> StripeGateway:
    return StripeGateway(secret_key=secret_key, webhook_secret=WEBHOOK_SECRET, simulated=True, api_base=api_base)


def request_for(amount: Money | None = None, checkout_id: str | None = None) -> CheckoutRequest:
    return CheckoutRequest(
        checkout_id=checkout_id or f"checkout-{next(_numbers)}",
        amount=amount or Money(1_250_000, "EUR"),
        description="Licence: low-loss waveguide <b>&</b> coupler",
        success_url="http://exchange.test/paid?session={CHECKOUT_SESSION_ID}",
        cancel_url="http://exchange.test/deal/7",
        customer_email="legal@example.org",
    )


def hidden_token(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]


def card(number: str, **other: str) -> dict[str, str]:
    return {"number": number, "expiry": "12 / 34", "cvc": "123", "name": "Ada Lovelace"} | other


def pay(url: str, number: str = GOOD_CARD, **other: str) -> requests.Response:
    """Open the hosted page and send its form; redirects are not followed."""
    form = card(number, **other)
    if "token" not in form:
        form["token"] = hidden_token(requests.get(url, timeout=10).text)
    return requests.post(url, data=form, allow_redirects=False, timeout=10)


def answer_challenge(url: str, answer: str) -> requests.Response:
    page = requests.get(f"{url}/challenge", timeout=10).text
    form = {"token": hidden_token(page), "answer": answer}
    return requests.post(f"{url}/challenge", data=form, allow_redirects=False, timeout=10)


def text_of(page: str) -> str:
    """Return what a page says, without mark-up."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
