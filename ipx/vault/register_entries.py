"""What the tables have for the erasure register, and its entries put back into tables that do not have them."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.rules import microseconds
from ipx.core.canonical import Json
from ipx.vault.erasure_register import BACKUP, DESTROYED, DOCUMENT, HOLD, LIFTED, READER, Entry, moment_of
from ipx.vault.models import BackupRow, DocumentRow, ErasureRow, HoldRow, ReaderErasureRow

LOST_REASON = "The reason was lost: an older backup was restored after this."


def entries_of(session: Session) -> Iterator[Entry]:
    """Give all that the register must have."""
    for erasure in session.scalars(select(ErasureRow).order_by(ErasureRow.asked_at)):
        who: dict[str, Json] = {"organisation": erasure.organisation_id, "by": erasure.asked_by}
        yield Entry(DOCUMENT, erasure.id, erasure.asked_at, {"document": erasure.document_id, **who})
    for reader in session.scalars(select(ReaderErasureRow).order_by(ReaderErasureRow.asked_at)):
        yield Entry(READER, reader.id, reader.asked_at, {"person": reader.person_id})
    yield from _holds(session)
    yield from _backups(session)


def _holds(session: Session) -> Iterator[Entry]:
    for hold in session.scalars(select(HoldRow).order_by(HoldRow.placed_at)):
        yield Entry(HOLD, hold.id, hold.placed_at, {"document": hold.document_id, "by": hold.placed_by})
        if hold.lifted_at is not None:
            yield Entry(LIFTED, hold.id, hold.lifted_at, {"by": hold.lifted_by})


def _backups(session: Session) -> Iterator[Entry]:
    for backup in session.scalars(select(BackupRow).order_by(BackupRow.begun_at)):
        own: dict[str, Json] = {"place": backup.place, "destroy_by": microseconds(backup.destroy_by)}
        yield Entry(BACKUP, backup.id, backup.begun_at, own)
        if backup.destroyed_at is not None:
            yield Entry(DESTROYED, backup.id, backup.destroyed_at)


def put_back(session: Session, entry: Entry) -> None:
    """Put a hold or a backup into its table, when the table lacks it. Raises Tampered."""
    if entry.kind == HOLD:
        _hold(session, entry)
    elif entry.kind == LIFTED:
        _lift(session, entry)
    elif entry.kind == BACKUP and not session.get(BackupRow, entry.id):
        destroy_by = moment_of(entry.fields.get("destroy_by"))
        session.add(BackupRow(id=entry.id, begun_at=entry.at, place=entry.text("place"), destroy_by=destroy_by))
    elif entry.kind == DESTROYED:
        backup = session.get(BackupRow, entry.id)
        if backup is not None:
            backup.destroyed_at = backup.destroyed_at or entry.at
    session.flush()


def _hold(session: Session, entry: Entry) -> None:
    document_id = entry.text("document")
    if session.get(DocumentRow, document_id) is None or session.get(HoldRow, entry.id) is not None:
        return
    by = entry.fields.get("by")
    placed_by = by if isinstance(by, str) else None
    hold = HoldRow(id=entry.id, document_id=document_id, reason=LOST_REASON, placed_at=entry.at, placed_by=placed_by)
    session.add(hold)


def _lift(session: Session, entry: Entry) -> None:
    hold = session.get(HoldRow, entry.id)
    if hold is not None and hold.lifted_at is None:
        hold.lifted_at, hold.lifted_because = entry.at, LOST_REASON
        by = entry.fields.get("by")
        hold.lifted_by = by if isinstance(by, str) else None


def erasure_for(session: Session, entry: Entry) -> str | None:
    """Return the id of the erasure that an entry stands for, made when the table lacks it; None: no such document."""
    document = session.get(DocumentRow, entry.text("document"), with_for_update=True)
    if document is None:
        return None
    known = session.scalar(select(ErasureRow.id).where(ErasureRow.document_id == document.id))
    if known is not None:
        return known
    by = entry.fields.get("by")
    session.add(
        ErasureRow(
            id=entry.id,
            document_id=document.id,
            organisation_id=document.organisation_id,
            asked_by=by if isinstance(by, str) else None,
            reason=LOST_REASON,
            asked_at=entry.at,
        )
    )
    document.erased_at = entry.at
    session.flush()
    return entry.id
