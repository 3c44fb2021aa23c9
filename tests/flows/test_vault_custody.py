"""Audits of custody: every file proven in every store, repaired from another, alarmed, and kept as a history."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from ipx.accounts.records import Actor
from ipx.core.cid import RAW, Cid
from ipx.core.errors import NotFound, Tampered, Unavailable
from ipx.core.store_set import proof
from ipx.notices.models import MailRow, NoticeRow
from ipx.vault.custody_rules import AlarmKind, AuditView, CustodyState, StoreAlarm
from ipx.vault.models import DocumentRow
from ipx.vault.records import Document
from tests.custody_world import OPERATOR, CustodyWorld
from tests.deposit_world import PDF
from tests.services import address

SECOND = ["folder", pytest.param("kubo", marks=pytest.mark.real)]


def content(size: int = 3 << 20) -> bytes:
    return PDF + random.randbytes(size)


@pytest.fixture(params=SECOND)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CustodyWorld]:
    made = CustodyWorld(tmp_path, node=address("IPX_TEST_KUBO_API") if request.param == "kubo" else None)
    yield made
    made.close()


@pytest.fixture
def ada(world: CustodyWorld) -> Actor:
    return world.organisation("ada")


def audit(world: CustodyWorld, *, repairs: bool = True) -> AuditView:
    world.clock.advance(timedelta(hours=1))
    return world.custody.audit(repairs=repairs, tell=lambda view: None)


def damage_first(world: CustodyWorld, document: Document, *, lose: bool = False) -> None:
    """Flip a bit in every block of the first store's copy, or take one block away."""
    folder = next(path for path in (world.folder / "blocks" / "files").rglob(document.cid) if path.is_dir())
    for block in folder.iterdir():
        if lose:
            block.unlink()
            return
        data = block.read_bytes()
        block.write_bytes(data[:-1] + bytes((data[-1] ^ 1,)))


def lose_second(world: CustodyWorld, document: Document) -> None:
    """Take one leaf of the second store's copy away, behind its back."""
    if world.node is None:
        folder = next(path for path in (world.folder / "second" / "files").rglob(document.cid) if path.is_dir())
        next(path for path in folder.iterdir() if path.name != document.cid).unlink()
        return
    source = world.stores["first"].open(document.cid)
    leaf = Cid.of(RAW, source.read(1 << 20))
    source.close()
    for call in ("pin/rm", "block/rm"):
        query = {"arg": document.cid if call == "pin/rm" else str(leaf)}
        requests.post(f"{world.node}/api/v0/{call}", params=query, timeout=60).raise_for_status()


def states(world: CustodyWorld, document: Document) -> dict[str, list[CustodyState]]:
    """The history of a document's file by store, oldest first."""
    with world.database.read() as session:
        spans = world.custody.history_of(session, cid=document.cid)
    found: dict[str, list[CustodyState]] = {}
    for span in reversed(spans):
        found.setdefault(span.store, []).append(span.state)
    return found


def alarms(world: CustodyWorld) -> list[StoreAlarm]:
    with world.database.read() as session:
        return world.alarms.newest(session)


def mails(world: CustodyWorld) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(MailRow.subject).where(MailRow.recipient == OPERATOR)))


def is_whole(world: CustodyWorld, document: Document, store: str) -> bool:
    try:
        return proof(world.stores[store], document.cid) > document.size
    except (NotFound, Tampered):
        return False


# ── audits ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_new_is_proven_and_copied_without_alarm_and_audits_confirm_it(world: CustodyWorld, ada: Actor) -> None:
    documents = [world.deposit(ada, content(size)) for size in (10, 1 << 20, 3 << 20)]
    assert world.custody.look_at_new()
    assert not world.custody.look_at_new()
    for document in documents:
        assert is_whole(world, document, "second")
        assert states(world, document) == {"first": [CustodyState.INTACT], "second": [CustodyState.INTACT]}
    assert (alarms(world), mails(world)) == ([], [])
    world.clock.advance(timedelta(days=1))
    found = audit(world)
    assert (found.files, found.found, found.repaired, found.unasked) == (3, 0, 0, 0)
    assert found.bytes > 2 * (4 << 20)
    with world.database.read() as session:
        first = world.custody.history_of(session, cid=documents[0].cid)[0]
    assert first.checks == 2
    assert first.seen_at - first.began_at == timedelta(days=1, hours=1)


def test_an_audit_copies_what_was_deposited_just_before_it(world: CustodyWorld, ada: Actor) -> None:
    document = world.deposit(ada, content())
    found = audit(world)
    assert (found.files, found.found) == (1, 0)
    assert is_whole(world, document, "second")


@pytest.mark.parametrize("lose", [False, True], ids=["flipped", "lost"])
def test_a_bad_copy_is_found_repaired_and_told_once(world: CustodyWorld, ada: Actor, lose: bool) -> None:
    data = content()
    document = world.deposit(ada, data)
    audit(world)
    before = len(mails(world))
    damage_first(world, document, lose=lose)
    found = audit(world)
    assert (found.found, found.repaired) == (1, 1)
    assert is_whole(world, document, "first")
    assert world.read(ada, document.id) == data
    bad = CustodyState.MISSING if lose else CustodyState.DAMAGED
    assert states(world, document)["first"] == [CustodyState.INTACT, bad, CustodyState.INTACT]
    assert len(mails(world)) == before + 2  # it began, and it is over
    assert [alarm.ended_at is None for alarm in alarms(world)].count(True) == 0


def test_a_copy_lost_in_the_second_store_is_repaired_from_the_first(world: CustodyWorld, ada: Actor) -> None:
    document = world.deposit(ada, content())
    audit(world)
    lose_second(world, document)
    assert not is_whole(world, document, "second")
    found = audit(world)
    assert (found.found, found.repaired) == (1, 1)
    assert is_whole(world, document, "second")


def test_without_repair_nothing_is_written_and_the_alarm_lasts(world: CustodyWorld, ada: Actor) -> None:
    document = world.deposit(ada, content())
    audit(world)
    damage_first(world, document)
    for _ in range(2):
        found = audit(world, repairs=False)
        assert (found.found, found.repaired) == (1, 0)
    assert not is_whole(world, document, "first")
    lasting = [alarm for alarm in alarms(world) if alarm.ended_at is None]
    assert [(alarm.store, alarm.kind) for alarm in lasting] == [("first", AlarmKind.FILES)]
    assert document.cid in lasting[0].note
    audit(world)
    assert not [alarm for alarm in alarms(world) if alarm.ended_at is None]


def test_a_reading_goes_on_in_the_other_store_where_the_first_is_damaged(world: CustodyWorld, ada: Actor) -> None:
    data = content()
    document = world.deposit(ada, data)
    audit(world)
    damage_first(world, document)
    assert world.read(ada, document.id) == data


def test_a_file_that_is_whole_nowhere_is_told_to_its_owner_and_never_served(world: CustodyWorld, ada: Actor) -> None:
    document = world.deposit(ada, content())
    audit(world)
    damage_first(world, document)
    world.stores["second"].delete(document.cid)
    found = audit(world)
    assert (found.found, found.repaired) == (2, 0)
    with pytest.raises((Tampered, NotFound)):
        world.read(ada, document.id)
    with world.database.read() as session:
        query = select(NoticeRow.organisation_id).where(NoticeRow.link == f"/documents/{document.id}")
        assert list(session.scalars(query)) == [ada.organisation_id]
    with world.database.read() as session:
        assert world.audit.check(session).broken_at is None


def test_a_forgotten_document_is_not_missed_nor_brought_back(world: CustodyWorld, ada: Actor) -> None:
    document = world.deposit(ada, content())
    with world.database.write() as session:
        row = session.get(DocumentRow, document.id)
        assert row is not None
        row.wrapped_secret = None
    world.store.delete(document.cid)
    assert audit(world).total == 0
    assert not world.store.has(document.cid)


def test_an_audit_that_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    world = CustodyWorld(tmp_path, configured=("first",))
    ada = world.organisation("ada")
    for _ in range(60):
        world.deposit(ada, content(10))
    with world.database.write() as session:
        audit_id = world.audits.begin(session, kind="command", repairs=False)
    assert world.audits.advance(audit_id)
    assert world.custody.audit_view(audit_id).files == 50
    world.close()
    later = CustodyWorld(tmp_path, seed=2, configured=("first",))
    found = audit(later, repairs=False)
    assert (found.id, found.files, found.found) == (audit_id, 60, 0)
    assert later.count("vault_custody_spans") == 60
    later.close()


# ── stores that are away ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def away(tmp_path: Path) -> Iterator[CustodyWorld]:
    world = CustodyWorld(tmp_path, node="http://127.0.0.1:9")
    yield world
    world.close()


def test_a_store_that_is_away_hides_nothing_and_marks_no_file(away: CustodyWorld) -> None:
    ada = away.organisation("ada")
    data = content()
    document = away.deposit(ada, data)
    found = audit(away)
    assert (found.files, found.found, found.unasked) == (1, 0, 1)
    assert states(away, document) == {"first": [CustodyState.INTACT]}
    assert [(alarm.store, alarm.kind) for alarm in alarms(away)] == [("second", AlarmKind.UNREACHABLE)]
    assert away.read(ada, document.id) == data


def test_looking_alarms_for_a_store_once_and_ends_it_when_the_store_is_back(away: CustodyWorld) -> None:
    away.custody.look()
    away.custody.look()
    assert [alarm.ended_at for alarm in alarms(away)] == [None]
    away.stores["second"] = away.stores["first"]
    away.store_set.known["second"] = away.stores["first"]
    away.custody.look()
    assert [alarm.ended_at is None for alarm in alarms(away)] == [False]
    assert len(mails(away)) == 2


def test_an_audit_is_due_once_a_day_and_only_where_there_is_something(away: CustodyWorld) -> None:
    away.custody.look()
    assert away.count("vault_custody_audits") == 0
    away.deposit(away.organisation("ada"), content(10))
    for hours, rounds in ((0, 1), (23, 1), (1, 1)):
        away.clock.advance(timedelta(hours=hours))
        away.custody.look()
        assert away.count("vault_custody_audits") == rounds


def test_a_deposit_is_refused_while_the_first_store_is_away_and_reading_goes_on(tmp_path: Path) -> None:
    world = CustodyWorld(tmp_path)
    ada = world.organisation("ada")
    data = content()
    document = world.deposit(ada, data)
    world.close()
    moved = CustodyWorld(tmp_path, seed=2, configured=("second",), node="http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        moved.deposit(ada, content(10))
    assert moved.count("vault_documents") == 1
    assert moved.read(ada, document.id) == data
    moved.close()
