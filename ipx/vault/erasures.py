"""The erasure of documents, step by step; each step can be repeated. ``erasure_workflow`` runs them.

It must never bring anything back: from ``ask`` on nobody reads the document, and what follows only destroys. What
stays is what others' proofs rest on: the commitment on the chain and the lines of our logs, which say nothing alone.
"""

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Tampered, Unavailable
from ipx.core.ports import Clock, DocumentStore, Entropy
from ipx.db.durable import Durable
from ipx.db.scrubbing import Scrubber
from ipx.db.session import Database
from ipx.evidence.service import EvidenceService
from ipx.notices.service import NoticeService
from ipx.vault.browser_models import BrowserSealRow, HandOverRow
from ipx.vault.documents import document_of
from ipx.vault.erasure_records import Erasure
from ipx.vault.erasure_rules import clean_reason, erased_name
from ipx.vault.holds import Holds, locked
from ipx.vault.models import DocumentRow, ErasureRow, GrantRow, ReceiptRow, SuspectRow
from ipx.vault.orphans import remove_suspect
from ipx.vault.policy import check_may_erase
from ipx.vault.receipt_book import ReceiptBook

ERASE = "vault.erase_document"
BLANK_NOTICE = "About a document that was erased"


class Erasures:
    """Erases documents."""

    def __init__(
        self,
        *,
        database: Database,
        store: DocumentStore,
        evidence: EvidenceService,
        notices: NoticeService,
        durable: Durable,
        holds: Holds,
        book: ReceiptBook,
        scrubber: Scrubber,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._store = store
        self._evidence = evidence
        self._notices = notices
        self._durable = durable
        self._holds = holds
        self._book = book
        self._scrubber = scrubber
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def ask(self, session: Session, *, actor: Actor, document_id: str, reason: str) -> Erasure:
        """Have a document erased, which cannot be called back; nobody reads it from the next request on.

        A second call returns the erasure that there is. Raises NotFound, Forbidden, Invalid (reason), Conflict (held).
        """
        document = locked(session, document_id)
        check_may_erase(actor, document_of(document))
        known = self.find(session, document_id=document_id)
        if known is not None:
            return known
        reason = clean_reason(reason)
        self._refuse_held(session, document_id)
        row = ErasureRow(
            id=self._entropy.new_id(),
            document_id=document_id,
            organisation_id=document.organisation_id,
            asked_by=actor.person_id,
            reason=reason,
            asked_at=self._clock.now(),
        )
        session.add(row)
        document.erased_at = row.asked_at
        session.flush()
        details: dict[str, Json] = {"erasure": row.id}
        self._audit.record(
            session,
            action="document:erasure:asked",
            by=actor.by,
            subject_kind="document",
            subject_id=document_id,
            details=details,
        )
        self._durable.enqueue(session, ERASE, row.id, key=row.id)
        return _erasure(row)

    def find(self, session: Session, *, document_id: str) -> Erasure | None:
        """Return a document's erasure, or None."""
        row = session.scalar(select(ErasureRow).where(ErasureRow.document_id == document_id))
        return _erasure(row) if row else None

    def unfinished(self, session: Session) -> list[Erasure]:
        """Return the erasures that have not come to their end, oldest first."""
        query = select(ErasureRow).where(ErasureRow.scrubbed_at.is_(None)).order_by(ErasureRow.asked_at)
        return [_erasure(row) for row in session.scalars(query)]

    # ── the steps ────────────────────────────────────────────────────────────────────────────────

    def shred(self, session: Session, erasure_id: str) -> None:
        """Destroy key, hashes, salt and name in the tables, and what the receipts say; end all grants."""
        erasure = session.get_one(ErasureRow, erasure_id, with_for_update=True)
        if erasure.shredded_at is not None:
            return
        document = locked(session, erasure.document_id)
        now = self._clock.now()
        document.erased_at = document.erased_at or erasure.asked_at
        document.wrapped_secret = document.content_sha256 = None
        document.file_name = erased_name(document.file_name)
        of_it = BrowserSealRow.document_id == document.id
        session.execute(update(BrowserSealRow).where(of_it).values(identity=None, opening=None))
        session.execute(update(HandOverRow).where(HandOverRow.document_id == document.id).values(identity=None))
        self._evidence.erase_opening(session, stamp_id=document.stamp_id)
        receipts = self._book.empty(session, ReceiptRow.document_id == document.id)
        grants = GrantRow.document_id == document.id
        session.execute(update(GrantRow).where(grants, GrantRow.revoked_at.is_(None)).values(revoked_at=now))
        session.execute(update(GrantRow).where(grants).values(reason=None, nda=None))
        self._notices.blank(session, below=f"/documents/{document.id}", subject=BLANK_NOTICE)
        if session.get(SuspectRow, document.cid) is None:
            session.add(SuspectRow(cid=document.cid, seen_at=now))
        erasure.shredded_at = now
        session.flush()
        self._note(session, erasure, "document:content:erased", {"cid": document.cid, "receipts": receipts})

    def remove_blocks(self, erasure_id: str) -> None:
        """Unpin and remove what is stored, unless another document has the same file. Opens its own transactions.

        Raises Unavailable: the store is away, or a damaged file cannot be taken apart.
        """
        with self._database.write() as session:
            cid = self._document(session, erasure_id).cid
            if session.get(SuspectRow, cid) is None:  # a restore that was killed may have put the file there again
                session.add(SuspectRow(cid=cid, seen_at=self._clock.now()))
        try:
            remove_suspect(self._database, self._store, cid)
        except Tampered as error:
            raise Unavailable(f"The stored file {cid} is damaged and was not removed: {error.message}") from error
        with self._database.write() as session:
            erasure = session.get_one(ErasureRow, erasure_id)
            erasure.removed_at = erasure.removed_at or self._clock.now()

    def scrub(self) -> None:
        """Clear what was erased out of the database's files. Raises Unavailable while somebody reads older rows."""
        self._scrubber.scrub()

    def finish(self, session: Session, erasure_id: str) -> None:
        """Note the end, and tell the owner where the certificate is."""
        erasure = session.get_one(ErasureRow, erasure_id, with_for_update=True)
        if erasure.scrubbed_at is not None:
            return
        erasure.scrubbed_at = self._clock.now()
        self._note(session, erasure, "document:erasure:finished", {})
        self._notices.tell(
            session,
            organisation_id=erasure.organisation_id,
            subject=_("A document is erased"),
            body=_("The certificate says what was destroyed, what remains, and when the last backup is gone."),
            link=f"/documents/{erasure.document_id}/erasure",
        )

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _document(self, session: Session, erasure_id: str) -> DocumentRow:
        return session.get_one(DocumentRow, session.get_one(ErasureRow, erasure_id).document_id)

    def _refuse_held(self, session: Session, document_id: str) -> None:
        if self._holds.held(session, document_ids=[document_id]):
            raise Conflict("A legal hold is on this document: it cannot be erased before the hold is lifted.")

    def _note(self, session: Session, erasure: ErasureRow, action: str, details: dict[str, Json]) -> None:
        self._audit.record(
            session,
            action=action,
            by=THE_EXCHANGE,
            subject_kind="document",
            subject_id=erasure.document_id,
            details={"erasure": erasure.id, **details},
        )


def _erasure(row: ErasureRow) -> Erasure:
    return Erasure(
        id=row.id,
        document_id=row.document_id,
        organisation_id=row.organisation_id,
        asked_by=row.asked_by,
        reason=row.reason,
        asked_at=row.asked_at,
        shredded_at=row.shredded_at,
        removed_at=row.removed_at,
        scrubbed_at=row.scrubbed_at,
    )
