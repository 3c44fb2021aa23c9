"""What a test sees and sends as somebody at a browser, and what stands before the exchange."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

from werkzeug.test import TestResponse
from werkzeug.wrappers import Request, Response

from ipx.accounts.records import Actor

if TYPE_CHECKING:
    from flask.testing import FlaskClient

WEBHOOK, SIMULATOR = "/payments/webhook", "/simulator/stripe"


@dataclass
class Gate:
    """Stands before the exchange where payments are concerned: can hold notifications back, or everything."""

    app: Any
    answer: int | None = None  # what notifications get instead of being let through
    is_down: bool = False
    seen: list[tuple[bytes, str]] = field(default_factory=list)

    def __call__(self, environ: Any, start: Any) -> Any:
        if self.is_down and environ["PATH_INFO"].startswith(SIMULATOR):
            return Response("out of order", 503)(environ, start)
        if environ["PATH_INFO"] != WEBHOOK:
            return self.app(environ, start)
        request = Request(environ)
        body = request.get_data()
        self.seen.append((body, request.headers["Stripe-Signature"]))
        if self.answer is not None:
            return Response("kept from the exchange", self.answer)(environ, start)
        environ["wsgi.input"] = io.BytesIO(body)
        return self.app(environ, start)


@dataclass
class Person:
    """Somebody at a browser: the actor, and a client that is signed in."""

    actor: Actor
    email: str
    client: FlaskClient

    @property
    def organisation_id(self) -> str:
        return self.actor.organisation_id

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def json(self, path: str) -> Any:
        answer = self.client.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json

    def post(self, path: str, data: dict[str, Any] | None = None, *, page: str = "/account") -> TestResponse:
        """Send a form with the token and the hidden fields of ``page``; redirects are not followed."""
        shown = self.client.get(page).text
        return self.client.post(path, data={"csrf_token": token_of(shown), **(data or {})})


def token_of(page: str) -> str:
    """Return the form token of a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"|name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found, page[:500]
    return found[1] or found[2]


def send(client: FlaskClient, path: str, **data: Any) -> TestResponse:
    """Open a page and send its form; redirects are not followed."""
    return client.post(path, data={**data, "csrf_token": token_of(client.get(path).text)})


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no hidden {name}"
    return unescape(found[1])


def words_of(page: str) -> str:
    """Return what a page says, without mark-up."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
