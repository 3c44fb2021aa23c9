"""The audit of custody: every file proven whole in every configured store, repaired from another one, and written down.

A round goes through the files in the order of their CIDs, a portion at a time, and its row holds how far it is: whoever
goes on with it, a workflow or a command, begins there. No transaction is open while files are read.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.errors import NotFound
from ipx.core.ports import Clock, Entropy
from ipx.core.store_set import StoreSet
from ipx.db.session import Database
from ipx.notices.service import NoticeService
from ipx.vault.custody_book import CustodyBook, Seen, count_of_files, files_after, still_kept, unseen_files
from ipx.vault.custody_looks import Examiner
from ipx.vault.custody_models import AuditRow
from ipx.vault.custody_rules import AlarmKind, AuditView, Cause, CustodyState, Finding, StoredDocument
from ipx.vault.losses import tell_owners
from ipx.vault.store_alarms import StoreAlarms

SCHEDULED, BY_COMMAND = "scheduled", "command"


class CustodyAudit:
    """Rounds of audits."""

    def __init__(
        self,
        *,
        database: Database,
        stores: StoreSet,
        book: CustodyBook,
        alarms: StoreAlarms,
        notices: NoticeService,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._stores = stores
        self._book = book
        self._alarms = alarms
        self._notices = notices
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    # ── a round's beginning and state ────────────────────────────────────────────────────────────

    def begin(self, session: Session, *, kind: str, repairs: bool) -> str:
        """Return the round of this kind that is not finished, or a new one."""
        unfinished = session.scalar(select(AuditRow).where(AuditRow.open_key == kind))
        if unfinished is not None:
            unfinished.repairs = repairs
            return unfinished.id
        row = AuditRow(
            id=self._entropy.new_id(),
            open_key=kind,
            kind=kind,
            repairs=repairs,
            began_at=self._clock.now(),
            ended_at=None,
            cursor="",
            total=count_of_files(session),
            **dict.fromkeys(("files", "bytes", "found", "repaired", "unasked"), 0),
        )
        session.add(row)
        session.flush()
        return row.id

    def is_due(self, session: Session, every: timedelta) -> bool:
        """Tell whether there is something to audit and no scheduled round has begun for so long."""
        newest = session.scalar(
            select(AuditRow.began_at).where(AuditRow.kind == SCHEDULED).order_by(AuditRow.began_at.desc()).limit(1)
        )
        return (newest is None or newest + every <= self._clock.now()) and count_of_files(session) > 0

    def view(self, session: Session, audit_id: str) -> AuditView:
        """Return how far a round is. Raises NotFound."""
        return _view(self._row(session, audit_id))

    def newest(self, session: Session, limit: int) -> list[AuditView]:
        """Return the newest rounds first."""
        query = select(AuditRow).order_by(AuditRow.began_at.desc(), AuditRow.id).limit(limit)
        return [_view(row) for row in session.scalars(query)]

    # ── the work ─────────────────────────────────────────────────────────────────────────────────

    def advance(self, audit_id: str) -> bool:
        """Deal with the next portion of files; True while there is more. Repeating it after a crash is harmless."""
        with self._database.read() as session:
            row = self._row(session, audit_id)
            is_over, repairs = row.ended_at is not None, row.repairs
            files = self._known(session, files_after(session, row.cursor))
        if is_over:
            return False
        examiner = Examiner(self._stores, repairs=repairs)
        findings = _examined(files, examiner)
        with self._database.write() as session:
            kept = self._keep(session, findings, examiner)
            self._count(self._row(session, audit_id), list(files), findings)
            if not files:
                self._finish(session, self._row(session, audit_id), examiner)
        self._undo(findings, kept)
        return bool(files)

    def look_at_new(self) -> bool:
        """Prove what was deposited since, and copy it to the stores that lack it; True when there may be more."""
        with self._database.read() as session:
            files = self._known(session, unseen_files(session, self._stores.configured))
        examiner = Examiner(self._stores, repairs=True)
        findings = _examined(files, examiner)
        with self._database.write() as session:
            kept = self._keep(session, findings, examiner)
        self._undo(findings, kept)
        return bool(findings) and not examiner.unreachable

    def _known(self, session: Session, files: Sequence[StoredDocument]) -> dict[StoredDocument, set[str]]:
        return {file: self._book.known_in(session, file.cid) for file in files}

    def _keep(self, session: Session, findings: Sequence[Finding], examiner: Examiner) -> set[str]:
        """Write down what was found; return the CIDs that documents still need, the others are not our concern."""
        kept = still_kept(session, [finding.file.cid for finding in findings])
        found = [finding for finding in findings if finding.file.cid in kept]
        news = {finding.file.cid for finding in found if self._note(session, finding)}
        for store in {finding.store for finding in found if finding.is_trouble}:
            self._alarms.begin(session, store, AlarmKind.FILES, _words(store, found))
        for store, note in examiner.unreachable.items():
            self._alarms.begin(session, store, AlarmKind.UNREACHABLE, note)
        tell_owners(session, self._notices, news - {one.file.cid for one in found if not one.now.is_trouble})
        return kept

    def _note(self, session: Session, finding: Finding) -> bool:
        """Write one finding down; True when it is news of trouble."""
        cid, store = finding.file.cid, finding.store
        if finding.is_copied:
            self._book.note(session, Seen(cid, store, finding.now, Cause.COPY))
            return False
        is_news = self._book.note(session, Seen(cid, store, finding.found, Cause.AUDIT))
        if finding.is_repaired:
            self._book.note(session, Seen(cid, store, finding.now, Cause.REPAIR))
        return is_news and finding.is_trouble

    def _count(self, row: AuditRow, files: Sequence[StoredDocument], findings: Sequence[Finding]) -> None:
        row.files += len(files)
        row.bytes += sum(finding.file.size for finding in findings if finding.found is CustodyState.INTACT)
        row.found += sum(finding.is_trouble for finding in findings)
        row.repaired += sum(finding.is_repaired for finding in findings)
        row.unasked += len(files) * len(self._stores.configured) - len(findings)
        row.cursor = files[-1].cid if files else row.cursor

    def _finish(self, session: Session, row: AuditRow, examiner: Examiner) -> None:
        row.ended_at, row.open_key = self._clock.now(), None
        for store in self._stores.known:
            troubled = self._book.troubled(session, store) if store in self._stores.configured else []
            if troubled:
                self._alarms.begin(session, store, AlarmKind.FILES, _bad(troubled))
            else:
                self._alarms.end(session, store, AlarmKind.FILES)
            if store not in examiner.unreachable:
                self._alarms.end(session, store, AlarmKind.UNREACHABLE)
        details = {"files": row.files, "found": row.found, "repaired": row.repaired, "unasked": row.unasked}
        self._audit.record(
            session,
            action="vault:custody:audited",
            by=THE_EXCHANGE,
            subject_kind="custody",
            subject_id=row.id,
            details=details,
        )

    def _undo(self, findings: Sequence[Finding], kept: set[str]) -> None:
        """Remove again what was repaired while its document was being forgotten."""
        for cid in {one.file.cid for one in findings if one.is_repaired or one.is_copied} - kept:
            self._stores.delete(cid)

    def _row(self, session: Session, audit_id: str) -> AuditRow:
        row = session.get(AuditRow, audit_id)
        if row is None:
            raise NotFound("There is no such audit of custody.")
        return row


def _examined(files: Mapping[StoredDocument, set[str]], examiner: Examiner) -> list[Finding]:
    return [finding for file, known_in in files.items() for finding in examiner.examine(file, known_in)]


def _words(store: str, findings: Sequence[Finding]) -> str:
    """Say what was found in a store in the portion at hand; the words at the end of the round take its place."""
    bad = [finding for finding in findings if finding.store == store and finding.is_trouble]
    fixed = sum(finding.is_repaired for finding in bad)
    return f"{_bad([finding.file.cid for finding in bad])}; repaired: {fixed}"


def _bad(cids: Sequence[str]) -> str:
    if len(cids) == 1:
        return f"a file is missing or damaged: {cids[0]}"
    return f"{len(cids)} files are missing or damaged, the first of them {cids[0]}"


def _view(row: AuditRow) -> AuditView:
    return AuditView(
        id=row.id,
        began_at=row.began_at,
        ended_at=row.ended_at,
        total=max(row.total, row.files),
        files=row.files,
        bytes=row.bytes,
        found=row.found,
        repaired=row.repaired,
        unasked=row.unasked,
    )
