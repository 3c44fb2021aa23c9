"""Tells the owners of documents: time stamps that are final or pending again, quarantine and its end."""

from collections import defaultdict

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.evidence.events import BatchFinal, BatchReorged
from ipx.evidence.service import EvidenceService
from ipx.notices.service import NoticeService
from ipx.vault.events import DocumentQuarantined, DocumentReleased
from ipx.vault.models import DocumentRow
from ipx.web.translating import Text, said_later

AT_ONCE = 500
PENDING_AGAIN = _(
    "The chain replaced the block that held it, before it was final. It is being anchored anew by itself. Evidence that"
    " you downloaded meanwhile will not verify: download it again when the timestamp is final."
)


class Announcements:
    """Notices; for final time stamps one for each organisation and batch."""

    def __init__(self, *, evidence: EvidenceService, notices: NoticeService) -> None:
        self._evidence = evidence
        self._notices = notices

    def on_batch_final(self, session: Session, final: BatchFinal) -> None:
        """Keep the promise of the deposit page: you may leave, we will tell you."""
        for organisation_id, documents in self._documents(session, final.batch_id).items():
            self._tell(
                session,
                organisation_id,
                documents,
                one=_("Timestamp final: {name}"),
                many=_("Timestamps final: {count} documents"),
                body=_("Anchored in block %(block)s. The evidence can be downloaded.", block=final.block_number),
            )

    def on_batch_reorged(self, session: Session, reorged: BatchReorged) -> None:
        """Say that evidence which may have been downloaded names a block that the chain has dropped (K12)."""
        for organisation_id, documents in self._documents(session, reorged.batch_id).items():
            self._tell(
                session,
                organisation_id,
                documents,
                one=_("Timestamp pending again: {name}"),
                many=_("Timestamps pending again: {count} documents"),
                body=PENDING_AGAIN,
            )
        for organisation_id, count in self._evidence.accepted_in(session, batch_id=reorged.batch_id).items():
            self._notices.tell(
                session,
                organisation_id=organisation_id,
                subject=_(
                    "Timestamps pending again: %(count)s commitments sent by a program or the page Stamp", count=count
                ),
                body=PENDING_AGAIN,
                link="/stamp",
            )

    def _documents(self, session: Session, batch_id: str) -> dict[str, list[tuple[str, str]]]:
        """Return id and file name of the documents stamped in a batch, by their organisation."""
        stamped = self._evidence.subjects_in(session, batch_id=batch_id, subject_kind="document")
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for start in range(0, len(stamped), AT_ONCE):
            query = select(DocumentRow.organisation_id, DocumentRow.id, DocumentRow.file_name)
            rows = session.execute(query.where(DocumentRow.id.in_(stamped[start : start + AT_ONCE])))
            for organisation_id, document_id, file_name in rows:
                found[organisation_id].append((document_id, file_name))
        return found

    def on_quarantined(self, session: Session, event: DocumentQuarantined) -> None:
        """Say at once that nobody gets the document, and what can be done."""
        self._tell_of(
            session,
            event.document_id,
            subject=_("In quarantine: {name}"),
            body=_(
                "It could not be checked for harmful content, so it is given to nobody until it is. Its time stamp is "
                "not affected."
            ),
        )

    def on_released(self, session: Session, event: DocumentReleased) -> None:
        """Say that the document can be read."""
        self._tell_of(
            session, event.document_id, subject=_("Out of quarantine: {name}"), body=_("It can be read again.")
        )

    def _tell_of(self, session: Session, document_id: str, *, subject: Text, body: Text) -> None:
        row = session.get_one(DocumentRow, document_id)
        self._notices.tell(
            session,
            organisation_id=row.organisation_id,
            subject=_filled(subject, name=row.file_name),
            body=body,
            link=f"/documents/{document_id}",
        )

    def _tell(
        self,
        session: Session,
        organisation_id: str,
        documents: list[tuple[str, str]],
        *,
        one: Text,
        many: Text,
        body: Text,
    ) -> None:
        document_id, file_name = documents[0]
        is_one = len(documents) == 1
        self._notices.tell(
            session,
            organisation_id=organisation_id,
            subject=_filled(one, name=file_name) if is_one else _filled(many, count=len(documents)),
            body=body,
            link=f"/documents/{document_id}/evidence" if is_one else "/technologies",
        )


def _filled(text: Text, **values: object) -> Text:
    return said_later(lambda: str(text).format(**values))
