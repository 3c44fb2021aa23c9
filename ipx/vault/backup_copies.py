"""The backups that were begun, each of which may hold what is erased later, and until when they are kept."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.errors import NotFound
from ipx.core.ports import Clock
from ipx.vault.documents import document_row
from ipx.vault.erasure_records import BackupCopy, Erasure, Remains
from ipx.vault.erasure_rules import last_day, may_hold
from ipx.vault.models import BackupRow


class BackupCopies:
    """Knows the backups. Each is kept for ``retention`` at most; who destroys one says so here."""

    def __init__(self, *, audit: AuditService, clock: Clock, retention: timedelta) -> None:
        self._audit = audit
        self._clock = clock
        self.retention = retention

    def begun(self, session: Session, *, backup_id: str, place: str) -> BackupCopy:
        """Write down that a backup begins, before its first row is read."""
        now = self._clock.now()
        row = BackupRow(id=backup_id, begun_at=now, place=place, destroy_by=now + self.retention)
        session.add(row)
        session.flush()
        self._note(session, backup_id, "backup:copy:begun")
        return _copy(row)

    def destroyed(self, session: Session, *, backup_id: str) -> BackupCopy:
        """Write down that a backup is gone: its file everywhere, or its key; a second call changes nothing.

        Raises NotFound.
        """
        row = session.get(BackupRow, backup_id, with_for_update=True)
        if row is None:
            raise NotFound(f"No backup {backup_id} is known; `ipx backups list` names them.")
        if row.destroyed_at is None:
            row.destroyed_at = self._clock.now()
            session.flush()
            self._note(session, backup_id, "backup:copy:destroyed")
        return _copy(row)

    def all(self, session: Session) -> list[BackupCopy]:
        """Return all backups, destroyed ones too, oldest first."""
        return [_copy(row) for row in session.scalars(select(BackupRow).order_by(BackupRow.begun_at, BackupRow.id))]

    def overdue(self, session: Session) -> list[BackupCopy]:
        """Return those that should be gone by now and that nobody has destroyed."""
        return [backup for backup in self.all(session) if backup.is_overdue(self._clock.now())]

    def remains_of(self, session: Session, *, erasure: Erasure) -> Remains | None:
        """Return which backups may still hold an erased document; None before its key is destroyed."""
        if erasure.shredded_at is None:
            return None
        document = document_row(session, erasure.document_id)
        span = {"created_at": document.created_at, "shredded_at": erasure.shredded_at}
        holding = [backup for backup in self.all(session) if may_hold(backup.begun_at, **span)]
        ends = [backup.destroyed_at or backup.destroy_by for backup in holding]
        left = [backup for backup in holding if backup.destroyed_at is None]
        return Remains(left, last_day(ends, shredded_at=erasure.shredded_at))

    def _note(self, session: Session, backup_id: str, action: str) -> None:
        self._audit.record(session, action=action, by=THE_EXCHANGE, subject_kind="backup", subject_id=backup_id)


def _copy(row: BackupRow) -> BackupCopy:
    return BackupCopy(row.id, row.begun_at, row.place, row.destroy_by, row.destroyed_at)
