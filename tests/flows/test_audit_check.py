"""`ipx audit check`: our tables equal the chain, and each of many edits is named, though every hash is made anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ipx.cli
from ipx.adapters.evm.deployment import read_deployment
from ipx.audit_commands import audit_check, audit_rebuild, registries_of
from ipx.deals.models import AgreementRow
from ipx.licences.models import LicenceRow
from ipx.outside import deployments_folder, embedded_chain
from ipx.wiring import Exchange
from tests.audited_world import Audited, as_command, audited_exchange
from tests.exchanges import running_exchange
from tests.table_edits import EDITS, A, Edit, L, N, T


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """One of its own: other tests edit rows of the shared one."""
    with running_exchange(tmp_path_factory.mktemp("audited")) as built:
        yield built


@pytest.fixture(scope="module")
def audited(exchange: Exchange) -> Iterator[Audited]:
    with audited_exchange(exchange) as audited:
        yield audited


def test_tables_when_nobody_edited_then_equal_the_chain_for_every_token(audited: Audited) -> None:
    with audited.world.database.read() as session:
        report = audited.check(session)
    assert report.differences == []
    assert report.compared["titles"] >= 2
    assert report.compared["licences"] >= 2
    assert report.compared["undertakings"] >= 2
    assert audited.after(lambda session: None) == [], "computing every hash anew changes nothing"


def test_there_are_fifty_ways_and_more() -> None:
    assert len(EDITS) >= 50


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit.name}-{edit.field}")
def test_tables_when_edited_and_every_hash_made_anew_then_the_check_names_it(audited: Audited, edit: Edit) -> None:
    found = audited.after(lambda session: edit.change(session, audited))
    named = [one for one in found if one.area == edit.area and (not edit.field or one.field == edit.field)]
    assert named, found
    subjects = {audited.right, *audited.licences, *audited.agreements, audited.nda}
    if edit.area in (T, L, A, N) and not edit.name.startswith(("forget", "invent")):
        assert {one.subject for one in named} <= subjects, named


# ── what a reader does with the chain alone ──────────────────────────────────────────────────────


def test_commands_when_run_then_the_check_holds_and_openings_show_the_terms(
    audited: Audited, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = as_command(audited, monkeypatch, audit_check, "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.output)["holds"] is True

    held, other = audited.agreements
    for person in (audited.owner, audited.taker):
        taken = person.get(f"/deals/agreements/{held}/opening.json")
        assert taken.status_code == 200
    assert audited.world.organisation("Stranger").get(f"/deals/agreements/{held}/opening.json").status_code == 404
    assert "deal:agreement:opening_taken" in audited.world.actions(held)
    (tmp_path / "agreement.json").write_bytes(taken.data)
    url = embedded_chain(audited.world.exchange.settings).url()
    answer = as_command(audited, monkeypatch, audit_rebuild, "--rpc", url, "--openings", str(tmp_path), "--json")
    assert answer.exit_code == 0, answer.output
    licences = {one["token"]: one for one in json.loads(answer.output)["licences"]}
    with audited.world.database.read() as session:
        rows = {one: session.get_one(AgreementRow, one) for one in (held, other)}
        assert licences[rows[held].commitment]["terms"] == rows[held].value["terms"]
        assert licences[rows[other].commitment]["terms"] is None
    with audited.world.database.read() as session:
        values = [session.get_one(AgreementRow, one).value for one in (held, other)]
        token = session.get_one(AgreementRow, other).commitment
    assert [value["format"] for value in values] == ["ipx/agreement/v2", "ipx/agreement/v1"]
    taken = audited.taker.get(f"/deals/agreements/{other}/opening.json")
    (tmp_path / "older.json").write_bytes(taken.data)
    answer = as_command(audited, monkeypatch, audit_rebuild, "--rpc", url, "--openings", str(tmp_path), "--json")
    licences = {one["token"]: one for one in json.loads(answer.output)["licences"]}
    assert licences[token]["terms"] == values[1]["terms"]


def test_sealed_licences_when_of_one_licensee_then_the_chain_does_not_link_them(audited: Audited) -> None:
    """No word stands in the logs of both grants but codes; nor does anything name the licensee's own account."""
    with audited.world.database.read() as session:
        messages = [session.get_one(LicenceRow, licence).message for licence in audited.licences]
    deployment = read_deployment(deployments_folder(audited.world.exchange.settings), audited.reader.chain_id())
    registries = registries_of(deployment)
    logs = list(audited.reader.logs(registries.addresses, topics=[], first=0, last=audited.reader.height()))
    seen = [
        {word for log in logs for word in words_of(log) if message["commitment"][2:] in words_of(log)}
        for message in messages
    ]
    codes = {f"{number:064x}" for number in range(1 << 12)}
    assert len(seen[0]) > len(seen[0] & codes) + 2, "there is something to compare"
    assert (seen[0] & seen[1]) - codes == set()
    assert messages[0]["holder"] != messages[1]["holder"]


def words_of(log: dict[str, Any]) -> set[str]:
    """Return the indexed and the other words of a log, without its name."""
    data = str(log["data"])[2:]
    return {topic[2:] for topic in log["topics"][1:]} | {data[start : start + 64] for start in range(0, len(data), 64)}


def test_cli_knows_both_commands() -> None:
    ipx.cli.mount()
    names = {command.name for command in ipx.cli.audit.registered_commands}
    assert {"verify", "rebuild", "check", "report"} <= names
