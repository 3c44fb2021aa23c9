"""`ipx audit check`: our tables equal the chain, and each of many edits is named, though every hash is made anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

import ipx.cli
from ipx.accounts.models import ChainAccountRow
from ipx.adapters.evm.deployment import read_deployment
from ipx.audit.models import AuditRow
from ipx.audit_commands import audit_check, audit_rebuild, registries_of
from ipx.chain.models import AttemptRow, BlockRow, LogRow, TransactionRow
from ipx.chain.models import ReceiptRow as ChainReceiptRow
from ipx.deals.models import AgreementRow, NdaRow, SignatureRow
from ipx.deals.records import AgreementView
from ipx.evidence.models import BatchRow, BlockProofRow, LogHeadRow, StampRow
from ipx.history.check.records import CheckReport, Difference
from ipx.history.rebuild.reader import RegistryReader
from ipx.history.service import HistoryService
from ipx.licences.models import LicenceRow
from ipx.outside import deployments_folder, embedded_chain
from ipx.technologies.models import RightRow, TechnologyRow, TitleRow
from ipx.vault.models import ReceiptLineRow
from ipx.vault.rules import Form
from ipx.vault.service import VaultService
from ipx.wiring import Exchange
from tests.adapters.stripe_payer import pay
from tests.flows.test_history_heads import all_final
from tests.pages import Person
from tests.rewriting import recompute_hashes
from tests.world import World

OTHER = "0x" + "ab" * 20
OTHER_WORD = "0x" + "ab" * 32


@dataclass
class Audited:
    """An exchange with titles, undertakings and licences that are final, and anchored heads of its logs."""

    world: World
    owner: Person
    taker: Person
    reader: RegistryReader
    agreements: tuple[str, str]
    licences: tuple[str, str]
    right: str
    nda: str

    def check(self, session: Session) -> CheckReport:
        settings = self.world.exchange.settings
        deployment = read_deployment(deployments_folder(settings), self.reader.chain_id())
        return self.world.service(HistoryService).check_tables(
            session,
            reader=self.reader,
            registries=registries_of(deployment),
            log_contracts=[one.contracts["EvidenceLog"].address.lower() for one in deployment.generations],
        )

    def after(self, edit: Callable[[Session], Any], *, recompute: bool = True) -> list[Difference]:
        """Edit the tables, compute every hash anew, check, and undo all of it."""
        with self.world.database.sessions() as session:
            try:
                edit(session)
                if recompute:
                    recompute_hashes(session)
                session.flush()
                session.expire_all()
                return list(self.check(session).differences)
            finally:
                session.rollback()


@pytest.fixture(scope="module")
def audited(exchange: Exchange) -> Iterator[Audited]:
    with World(exchange) as world:
        owner, taker = world.organisation("Institute"), world.organisation("Company")
        agreements = []
        for _ in range(2):
            technology = world.technology(owner)
            agreement = world.signed(owner, taker, world.listing(owner, technology))
            pay(world.pay_page(taker, agreement))
            world.until(partial(is_active, world, taker, agreement))
            agreements.append(agreement.id)
        with world.database.read() as session:
            licences = [
                session.scalars(select(LicenceRow.id).where(LicenceRow.agreement_id == one)).one() for one in agreements
            ]
            technology_id = session.get_one(AgreementRow, agreements[0]).technology_id
            right = session.scalars(select(TitleRow.right_id).where(TitleRow.technology_id == technology_id)).one()
            nda = session.scalars(select(NdaRow.id).where(NdaRow.technology_id == technology_id)).one()
        (document,) = taker.json(f"/licences/{licences[0]}")["documents"]
        read(world, owner, document)
        world.until(lambda: world.exchange.batcher.advance() or None)
        world.settle()
        world.until(lambda: all_final(world) or None)
        reader = RegistryReader(embedded_chain(exchange.settings).url())
        yield Audited(world, owner, taker, reader, tuple(agreements), tuple(licences), right, nda)  # type: ignore[arg-type]


def is_active(world: World, taker: Person, agreement: AgreementView) -> bool:
    return world.view(taker, agreement).state == "ACTIVE"


def read(world: World, reader: Person, document_id: str) -> None:
    delivery = world.write(
        lambda session: world.service(VaultService).read(
            session, actor=reader.actor, document_id=document_id, purpose="to build it", form=Form.CLEAR
        )
    )
    assert b"".join(delivery.chunks()).startswith(b"%PDF")


def test_tables_when_nobody_edited_then_equal_the_chain_for_every_token(audited: Audited) -> None:
    with audited.world.database.read() as session:
        report = audited.check(session)
    assert report.differences == []
    assert report.compared["titles"] >= 2
    assert report.compared["licences"] >= 2
    assert report.compared["undertakings"] >= 2
    assert audited.after(lambda session: None) == [], "computing every hash anew changes nothing"


# ── fifty ways to edit ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Edit:
    """A change of one row, and what must be named for it: an area, and a field where one is to blame."""

    name: str
    change: Callable[[Session, Audited], Any]
    area: str
    field: str


def column(table: Any, name: str, value: Any, area: str, field: str, key: str) -> Edit:
    """Set a column of the row whose key is a field of ``Audited`` (the first where there are two)."""

    def change(session: Session, audited: Audited) -> None:
        ids = getattr(audited, key)
        row = session.get_one(table, ids if isinstance(ids, str) else ids[0])
        setattr(row, name, value(getattr(row, name)) if callable(value) else value)

    return Edit(f"{table.__tablename__}.{name}", change, area, field)


def first(table: Any, name: str, value: Any, area: str, field: str, *where: Any) -> Edit:
    """Set a column of the first row that fits."""

    def change(session: Session, _: Audited) -> None:
        row = session.scalars(select(table).where(*where).limit(1)).one()
        setattr(row, name, value(getattr(row, name)) if callable(value) else value)

    return Edit(f"{table.__tablename__}.{name}", change, area, field)


def put(**values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda old: {**old, **values}


def within(part: str, **values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda old: {**old, part: {**old[part], **values}}


def flip(data: bytes) -> bytes:
    return bytes((data[0] ^ 1, *data[1:]))


def named(name: str, change: Callable[[Session, Audited], Any], area: str, field: str = "") -> Edit:
    return Edit(name, change, area, field)


def regroup_title(session: Session, audited: Audited) -> None:
    row = session.get_one(TitleRow, audited.right)
    other = select(TechnologyRow.id).where(TechnologyRow.id != row.technology_id)
    row.technology_id = session.scalars(other.limit(1)).one()


def rename_account(session: Session, audited: Audited) -> None:
    row = session.get_one(TitleRow, audited.right)
    other = select(ChainAccountRow.id).where(ChainAccountRow.id != row.account_id)
    row.account_id = session.scalars(other.limit(1)).one()


def forget_title(session: Session, audited: Audited) -> None:
    session.delete(session.get_one(TitleRow, audited.right))


def invent_title(session: Session, audited: Audited) -> None:
    row = session.get_one(TitleRow, audited.right)
    values = {one.name: getattr(row, one.name) for one in TitleRow.__table__.columns}
    right = session.get_one(RightRow, audited.right)
    rights = {one.name: getattr(right, one.name) for one in RightRow.__table__.columns}
    session.add(RightRow(**{**rights, "id": "invented"}))
    session.flush()
    session.add(TitleRow(**{**values, "right_id": "invented", "token": "77" * 32}))


def forget_licence(session: Session, audited: Audited) -> None:
    session.delete(session.get_one(LicenceRow, audited.licences[0]))


def invent_licence(session: Session, audited: Audited) -> None:
    row = session.get_one(LicenceRow, audited.licences[0])
    values = {one.name: getattr(row, one.name) for one in LicenceRow.__table__.columns}
    new = {"id": "invented", "agreement_id": "invented", "token": OTHER_WORD, "transaction_id": "invented"}
    session.add(LicenceRow(**{**values, **new}))


def swap_licences(session: Session, audited: Audited) -> None:
    one, two = (session.get_one(LicenceRow, licence) for licence in audited.licences)
    tokens = one.token, two.token
    one.token, two.token = "x", "y"
    session.flush()
    two.token, one.token = tokens


def forget_line(session: Session, audited: Audited) -> None:
    """Take a line out of the middle and let the others move up."""
    session.execute(delete(AuditRow).where(AuditRow.sequence == 3))
    session.flush()
    for row in session.scalars(select(AuditRow).where(AuditRow.sequence > 3).order_by(AuditRow.sequence)).all():
        session.expunge(row)
        values = {one.name: getattr(row, one.name) for one in AuditRow.__table__.columns}
        session.execute(delete(AuditRow).where(AuditRow.sequence == row.sequence))
        session.execute(insert(AuditRow).values(**{**values, "sequence": row.sequence - 1}))


def edit_receipt(session: Session, audited: Audited) -> None:
    row = session.scalars(select(ReceiptLineRow).order_by(ReceiptLineRow.sequence).limit(1)).one()
    row.record = json.dumps({**json.loads(row.record), "person": "99999999-9999-4999-8999-999999999999"})


def forget_event(session: Session, audited: Audited) -> None:
    session.delete(session.scalars(select(LogRow).where(LogRow.event == "Granted").limit(1)).one())


def orphan_event(session: Session, audited: Audited) -> None:
    session.scalars(select(LogRow).where(LogRow.event == "Granted").limit(1)).one().orphaned = True


def forget_signature(session: Session, audited: Audited) -> None:
    session.delete(session.get_one(SignatureRow, (audited.agreements[0], "licensee")))


def edit_signature(session: Session, audited: Audited) -> None:
    row = session.get_one(SignatureRow, (audited.agreements[0], "licensor"))
    row.signature = row.signature[:10] + flip(row.signature[10:])


def hide_signer(session: Session, audited: Audited) -> None:
    session.get_one(SignatureRow, (audited.agreements[0], "licensor")).address = OTHER


def forget_batch(session: Session, audited: Audited) -> None:
    batch = session.scalars(select(BatchRow).where(BatchRow.state == "FINAL").limit(1)).one()
    stamps = select(StampRow.id).where(StampRow.batch_id == batch.id)
    session.execute(delete(LogHeadRow).where(LogHeadRow.stamp_id.in_(stamps)))
    session.execute(delete(StampRow).where(StampRow.batch_id == batch.id))
    session.execute(delete(BlockProofRow).where(BlockProofRow.batch_id == batch.id))
    session.delete(batch)


GRANTED = LogRow.event == "Granted"
FINAL_BATCH = BatchRow.state == "FINAL"
FINAL_TRANSACTION = (TransactionRow.state == "FINAL", TransactionRow.function == "grant")
T, L, A, N = "title", "licence", "agreement", "undertaking"
EDITS = [
    column(TitleRow, "holder", OTHER, T, "holder", "right"),
    column(TitleRow, "token", "ab" * 32, T, "token", "right"),
    column(TitleRow, "state", "pending", T, "state", "right"),
    column(TitleRow, "state", "nonsense", T, "state", "right"),
    column(TitleRow, "evidence", 2, T, "evidence", "right"),
    column(TitleRow, "instrument", OTHER_WORD, T, "instrument", "right"),
    column(TitleRow, "acts", 4, T, "acts", "right"),
    column(TitleRow, "block_number", lambda old: old + 1, T, "block_number", "right"),
    column(TitleRow, "block_time", lambda old: old - timedelta(days=30), T, "block_time", "right"),
    column(TitleRow, "record", lambda old: old.replace("know-how", "software"), T, "record", "right"),
    named("give a title to another technology", regroup_title, T, "record"),
    named("name another account", rename_account, T, "account_id"),
    column(TitleRow, "transaction_id", "another", T, "transaction", "right"),
    named("forget a title", forget_title, T),
    named("invent a title", invent_title, T, "token"),
    column(LicenceRow, "message", put(holder=OTHER), L, "message.holder", "licences"),
    column(LicenceRow, "message", put(titles=["5"]), L, "message.titles", "licences"),
    column(LicenceRow, "message", put(authority=OTHER), L, "message.authority", "licences"),
    column(LicenceRow, "message", put(exclusivity="1"), L, "message.exclusivity", "licences"),
    column(LicenceRow, "message", put(transferRule="2"), L, "message.transferRule", "licences"),
    column(LicenceRow, "message", put(survives=True), L, "message.survives", "licences"),
    column(LicenceRow, "message", put(deadline="1"), L, "message", "licences"),
    column(LicenceRow, "terms", put(exclusivity="exclusive"), L, "terms", "licences"),
    column(LicenceRow, "terms", put(upfront={"amount": 1, "currency": "USD"}), L, "terms", "licences"),
    column(LicenceRow, "state", "TERMINATED", L, "state", "licences"),
    column(LicenceRow, "state", "ISSUE_FAILED", L, "state", "licences"),
    column(LicenceRow, "licensee_id", "another", L, "licensee_id", "licences"),
    column(LicenceRow, "licensee_name", "Another", L, "licensee_name", "licences"),
    column(LicenceRow, "licensor_id", "another", L, "licensor_id", "licences"),
    column(LicenceRow, "technology_id", "another", L, "technology_id", "licences"),
    column(LicenceRow, "licensor_signature", flip, L, "licensor_signature", "licences"),
    column(LicenceRow, "activated_at", lambda old: old - timedelta(days=90), L, "activated_at", "licences"),
    column(LicenceRow, "transaction_id", "another", L, "transaction", "licences"),
    named("forget a licence", forget_licence, L),
    named("invent a licence", invent_licence, L, "token"),
    named("swap two licences", swap_licences, L, "token"),
    column(AgreementRow, "value", within("terms", governing_law="Nowhere"), A, "value", "agreements"),
    column(AgreementRow, "value", within("licensee", name="Another"), A, "value", "agreements"),
    column(AgreementRow, "state", "WITHDRAWN", A, "state", "agreements"),
    column(AgreementRow, "licensee_id", "another", A, "licensee_id", "agreements"),
    column(AgreementRow, "registry_address", OTHER, A, "registry_address", "agreements"),
    column(AgreementRow, "commitment", OTHER_WORD, A, "value", "agreements"),
    column(AgreementRow, "licensor_salt", flip, A, "value", "agreements"),
    named("forget a signature", forget_signature, A, "signatures"),
    named("edit a signature", edit_signature, A, "licensor_signature"),
    named("hide a signer", hide_signer, A, "licensor_signature"),
    column(NdaRow, "value", put(years=1), N, "value", "nda"),
    column(NdaRow, "address", OTHER, N, "address", "nda"),
    column(NdaRow, "signature", lambda old: old[:10] + flip(old[10:]), N, "signature", "nda"),
    column(NdaRow, "technology_id", "another", N, "technology_id", "nda"),
    first(AuditRow, "action", "right:title:undone", "audit log", "", AuditRow.sequence == 2),
    first(AuditRow, "actor_id", "somebody", "audit log", "", AuditRow.sequence == 2),
    first(AuditRow, "at", lambda old: old - timedelta(days=9), "audit log", "", AuditRow.sequence == 5),
    first(AuditRow, "details", put(more=1), "audit log", "", AuditRow.sequence == 4),
    named("forget an audit line", forget_line, "audit log"),
    named("edit a receipt", edit_receipt, "receipts log"),
    first(StampRow, "commitment", flip, "batch", "", StampRow.subject_kind == "document", StampRow.batch_id != None),  # noqa: E711
    first(BatchRow, "block_number", lambda old: old + 1, "batch", "different", FINAL_BATCH),
    first(BatchRow, "transaction", OTHER_WORD, "batch", "different", FINAL_BATCH),
    first(BatchRow, "state", "FROZEN", "batch", "unnoticed", FINAL_BATCH),
    named("forget a batch", forget_batch, "batch", "unknown"),
    first(LogRow, "arguments", put(holder=OTHER), "event", "arguments", GRANTED),
    first(LogRow, "data", "0x", "event", "raw", GRANTED),
    first(LogRow, "subject", OTHER_WORD, "event", "subject", GRANTED),
    named("forget an event", forget_event, "event"),
    named("orphan an event", orphan_event, "event"),
    first(BlockRow, "timestamp", lambda old: old - 1, "block", "timestamp"),
    first(TransactionRow, "mined_hash", OTHER_WORD, "transaction", "mined_hash", *FINAL_TRANSACTION),
    first(TransactionRow, "block_number", lambda old: old + 1, "transaction", "block_number", *FINAL_TRANSACTION),
    first(TransactionRow, "call_data", flip, "transaction", "call_data", *FINAL_TRANSACTION),
    first(TransactionRow, "arguments", lambda old: [[OTHER_WORD, *old[0][1:]], *old[1:]], "transaction", "arguments",
          *FINAL_TRANSACTION),
    first(ChainReceiptRow, "succeeded", False, "receipt", "success"),
]  # fmt: skip


def test_there_are_fifty_ways_and_more() -> None:
    assert len(EDITS) >= 50
    assert AttemptRow.__tablename__


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit.name}-{edit.field}")
def test_tables_when_edited_and_every_hash_made_anew_then_the_check_names_it(audited: Audited, edit: Edit) -> None:
    found = audited.after(lambda session: edit.change(session, audited))
    named = [one for one in found if one.area == edit.area and (not edit.field or one.field == edit.field)]
    assert named, found
    subjects = {audited.right, *audited.licences, *audited.agreements, audited.nda}
    if edit.area in (T, L, A, N) and not edit.name.startswith(("forget", "invent")):
        assert {one.subject for one in named} <= subjects, named


# ── what a reader does with the chain alone ──────────────────────────────────────────────────────


def as_command(audited: Audited, monkeypatch: pytest.MonkeyPatch, command: Any, *arguments: str) -> Any:
    import typer

    settings = audited.world.exchange.settings
    monkeypatch.setenv("IPX_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("IPX_PORT", str(settings.port))
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


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
    ipx.cli._mount()
    names = {command.name for command in ipx.cli.audit.registered_commands}
    assert {"verify", "rebuild", "check"} <= names
