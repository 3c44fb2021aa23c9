"""Tells the owners of documents: time stamps that are final, quarantine and its end. Changes no document."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.evidence.events import BatchFinal
from ipx.evidence.service import EvidenceService
from ipx.notices.service import NoticeService
from ipx.vault.events import DocumentQuarantined, DocumentReleased
from ipx.vault.models import DocumentRow

AT_ONCE = 500


class Announcements:
    """Notices; for final time stamps one for each organisation and batch."""

    def __init__(self, *, evidence: EvidenceService, notices: NoticeService) -> None:
        self._evidence = evidence
        self._notices = notices

    def on_batch_final(self, session: Session, final: BatchFinal) -> None:
        """Keep the promise of the deposit page: you may leave, we will tell you."""
        stamped = self._evidence.subjects_in(session, batch_id=final.batch_id, subject_kind="document")
        names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for start in range(0, len(stamped), AT_ONCE):
            query = select(DocumentRow.organisation_id, DocumentRow.id, DocumentRow.file_name)
            rows = session.execute(query.where(DocumentRow.id.in_(stamped[start : start + AT_ONCE])))
            for organisation_id, document_id, file_name in rows:
                names[organisation_id].append((document_id, file_name))
        for organisation_id, documents in names.items():
            self._tell(session, organisation_id, documents, final.block_number)

    def on_quarantined(self, session: Session, event: DocumentQuarantined) -> None:
        """Say at once that nobody gets the document, and what can be done."""
        self._tell_of(
            session,
            event.document_id,
            subject="In quarantine: {}",
            body="It could not be checked for harmful content, so it is given to nobody until it is. Its time stamp is "
            "not affected.",
        )

    def on_released(self, session: Session, event: DocumentReleased) -> None:
        """Say that the document can be read."""
        self._tell_of(session, event.document_id, subject="Out of quarantine: {}", body="It can be read again.")

    def _tell_of(self, session: Session, document_id: str, *, subject: str, body: str) -> None:
        row = session.get_one(DocumentRow, document_id)
        self._notices.tell(
            session,
            organisation_id=row.organisation_id,
            subject=subject.format(row.file_name),
            body=body,
            link=f"/documents/{document_id}",
        )

    def _tell(self, session: Session, organisation_id: str, documents: list[tuple[str, str]], block: int) -> None:
        document_id, file_name = documents[0]
        is_one = len(documents) == 1
        self._notices.tell(
            session,
            organisation_id=organisation_id,
            subject=f"Timestamp final: {file_name}" if is_one else f"Timestamps final: {len(documents)} documents",
            body=f"Anchored in block {block}. The evidence can be downloaded.",
            link=f"/documents/{document_id}/evidence" if is_one else "/technologies",
        )
