"""What erasures, holds and backups look like from outside: frozen facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ipx.vault.erasure_rules import Stage


@dataclass(frozen=True)
class Erasure:
    """The erasure of one document, and when each stage was reached. ``asked_by`` None: replayed, or by nobody known."""

    id: str
    document_id: str
    organisation_id: str
    asked_by: str | None
    reason: str
    asked_at: datetime
    shredded_at: datetime | None
    removed_at: datetime | None
    scrubbed_at: datetime | None

    @property
    def stage(self) -> Stage:
        """How far it is."""
        if self.scrubbed_at is not None:
            return Stage.DONE
        if self.removed_at is not None:
            return Stage.REMOVED
        return Stage.SHREDDED if self.shredded_at is not None else Stage.ASKED


@dataclass(frozen=True)
class Hold:
    """A legal hold on one document; it lasts until ``lifted_at``."""

    id: str
    document_id: str
    reason: str
    placed_at: datetime
    placed_by: str | None
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_because: str | None


@dataclass(frozen=True)
class BackupCopy:
    """A backup that was begun: where it was written, until when it is kept, and since when it is destroyed."""

    id: str
    begun_at: datetime
    place: str
    destroy_by: datetime
    destroyed_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should be destroyed by now and nobody has said that it is."""
        return self.destroyed_at is None and now > self.destroy_by


@dataclass(frozen=True)
class Remains:
    """The backups that may hold an erased document, and the day on which the last of them is gone."""

    backups: Sequence[BackupCopy]
    last_day: date

    def overdue(self, now: datetime) -> list[BackupCopy]:
        """Return those whose day has passed and that nobody has destroyed."""
        return [backup for backup in self.backups if backup.is_overdue(now)]


@dataclass(frozen=True)
class ReaderErasure:
    """How many receipts of a person's readings were emptied, and how many a legal hold kept."""

    id: str
    receipts: int
    held: int
