"""Deposits that were sealed in a browser: ciphertext and commitment come in, and nothing that could open them.

What can be checked without a key is checked: the form of the age files, for how many recipients they are, and the size.
It must never take a document whose seal is not for the organisation's own active recipients.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.core.errors import Conflict, Invalid, TooLarge, Unavailable
from ipx.core.ports import Clock, DocumentStore, Entropy, StoredFile
from ipx.db.session import Database
from ipx.evidence.service import EvidenceService
from ipx.vault import browser_seal
from ipx.vault.age_header import MOST_HEADER_BYTES, read_header
from ipx.vault.browser_models import BrowserSealRow
from ipx.vault.browser_seal import LARGEST_NOTE, PREFIX, SealNote, read_note
from ipx.vault.documents import document_of, row_by_key
from ipx.vault.export_control import UNREVIEWED, clean_export_control
from ipx.vault.models import DocumentRow, SuspectRow
from ipx.vault.orphans import expect_file
from ipx.vault.piping import PIECE, Reader
from ipx.vault.policy import check_may_deposit
from ipx.vault.recipients import Recipients
from ipx.vault.records import Document
from ipx.vault.rules import DocumentRole, Tier, check_idempotency_key, clean_file_name

ENDING = ".age"
AGE_TYPE = "application/octet-stream"  # age has no registered media type


def largest_content(upload_limit: int) -> int:
    """Return how large a file may be so that, padded and sealed, it stays below the limit of uploads, in bytes."""
    return int(upload_limit / 1.13)  # Padmé adds 12 % at most, age 16 bytes for each 64 KiB


@dataclass(frozen=True)
class SealedUpload:
    """A sealed document on its way in; ``length`` is that of note and age file together, in bytes.

    ``name`` is what its owner calls it here; the file's own name is sealed.
    """

    actor: Actor
    subject_kind: str
    subject_id: str
    name: str
    length: int
    stream: Reader
    idempotency_key: str
    export_control: str = UNREVIEWED


class BrowserDeposits:
    """Takes documents in that were sealed in a browser."""

    def __init__(
        self,
        *,
        database: Database,
        store: DocumentStore,
        recipients: Recipients,
        evidence: EvidenceService,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        upload_limit: int,
    ) -> None:
        self._database = database
        self._store = store
        self._recipients = recipients
        self._evidence = evidence
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._upload_limit = upload_limit

    def deposit(self, upload: SealedUpload) -> Document:
        """Take a sealed document in; the same key with the same commitment gives the same document.

        No transaction may be open. Raises Forbidden, Invalid (note, age file, name, cut off), TooLarge, Conflict (key
        or commitment used before, other recipients), Unavailable.
        """
        check_may_deposit(upload.actor, DocumentRole.CONFIDENTIAL)
        check_idempotency_key(upload.idempotency_key)
        name = clean_file_name(upload.name.strip().removesuffix(ENDING) + ENDING)
        clean_export_control(upload.export_control)
        if upload.length > self._upload_limit:
            raise TooLarge(f"The sealed file has {upload.length} bytes; {self._upload_limit} can be stored at most.")
        source = _Exactly(upload.stream, upload.length)
        note = read_note(source.take(_note_size(source.take(PREFIX))))
        known = self._known(upload, note)
        if known is not None:
            return known
        file = self._put(source)
        try:
            with self._database.write() as session:
                return document_of(self._record(session, upload, name, note, file))
        except IntegrityError:
            known = self._known(upload, note)
            if known is None:
                raise
            return known

    def _known(self, upload: SealedUpload, note: SealNote) -> Document | None:
        """Return what was deposited under this key before. Raises Conflict when it is something else."""
        organisation_id = upload.actor.organisation_id
        with self._database.read() as session:
            row = row_by_key(session, organisation_id, upload.idempotency_key)
            if row is None:
                recipients = list(note.recipients)
                self._recipients.check_are_active(session, organisation_id=organisation_id, recipients=recipients)
                return None
            stamp = self._evidence.get_stamp(session, row.stamp_id)
            place = (row.subject_kind, row.subject_id, row.tier)
            if stamp.commitment != note.commitment or place != (upload.subject_kind, upload.subject_id, Tier.BROWSER):
                raise Conflict("This idempotency key was used for another document. Use a new one for each file.")
            return document_of(row)

    def _put(self, source: "_Exactly") -> StoredFile:
        head = source.take(min(MOST_HEADER_BYTES, source.left))
        browser_seal.check_document(read_header(head), length=len(head) + source.left)
        sink = self._store.begin()
        try:
            sink.write(head)
            for piece in source.pieces():
                sink.write(piece)
            expect_file(self._database, self._clock, sink.root())
            return sink.finish()
        except BaseException:
            sink.abort()
            raise

    def _record(
        self, session: Session, upload: SealedUpload, name: str, note: SealNote, file: StoredFile
    ) -> DocumentRow:
        """Write row, seal, stamp and audit line. The same bytes may have been deposited before, and be collected."""
        session.execute(delete(SuspectRow).where(SuspectRow.cid == file.cid))
        if not self._store.has(file.cid):
            raise Unavailable("The file was not kept. Nothing was recorded; please send it again.")
        organisation_id, recipients = upload.actor.organisation_id, list(note.recipients)
        self._recipients.check_are_active(session, organisation_id=organisation_id, recipients=recipients)
        document_id = self._entropy.new_id()
        stamp = self._evidence.accept_for(
            session,
            organisation_id=organisation_id,
            value=note.commitment,
            subject_kind="document",
            subject_id=document_id,
        )
        row = self._row(upload, document_id, name, file, stamp.id)
        session.add(row)
        session.flush()
        session.add(
            BrowserSealRow(document_id=document_id, identity=note.identity, opening=note.opening, recipients=recipients)
        )
        session.flush()
        self._audit.record(
            session,
            action="document:content:deposited",
            by=upload.actor.by,
            subject_kind="document",
            subject_id=document_id,
            details={
                "for": [upload.subject_kind, upload.subject_id],
                "role": str(DocumentRole.CONFIDENTIAL),
                "tier": str(Tier.BROWSER),
                "cid": row.cid,
                "export_control": row.export_control,
            },
        )
        return row

    def _row(self, upload: SealedUpload, document_id: str, name: str, file: StoredFile, stamp_id: str) -> DocumentRow:
        return DocumentRow(
            id=document_id,
            organisation_id=upload.actor.organisation_id,
            subject_kind=upload.subject_kind,
            subject_id=upload.subject_id,
            role=DocumentRole.CONFIDENTIAL,
            tier=Tier.BROWSER,
            file_name=name,
            media_type=AGE_TYPE,
            size=file.size,
            confidential=True,
            export_control=clean_export_control(upload.export_control),
            cid=file.cid,
            profile=file.profile,
            stored_size=file.size,
            stamp_id=stamp_id,
            idempotency_key=upload.idempotency_key,
            created_at=self._clock.now(),
            created_by=upload.actor.person_id,
        )


class _Exactly:
    """As many bytes as were announced, no more and no fewer."""

    def __init__(self, stream: Reader, length: int) -> None:
        self._stream = stream
        self.left = length

    def take(self, size: int) -> bytes:
        """Return exactly so many bytes. Raises Invalid when there are fewer."""
        taken = bytearray()
        while len(taken) < size:
            piece = self._stream.read(size - len(taken)) if self.left else b""
            if not piece:
                raise Invalid("The upload was cut off. Nothing was stored; send the file again.", field="file")
            taken += piece
            self.left -= len(piece)
        return bytes(taken)

    def pieces(self) -> Iterator[bytes]:
        """Give the rest. Raises Invalid when it is cut off, or longer than announced."""
        while self.left:
            yield self.take(min(PIECE, self.left))
        if self._stream.read(1):
            raise Invalid("More bytes arrived than were announced. Nothing was stored; send it again.", field="file")


def _note_size(prefix: bytes) -> int:
    size = int.from_bytes(prefix, "big")
    if not 0 < size <= LARGEST_NOTE:
        raise Invalid("The note about the document is missing or too large. Open the page again.")
    return size
