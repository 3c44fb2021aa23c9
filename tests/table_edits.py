"""Ways to edit our tables, each with what `ipx audit check` must name for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ipx.accounts.models import ChainAccountRow
from ipx.audit.models import AuditRow
from ipx.chain.models import BlockRow, LogRow, TransactionRow
from ipx.chain.models import ReceiptRow as ChainReceiptRow
from ipx.deals.models import AgreementRow, NdaRow, SignatureRow
from ipx.evidence.models import BatchRow, BlockProofRow, LogHeadRow, StampRow
from ipx.licences.models import LicenceRow
from ipx.life.models import StepRow
from ipx.technologies.models import RightRow, TechnologyRow, TitleRow
from ipx.vault.models import ReceiptLineRow
from tests.audited_world import Audited

OTHER = "0x" + "ab" * 20
OTHER_WORD = "0x" + "ab" * 32


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
S = "step of a licence"
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
    column(LicenceRow, "terms", put(grant={"exclusivity": "exclusive"}), L, "terms", "licences"),
    column(LicenceRow, "terms", put(fees={"upfront": {"amount": 1, "currency": "USD"}}), L, "terms", "licences"),
    column(LicenceRow, "state", "TERMINATED", L, "state", "licences"),
    column(LicenceRow, "state", "SUSPENDED", L, "state", "licences"),
    column(LicenceRow, "is_converted", True, L, "is_converted", "licences"),
    first(StepRow, "kind", "withdrawn", S, "kind", StepRow.kind == "notice"),
    first(StepRow, "due", datetime(2030, 1, 1, tzinfo=UTC), S, "due", StepRow.kind == "notice"),
    first(StepRow, "at", lambda old: old - timedelta(days=9), S, "at", StepRow.kind == "notice"),
    first(StepRow, "side", "licensee", S, "side", StepRow.kind == "notice"),
    first(StepRow, "until", datetime(2030, 1, 1, tzinfo=UTC), S, "until", StepRow.kind == "began"),
    first(StepRow, "chain", "failed", S, "chain", StepRow.kind == "suspended"),
    first(StepRow, "reason", 1, S, "reason", StepRow.kind == "suspended"),
    first(StepRow, "transaction_id", "another", S, "transaction", StepRow.kind == "resumed"),
    named("forget a step of a licence", lambda s, _: s.execute(delete(StepRow).where(StepRow.kind == "notice")), S),
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
    column(AgreementRow, "value", within("terms", law={"governing_law_text": "Nowhere"}), A, "value", "agreements"),
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
