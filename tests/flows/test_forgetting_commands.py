"""What the operator does about forgetting: lists and destroys backups, empties a person's receipts, asks the doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from ipx.backup import keeping_commands
from ipx.doctor import examine
from ipx.vault import sealing
from ipx.vault.erasure_register import FILE_NAME, ErasureRegister
from ipx.vault.holds import Holds
from ipx.vault.models import BackupRow, ReceiptRow
from ipx.vault.rules import Form
from ipx.vault.service import VaultService
from ipx.vault_commands import app as vault_commands
from ipx.wiring import Exchange
from tests.backups import back_up
from tests.pages import Person
from tests.world import World

Run = Callable[..., Result]
PURPOSE = "a purpose of its own, 8841"


@pytest.fixture
def world(exchange: Exchange) -> Iterator[World]:
    with World(exchange, works=False) as world:
        yield world


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = world.exchange.settings
    monkeypatch.setenv("IPX_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("IPX_PORT", str(settings.port))
    monkeypatch.setenv("IPX_DEMO", "0")

    def run(app: object, *arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)  # type: ignore[arg-type]

    return run


def doctor(world: World, name: str) -> tuple[bool, str]:
    (found,) = [finding for finding in examine(world.exchange) if finding.name == name]
    return found.ok, found.line


def test_backups_are_listed_and_one_is_destroyed_with_its_identity(world: World, run: Run, tmp_path: Path) -> None:
    made = back_up(world.exchange, tmp_path / "backup")
    assert (tmp_path / "backup" / FILE_NAME).exists()
    key = tmp_path / "identity.txt"
    key.write_text(sealing.new_identity())
    listed = run(keeping_commands.app, "list").output
    assert made.id in listed
    assert str(tmp_path / "backup") in listed

    row = world.row(BackupRow, made.id)
    late = row.destroy_by - timedelta(days=400)
    world.write(lambda session: setattr(session.get_one(BackupRow, made.id), "destroy_by", late))
    assert doctor(world, "backups")[0] is False
    assert "OVERDUE" in run(keeping_commands.app, "list").output

    done = run(keeping_commands.app, "forget", str(tmp_path / "backup"), "--identity-file", str(key))
    assert done.exit_code == 0, done.output
    assert not made.file.exists()
    assert not key.exists()
    assert world.row(BackupRow, made.id).destroyed_at is not None
    entries = ErasureRegister(world.exchange.settings.erasure_register).entries()
    assert [entry.kind for entry in entries if entry.id == made.id] == ["backup", "backup-destroyed"]
    assert doctor(world, "backups")[0] is True
    assert world.actions(made.id) == ["backup:copy:begun", "backup:copy:destroyed"]


def test_a_backup_out_of_reach_is_not_taken_for_destroyed_until_somebody_says_so(
    world: World, run: Run, tmp_path: Path
) -> None:
    made = back_up(world.exchange, tmp_path / "backup")
    made.file.rename(tmp_path / "elsewhere")
    refused = run(keeping_commands.app, "forget", made.id)
    assert refused.exit_code != 0
    assert "not in reach" in str(refused.exception)
    assert world.row(BackupRow, made.id).destroyed_at is None
    assert run(keeping_commands.app, "forget", made.id, "--elsewhere").exit_code == 0
    assert run(keeping_commands.app, "forget", "nonsense").exit_code != 0


def test_a_backup_that_fails_is_not_waited_for(world: World, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "backup.age").write_bytes(b"another")
    known = world.count(BackupRow)
    with pytest.raises(Exception, match="exists"):
        back_up(world.exchange, tmp_path / "backup")
    assert world.count(BackupRow, BackupRow.destroyed_at.is_(None), BackupRow.place == str(tmp_path / "backup")) == 0
    assert world.count(BackupRow) == known


def test_what_a_person_wrote_is_emptied_but_for_what_is_held(world: World, run: Run) -> None:
    owner, other = world.organisation(), world.organisation()
    technology = world.technology(owner, document=False)
    free, held = (world.deposit(owner, technology) for _ in range(2))
    theirs = world.deposit(other, world.technology(other, document=False))
    for person, document_id in ((owner, free), (owner, held), (other, theirs)):
        read(world, person, document_id)
    holds = world.exchange.services[Holds]
    assert isinstance(holds, Holds)
    world.write(lambda session: holds.place(session, actor=owner.actor, document_id=held, reason="an audit"))

    done = run(vault_commands, "erase-readings", owner.email)

    assert done.exit_code == 0, done.output
    assert "1 receipts were emptied. 1 are under a legal hold" in done.output
    query = select(ReceiptRow.document_id, ReceiptRow.purpose, ReceiptRow.salt.is_(None))
    found = {row[0]: tuple(row[1:]) for row in world.read(lambda session: session.execute(query).all())}
    assert found[free] == (None, True)
    assert found[held] == found[theirs] == (PURPOSE, False)
    assert world.read(world.service(VaultService).check_receipts).broken_at is None
    assert "erased" in owner.get(f"/documents/{free}").text
    again = run(vault_commands, "erase-readings", owner.email)
    assert "0 receipts were emptied" in again.output


def test_a_reading_that_is_erased_while_it_runs_ends_well(world: World, run: Run) -> None:
    owner = world.organisation()
    document_id = world.deposit(owner, world.technology(owner, document=False))
    vault = world.service(VaultService)
    delivery = world.write(
        lambda session: vault.read(
            session, actor=owner.actor, document_id=document_id, purpose=PURPOSE, form=Form.CLEAR
        )
    )
    stream = delivery.chunks()
    assert run(vault_commands, "erase-readings", owner.email).exit_code == 0
    assert b"".join(stream)
    (salt,) = world.read(
        lambda session: session.scalars(select(ReceiptRow.salt).where(ReceiptRow.document_id == document_id)).all()
    )
    assert salt is None
    assert world.read(vault.check_receipts).broken_at is None


def read(world: World, person: Person, document_id: str) -> None:
    vault = world.service(VaultService)
    delivery = world.write(
        lambda session: vault.read(
            session, actor=person.actor, document_id=document_id, purpose=PURPOSE, form=Form.CLEAR
        )
    )
    assert b"".join(delivery.chunks())
