"""What was erased stays erased, also when an older backup is restored; and each backup that may hold it is known."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ipx.adapters.system import FixedClock
from ipx.backup.report import Report
from ipx.backup.restoring import Restorer
from ipx.backup.resuming import resume
from ipx.core.errors import Conflict, NotFound, Tampered
from ipx.evidence.models import StampRow
from ipx.settings import Settings
from ipx.vault.backup_copies import BackupCopies
from ipx.vault.erasure_records import Remains
from ipx.vault.erasure_register import FILE_NAME, Entry, ErasureRegister
from ipx.vault.erasures import Erasures
from ipx.vault.holds import Holds
from ipx.vault.models import BackupRow, DocumentRow, ReceiptRow
from ipx.vault.reader_erasures import ReaderErasures
from ipx.vault.register_keeping import RegisterKeeper
from ipx.vault.rules import Form
from ipx.vault.service import VaultService
from tests.backups import IDENTITY, back_up, chain_elsewhere, opened, prepare_on, restore, settings_on
from tests.pages import Person
from tests.reading_apart import places_of
from tests.world import World

PURPOSE = "to weigh it, purpose-77aa"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[tuple[Settings, Settings]]:
    """The exchange as it is, and the empty place where its backup is restored."""
    with chain_elsewhere(tmp_path / "node") as anvil:
        before = settings_on(anvil, tmp_path / "before")
        prepare_on(anvil, before)
        yield before, settings_on(anvil, tmp_path / "later")


def erase(world: World, owner: Person, document_id: str) -> None:
    erasures = world.service(Erasures)
    world.write(lambda s: erasures.ask(s, actor=owner.actor, document_id=document_id, reason="it is over"))
    world.settle()


def read(world: World, person: Person, document_id: str) -> bytes:
    vault = world.service(VaultService)
    delivery = world.write(
        lambda s: vault.read(s, actor=person.actor, document_id=document_id, purpose=PURPOSE, form=Form.CLEAR)
    )
    return b"".join(delivery.chunks())


def test_an_old_backup_brings_nothing_back_that_was_erased_since(
    settings: tuple[Settings, Settings], tmp_path: Path
) -> None:
    before, later = settings
    with opened(before) as exchange, World(exchange) as world:
        owner, reader = world.organisation(), world.organisation("Reader")
        technology = world.technology(owner, document=False)
        erased, kept, held = (world.deposit(owner, technology) for _ in range(3))
        read(world, owner, erased)
        read(world, owner, kept)
        row = world.row(DocumentRow, erased)
        opening = world.row(StampRow, row.stamp_id).sealed_opening
        assert row.wrapped_secret
        assert opening
        backup = back_up(exchange, tmp_path / "backup")
        holds = world.service(Holds)
        world.write(lambda s: holds.place(s, actor=owner.actor, document_id=held, reason="a lawsuit"))
        erase(world, owner, erased)
        readers = world.service(ReaderErasures)
        world.write(lambda s: readers.erase(s, person_id=owner.actor.person_id))
        second = back_up(exchange, tmp_path / "second")
        exchange.chores["erasure register"]()

    report = restore(later, tmp_path / "backup")

    assert (report.erased, report.lacks) == (1, [])
    assert "Erased again: 1 documents" in "\n".join(report.lines())
    for secret in (row.wrapped_secret[13:], opening[13:], PURPOSE.encode()):
        assert places_of(secret, later.data_dir) == []
    assert not list(later.data_dir.rglob(f"*{row.cid}*"))
    with opened(later) as exchange, World(exchange) as world:
        with pytest.raises(Conflict, match="was erased"):
            read(world, owner, erased)
        assert read(world, owner, kept)
        assert world.read(lambda s: world.service(VaultService).check_receipts(s)).broken_at is None
        assert (
            world.count(ReceiptRow, ReceiptRow.purpose == PURPOSE, ReceiptRow.outcome.is_not(None)) == 1
        )  # the new one
        with pytest.raises(Conflict, match="legal hold"):
            erase(world, owner, held)
        known = world.read(lambda s: {copy.id for copy in world.service(BackupCopies).all(s)})
        assert known == {backup.id, second.id}
        assert reader.actor.person_id


def test_the_certificate_names_the_day_of_the_last_backup_that_holds_it(
    settings: tuple[Settings, Settings], tmp_path: Path
) -> None:
    before, _ = settings
    with opened(before) as exchange, World(exchange) as world:
        owner = world.organisation()
        technology = world.technology(owner, document=False)
        earlier = back_up(exchange, tmp_path / "earlier")
        document_id = world.deposit(owner, technology)
        age(world, earlier.id, timedelta(days=30))
        first, second = (back_up(exchange, tmp_path / name) for name in ("first", "second"))
        age(world, first.id, timedelta(days=-1))
        erase(world, owner, document_id)
        back_up(exchange, tmp_path / "after")
        copies, erasures = world.service(BackupCopies), world.service(Erasures)

        def remains() -> Remains:
            with world.database.read() as session:
                erasure = erasures.find(session, document_id=document_id)
                assert erasure is not None
                found = copies.remains_of(session, erasure=erasure)
                assert found is not None
                return found

        found = remains()
        assert {backup.id for backup in found.backups} == {first.id, second.id}
        newest = max(world.row(BackupRow, backup.id).destroy_by for backup in (first, second))
        assert found.last_day == newest.date()
        assert "gone on" in owner.get(f"/documents/{document_id}/erasure").text
        for backup in (first, second):
            world.write(partial(copies.destroyed, backup_id=backup.id))
        assert remains().backups == []
        assert remains().last_day == world.clock.now().date()
        owner.get(f"/documents/{document_id}/erasure/certificate").close()


def age(world: World, backup_id: str, by: timedelta) -> None:
    """Let a backup be older; negative: a little younger is not possible, so its day is moved only."""

    def change(session: Session) -> None:
        row = session.get_one(BackupRow, backup_id)
        if by > timedelta():
            row.begun_at -= by
        row.destroy_by -= by

    world.write(change)


def test_a_restore_says_how_far_the_register_reaches_and_takes_a_newer_one(
    settings: tuple[Settings, Settings], tmp_path: Path
) -> None:
    before, later = settings
    with opened(before) as exchange, World(exchange) as world:
        owner = world.organisation()
        document_id = world.deposit(owner, world.technology(owner, document=False))
        back_up(exchange, tmp_path / "backup")
        away = tmp_path / "away"
        shutil.copytree(tmp_path / "backup", away)
        erase(world, owner, document_id)
    lines = ErasureRegister(tmp_path / "backup" / FILE_NAME).entries()
    assert [entry.kind for entry in lines] == ["backup", "document"]  # the one beside the backup was kept up
    assert [entry.kind for entry in ErasureRegister(away / FILE_NAME).entries()] == ["backup"]

    with pytest.raises(NotFound, match="no erasure register"):
        Restorer(later, away, identity=IDENTITY, registers=[tmp_path / "nowhere"])._erasures()
    torn = (before.erasure_register).read_bytes()
    (tmp_path / "changed").write_bytes(torn.replace(document_id.encode(), b"0" * len(document_id)) + b"{}\n")
    with pytest.raises(Tampered):
        Restorer(later, away, identity=IDENTITY, registers=[tmp_path / "changed"])._erasures()

    def again(registers: list[Path]) -> Report:
        with Restorer(later, away, identity=IDENTITY, registers=registers).under_way() as restored:
            return resume(later, restored)

    assert again([before.erasure_register]).erased == 1


def test_the_register_survives_a_torn_line_and_is_never_written_twice(tmp_path: Path) -> None:
    clock = FixedClock()
    register = ErasureRegister(tmp_path / "register.jsonl")
    entries = [Entry("document", str(number), clock.now(), {"document": f"d{number}"}) for number in range(3)]
    assert register.add(entries[:2]) == 2
    with register.file.open("ab") as sink:
        sink.write(b'{"at":1,"format":')
    assert register.entries() == entries[:2]
    assert register.add(entries) == 1
    assert register.add(entries) == 0
    assert register.entries() == entries
    content = register.file.read_bytes()
    register.file.write_bytes(content.replace(b'"d1"', b'"d7"'))
    with pytest.raises(Tampered):
        register.entries()


def test_a_register_with_an_act_that_this_version_does_not_know_is_refused(world: World) -> None:
    """It may be an erasure of a kind that a later version brought."""
    keeper = world.service(RegisterKeeper)
    acts = [Entry("garden", "1", world.exchange.outside.clock.now(), {})]
    with pytest.raises(Tampered, match="does not know: garden"):
        keeper.replay(acts)
