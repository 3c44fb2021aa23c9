"""The history of a licensed technology as its lab administrator sees it: every kind of line, its proof, its exports."""

import csv
import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from ipx.accounts.rules import Role
from ipx.audit.models import AuditRow
from ipx.core import canonical
from ipx.history.rules import Kind
from ipx.history.service import HistoryService
from ipx.technologies.service import TechnologyService
from ipx.vault.rules import DocumentRole, Form
from ipx.vault.service import VaultService
from tests.pages import Person, words_of
from tests.world import World

KINDS = {
    Kind.TECHNOLOGY,
    Kind.DEPOSIT,
    Kind.ANCHOR,
    Kind.TITLE,
    Kind.LISTING,
    Kind.NDA,
    Kind.OFFER,
    Kind.SIGNATURE,
    Kind.GRANT,
    Kind.ACCESS,
    Kind.READ,
}


@dataclass
class Licensed:
    """A technology that a company has licensed and whose document it has read."""

    world: World
    owner: Person
    taker: Person
    administrator: Person
    technology: str
    document: str

    @property
    def page(self) -> str:
        return f"/history/technologies/{self.technology}"

    def history(self) -> Any:
        return json.loads(self.administrator.get(f"{self.page}.json").data)


@pytest.fixture(scope="module")
def licensed(exchange: Any) -> Iterator[Licensed]:
    with World(exchange) as world:
        owner, taker = world.organisation("Institute"), world.organisation("Company")
        administrator = world.colleague(owner, Role.LAB_ADMINISTRATOR)
        technology = world.technology(owner)
        world.until(lambda: world.exchange.batcher.advance() or None)
        world.settle()
        _attach_instrument(world, owner, technology)
        world.signed(owner, taker, world.listing(owner, technology, upfront=_nothing()))
        world.settle()
        document, _instrument = world.read(
            lambda session: world.service(VaultService).documents_of(
                session, subject_kind="technology", subject_id=technology
            )
        )
        yield Licensed(world, owner, taker, administrator, technology, _read(world, taker, document.id))


def page_of(licensed: Licensed, path: str) -> str:
    return licensed.administrator.get(path, headers={"Accept": "text/html"}).text


def _nothing() -> Any:
    from ipx.core.money import Money

    return Money(0, "USD")


def _attach_instrument(world: World, owner: Person, technology_id: str) -> None:
    """Attach an assignment to the first right, whose title is final: that evidence goes to the chain too."""
    technologies = world.service(TechnologyService)
    document_id = world.deposit(owner, technology_id, name="assignment.pdf", role=DocumentRole.INSTRUMENT)

    def attach(session: Any) -> None:
        right = technologies.technology(session, actor=owner.actor, technology_id=technology_id).rights[0]
        technologies.attach_instrument(session, actor=owner.actor, right_id=right.id, document_id=document_id)

    world.write(attach)
    world.until(lambda: world.exchange.batcher.advance() or None)
    world.settle()


def _read(world: World, reader: Person, document_id: str) -> str:
    vault = world.service(VaultService)
    owner_id = world.read(lambda session: vault.document(session, document_id=document_id)).organisation_id
    declarations = vault.sharing.declarations
    said: dict[str, Any] = {"nationalities": ["IE"], "end_use": "to assess it"}
    world.write(lambda session: declarations.declare(session, actor=reader.actor, owner_id=owner_id, **said))
    delivery = world.write(
        lambda session: vault.read(
            session, actor=reader.actor, document_id=document_id, purpose="due diligence", form=Form.CLEAR
        )
    )
    assert b"".join(delivery.chunks())
    return document_id


def test_timeline_when_licensed_then_has_every_kind_in_order(licensed: Licensed) -> None:
    lines = licensed.history()["lines"]
    assert {line["kind"] for line in lines} >= {str(kind) for kind in KINDS}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_timeline_when_on_chain_then_names_the_transaction(licensed: Licensed) -> None:
    proven = {"anchor": "evidence", "title": "chain", "nda": "chain", "grant": "chain"}
    for kind, proof in proven.items():
        lines = [line for line in licensed.history()["lines"] if line["kind"] == kind]
        assert lines
        for line in lines:
            assert (line["proof_kind"], line["stamp"]) == (proof, "final"), line
            assert line["transaction"].startswith("0x")
            assert line["block"] > 0


def test_better_evidence_when_final_then_rests_on_its_own_transaction(licensed: Licensed) -> None:
    lines = licensed.history()["lines"]
    (attached,) = [line for line in lines if line["action"] == "right:evidence:instrument_attached"]
    (signed,) = [line for line in lines if line["action"] == "right:title:signed"]
    assert (attached["proof_kind"], attached["stamp"]) == ("chain", "final")
    assert attached["transaction"] != signed["transaction"]
    assert signed["what"].startswith("Record of title signed, declared:")


def test_timeline_when_only_our_record_speaks_then_says_so(licensed: Licensed) -> None:
    for line in licensed.history()["lines"]:
        if line["kind"] in ("deposit", "listing", "offer", "access", "read"):
            assert (line["proof"], line["transaction"]) == ("platform record only", None)


def test_audit_lines_when_about_the_technology_then_all_are_told(licensed: Licensed) -> None:
    told = {line["audit_line"] for line in licensed.history()["lines"]}
    about = [licensed.technology, licensed.document]
    rows = licensed.world.read(
        lambda session: session.query(AuditRow.sequence).where(AuditRow.subject_id.in_(about)).all()
    )
    # The export that tells them is itself a line, written after it was told.
    assert {row.sequence for row in rows} - told <= {max(row.sequence for row in rows)}


def test_people_when_of_the_company_then_not_named(licensed: Licensed) -> None:
    page = licensed.administrator.get(licensed.page).text
    assert licensed.owner.actor.name in page
    assert licensed.taker.actor.name not in page
    assert f"a person of {licensed.taker.actor.organisation_name}" in page


@pytest.mark.parametrize("role", [Role.LAB_ADMINISTRATOR, Role.OWNER, Role.LICENSING_MANAGER])
def test_page_when_the_role_may_see_it_then_shown(licensed: Licensed, role: Role) -> None:
    colleague = licensed.world.colleague(licensed.owner, role)
    for path in ("/history", "/history/audit", licensed.page):
        assert colleague.get(path).status_code == 200


def test_page_when_a_researcher_asks_then_forbidden(licensed: Licensed) -> None:
    researcher = licensed.world.colleague(licensed.owner, Role.RESEARCHER)
    for path in ("/history", "/history/audit", licensed.page, f"{licensed.page}.pdf"):
        assert researcher.get(path).status_code == 403


def test_page_when_another_organisation_asks_then_not_found(licensed: Licensed) -> None:
    for path in (licensed.page, f"{licensed.page}.csv", f"/history/technologies/{uuid.uuid4()}"):
        assert licensed.taker.get(path).status_code == 404
    assert licensed.technology not in licensed.taker.get("/history").text


def test_page_when_signed_out_then_asked_to_sign_in(licensed: Licensed) -> None:
    stranger = licensed.world.app.test_client()
    for path in ("/history", licensed.page, f"{licensed.page}.json"):
        assert stranger.get(path).status_code == 302


def test_page_when_filtered_then_only_those_kinds(licensed: Licensed) -> None:
    words = words_of(licensed.administrator.get(f"{licensed.page}?kind=read&kind=grant").text)
    assert "due diligence" in words
    assert "Licence granted to" in words
    assert "Technology described" not in words


def test_page_when_until_a_day_before_then_no_line_fits(licensed: Licensed) -> None:
    words = words_of(licensed.administrator.get(f"{licensed.page}?until=2000-01-01").text)
    assert "No line fits" in words
    assert "No line fits" not in words_of(licensed.administrator.get(f"{licensed.page}?until=nonsense").text)


@pytest.mark.parametrize(("form", "begins"), [("csv", b"\xef\xbb\xbf"), ("json", b"{"), ("pdf", b"%PDF-")])
def test_export_when_made_then_a_download_and_a_line_of_the_log(licensed: Licensed, form: str, begins: bytes) -> None:
    before = licensed.world.actions(licensed.technology).count("history:export:made")
    answer = licensed.administrator.get(f"{licensed.page}.{form}")
    assert answer.data.startswith(begins)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert licensed.world.actions(licensed.technology).count("history:export:made") == before + 1


def test_export_when_of_another_form_then_not_found(licensed: Licensed) -> None:
    assert licensed.administrator.get(f"{licensed.page}.xlsx").status_code == 404


def test_exports_when_compared_then_hold_the_same_lines(licensed: Licensed) -> None:
    body = licensed.administrator.get(f"{licensed.page}.json").data
    rows = list(
        csv.DictReader(io.StringIO(licensed.administrator.get(f"{licensed.page}.csv").data.decode("utf-8-sig")))
    )
    told: Any = canonical.decode(body)
    assert [row["what"] for row in rows[: len(told["lines"])]] == [line["what"] for line in told["lines"]]
    assert rows[-1]["action"] == "history:export:made"


def test_document_when_the_lab_administrator_asks_then_not_opened(licensed: Licensed) -> None:
    assert licensed.administrator.get(f"/documents/{licensed.document}/open").status_code == 403


def test_audit_when_whole_then_said_with_its_head(licensed: Licensed) -> None:
    answer = licensed.administrator.json("/history/audit")
    assert answer["audit"]["broken_at"] is None
    page = page_of(licensed, "/history/audit")
    assert answer["audit"]["head"] in page
    assert "Audit log: whole" in words_of(page)


def test_audit_when_a_line_was_changed_then_named_everywhere(licensed: Licensed) -> None:
    world = licensed.world
    sequence = world.read(
        lambda session: session.query(AuditRow.sequence).order_by(AuditRow.sequence.desc()).limit(3).all()
    )[2][0]
    kept = world.row(AuditRow, sequence).subject_id
    change = text("UPDATE audit_lines SET subject_id = :to WHERE sequence = :n")
    world.write(lambda session: session.execute(change, {"to": "somebody else", "n": sequence}))
    try:
        assert f"broken at line {sequence}" in words_of(page_of(licensed, "/history"))
        short = licensed.administrator.get(
            "/history/audit", headers={"Accept": "text/html", "HX-Target": "audit-state"}
        )
        assert words_of(short.text).startswith(f"audit log broken at line {sequence}")
        assert licensed.history()["audit"]["broken_at"] == sequence
    finally:
        world.write(lambda session: session.execute(change, {"to": kept, "n": sequence}))
    assert licensed.administrator.json("/history/audit")["audit"]["broken_at"] is None


def test_history_when_asked_of_the_service_then_reads_only(licensed: Licensed) -> None:
    history = licensed.world.service(HistoryService)
    before = licensed.world.count(AuditRow)
    lines = licensed.world.read(
        lambda session: history.timeline(session, actor=licensed.administrator.actor, technology_id=licensed.technology)
    )
    assert lines
    assert licensed.world.count(AuditRow) == before
