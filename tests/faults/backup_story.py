"""Two stories for killing.py: a backup that is made, and one that is restored. A death leaves nothing that could be
taken for whole, and the same command goes on."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.backup.checking import check
from ipx.backup.making import NAME
from ipx.core.errors import Conflict
from ipx.db.restoring import MARKER, refuse_half_restored
from ipx.embedded import prepare
from ipx.outside import embedded_chain
from ipx.settings import Settings
from ipx.vault import sealing
from ipx.vault.erasure_register import DOCUMENT, FILE_NAME, Entry, ErasureRegister
from ipx.vault.models import DocumentRow, ErasureRow
from tests.backups import IDENTITY, back_up, opened, restore
from tests.faults import inspection
from tests.faults.killing import Report
from tests.world import World

AGE = b"age-encryption.org/v1\n"


@dataclass
class BackupStory:
    """One exchange at rest, and a backup of it for each play."""

    settings: Settings

    @cached_property
    def folder(self) -> Path:
        return self.settings.data_dir.parent

    def prepare(self) -> dict[str, Any]:
        prepare(self.settings, embedded_chain(self.settings))
        with opened(self.settings) as exchange, World(exchange, works=False) as world:
            world.technology(world.organisation())
            for _ in range(3):
                exchange.batcher.advance()
                world.settle()
            inspection.check(exchange)
        return {}

    def play(self, stage: dict[str, Any], number: int, begin: Callable[[], None], report: Report) -> None:
        with opened(self.settings) as exchange:
            begin()
            back_up(exchange, self.backup(number))
            report({"made": True})

    def resume(self, stage: dict[str, Any], number: int, reported: dict[str, Any]) -> None:
        folder = self.backup(number)
        for left in self.files(number):
            assert left.read_bytes()[: len(AGE)] in (AGE, b""), left  # nothing is in clear
        if (folder / NAME).exists():
            with pytest.raises(Conflict):
                self.play(stage, number, lambda: None, lambda facts: None)
        else:
            assert "made" not in reported
            self.play(stage, number, lambda: None, lambda facts: None)
        self.check_whole(number)

    def files(self, number: int) -> list[Path]:
        """What lies in a backup's folder besides the erasure register, which holds ids alone."""
        return [path for path in inspection.files_below(self.backup(number)) if FILE_NAME not in path.name]

    def check(self, stage: dict[str, Any]) -> None:
        with opened(self.settings) as exchange:
            inspection.check(exchange)

    def check_whole(self, number: int) -> None:
        assert [path.name for path in self.files(number) if path.stat().st_size] == [NAME]
        with (self.backup(number) / NAME).open("rb") as source:
            assert check(sealing.decrypted(source, identity=IDENTITY)).contents.documents == 1

    def backup(self, number: int) -> Path:
        return self.folder / f"backup-{number}"


class RestoreStory(BackupStory):
    """One backup, whose document was erased since, and a new place for each play."""

    def prepare(self) -> dict[str, Any]:
        super().prepare()
        with opened(self.settings) as exchange:
            back_up(exchange, self.backup(0))
            with exchange.database.read() as session:
                (document,) = session.scalars(select(DocumentRow))
                own = {"document": document.id, "organisation": document.organisation_id, "by": None}
            erased = Entry(DOCUMENT, str(uuid.uuid4()), exchange.outside.clock.now(), own)
            ErasureRegister(self.settings.erasure_register).add([erased])
        return {}

    def play(self, stage: dict[str, Any], number: int, begin: Callable[[], None], report: Report) -> None:
        begin()
        assert restore(self.target(number), self.backup(0)).lacks == []
        report({"restored": True})

    def resume(self, stage: dict[str, Any], number: int, reported: dict[str, Any]) -> None:
        target = self.target(number)
        is_whole = not (target.data_dir / MARKER).exists() and any(target.data_dir.glob("ipx.sqlite3"))
        if is_whole:
            with pytest.raises(Conflict):
                self.play(stage, number, lambda: None, lambda facts: None)
        else:
            assert "restored" not in reported
            if any(path.name != "run.lock" for path in target.data_dir.glob("[!.]*")):
                with pytest.raises(Conflict):
                    refuse_half_restored(target.data_dir)
            self.play(stage, number, lambda: None, lambda facts: None)
        self.check_valid(target)

    def check_valid(self, target: Settings) -> None:
        chain = embedded_chain(target)
        chain.start()
        try:
            with opened(target) as exchange:
                inspection.check(exchange)
                with exchange.database.read() as session:
                    (document,) = session.scalars(select(DocumentRow))
                    (erasure,) = session.scalars(select(ErasureRow))
                    assert document.wrapped_secret is None
                    assert erasure.scrubbed_at is not None
                    assert not exchange.outside.store.has(document.cid)
        finally:
            chain.stop()

    def target(self, number: int) -> Settings:
        data = self.folder / f"restored-{number}"
        return replace(self.settings, data_dir=data, database_url=f"sqlite:///{data / 'ipx.sqlite3'}")


STORY = BackupStory
