"""Somebody at a browser who deposits documents on a running exchange, by the pages and guards that everybody meets."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

from ipx.smoke.client import Visitor
from ipx.smoke.depositing import draft
from ipx.smoke.people import institute_signs_up
from ipx.smoke.story import Story, new_story
from tests.faults.running import Running, until

TEXT = b"How the membrane is made, confidentially.\n"


@dataclass
class Depositor:
    """A researcher with a technology, and what was acknowledged to her: document ids with their content."""

    exchange: Running
    story: Story = field(init=False)
    acknowledged: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.story = new_story(self.exchange.url, None, [])
        institute_signs_up(self.story)
        draft(self.story)

    @property
    def browser(self) -> Visitor:
        return self.story.institute

    @property
    def address(self) -> str:
        return f"/technologies/{self.story.technology}/documents"

    def put(self, body: Any, *, token: str | None = None, **headers: str) -> requests.Response:
        """Send a body as the page does; headers by name with underscores, an empty one is left out."""
        named = self.headers(token=token or self.token(), **headers)
        return self.browser.request("PUT", self.address, data=body, headers=named)

    def headers(self, *, token: str, **headers: str) -> dict[str, str]:
        sent = {"Content_Type": "text/plain", "X_File_Name": "method.txt", "Idempotency_Key": uuid.uuid4().hex}
        sent |= {"X_CSRFToken": token, "Accept": "application/json", "Cookie": self.cookie(), **headers}
        return {name.replace("_", "-"): value for name, value in sent.items() if value}

    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.browser._http.cookies.items())

    def token(self) -> str:
        return self.browser.page("/account").csrf

    def deposit(self, body: bytes | None = None, **headers: str) -> str:
        """Deposit a text, of its own unless one is given, and remember that it was acknowledged."""
        body = body if body is not None else TEXT + uuid.uuid4().hex.encode()
        answer = self.put(body, X_Content_SHA256=hashlib.sha256(body).hexdigest(), **headers)
        assert answer.status_code == 201, (answer.status_code, answer.text[:500], self.exchange.said()[-3000:])
        document = str(answer.json()["document"])
        self.acknowledged[document] = body
        return document

    def documents(self) -> dict[str, Any]:
        """Return the documents of the technology by id, with their stamps."""
        found = self.browser.json(f"/technologies/{self.story.technology}")["documents"]
        return {document["id"]: document for document in found}

    def await_final(self, *, seconds: float = 120) -> dict[str, Any]:
        """Wait until every stamp is final."""

        def look() -> dict[str, Any] | None:
            found = self.documents()
            return found if all(line["stamp"]["state"] == "final" for line in found.values()) else None

        found: dict[str, Any] = until(look, seconds, lambda: f"{self.documents()}\n{self.exchange.said()[-3000:]}")
        return found

    def opens(self, document: str, **form: str) -> bytes:
        """Open a document as its reader does."""
        place = f"/documents/{document}/open"
        page = self.browser.page(place).form(to=place)
        answer = self.browser.post_form(page, {"purpose": "to see whether it is there", "form": "clear", **form})
        assert answer.status_code == 200, answer.text
        return answer.content

    def check_everything(self) -> None:
        """Find all that was acknowledged, once, final and readable."""
        found = self.await_final()
        assert sorted(found) == sorted(self.acknowledged)
        for document, body in self.acknowledged.items():
            assert self.opens(document) == body
