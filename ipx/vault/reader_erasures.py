"""Erases what a person wrote about readings: declarations, purposes, keys, and the salts that bind them to the chain.

Who read what and when stays, since the owners of the documents are owed it; it names the person by an id alone.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.ports import Clock, Entropy
from ipx.vault.declarations import Declarations
from ipx.vault.erasure_records import ReaderErasure
from ipx.vault.models import DocumentRow, HoldRow, ReaderErasureRow, ReceiptRow
from ipx.vault.receipt_book import ReceiptBook


class ReaderErasures:
    """Empties a person's receipts."""

    def __init__(
        self, *, book: ReceiptBook, declarations: Declarations, audit: AuditService, clock: Clock, entropy: Entropy
    ) -> None:
        self._book = book
        self._declarations = declarations
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def erase(self, session: Session, *, person_id: str) -> ReaderErasure:
        """Empty the person's receipts up to now; those of documents under a legal hold are kept, and counted."""
        return self.erase_as(session, self._entropy.new_id(), person_id=person_id, until=self._clock.now())

    def erase_as(self, session: Session, erasure_id: str, *, person_id: str, until: datetime) -> ReaderErasure:
        """Do it under an id, as a replay of the register does; a repeat empties what is there again."""
        theirs = (ReceiptRow.person_id == person_id) & (ReceiptRow.opened_at <= until) & ReceiptRow.salt.is_not(None)
        held = ReceiptRow.document_id.in_(select(HoldRow.document_id).where(HoldRow.lifted_at.is_(None)))
        kept = session.scalar(select(func.count()).select_from(ReceiptRow).where(theirs, held)) or 0
        receipts = self._book.empty(session, theirs & ~held)
        holders = select(DocumentRow.organisation_id).join(HoldRow, HoldRow.document_id == DocumentRow.id)
        held_by = set(session.scalars(holders.where(HoldRow.lifted_at.is_(None))))
        self._declarations.forget(session, person_id=person_id, until=until, held_by=held_by)
        if session.get(ReaderErasureRow, erasure_id) is None:
            row = ReaderErasureRow(id=erasure_id, person_id=person_id, asked_at=until, receipts=receipts, held=kept)
            session.add(row)
        session.flush()
        self._audit.record(
            session,
            action="person:receipts:erased",
            by=THE_EXCHANGE,
            subject_kind="person",
            subject_id=person_id,
            details={"receipts": receipts, "held": kept},
        )
        return ReaderErasure(erasure_id, receipts, kept)
