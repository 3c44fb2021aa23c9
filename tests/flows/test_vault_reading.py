"""Opening documents: who may, what is handed over, what the receipt says, and what happens to damaged files."""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound, Tampered
from ipx.vault.models import DocumentRow, ReceiptLineRow, ReceiptRow
from ipx.vault.records import Receipt
from ipx.vault.rules import DocumentRole, Form, Outcome, SourceKind
from tests.deposit_world import PDF, READER, DepositWorld
from tests.small_files import png

MIB = 1 << 20


@pytest.fixture
def world(tmp_path: Path) -> DepositWorld:
    return DepositWorld(tmp_path)


def receipts(world: DepositWorld, document_id: str) -> list[Receipt]:
    with world.database.read() as session:
        assert world.vault.check_receipts(session).broken_at is None
        return world.vault.receipts_of(session, document_ids=[document_id])


def give(world: Any, document_id: str, to: str, kind: SourceKind = SourceKind.LICENCE, **changes: Any) -> None:
    asked = {"by": world.owner.by, "source_kind": kind, "source_id": "l1", **changes}
    with world.database.write() as session:
        world.vault.grant(session, document_id=document_id, organisation_id=to, **asked)


@pytest.fixture
def shared(world: Any) -> Any:
    """A text of 2.5 MiB of one organisation, and a reader of another."""
    world.owner = world.organisation("ada")
    world.reader = world.organisation("ben")
    world.declare(world.reader, world.owner)
    world.content = os.urandom(5 * MIB // 4).hex().encode()
    world.document = world.deposit(world.owner, world.content, file_name="method.txt", media_type="text/plain")
    return world


@pytest.mark.parametrize("size", [100, 4096 - 8, 4096 - 7, 65_536, MIB, 3 * MIB + 17])
@pytest.mark.parametrize("form", list(Form))
def test_read_when_allowed_then_gives_every_byte_and_the_receipt_says_which(
    world: DepositWorld, size: int, form: Form
) -> None:
    ada = world.organisation("ada")
    content = (PDF + os.urandom(size))[:size]
    document = world.deposit(ada, content)
    got = world.read(ada, document.id, form=form, recipient=str(READER.to_public()))
    assert (got if form is Form.CLEAR else pyrage.decrypt(got, [READER])) == content
    (receipt,) = receipts(world, document.id)
    assert receipt.outcome is Outcome.COMPLETE
    assert (receipt.delivered_bytes, receipt.delivered_sha256) == (len(got), hashlib.sha256(got).hexdigest())
    assert (receipt.person_id, receipt.organisation_id) == (ada.person_id, ada.organisation_id)
    assert (receipt.source_kind, receipt.form) == (SourceKind.OWN, form)


def test_read_when_sealed_for_the_reader_then_is_not_padded_and_never_the_stored_file(shared: Any) -> None:
    got = shared.read(shared.owner, shared.document.id, form=Form.AGE, recipient=str(READER.to_public()))
    stored = shared.store.open(shared.document.cid).read()
    assert got[:4096] != stored[:4096]
    assert len(got) < len(stored)


def test_read_when_somebody_else_asks_then_a_grant_decides_from_one_request_to_the_next(shared: Any) -> None:
    ben, document = shared.reader, shared.document
    with pytest.raises(NotFound):
        shared.read(ben, document.id)
    give(shared, document.id, ben.organisation_id)
    assert shared.read(ben, document.id) == shared.content
    with shared.database.write() as session:
        shared.vault.revoke(session, by=shared.owner.by, source_kind=SourceKind.LICENCE, source_id="l1")
    with pytest.raises(NotFound):
        shared.read(ben, document.id)
    give(shared, document.id, ben.organisation_id)  # a late repeat of the old grant opens nothing
    with pytest.raises(NotFound):
        shared.read(ben, document.id)
    give(shared, document.id, ben.organisation_id, source_id="l2", expires_at=shared.clock.now() + timedelta(days=1))
    assert shared.read(ben, document.id) == shared.content
    shared.clock.advance(timedelta(days=1))
    with pytest.raises(NotFound):
        shared.read(ben, document.id)


def test_grant_when_repeated_then_changes_nothing_but_a_later_end(shared: Any) -> None:
    ben, document = shared.reader, shared.document
    for end in (None, None, shared.clock.now() + timedelta(days=1)):
        give(shared, document.id, ben.organisation_id, expires_at=end)
    with shared.database.read() as session:
        (grant,) = shared.vault.grants_of(session, document_ids=[document.id])
        lines = shared.audit.lines_of(session, [("document", document.id)])
    assert grant.expires_at == shared.clock.now() + timedelta(days=1)
    assert [line.action for line in lines].count("document:access:granted") == 2


def test_read_when_the_actor_is_a_lab_administrator_then_is_forbidden_and_leaves_no_receipt(shared: Any) -> None:
    carl = shared.colleague(shared.owner, "carl", [Role.LAB_ADMINISTRATOR])
    with pytest.raises(Forbidden):
        shared.read(carl, shared.document.id)
    assert receipts(shared, shared.document.id) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"form": Form.AGE}, "recipient"),
        ({"form": Form.AGE, "recipient": "age1nonsense"}, "recipient"),
        ({"form": Form.AGE, "recipient": str(READER)}, "recipient"),
    ],
)
def test_read_when_the_request_is_incomplete_then_names_the_field_and_leaves_no_receipt(
    shared: Any, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        shared.read(shared.owner, shared.document.id, **changes)
    assert refusal.value.field == field
    assert str(READER) not in refusal.value.message
    assert receipts(shared, shared.document.id) == []


def test_read_when_the_reader_goes_away_then_the_receipt_says_so_and_nothing_keeps_running(shared: Any) -> None:
    import threading

    with shared.database.write() as session:
        delivery = shared.vault.read(
            session, actor=shared.owner, document_id=shared.document.id, purpose="a look", form=Form.CLEAR
        )
    stream = delivery.chunks()
    first = next(stream)
    stream.close()
    stream.close()
    (receipt,) = receipts(shared, shared.document.id)
    assert (receipt.outcome, receipt.delivered_bytes) == (Outcome.ABORTED, len(first))
    assert not [thread for thread in threading.enumerate() if thread.name == "ipx-pump"]


def test_read_when_the_exchange_dies_before_the_first_byte_then_the_receipt_stands_without_an_end(shared: Any) -> None:
    with shared.database.write() as session:
        shared.vault.read(
            session, actor=shared.owner, document_id=shared.document.id, purpose="a look", form=Form.CLEAR
        )
    (receipt,) = receipts(shared, shared.document.id)
    assert (receipt.outcome, receipt.delivered_sha256) == (None, None)


def blocks_of(world: Any) -> list[Path]:
    return sorted(world.blocks_of(world.document.cid), key=lambda path: -path.stat().st_size)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [damage, Path.unlink])
@pytest.mark.parametrize("form", list(Form))
def test_read_when_a_block_is_damaged_or_gone_then_no_complete_copy_leaves_and_the_receipt_says_failed(
    shared: Any, harm: Callable[[Path], object], form: Form
) -> None:
    blocks = blocks_of(shared)
    for block in blocks:
        kept = block.read_bytes()
        harm(block)
        with pytest.raises((Tampered, NotFound)):
            shared.read(shared.owner, shared.document.id, form=form, recipient=str(READER.to_public()))
        shared.put_back(block, kept)
        assert shared.read(shared.owner, shared.document.id) == shared.content
    found = receipts(shared, shared.document.id)
    assert [receipt.outcome for receipt in found] == [Outcome.FAILED, Outcome.COMPLETE] * len(blocks)
    assert all((receipt.delivered_bytes or 0) < len(shared.content) for receipt in found[::2])


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("cut", [lambda d: d[:-1], lambda d: d + b"x", lambda d: d[: 2 * MIB], lambda d: d[:300]])
def test_read_when_the_sealed_file_was_exchanged_for_a_changed_one_then_is_refused(
    shared: Any, cut: Callable[[bytes], bytes], form: Form
) -> None:
    """Even with a matching CID, as after an attack on the database: age itself notices."""
    sink = shared.store.begin()
    sink.write(cut(shared.store.open(shared.document.cid).read()))
    cid = sink.finish().cid
    with shared.database.write() as session:
        session.get_one(DocumentRow, shared.document.id).cid = cid
    with pytest.raises(Tampered):
        shared.read(shared.owner, shared.document.id, form=form, recipient=str(READER.to_public()))


def test_read_when_a_row_points_to_another_document_s_file_then_is_refused(shared: Any) -> None:
    other = shared.deposit(shared.owner, PDF + b"other")
    with shared.database.write() as session:
        session.get_one(DocumentRow, shared.document.id).cid = other.cid
    with pytest.raises(Tampered):
        shared.read(shared.owner, shared.document.id)


def test_read_when_a_wrapped_secret_was_moved_to_another_document_then_is_refused(shared: Any) -> None:
    other = shared.deposit(shared.owner, PDF + b"other")
    with shared.database.write() as session:
        mine, theirs = (session.get_one(DocumentRow, key) for key in (shared.document.id, other.id))
        mine.wrapped_secret, mine.cid, mine.size = theirs.wrapped_secret, theirs.cid, theirs.size
    with pytest.raises(Tampered):
        shared.read(shared.owner, shared.document.id)


def test_read_when_the_document_was_forgotten_then_nobody_can_open_it(shared: Any) -> None:
    with shared.database.write() as session:
        session.get_one(DocumentRow, shared.document.id).wrapped_secret = None
    with pytest.raises(Conflict):
        shared.read(shared.owner, shared.document.id)


def test_read_when_the_document_is_public_then_there_is_nothing_to_receipt(shared: Any) -> None:
    image = shared.deposit(
        shared.owner,
        png(),
        role=DocumentRole.IMAGE,
        file_name="a.png",
        media_type="image/png",
    )
    with pytest.raises(Conflict):
        shared.read(shared.owner, image.id)


def test_receipts_when_a_line_is_changed_or_removed_then_the_chain_says_where(shared: Any) -> None:
    for _ in range(3):
        shared.read(shared.owner, shared.document.id)
    with shared.database.write() as session:
        assert shared.vault.check_receipts(session).lines == 6
        line = session.get_one(ReceiptLineRow, 3)
        line.record = line.record.replace('"form":"clear"', '"form":"age"')
        session.flush()
        assert shared.vault.check_receipts(session).broken_at == 3
        session.rollback()
    with shared.database.write() as session:
        session.delete(session.get_one(ReceiptLineRow, 6))
        session.flush()
        assert shared.vault.check_receipts(session).broken_at == 6
        session.rollback()


@pytest.mark.parametrize(
    ("name", "value"), [("purpose", "something harmless"), ("person_id", None), ("form", "age"), ("source_id", "l9")]
)
def test_receipts_when_what_is_shown_was_changed_then_the_check_says_where(
    shared: Any, name: str, value: str | None
) -> None:
    shared.read(shared.owner, shared.document.id)
    shared.read(shared.owner, shared.document.id)
    with shared.database.write() as session:
        second = session.scalars(select(ReceiptRow).order_by(ReceiptRow.sequence)).all()[1]
        setattr(second, name, value or shared.reader.person_id)
        session.flush()
        assert shared.vault.check_receipts(session).broken_at == second.sequence == 3


def test_receipts_when_the_clock_runs_then_line_and_row_name_the_same_moment(shared: Any) -> None:
    class Running:
        def now(self) -> datetime:
            shared.clock.advance(timedelta(microseconds=1))
            moment: datetime = shared.clock.now()
            return moment

    shared.vault._book._clock = Running()
    shared.read(shared.owner, shared.document.id)
    assert receipts(shared, shared.document.id)[0].outcome is Outcome.COMPLETE


def test_receipts_when_their_openings_were_erased_then_the_chain_still_holds(shared: Any) -> None:
    shared.read(shared.owner, shared.document.id)
    with shared.database.write() as session:
        row = session.scalars(select(ReceiptRow)).one()
        row.salt = row.purpose = row.recipient = row.delivered_sha256 = None
        session.flush()
        assert shared.vault.check_receipts(session).broken_at is None
