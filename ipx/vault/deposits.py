"""The way of a document into the vault: judged, hashed, sealed and stored while it streams, then recorded.

Two short transactions, none of them open while bytes arrive. It must never write a byte of the content in clear
unless the document is public, nor leave a row without its file.
"""

from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.core.errors import Conflict, ExchangeError, Invalid, TooLarge, Unavailable
from ipx.core.ports import Clock, DocumentStore, Entropy, StoredFile
from ipx.db.session import Database
from ipx.evidence.service import EvidenceService
from ipx.vault import sealed_form, sealing
from ipx.vault.archives import archive_watch
from ipx.vault.clear_pieces import clear_pieces
from ipx.vault.document_secret import Secret, unwrap_secret, wrap_secret
from ipx.vault.documents import document_of, row_by_key
from ipx.vault.export_control import UNREVIEWED, clean_export_control
from ipx.vault.findings import Finding
from ipx.vault.inspections import Inspections
from ipx.vault.inspector import Inspector
from ipx.vault.intake import Intake
from ipx.vault.media_types import TypeWatch, media_type_of
from ipx.vault.models import DocumentRow, SuspectRow
from ipx.vault.orphans import expect_file
from ipx.vault.piping import Reader
from ipx.vault.policy import check_may_deposit
from ipx.vault.records import Document
from ipx.vault.rules import DocumentRole, check_idempotency_key, check_sha256, clean_file_name, limit_of


@dataclass(frozen=True)
class Upload:
    """A document about to be deposited for a subject; ``length`` in bytes is what ``stream`` must give, exactly."""

    actor: Actor
    subject_kind: str
    subject_id: str
    role: DocumentRole
    file_name: str
    media_type: str
    length: int
    stream: Reader
    idempotency_key: str
    expected_sha256: str | None = None
    export_control: str = UNREVIEWED


@dataclass(frozen=True)
class _Stored:
    """What is known once the bytes are in the store; ``identity`` opens them and exists nowhere else yet."""

    file: StoredFile
    sha256: bytes
    media_type: str
    file_name: str
    identity: str | None
    finding: Finding


@dataclass(frozen=True)
class _Known:
    """What was deposited under a key before."""

    document: Document
    sha256: bytes

    def checked(self, upload: Upload, sha256: bytes) -> Document:
        """Return the document. Raises Conflict when the upload is another one."""
        known, place = self.document, (upload.subject_kind, upload.subject_id, upload.role)
        if (known.subject_kind, known.subject_id, known.role) != place or self.sha256 != sha256:
            raise Conflict("This idempotency key was used for another document. Use a new one for each file.")
        return known


class Deposits:
    """Takes documents in."""

    def __init__(
        self,
        *,
        database: Database,
        store: DocumentStore,
        accounts: AccountService,
        evidence: EvidenceService,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        upload_limit: int,
        inspector: Inspector,
        inspections: Inspections,
    ) -> None:
        self._database = database
        self._store = store
        self._accounts = accounts
        self._evidence = evidence
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._upload_limit = upload_limit
        self._inspector = inspector
        self._inspections = inspections

    def deposit(self, upload: Upload) -> Document:
        """Take a document in; the same key with the same content gives the same document."""
        check_may_deposit(upload.actor, upload.role)
        self._check_length(upload)
        check_idempotency_key(upload.idempotency_key)
        file_name = clean_file_name(upload.file_name)
        kind = media_type_of(file_name, upload.media_type, upload.role)
        clean_export_control(upload.export_control)
        expected = check_sha256(upload.expected_sha256)
        known = self._known(upload)
        if known is not None and expected is not None:
            return known.checked(upload, bytes.fromhex(expected))
        inside, watch = archive_watch(kind.media_type), TypeWatch(kind)
        intake = Intake(upload.stream, length=upload.length, watch=watch, expected_sha256=expected, inside=inside)
        if known is not None:
            for _ in intake.pieces():
                pass
            return known.checked(upload, intake.sha256)
        file, identity = self._put(intake, upload)
        finding = self._examine(upload, file, identity, kind.media_type, inside.unpacked if inside else 0)
        return self._keep(upload, _Stored(file, intake.sha256, kind.media_type, file_name, identity, finding))

    def _check_length(self, upload: Upload) -> None:
        limit = limit_of(upload.role, self._upload_limit)
        if upload.length <= 0:
            raise Invalid("The file is empty. Choose another.", field="file")
        if upload.length > limit:
            raise TooLarge(f"The file has {upload.length} bytes; at most {limit} can be stored here.")

    def _put(self, intake: Intake, upload: Upload) -> tuple[StoredFile, str | None]:
        identity = sealing.new_identity() if upload.role.is_sealed else None
        sink = self._store.begin()
        try:
            if identity is not None:
                inside = sealed_form.pack(intake.pieces(), upload.length)
                sealing.encrypt(inside, sink, recipient=sealing.recipient_of(identity))
            else:
                for piece in intake.pieces():
                    sink.write(piece)
            expect_file(self._database, self._clock, sink.root())
            return sink.finish(), identity
        except BaseException:
            sink.abort()
            raise

    def _examine(
        self, upload: Upload, file: StoredFile, identity: str | None, media_type: str, unpacked: int
    ) -> Finding:
        """Look into what was stored; what is refused is not kept."""
        try:
            return self._inspector.examine(
                lambda: clear_pieces(self._store, cid=file.cid, identity=identity, size=upload.length),
                media_type=media_type,
                size=upload.length,
                unpacked=unpacked,
                is_sealed=upload.role.is_sealed,
            )
        except ExchangeError:
            self._drop(file.cid, is_ours=identity is not None)
            raise

    def _drop(self, cid: str, *, is_ours: bool) -> None:
        """Remove a file that was refused; a public one may be another document's too, so the collector looks first."""
        if is_ours:
            self._store.delete(cid)  # sealed by us, so nobody else has it
            return
        with self._database.write() as session:
            session.merge(SuspectRow(cid=cid, seen_at=self._clock.now()))

    def _keep(self, upload: Upload, stored: _Stored) -> Document:
        """Write row, stamp and audit line in one transaction; somebody else may have used the key meanwhile."""
        try:
            with self._database.write() as session:
                return document_of(self._record(session, upload, stored))
        except IntegrityError:
            known = self._known(upload)
            if known is None:
                raise
            if stored.identity is not None:
                self._drop(stored.file.cid, is_ours=True)
            return known.checked(upload, stored.sha256)

    def _known(self, upload: Upload) -> _Known | None:
        with self._database.read() as session:
            row = row_by_key(session, upload.actor.organisation_id, upload.idempotency_key)
            if row is None:
                return None
            sha256 = row.content_sha256 or unwrap_secret(session, self._accounts, row).content_sha256
            return _Known(document_of(row), sha256)

    def _record(self, session: Session, upload: Upload, stored: _Stored) -> DocumentRow:
        self._adopt(session, stored)
        document_id = self._entropy.new_id()
        organisation_id = upload.actor.organisation_id
        stamp = self._evidence.stamp(
            session,
            organisation_id=organisation_id,
            content_sha256=stored.sha256,
            subject_kind="document",
            subject_id=document_id,
        )
        row = DocumentRow(
            id=document_id,
            organisation_id=organisation_id,
            subject_kind=upload.subject_kind,
            subject_id=upload.subject_id,
            role=upload.role,
            file_name=stored.file_name,
            media_type=stored.media_type,
            size=upload.length,
            confidential=stored.identity is not None,
            export_control=clean_export_control(upload.export_control),
            content_sha256=None if stored.identity else stored.sha256,
            cid=stored.file.cid,
            profile=stored.file.profile,
            stored_size=stored.file.size,
            wrapped_secret=self._wrapped(session, organisation_id, document_id, stored),
            stamp_id=stamp.id,
            idempotency_key=upload.idempotency_key,
            created_at=self._clock.now(),
            created_by=upload.actor.person_id,
        )
        session.add(row)
        session.flush()
        self._audit.record(
            session,
            action="document:content:deposited",
            by=upload.actor.by,
            subject_kind="document",
            subject_id=document_id,
            details={
                "for": [upload.subject_kind, upload.subject_id],
                "role": str(upload.role),
                "cid": row.cid,
                "export_control": row.export_control,
            },
        )
        self._inspections.record(session, document_id=document_id, finding=stored.finding)
        return row

    def _wrapped(self, session: Session, organisation_id: str, document_id: str, stored: _Stored) -> bytes | None:
        if stored.identity is None:
            return None
        return wrap_secret(
            session,
            self._accounts,
            organisation_id=organisation_id,
            document_id=document_id,
            secret=Secret(stored.identity, stored.sha256),
        )

    def _adopt(self, session: Session, stored: _Stored) -> None:
        """Keep the collector of orphans from the file, and notice when it was faster.

        A sealed file is new under the sun; a public one may have the bytes, and so the CID, of an old orphan.
        """
        session.execute(delete(SuspectRow).where(SuspectRow.cid == stored.file.cid))
        if stored.identity is None and not self._store.has(stored.file.cid):
            raise Unavailable("The file was not kept. Nothing was recorded; please send it again.")
