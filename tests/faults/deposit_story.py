"""Flow 1 for killing.py: a confidential document goes in by its page, is stamped, anchored, final, proved and read."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from ipx.embedded import prepare
from ipx.evidence.rules import StampState
from ipx.evidence.service import EvidenceService
from ipx.outside import embedded_chain
from ipx.settings import Settings
from ipx.vault.models import DocumentRow
from ipx.vault.service import VaultService
from ipx.wiring import build_exchange
from tests.faults import inspection
from tests.faults.killing import Report
from tests.pages import token_of
from tests.world import World

PATIENCE_SECONDS = 60


class DepositStory:
    """Every play deposits a text of its own for the one technology, under an idempotency key of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def prepare(self) -> dict[str, Any]:
        prepare(self._settings, embedded_chain(self._settings))
        with self._world() as world:
            researcher = world.organisation()
            technology = world.technology(researcher, document=False, titles=False)
        cookie = researcher.client.get_cookie("ipx")
        assert cookie is not None
        return {"technology": technology, "cookie": cookie.value}

    def play(self, stage: dict[str, Any], number: int, begin: Callable[[], None], report: Report) -> None:
        world = self._world()
        token = self._browser(world, stage)[1]
        begin()
        answer = self._put(world, stage, number, token)
        assert answer.status_code == 201, answer.text
        document = answer.json["document"]
        report({"acknowledged": document})
        settle(world, document)
        assert self._read(world, stage, document) == text(number)

    def resume(self, stage: dict[str, Any], number: int, reported: dict[str, Any]) -> None:
        world = self._world()
        token = self._browser(world, stage)[1]
        found = documents(world, number)
        if "acknowledged" in reported:
            assert found == [reported["acknowledged"]]
        assert len(found) <= 1
        answer = self._put(world, stage, number, token)  # as the page does after an answer that did not come
        assert answer.status_code == 201, answer.text
        assert documents(world, number) == (found or [answer.json["document"]])
        settle(world, answer.json["document"])
        assert self._read(world, stage, answer.json["document"]) == text(number)

    def check(self, stage: dict[str, Any]) -> None:
        world = self._world()
        inspection.check(world.exchange)
        with world.database.read() as session:
            keys = list(session.scalars(select(DocumentRow.idempotency_key)))
        assert len(set(keys)) == len(keys)
        half = list((self._settings.data_dir / "blocks" / "incoming").iterdir())
        assert not half, "half files were not cleared at the start"

    def _world(self) -> World:
        exchange = build_exchange(self._settings)
        exchange.durable.connect()
        return World(exchange)

    def _browser(self, world: World, stage: dict[str, Any]) -> tuple[Any, str]:
        client = world.app.test_client()
        client.set_cookie("ipx", stage["cookie"])
        return client, token_of(client.get("/account").text)

    def _put(self, world: World, stage: dict[str, Any], number: int, token: str) -> Any:
        client, _ = self._browser(world, stage)
        body = text(number)
        return client.put(
            f"/technologies/{stage['technology']}/documents",
            data=body,
            headers={
                "Content-Type": "text/plain",
                "X-File-Name": f"method-{number}.txt",
                "X-Content-SHA256": hashlib.sha256(body).hexdigest(),
                "Idempotency-Key": key(number),
                "X-CSRFToken": token,
                "Accept": "application/json",
            },
        )

    def _read(self, world: World, stage: dict[str, Any], document: str) -> bytes:
        client, token = self._browser(world, stage)
        form = {"purpose": "to see whether it is whole", "form": "clear", "csrf_token": token}
        answer = client.post(f"/documents/{document}/open", data=form)
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


def text(number: int) -> bytes:
    return b"The secret of play number %d.\n" % number * 40_000  # more than one block


def key(number: int) -> str:
    return f"play-number-{number:06d}"


def documents(world: World, number: int) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(DocumentRow.id).where(DocumentRow.idempotency_key == key(number))))


def settle(world: World, document: str) -> None:
    """Let relay and batcher go on until the document's stamp is final."""
    evidence, vault = world.service(EvidenceService), world.service(VaultService)
    with world.database.read() as session:
        stamp = vault.document(session, document_id=document).stamp_id
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        world.exchange.batcher.advance()
        world.exchange.relay.advance()
        with world.database.read() as session:
            if evidence.stamp_state(session, stamp) is StampState.FINAL:
                return
    raise AssertionError(json.dumps({"never final": document}))


STORY = DepositStory
