"""The public page of our log through HTTP: without an account, in plain words, and as JSON with an ETag."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

import ipx.cli
from ipx.core import canonical
from ipx.core.commitment import DOCUMENT
from ipx.evidence.cli import EXIT_HOLDS
from ipx.evidence.models import AlarmRow, BatchRow, StampRow
from ipx.evidence.rules import BatchState
from ipx.outside import embedded_chain
from ipx.wiring import Exchange
from tests.pages import words_of
from tests.world import World


@pytest.fixture(scope="module")
def world(exchange: Exchange) -> Iterator[World]:
    with World(exchange) as world:
        owner = world.organisation("Institute")
        world.technology(owner)
        world.until(lambda: world.exchange.batcher.advance() or None)
        world.until(lambda: {state for _, _, state in batches(world)} == {BatchState.FINAL} or None)
        yield world


@pytest.fixture(scope="module")
def visitor(world: World) -> Any:
    return world.app.test_client()


def batches(world: World) -> Any:
    return world.read(
        lambda session: session.query(BatchRow.root, BatchRow.id, BatchRow.state).order_by(BatchRow.sequence).all()
    )


def test_page_when_opened_without_an_account_then_shows_every_batch_and_that_they_chain(
    world: World, visitor: Any
) -> None:
    page = visitor.get("/transparency", headers={"Accept": "text/html"})
    assert page.status_code == 200
    words = words_of(page.text)
    assert "Every batch follows the one before it, from the first on" in words
    assert "not compared with what a node" in words
    for root, batch_id, _state in batches(world)[-20:]:
        assert root.hex() in page.text
        assert batch_id not in page.text


def test_page_when_linked_then_from_the_footer_and_from_verify(visitor: Any) -> None:
    for path in ("/", "/verify"):
        assert 'href="/transparency"' in visitor.get(path, headers={"Accept": "text/html"}).text


def test_page_when_there_is_no_such_page_then_not_found(visitor: Any) -> None:
    for page in ("0", "-1", "99999"):
        assert visitor.get(f"/transparency?page={page}").status_code == 404
    assert visitor.get("/transparency?page=nonsense").status_code == 200


def test_json_when_asked_then_canonical_complete_and_silent_about_documents(world: World, visitor: Any) -> None:
    answer = visitor.get("/transparency.json")
    told: Any = canonical.decode(answer.data)
    assert [batch["root"] for batch in told["batches"]] == [root.hex() for root, _, _ in batches(world)]
    documents = select(StampRow.id, StampRow.subject_id, StampRow.organisation_id).where(StampRow.tag == DOCUMENT)
    stamps = world.read(lambda session: session.execute(documents).all())
    assert stamps
    shown = answer.text
    assert not [value for stamp in stamps for value in stamp if value in shown]


def test_json_when_nothing_changed_then_not_sent_again(visitor: Any) -> None:
    first = visitor.get("/transparency.json")
    etag = first.headers["ETag"]
    assert "public" in first.headers["Cache-Control"]
    again = visitor.get("/transparency.json", headers={"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert visitor.get("/transparency.json", headers={"If-None-Match": '"other"'}).status_code == 200


def test_command_when_given_the_published_list_or_our_table_then_holds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = world.exchange.settings
    rpc = ("--rpc", embedded_chain(settings).url())
    listed = f"http://{settings.host}:{settings.port}/transparency.json"
    gateway = world.exchange.outside.chain
    chosen = ("--contract", gateway.contract_address("EvidenceLog"), "--transparency", listed)
    for name in ("IPX_DATA_DIR", "IPX_PORT"):
        monkeypatch.setenv(name, str(settings.data_dir if name == "IPX_DATA_DIR" else settings.port))
    for more in (chosen, ()):
        answer = CliRunner().invoke(ipx.cli.app, ["log", "verify", *rpc, "--json", *more])
        assert answer.exit_code == EXIT_HOLDS, answer.output
        assert json.loads(answer.output)["compared_with"] == len(batches(world))


def test_page_when_an_alarm_is_raised_then_says_so_and_later_that_it_was(world: World, visitor: Any) -> None:
    now = world.clock.now()
    row = AlarmRow(key="unknown:ab", kind="unknown", subject="ab" * 32, seen_at=now, raised_at=now)
    world.write(lambda session: session.add(row))
    try:
        words = words_of(visitor.get("/transparency", headers={"Accept": "text/html"}).text)
        assert "somebody else used our key" in words
        assert "Nothing differed" not in words
        assert "not compared" not in words
        world.write(lambda session: session.execute(text("UPDATE evidence_alarms SET ended_at = raised_at")))
        words = words_of(visitor.get("/transparency", headers={"Accept": "text/html"}).text)
        assert "Past alarms" in words
        assert "not compared" in words
    finally:
        world.write(lambda session: session.execute(text("DELETE FROM evidence_alarms")))


def test_page_when_our_table_was_changed_then_names_the_batch(world: World, visitor: Any) -> None:
    change = text(
        "UPDATE evidence_batches SET size = size + :n WHERE sequence = (SELECT min(sequence) FROM evidence_batches)"
    )
    world.write(lambda session: session.execute(change, {"n": 1}))
    try:
        words = words_of(visitor.get("/transparency", headers={"Accept": "text/html"}).text)
        assert "Batch 1 does not follow the one before it" in words
    finally:
        world.write(lambda session: session.execute(change, {"n": -1}))


def test_chore_when_the_worker_looks_then_finds_nothing_and_the_page_says_when(world: World, visitor: Any) -> None:
    assert world.exchange.chores["log"]() is False
    assert world.exchange.chores["log"]() is False
    assert "Nothing differed" in words_of(visitor.get("/transparency", headers={"Accept": "text/html"}).text)
    world.write(lambda session: session.execute(text("DELETE FROM evidence_looks")))
