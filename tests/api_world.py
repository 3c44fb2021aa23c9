"""A program with a token, as far as HTTP goes."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from ipx.accounts.service import AccountService
from ipx.core import commitment
from tests.pages import Person
from tests.world import World


def commitments(number: int) -> list[str]:
    """Return commitments as programs send them: nobody here knows what they are made of."""
    return [secrets.token_hex(32) for _ in range(number)]


def committed(content: bytes, *, salt: bytes, owner: str) -> str:
    digest = hashlib.sha256(content).digest()
    return commitment.commit(commitment.DOCUMENT, salt=salt, content_sha256=digest, owner=owner).hex()


class Program:
    """Acts for a person at the API."""

    def __init__(self, world: World, person: Person, secret: str | None = None) -> None:
        self.world = world
        self.secret = secret or token_of(world, person)
        self._client = world.app.test_client()

    def get(self, path: str, **arguments: Any) -> Any:
        return self._client.get(f"/api/v1{path}", headers=self._headers, query_string=arguments)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self._client.post(f"/api/v1{path}", json=body, headers=self._headers | headers)

    def stamp(self, *values: str, **headers: str) -> Any:
        """Give commitments and return their ids."""
        answer = self.post("/stamps", {"commitments": list(values)}, **headers)
        assert answer.status_code in (200, 201), answer.text
        return [stamp["id"] for stamp in answer.json["stamps"]]

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def token_of(world: World, person: Person) -> str:
    accounts = world.service(AccountService)
    made = world.write(lambda s: accounts.create_token(s, person_id=person.actor.person_id, name="a program"))
    return made.secret


def anchor_all(world: World) -> None:
    """Freeze what is pending, and bring it into final blocks."""
    for _ in range(8):
        world.exchange.batcher.advance()
        world.settle()
