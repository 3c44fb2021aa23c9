"""The door to documents: deposit, read, grant, revoke, receipts. No identity of a document ever leaves this room.

``deposit`` and the end of a ``Delivery`` open short transactions of their own, since nothing may be locked while
bytes are on their way; everything else happens in the caller's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import By
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.core.ports import Clock, DocumentStore, Entropy
from ipx.db.session import Database
from ipx.vault import delivery, documents, marking, sealing
from ipx.vault.delivery import CloseReceipt, Delivery, PublicFile, Stream
from ipx.vault.deposits import Deposits, Upload
from ipx.vault.document_secret import unwrap_secret
from ipx.vault.export_control import UNREVIEWED
from ipx.vault.inspections import Inspections
from ipx.vault.marking import Marking
from ipx.vault.orphans import GRACE, OrphanCollector
from ipx.vault.piping import Reader
from ipx.vault.policy import check_may_read, reading_of
from ipx.vault.receipt_book import ReceiptBook
from ipx.vault.records import ChainCheck, Document, Grant, Reading, Receipt
from ipx.vault.rules import DocumentRole, Form, Outcome, SourceKind, clean_purpose
from ipx.vault.sharing import Sharing

__all__ = ["Delivery", "Document", "DocumentRole", "Form", "Grant", "Reading", "Receipt", "SourceKind", "VaultService"]

AGE_TYPE = "application/octet-stream"  # age has no registered media type
_ENDINGS = {Form.CLEAR: "", Form.AGE: ".age"}


class VaultService:
    """Documents, access and receipts."""

    def __init__(
        self,
        *,
        database: Database,
        store: DocumentStore,
        accounts: AccountService,
        clock: Clock,
        entropy: Entropy,
        deposits: Deposits,
        sharing: Sharing,
        inspections: Inspections,
        marked_copies: Marking,
        orphans: OrphanCollector | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._deposits = deposits
        self._orphans = orphans
        self.sharing = sharing
        self._access = sharing.access
        self.inspections = inspections
        self._marked_copies = marked_copies
        self._book = self.receipt_log = ReceiptBook(clock=clock, entropy=entropy)

    # ── in ───────────────────────────────────────────────────────────────────────────────────────

    def deposit(
        self,
        actor: Actor,
        *,
        subject_kind: str,
        subject_id: str,
        role: DocumentRole,
        file_name: str,
        media_type: str,
        length: int,
        stream: Reader,
        idempotency_key: str,
        expected_sha256: str | None = None,
        export_control: str = UNREVIEWED,
    ) -> Document:
        """Take a document in, sealed unless its role is public. No transaction may be open.

        ``export_control``: *unreviewed*, *none*, or an entry of a list; it can be stated later (``sharing.classify``).

        The caller has checked that the subject is the actor's organisation's. Raises Forbidden, Invalid (name, type,
        content, cut off), TooLarge, Conflict (the key was used for something else), Unavailable.
        """
        upload = Upload(
            actor=actor,
            subject_kind=subject_kind,
            subject_id=subject_id,
            role=role,
            file_name=file_name,
            media_type=media_type,
            length=length,
            stream=stream,
            idempotency_key=idempotency_key,
            expected_sha256=expected_sha256,
            export_control=export_control,
        )
        return self._deposits.deposit(upload)

    def collect_orphans(self, *, grace: timedelta = GRACE) -> int:
        """Remove files that interrupted deposits left in a store that is ours alone; return how many."""
        return self._orphans.collect(grace=grace) if self._orphans else 0

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    def document(self, session: Session, *, document_id: str) -> Document:
        """Return a document's facts. Raises NotFound; whether the caller may know of it is his to ask."""
        return documents.document_of(documents.document_row(session, document_id))

    def documents_of(
        self, session: Session, *, subject_kind: str, subject_id: str, with_erased: bool = False
    ) -> list[Document]:
        """Return the documents of a subject, oldest first; those that were erased only when asked for."""
        return documents.documents_of(session, subject_kind, [subject_id], with_erased=with_erased)

    def documents_by_subject(
        self, session: Session, *, subject_kind: str, subject_ids: Sequence[str]
    ) -> dict[str, list[Document]]:
        """Return the documents of many subjects by the subject's id."""
        found: dict[str, list[Document]] = {subject_id: [] for subject_id in subject_ids}
        for document in documents.documents_of(session, subject_kind, subject_ids):
            found[document.subject_id].append(document)
        return found

    # ── access ───────────────────────────────────────────────────────────────────────────────────

    def may_read(self, session: Session, *, actor: Actor, document_id: str) -> Reading | None:
        """Return why the actor may read a document now and until when, or None."""
        document = self.document(session, document_id=document_id)
        return reading_of(actor, document, self.grants_of(session, document_ids=[document_id]), self._clock.now())

    def grant(
        self,
        session: Session,
        *,
        by: By,
        document_id: str,
        organisation_id: str,
        source_kind: SourceKind,
        source_id: str,
        expires_at: datetime | None = None,
    ) -> None:
        """Let another organisation read a document, because of a licence, an NDA, or a named person.

        Repeating it moves the end at most: what was revoked stays revoked. A licence is granted in any case, and opens
        nothing while the document is unreviewed or a name is refused; all else raises Conflict or PartyRefused then.
        Raises NotFound.
        """
        document = self.document(session, document_id=document_id)
        if source_kind is SourceKind.LICENCE:
            self.sharing.note_waiting(session, document=document, organisation_id=organisation_id)
        else:
            self.sharing.check_may_share(session, document=document, organisation_id=organisation_id)
        is_repeated = self._access.has_grant(
            session,
            document_id=document_id,
            organisation_id=organisation_id,
            source_kind=source_kind,
            source_id=source_id,
        )
        self._access.grant(
            session,
            by=by,
            document_id=document_id,
            organisation_id=organisation_id,
            source_kind=source_kind,
            source_id=source_id,
            expires_at=expires_at,
        )
        if not is_repeated:
            self.sharing.hand_overs.note_waiting(session, document=document, organisation_id=organisation_id)

    def revoke(self, session: Session, *, by: By, source_kind: SourceKind, source_id: str) -> None:
        """End every grant of this source, from the next request on. Harmless when there is none."""
        self._access.revoke(session, by=by, source_kind=source_kind, source_id=source_id)

    def grants_of(self, session: Session, *, document_ids: Sequence[str]) -> list[Grant]:
        """Return all grants on these documents, ended ones too."""
        return self._access.grants_of(session, document_ids)

    def open_public_documents(self, session: Session, *, by: By, subject_kind: str, subject_id: str) -> None:
        """Let everybody see the public documents and images of a subject, as when it is listed. Repeatable."""
        self._access.open_subject(session, by=by, subject_kind=subject_kind, subject_id=subject_id)

    def close_public_documents(self, session: Session, *, by: By, subject_kind: str, subject_id: str) -> None:
        """Show the public documents to the owner only again. Who has a copy keeps it. Repeatable."""
        self._access.close_subject(session, by=by, subject_kind=subject_kind, subject_id=subject_id)

    # ── out ──────────────────────────────────────────────────────────────────────────────────────

    def read(
        self,
        session: Session,
        *,
        actor: Actor,
        document_id: str,
        purpose: str,
        form: Form,
        recipient: str | None = None,
        page: int | None = None,
    ) -> Delivery:
        """Allow and write down a reading; commit, then take ``Delivery.chunks()``. With a ``page`` (from 1 on) it is
        of that page alone, as a picture.

        Raises NotFound, Forbidden (PartyRefused among them), Invalid (purpose, recipient, not declared), Conflict
        (unreviewed, public, forgotten, in quarantine, a PDF that cannot be marked with the reader's name, or sealed in
        a browser and not asked for as AGE, or its key not handed over).
        """
        row = documents.document_row(session, document_id)
        document = documents.document_of(row)
        reading = check_may_read(actor, document, self.may_read(session, actor=actor, document_id=document_id))
        self.sharing.check_reader(session, actor=actor, document=document)
        purpose = clean_purpose(purpose)
        if document.is_browser_sealed:
            return self._read_sealed(session, actor, document, reading, purpose=purpose, form=form)
        recipient = sealing.check_recipient(recipient or "") if form is Form.AGE else None
        if not row.confidential:
            raise Conflict("This document is public: it opens without a purpose and without a receipt.")
        inspection = self.inspections.check_served(session, document_id)
        is_marked = page is not None or marking.is_due(document, reading, form)
        if is_marked:
            marking.check_can_be_marked(inspection)
        identity = unwrap_secret(session, self._accounts, row).identity  # refuses what is erased
        receipt_id = self._book.open(
            session,
            actor=actor,
            document_id=document_id,
            reading=reading,
            purpose=purpose if page is None else f"{purpose} (page {page} as a picture)",
            form=form,
            recipient=recipient,
        )
        lines = marking.lines_of(actor, at=self._clock.now(), receipt_id=receipt_id) if is_marked else None
        return Delivery(
            document=document,
            receipt_id=receipt_id,
            form=form,
            file_name=document.file_name + _ENDINGS[form] if page is None else f"page-{page}.jpg",
            media_type=_media_type(document, form, page),
            size=None if form is Form.AGE or is_marked else document.size,
            start=lambda: self._start(
                document,
                identity,
                receipt_id,
                recipient=recipient,
                lines=lines,
                page=page,
                check=lambda: self._check_still_open(actor.person_id, document_id),
            ),
        )

    def _read_sealed(
        self, session: Session, actor: Actor, document: Document, reading: Reading, *, purpose: str, form: Form
    ) -> Delivery:
        """Write the receipt of a document that a browser sealed; it is handed over as it is stored. Raises Conflict."""
        if form is not Form.AGE:
            raise Conflict("This document was sealed in a browser, and opens in one: we cannot read it, nor mark it.")
        self.sharing.hand_overs.check_handed_over(session, document=document, organisation_id=actor.organisation_id)
        receipt_id = self._book.open(
            session,
            actor=actor,
            document_id=document.id,
            reading=reading,
            purpose=purpose,
            form=form,
            recipient=None,
        )
        return Delivery(
            document=document,
            receipt_id=receipt_id,
            form=form,
            file_name=document.file_name,
            media_type=AGE_TYPE,
            size=document.size,
            start=lambda: delivery.stored_stream(
                lambda: self._store.open(document.cid),
                document=document,
                close_receipt=self._closing(receipt_id),
                check=lambda: self._check_still_open(actor.person_id, document.id),
            ),
        )

    def _closing(self, receipt_id: str) -> CloseReceipt:
        def close_receipt(outcome: Outcome, size: int, sha256: str) -> None:
            with self._database.write() as closing:
                self._book.close(closing, receipt_id=receipt_id, outcome=outcome, size=size, sha256=sha256)

        return close_receipt

    def _start(
        self,
        document: Document,
        identity: str,
        receipt_id: str,
        *,
        recipient: str | None,
        lines: list[str] | None,
        page: int | None,
        check: Callable[[], None],
    ) -> Stream:
        """Hand over a marked copy or page when there are ``lines``, else the content itself or an age file of it."""
        close_receipt = self._closing(receipt_id)
        if lines is not None:
            return self._marked_copies.stream(
                document, identity=identity, lines=lines, page=page, close_receipt=close_receipt, check=check
            )
        return delivery.sealed_stream(
            lambda: self._store.open(document.cid),
            document=document,
            identity=identity,
            recipient=recipient,
            close_receipt=close_receipt,
            check=check,
        )

    def public_file(self, session: Session, *, actor: Actor | None, document_id: str) -> PublicFile:
        """Return a public document: to its owners always, to others once its subject is open. Raises NotFound."""
        row = documents.document_row(session, document_id)
        document = documents.document_of(row)
        is_own = actor is not None and actor.organisation_id == document.organisation_id
        is_open = self._access.is_open(session, document.subject_kind, document.subject_id)
        if document.confidential or document.erased_at is not None or not (is_own or is_open):
            raise NotFound("There is no such document.")
        sha256 = row.content_sha256
        return PublicFile(
            document=document,
            start=lambda: delivery.public_stream(
                lambda: self._store.open(document.cid), document=document, sha256=sha256
            ),
        )

    def _check_still_open(self, person_id: str, document_id: str) -> None:
        """Raise Forbidden when a reader whose transfer runs may not read any more."""
        with self._database.read() as session:
            actor = self._accounts.actor(session, person_id)
            document = self.document(session, document_id=document_id)
            if actor is None:
                raise Forbidden("The reader does not belong to an organisation any more.")
            check_may_read(actor, document, self.may_read(session, actor=actor, document_id=document_id))

    # ── receipts ─────────────────────────────────────────────────────────────────────────────────

    def receipts_of(self, session: Session, *, document_ids: Sequence[str]) -> list[Receipt]:
        """Return the receipts of these documents, oldest first; who may see them is policy's ``may_see_receipts``."""
        return self._book.of(session, document_ids)

    def check_receipts(self, session: Session) -> ChainCheck:
        """Verify the whole chain of receipts."""
        return self._book.check(session)


def _media_type(document: Document, form: Form, page: int | None) -> str:
    if page is not None:
        return marking.PICTURE
    return AGE_TYPE if form is Form.AGE else document.media_type
