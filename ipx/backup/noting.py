"""Writes each backup down before it begins, so that an erasure knows which backups may still hold a document."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import inspect

from ipx.audit.rules import microseconds
from ipx.audit.service import AuditService
from ipx.core.canonical import Json
from ipx.core.durable_files import replace_durably
from ipx.core.ports import Clock
from ipx.db.session import Database
from ipx.settings import Settings
from ipx.vault.backup_copies import BackupCopies
from ipx.vault.erasure_register import BACKUP, DESTROYED, FILE_NAME, Entry, ErasureRegister
from ipx.vault.models import BackupRow
from ipx.vault.register_entries import entries_of


class BackupNotes:
    """The notes of one exchange: in its table, and in the erasure register, which has them without the table too."""

    def __init__(self, *, settings: Settings, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._retention = timedelta(days=settings.backup_days)
        self._copies = BackupCopies(audit=AuditService(clock), clock=clock, retention=self._retention)
        self._register = ErasureRegister(settings.erasure_register)

    @contextmanager
    def of(self, backup_id: str, folder: Path) -> Iterator[None]:
        """Note a backup as begun, and put the register beside its place; when making fails, note that there is none."""
        self._begin(backup_id, folder)
        beside = folder / FILE_NAME
        replace_durably(beside, self._register.file.read_bytes())
        try:
            yield
        except BaseException:
            beside.unlink(missing_ok=True)
            self._give_up(backup_id)
            raise

    def _begin(self, backup_id: str, folder: Path) -> None:
        place = str(folder.resolve())
        if self._has_table():
            with self._database.write() as session:
                self._copies.begun(session, backup_id=backup_id, place=place)
            self._enter_rows()
            return
        now = self._clock.now()  # the schema is of before: the table is filled from the register, once it is there
        own: dict[str, Json] = {"place": place, "destroy_by": microseconds(now + self._retention)}
        self._register.add([Entry(BACKUP, backup_id, now, own)])

    def _give_up(self, backup_id: str) -> None:
        if self._has_table():
            with self._database.write() as session:
                self._copies.destroyed(session, backup_id=backup_id)
            self._enter_rows()
        else:
            self._register.add([Entry(DESTROYED, backup_id, self._clock.now())])

    def _enter_rows(self) -> None:
        with self._database.read() as session:
            entries = list(entries_of(session))
        self._register.add(entries)  # the copies beside earlier backups are the worker's to bring up to date

    def _has_table(self) -> bool:
        return inspect(self._database.engine).has_table(BackupRow.__tablename__)
