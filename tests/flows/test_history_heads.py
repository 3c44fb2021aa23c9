"""What an administrator takes away about our logs, and what `ipx audit verify` says of it and of the database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

import ipx.cli
from ipx.accounts.rules import Role
from ipx.core import canonical
from ipx.evidence import verify
from ipx.evidence.cli import EXIT_HOLDS, EXIT_REFUSED, EXIT_UNREADABLE
from ipx.evidence.log_head import read_record
from ipx.evidence.log_verification import verify_proof
from ipx.evidence.node import NodeReader
from ipx.evidence.rules import StampState
from ipx.evidence.service import EvidenceService
from ipx.evidence.verification import CHAIN, verify_bundle
from ipx.outside import embedded_chain
from ipx.wiring import Exchange
from tests.pages import Person, words_of
from tests.world import World


@dataclass
class Anchored:
    """An exchange whose logs have heads on the chain, an administrator and one of the organisation's technologies."""

    world: World
    administrator: Person
    technology: str
    url: str


@pytest.fixture(scope="module")
def anchored(exchange: Exchange) -> Iterator[Anchored]:
    with World(exchange) as world:
        owner = world.organisation("Institute")
        administrator = world.colleague(owner, Role.LAB_ADMINISTRATOR)
        for _ in range(2):
            technology = world.technology(owner)
            world.until(lambda: world.exchange.batcher.advance() or None)
            world.until(lambda: all_final(world) or None)
        yield Anchored(world, administrator, technology, embedded_chain(exchange.settings).url())


def all_final(world: World) -> bool:
    """Tell whether every head that was taken is final."""
    logs = world.service(EvidenceService).logs
    views = world.read(lambda session: logs.heads_of(session, log="audit", limit=1000))
    return bool(views) and all(view.state is StampState.FINAL for view in views)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(ipx.cli.app, ["audit", "verify", *arguments])


def test_heads_when_listed_then_each_has_a_bundle_that_the_chain_confirms(anchored: Anchored) -> None:
    listed = anchored.administrator.json("/history/audit")["heads"]
    reader = NodeReader(anchored.url)
    for log in ("audit", "receipts"):
        assert len(listed[log]) >= 2
        for told in listed[log]:
            bundle = anchored.administrator.get(told["bundle"])
            record = read_record(canonical.decode(anchored.administrator.get(told["record"]).data))
            assert (record.log, record.lines, record.head) == (log, told["lines"], told["head"])
            verdict = verify_bundle(bundle.data, file_sha256=record.content_sha256(), chain=reader)
            assert verdict.level == CHAIN, verdict.summary


def test_page_when_opened_then_shows_heads_and_says_how_to_check(anchored: Anchored) -> None:
    page = anchored.administrator.get("/history/audit", headers={"Accept": "text/html"}).text
    assert "Heads of the logs on the chain" in words_of(page)
    assert "ipx audit verify FILE --rpc URL" in page
    assert "/history/audit/audit-proof.json" in page


@pytest.mark.parametrize("log", ["audit", "receipts"])
def test_consistency_when_downloaded_then_holds_on_the_chain(anchored: Anchored, log: str) -> None:
    made: Any = canonical.decode(anchored.administrator.get(f"/history/audit/{log}-proof.json").data)
    assert len(made["heads"]) == 2
    findings = verify_proof(made, chain=NodeReader(anchored.url))
    assert [finding.ok for finding in findings] == [True] * 3, findings
    alone = verify.verify_proof(canonical.encode(made), verify.Node(anchored.url))
    assert (alone["outcome"], alone["level"]) == ("holds", CHAIN), alone["summary"]
    assert [step["step"] for step in alone["steps"]] == ["log head", "log head", "log"]


def test_consistency_when_between_two_named_heads_then_about_these(anchored: Anchored) -> None:
    last, first = anchored.administrator.json("/history/audit")["heads"]["audit"][:2]
    path = f"/history/audit/audit-proof.json?first={first['id']}&last={last['id']}"
    made: Any = canonical.decode(anchored.administrator.get(path).data)
    assert [entry["record"]["lines"] for entry in made["heads"]] == [first["lines"], last["lines"]]
    wrong = f"/history/audit/audit-proof.json?first={last['id']}&last={first['id']}"
    assert anchored.administrator.get(wrong).status_code in (400, 422)
    assert anchored.administrator.get("/history/audit/other-proof.json").status_code == 404


def test_proofs_when_a_researcher_or_a_stranger_asks_then_refused(anchored: Anchored) -> None:
    told = anchored.administrator.json("/history/audit")["heads"]["audit"][0]
    researcher = anchored.world.colleague(anchored.administrator, Role.RESEARCHER)
    stranger = anchored.world.app.test_client()
    for path in (told["bundle"], told["record"], "/history/audit/audit-proof.json"):
        assert researcher.get(path).status_code == 403
        assert stranger.get(path).status_code == 302


def test_history_when_exported_then_an_outsider_checks_its_lines_with_one_command(
    anchored: Anchored, tmp_path: Path
) -> None:
    exported = anchored.administrator.get(f"/history/technologies/{anchored.technology}.json").data
    proof: Any = canonical.decode(exported)["audit_proof"]  # type: ignore[call-overload, index]
    own = anchored.administrator.organisation_id
    shown = [entry["line"] for entry in proof["lines"] if entry["line"] is not None]
    assert shown
    assert {line["organisation"] for line in shown} == {own}
    file = tmp_path / "history.json"
    file.write_bytes(exported)
    answer = run(str(file), "--rpc", anchored.url)
    assert answer.exit_code == EXIT_HOLDS, answer.output
    assert "is in the log of" in answer.output

    changed = exported.replace(shown[0]["action"].encode(), b"technology:draft:undone", 1)
    file.write_bytes(changed.replace(b'"action":"' + shown[0]["action"].encode(), b'"action":"x:y:z', 1))
    answer = run(str(file), "--rpc", anchored.url, "--json")
    assert answer.exit_code == EXIT_REFUSED
    assert json.loads(answer.output)["holds"] is False

    file.write_bytes(b"{ }")
    assert run(str(file)).exit_code == EXIT_UNREADABLE


def test_database_when_whole_then_the_command_says_so_and_when_rewritten_names_the_head(
    anchored: Anchored, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = anchored.world.exchange.settings
    monkeypatch.setenv("IPX_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("IPX_PORT", str(settings.port))
    answer = run("--rpc", anchored.url)
    assert answer.exit_code == EXIT_HOLDS, answer.output
    assert "Nothing was changed" in answer.output
    first = anchored.administrator.json("/history/audit")["heads"]["audit"][-1]

    change = text("UPDATE evidence_log_heads SET head = :head WHERE id = :id")
    anchored.world.write(lambda session: session.execute(change, {"head": "1" * 64, "id": first["id"]}))
    try:
        answer = run("--rpc", anchored.url, "--json")
        report = json.loads(answer.output)
        assert answer.exit_code == EXIT_REFUSED
        assert report["first_refuted"]["lines"] == first["lines"]
        assert f"at line {first['lines']}" in run().output
    finally:
        anchored.world.write(lambda session: session.execute(change, {"head": first["head"], "id": first["id"]}))
    assert run().exit_code == EXIT_HOLDS
