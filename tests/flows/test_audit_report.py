"""`ipx audit report`: who owned, licensed and could read what on a date, each line with its proof; a sample by seed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.audit_commands import audit_report
from ipx.chain.models import TransactionRow
from ipx.deals.models import AgreementRow
from ipx.licences.records import DeclaredDraft
from ipx.licences.service import LicenceService
from ipx.technologies.models import TitleRow
from ipx.titles.entries import Conveyance, Giver
from ipx.titles.rules import ConveyanceKind
from ipx.titles.service import TitleService
from ipx.wiring import Exchange
from tests.audited_world import Audited, as_command, audited_exchange
from tests.exchanges import running_exchange
from tests.licence_terms import terms
from tests.pages import words_of


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """One of its own: other tests edit rows of the shared one."""
    with running_exchange(tmp_path_factory.mktemp("audited")) as built:
        yield built


@pytest.fixture(scope="module")
def audited(exchange: Exchange) -> Iterator[Audited]:
    with audited_exchange(exchange) as audited:
        yield audited


def report_of(audited: Audited, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    answer = as_command(audited, monkeypatch, audit_report, *arguments)
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return answer


def test_report_when_made_then_every_line_has_its_proof_or_says_platform_record_only(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = audited.owner.organisation_id
    report = json.loads(report_of(audited, monkeypatch, "--organisation", owner).stdout_bytes)
    by_section: dict[str, list[Any]] = {}
    for line in report["lines"]:
        by_section.setdefault(line["section"], []).append(line)
    assert len(by_section["ownership"]) == len(by_section["grant"]) == 2
    name = audited.owner.actor.organisation_name
    for line in by_section["ownership"]:
        assert line["what"].startswith(f"{name} (0x")
        assert "holds 1" in line["what"]
        assert line["proof"].startswith("block ")
    for line in by_section["grant"]:
        assert line["subject"] == audited.taker.actor.organisation_name
        assert "Territory: Worldwide" in line["what"]
        assert "Field of use: For: Batteries" in line["what"]
        assert line["transaction"] is not None
    assert {line["proof"] for line in by_section["access"]} == {"platform record only"}
    who = " ".join(line["what"] for line in by_section["access"])
    assert audited.taker.actor.organisation_name in who
    words = "The record of the present holder rests on a declaration alone."
    assert [one.rpartition(": ")[2] for one in report["exceptions"]] == [words, words]
    assert report["sign_off"] == {"reviewer": None, "date": None, "findings": None}


def test_report_when_of_a_time_before_the_deal_then_there_is_no_grant(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    with audited.world.database.read() as session:
        technology = session.get_one(AgreementRow, audited.agreements[0]).technology_id
        title = session.scalars(select(TitleRow).where(TitleRow.technology_id == technology)).one()
        block = select(TransactionRow.block_time).where(TransactionRow.id == title.transaction_id)
        registered = datetime.fromtimestamp(session.scalars(block).one() or 0, UTC)  # a chain's clock may be ahead
    before = registered.isoformat()
    report = json.loads(report_of(audited, monkeypatch, "--technology", technology, "--as-of", before).stdout_bytes)
    sections = [line["section"] for line in report["lines"]]
    assert "ownership" in sections
    assert "grant" not in sections
    taker = audited.taker.actor.organisation_name
    assert not [line for line in report["lines"] if taker in line["what"]]
    period = ("--from", before, "--to", (registered + timedelta(days=1)).isoformat())
    changes = json.loads(report_of(audited, monkeypatch, "--technology", technology, *period).stdout_bytes)["lines"]
    words = [line["what"] for line in changes if line["section"] == "change"]
    assert "licence granted" in words
    assert f"{taker} was let in" in words


def test_report_when_sampled_then_the_seed_repeats_it_and_all_forms_hold_the_lines(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = ("--organisation", audited.owner.organisation_id, "--sample", "3")
    first = json.loads(report_of(audited, monkeypatch, *chosen).stdout_bytes)
    seed = str(first["sample"]["seed"])
    again = json.loads(report_of(audited, monkeypatch, *chosen, "--seed", seed).stdout_bytes)
    assert first["sample"] == again["sample"]
    assert len(set(first["sample"]["lines"])) == 3
    table = report_of(audited, monkeypatch, *chosen, "--seed", seed, "--format", "csv").stdout_bytes.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [int(row["number"]) for row in rows if row["in_sample"]] == first["sample"]["lines"]
    assert [row["what"] for row in rows if row["number"]] == [line["what"] for line in first["lines"]]
    paper = report_of(audited, monkeypatch, *chosen, "--seed", seed, "--format", "pdf").stdout_bytes
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(paper))
    assert f"seed {seed}" in text
    assert "Reviewer's sign-off" in text
    assert as_command(audited, monkeypatch, audit_report, "--sample", "3").exit_code != 0


def test_page_when_an_administrator_asks_then_the_report_comes_and_its_taking_is_on_record(audited: Audited) -> None:
    administrator = audited.world.colleague(audited.owner, Role.LAB_ADMINISTRATOR)
    shown = administrator.get("/history", headers={"Accept": "text/html"})
    assert "Audit report" in words_of(shown.text)
    with audited.world.database.read() as session:
        technology = session.get_one(AgreementRow, audited.agreements[0]).technology_id
    made = administrator.get(f"/history/report.json?technology={technology}&as_of=&sample=2&seed=7")
    assert made.status_code == 200, made.text
    report = json.loads(made.data)
    assert report["sample"]["seed"] == 7
    (ownership,) = [line for line in report["lines"] if line["section"] == "ownership"]
    (grant,) = [line for line in report["lines"] if line["section"] == "grant"]
    assert ownership["block"] < grant["block"]
    assert "history:report:made" in audited.world.actions(technology)
    assert administrator.get("/history/report.pdf").data.startswith(b"%PDF")


def test_page_when_it_is_not_theirs_then_refused(audited: Audited) -> None:
    with audited.world.database.read() as session:
        technology = session.get_one(AgreementRow, audited.agreements[0]).technology_id
    stranger = audited.world.organisation("Stranger")
    assert stranger.get(f"/history/report.json?technology={technology}").status_code == 404
    assert stranger.get("/history/report.json?technology=nonsense").status_code == 404
    assert audited.world.colleague(audited.owner, Role.RESEARCHER).get("/history/report.json").status_code == 403


def test_page_and_command_when_made_at_one_time_then_say_the_same(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mirror of the logs and the node give the same owners and grants."""
    made = json.loads(audited.owner.get("/history/report.json").data)
    told = json.loads(report_of(audited, monkeypatch, "--organisation", audited.owner.organisation_id).stdout_bytes)
    assert [line for line in made["lines"] if line["block"]] == [line for line in told["lines"] if line["block"]]


def test_report_when_an_agreement_was_made_elsewhere_then_shows_it_as_declared_and_never_as_proven(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    with audited.world.database.write() as session:
        technology = session.get_one(AgreementRow, audited.agreements[1]).technology_id
        licences = audited.world.service(LicenceService).declarations
        draft = DeclaredDraft(holder="Old Partner AG", terms=terms())
        made = licences.declare(session, actor=audited.owner.actor, technology_id=technology, draft=draft)
    report = json.loads(report_of(audited, monkeypatch, "--technology", technology).stdout_bytes)
    (line,) = [line for line in report["lines"] if line["subject"] == "Old Partner AG"]
    assert (line["section"], line["proof"], line["block"]) == ("grant", "platform record only", None)
    assert f"as declared by {audited.owner.actor.organisation_name}" in line["what"]
    assert [one for one in report["exceptions"] if "nobody has stated that the list is whole" in one]
    with audited.world.database.write() as session:
        licences.end(session, actor=audited.owner.actor, technology_id=technology, declared_id=made.id)
    report = json.loads(report_of(audited, monkeypatch, "--technology", technology).stdout_bytes)
    assert "Old Partner AG" not in json.dumps(report)


def test_report_when_of_an_earlier_day_then_gaps_are_those_of_that_day(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, titles = audited.world, audited.world.service(TitleService)
    owner = audited.owner.actor.organisation_name
    for giver, receiver, day in (("Ada", "Somebody", date(2020, 1, 10)), ("Somebody", owner, date(2021, 1, 10))):
        entry = Conveyance(ConveyanceKind.ASSIGNMENT, (Giver(giver, day),), receiver)
        act: dict[str, Any] = {"actor": audited.owner.actor, "right_id": audited.right, "entry": entry}
        world.write(lambda session, act=act: titles.enter(session, **act))  # type: ignore[misc]
    technology = world.row(TitleRow, audited.right).technology_id

    def gaps(day: str) -> set[str]:
        made = report_of(audited, monkeypatch, "--technology", technology, "--as-of", day)
        found = [one for one in json.loads(made.stdout_bytes)["exceptions"] if f"chain of title on {day}" in one]
        return {one.rpartition("today, ")[2].partition(":")[0].rstrip(".") for one in found}

    assert gaps("2019-06-01") == set(), "nothing had been conveyed"
    assert "owner not holder" in gaps("2020-06-01")
    assert gaps("2021-06-01") == gaps("2020-06-01") - {"owner not holder"}
