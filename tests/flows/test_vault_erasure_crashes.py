"""K18: an erasure is killed at every moment, and goes on to its end; an old backup brings nothing back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ipx.accounts.service import AccountService
from ipx.vault.erasure_register import ErasureRegister
from ipx.vault.erasures import Erasures
from ipx.vault.models import DocumentRow, ErasureRow
from ipx.wiring import Exchange
from tests.killable import run
from tests.reading_apart import places_of
from tests.world import World

MOST_MOMENTS = 40


def ask(exchange: Exchange, person_id: str, document_id: str) -> None:
    """The owner has the document erased."""
    erasures, accounts = exchange.services[Erasures], exchange.services[AccountService]
    assert isinstance(erasures, Erasures)
    assert isinstance(accounts, AccountService)
    with exchange.database.write() as session:
        actor = accounts.actor(session, person_id)
        assert actor is not None
        erasures.ask(session, actor=actor, document_id=document_id, reason="it is over")


def is_over(exchange: Exchange, document_id: str) -> bool:
    erasures = exchange.services[Erasures]
    assert isinstance(erasures, Erasures)
    with exchange.database.read() as session:
        return not erasures.unfinished(session)


def test_an_erasure_killed_at_any_moment_comes_to_its_end_and_nothing_is_readable_in_between(
    exchange: Exchange, tmp_path: Path
) -> None:
    with World(exchange, works=False) as world:
        owner = world.organisation()
        technology = world.technology(owner, document=False)
        settings = exchange.settings
        environment = {"IPX_DATA_DIR": str(settings.data_dir), "IPX_PORT": str(settings.port), "IPX_DEMO": "0"}
        seen: list[str] = []
        for moment in range(1, MOST_MOMENTS):
            document_id = world.deposit(owner, technology)
            wrapped = world.row(DocumentRow, document_id).wrapped_secret
            assert wrapped
            begin, done = (
                partial(ask, person_id=owner.actor.person_id, document_id=document_id),
                partial(is_over, document_id=document_id),
            )
            count = run(environment, begin, done, kill_at=moment, log=tmp_path / "log")
            if count is None:
                seen.append((tmp_path / "log").read_text())
                if world.count(ErasureRow, ErasureRow.document_id == document_id):
                    assert owner.get(f"/documents/{document_id}/erasure").status_code == 200
                    assert run(environment, lambda_nothing, done, kill_at=0, log=tmp_path / "log") == 0
                else:  # killed before it was asked for: it is as it was
                    assert world.row(DocumentRow, document_id).wrapped_secret == wrapped
                    continue
            check(world, document_id, wrapped)
            if count is not None:
                break
        else:
            pytest.fail(f"more than {MOST_MOMENTS} moments: {seen}")
        assert {"before delete", "after delete", "before add", "after add", "before scrub", "after scrub"} <= set(seen)


def lambda_nothing(exchange: Exchange) -> None:
    """Nothing new: the worker finishes what was left."""


def check(world: World, document_id: str, wrapped: bytes) -> None:
    row = world.row(DocumentRow, document_id)
    assert (row.wrapped_secret, row.file_name) == (None, "erased.pdf")
    assert not world.exchange.outside.store.has(row.cid)
    actions = world.actions(document_id)
    for once in ("document:content:erased", "document:erasure:finished"):
        assert actions.count(once) == 1, actions
    entries = ErasureRegister(world.exchange.settings.erasure_register).entries()
    assert [entry.kind for entry in entries if entry.fields.get("document") == document_id] == ["document"]
    folder = world.exchange.settings.data_dir
    assert places_of(wrapped[13:], folder, pattern="ipx.sqlite3*") == []
