"""Opens and closes what inventors wrote, with their organisation's key. Nothing here is ever logged."""

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.inventions.models import InventionRow, InventorRow, StepRow, SubmissionRow
from ipx.inventions.wrapped import DRAFT, INVENTOR, RECORD, WORDS


class Box:
    """The sealed columns of this room, in clear for a moment."""

    def __init__(self, accounts: AccountService) -> None:
        self._accounts = accounts

    def close_draft(self, session: Session, row: InventionRow, draft: Json) -> None:
        """Seal a draft into its row."""
        row.sealed_draft = self._close(session, row.organisation_id, canonical.encode(draft), DRAFT.format(row.id))

    def draft(self, session: Session, row: InventionRow) -> Json:
        """Return a draft as JSON values."""
        return canonical.decode(self._open(session, row.organisation_id, row.sealed_draft, DRAFT.format(row.id)))

    def close_record(self, session: Session, invention: InventionRow, submission_id: str, record: bytes) -> bytes:
        """Return a record, sealed."""
        return self._close(session, invention.organisation_id, record, RECORD.format(submission_id))

    def record(self, session: Session, invention: InventionRow, row: SubmissionRow) -> bytes:
        """Return the bytes that were stamped."""
        return self._open(session, invention.organisation_id, row.sealed_record, RECORD.format(row.id))

    def close_inventor(self, session: Session, invention: InventionRow, inventor_id: str, opening: bytes) -> bytes:
        """Return an inventor's opening, sealed."""
        return self._close(session, invention.organisation_id, opening, INVENTOR.format(inventor_id))

    def inventor(self, session: Session, invention: InventionRow, row: InventorRow) -> bytes | None:
        """Return an inventor's opening; None when it was erased."""
        if row.sealed_entry is None:
            return None
        return self._open(session, invention.organisation_id, row.sealed_entry, INVENTOR.format(row.id))

    def close_words(self, session: Session, invention: InventionRow, step_id: str, words: str) -> bytes | None:
        """Return the words beside a step, sealed; None when there are none."""
        if not words:
            return None
        return self._close(session, invention.organisation_id, words.encode(), WORDS.format(step_id))

    def words(self, session: Session, invention: InventionRow, row: StepRow) -> str:
        """Return the words beside a step."""
        if row.sealed_words is None:
            return ""
        return self._open(session, invention.organisation_id, row.sealed_words, WORDS.format(row.id)).decode()

    def _close(self, session: Session, organisation_id: str, secret: bytes, context: str) -> bytes:
        return self._accounts.wrap(session, organisation_id=organisation_id, secret=secret, context=context)

    def _open(self, session: Session, organisation_id: str, wrapped: bytes, context: str) -> bytes:
        return self._accounts.unwrap(session, organisation_id=organisation_id, wrapped=wrapped, context=context)
