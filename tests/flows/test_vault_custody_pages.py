"""Custody as people see it: the scheduled audit, the document's page, the operator's page, the doctor, the commands."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipx.doctor import examine
from ipx.vault.service import VaultService
from tests.exchanges import DATABASES, empty_postgres, running_exchange
from tests.pages import Person, words_of
from tests.world import World

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = "/operator/custody"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("custody")
    if request.param == "sqlite":
        with running_exchange(folder, IPX_CUSTODY_HOURS="0") as exchange, World(exchange) as world:
            yield world
        return
    with (
        empty_postgres() as url,
        running_exchange(folder, IPX_CUSTODY_HOURS="0", IPX_DATABASE_URL=url) as exchange,
        World(exchange) as world,
    ):
        yield world


@pytest.fixture(scope="module")
def owner(world: World) -> Person:
    return world.organisation("Institute")


@pytest.fixture(scope="module")
def operator(world: World) -> Person:
    person = world.organisation("Operations")
    object.__setattr__(world.exchange, "settings", replace(world.exchange.settings, operators=(person.email,)))
    return person


@pytest.fixture(scope="module")
def document_id(world: World, owner: Person) -> str:
    technology = world.technology(owner)
    return world.deposit(owner, technology)


def doctor(world: World) -> Any:
    return next(finding for finding in examine(world.exchange) if finding.name == "custody")


def blocks_of(world: World, document_id: str) -> list[Path]:
    cid = world.read(lambda session: world.service(VaultService).document(session, document_id=document_id).cid)
    folder = next(p for p in (world.exchange.settings.data_dir / "blocks" / "files").rglob(cid) if p.is_dir())
    return sorted(folder.iterdir())


def scheduled_audit(world: World, operator: Person) -> None:
    """Let the chore begin a round, and wait until the workflow has ended it."""
    before = len(operator.json(PAGE)["audits"])
    world.exchange.chores["custody"]()
    world.until(lambda: len(operator.json(PAGE)["audits"]) == before + 1)
    world.until(lambda: operator.json(PAGE)["audits"][0]["ended_at"])


def test_the_owner_reads_the_history_and_nobody_else_does(world: World, owner: Person, document_id: str) -> None:
    path = f"/documents/{document_id}"
    assert "The first audit has not come yet" in words_of(owner.get(path, headers=ENGLISH).text)
    while world.exchange.chores["new files"]():
        pass
    words = words_of(owner.get(path, headers=ENGLISH).text)
    assert "the folder of blocks whole" in words
    assert "read to its end by an audit" in words
    assert world.organisation("Stranger").get(path).status_code == 404


def test_only_an_operator_sees_the_page_and_it_tells_the_scheduled_audit(
    world: World, owner: Person, operator: Person, document_id: str
) -> None:
    assert owner.get(PAGE).status_code == 403
    scheduled_audit(world, operator)
    said = operator.json(PAGE)
    assert said["audits"][0]["files"] == said["audits"][0]["total"] > 0
    assert said["audits"][0]["found"] == 0
    words = words_of(operator.get(PAGE, headers=ENGLISH).text)
    assert "No alarm" in words
    assert "The last audit came to its end" in words
    assert doctor(world).ok


def test_a_damaged_file_is_alarmed_until_it_is_mended(world: World, operator: Person, document_id: str) -> None:
    block = blocks_of(world, document_id)[0]
    good = block.read_bytes()
    block.write_bytes(b"spoilt" + good[6:])
    scheduled_audit(world, operator)
    words = words_of(operator.get(PAGE, headers=ENGLISH).text)
    assert "Stored files are missing or damaged: the folder of blocks" in words
    assert "Missing or damaged now" in words
    assert not doctor(world).ok
    block.write_bytes(good)
    scheduled_audit(world, operator)
    words = words_of(operator.get(PAGE, headers=ENGLISH).text)
    assert "Alarms that are over" in words
    assert doctor(world).ok


# ── commands ─────────────────────────────────────────────────────────────────────────────────────


def ipx(world: World, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = world.exchange.settings
    environment = {"IPX_DATA_DIR": str(given.data_dir), "IPX_DATABASE_URL": given.database_url, **settings}
    command = [str(CHECKOUT / ".venv/bin/ipx"), *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, cwd=CHECKOUT
    )


def test_the_audit_command_says_what_is_wrong_and_by_its_exit_code(world: World, document_id: str) -> None:
    block = blocks_of(world, document_id)[0]
    good = block.read_bytes()
    block.unlink()
    done = ipx(world, "vault", "audit", "--repair")
    assert (done.returncode, "is missing or damaged" in done.stderr) == (1, True)
    block.write_bytes(good)
    done = ipx(world, "vault", "audit")
    assert (done.returncode, "0 missing or damaged" in done.stdout) == (0, True), done.stderr


def test_moving_to_a_store_that_is_not_set_is_refused_with_the_cure(world: World) -> None:
    done = ipx(world, "vault", "move", "--to", "kubo")
    assert done.returncode == 2
    assert "IPX_KUBO_API" in done.stderr
