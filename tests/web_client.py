"""A signed-in person with a browser, as far as HTTP goes: cookies, CSRF tokens, raw uploads."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Flask

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.wiring import Exchange

PASSWORD = "correct horse battery"
ALL_ROLES = (Role.OWNER, Role.RESEARCHER, Role.LICENSING_MANAGER)


class Person:
    """Signs up past the mail, signs in through the page, and asks for things."""

    def __init__(self, exchange: Exchange, app: Flask, *, roles: Sequence[Role] = ALL_ROLES, of: Actor | None = None):
        accounts = exchange.services[AccountService]
        assert isinstance(accounts, AccountService)
        self.email = f"{uuid.uuid4().hex[:12]}@example.org"
        with exchange.database.write() as session:
            if of is None:
                person = accounts.sign_up(
                    session,
                    email=self.email,
                    name="Ada Lindqvist",
                    password=PASSWORD,
                    organisation_name="Institute",
                    roles=roles,
                )
            else:
                asked: dict[str, Any] = {"email": self.email, "name": "Carl Berg", "roles": roles, "password": PASSWORD}
                person = accounts.add_member(session, by=of.by, organisation_id=of.organisation_id, **asked)
            verify_address(session, person)
        with exchange.database.read() as session:
            found = accounts.actor(session, person)
        assert found is not None
        self.actor = found
        self.client = app.test_client()
        # An address of one's own: sign-ins are counted by address.
        self.client.environ_base["REMOTE_ADDR"] = f"10.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}.7"
        answer = self.post("/sign-in", email=self.email, password=PASSWORD)
        assert answer.status_code == 302, answer.text

    def get(self, path: str, *, json: bool = False, **headers: str) -> Any:
        return self.client.get(path, headers={"Accept": "application/json" if json else "text/html", **headers})

    def post(self, path: str, page: str | None = None, **data: Any) -> Any:
        token = self.token(page or path)
        headers = {"Referer": "http://localhost/", "Accept": "text/html"}
        return self.client.post(path, data={**data, "csrf_token": token}, headers=headers)

    def put(self, path: str, content: bytes, name: str, kind: str, **headers: str) -> Any:
        given = {
            "X-CSRFToken": self.token("/technologies"),
            "X-File-Name": name,
            "X-Content-SHA256": hashlib.sha256(content).hexdigest(),
            "Idempotency-Key": uuid.uuid4().hex,
            "Accept": "application/json",
            **headers,
        }
        length = {"CONTENT_LENGTH": str(len(content))}  # the test client leaves it out when there is nothing
        return self.client.put(path, data=content, content_type=kind, headers=given, environ_overrides=length)

    def token(self, page: str) -> str:
        html = self.get(page).text
        found = re.search(r'name="csrf-token" content="([^"]+)"', html) or re.search(
            r'name="csrf_token"[^>]*value="([^"]+)"', html
        )
        assert found is not None, f"no CSRF token on {page}"
        return found[1]


def verify_address(session: Any, person_id: str) -> None:
    """Mark the person's address as verified, as the link in the mail does."""
    from ipx.accounts.models import PersonRow

    row = session.get_one(PersonRow, person_id)
    row.verified_at = row.created_at
