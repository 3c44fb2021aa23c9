"""What was found inside a document: is it served, and can its pages be shown? Only added to, and to be released.

A document in quarantine is served to nobody, its owner included: the owner has the file, and others shall not get it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService, By
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock
from ipx.db.events import Events
from ipx.vault.events import DocumentQuarantined, DocumentReleased
from ipx.vault.findings import Finding, InspectionState
from ipx.vault.models import InspectionRow
from ipx.vault.records import Inspection

LONGEST_REASON = 300


class Inspections:
    """The inspections of documents. One without a row was deposited before there were any, and is served."""

    def __init__(self, *, audit: AuditService, events: Events, clock: Clock) -> None:
        self._audit = audit
        self._events = events
        self._clock = clock

    def record(self, session: Session, *, document_id: str, finding: Finding) -> None:
        """Keep what was found at the deposit, or at a later look. A document that was released stays so."""
        row = session.get(InspectionRow, document_id)
        if row is not None and row.state != InspectionState.QUARANTINED:
            return
        if row is None:
            row = InspectionRow(document_id=document_id)
            session.add(row)
        before = row.state
        row.state, row.reason, row.pages, row.scanner = finding.state, finding.reason, finding.pages, finding.scanner
        row.unpacked = finding.unpacked
        row.looked_at = self._clock.now()
        session.flush()
        if before != finding.state and finding.state is InspectionState.QUARANTINED:
            self._tell(session, "quarantined", THE_EXCHANGE, row)
            self._events.publish(session, DocumentQuarantined(document_id))
        elif before == InspectionState.QUARANTINED and finding.state is not InspectionState.QUARANTINED:
            self._tell(session, "released", THE_EXCHANGE, row)
            self._events.publish(session, DocumentReleased(document_id))

    def release(self, session: Session, *, by: By, document_id: str) -> None:
        """Let a document out of quarantine on somebody's responsibility. Raises NotFound, Conflict."""
        row = session.get(InspectionRow, document_id, with_for_update=True)
        if row is None:
            raise NotFound("There is no such document in quarantine.")
        if row.state != InspectionState.QUARANTINED:
            raise Conflict("This document is not in quarantine.")
        row.state = InspectionState.RELEASED
        session.flush()
        self._tell(session, "released", by, row)
        self._events.publish(session, DocumentReleased(document_id))

    def of(self, session: Session, document_id: str) -> Inspection | None:
        """Return a document's inspection."""
        row = session.get(InspectionRow, document_id)
        return _inspection(row) if row else None

    def quarantined(self, session: Session, *, reasons: Sequence[str] | None = None) -> list[Inspection]:
        """Return all documents in quarantine, oldest first; only those for these reasons when some are given."""
        query = select(InspectionRow).where(InspectionRow.state == InspectionState.QUARANTINED)
        if reasons is not None:
            query = query.where(InspectionRow.reason.in_(reasons))
        rows = session.scalars(query.order_by(InspectionRow.looked_at, InspectionRow.document_id))
        return [_inspection(row) for row in rows]

    def check_served(self, session: Session, document_id: str) -> Inspection | None:
        """Return the inspection. Raises Conflict for a document in quarantine."""
        found = self.of(session, document_id)
        if found is not None and found.state is InspectionState.QUARANTINED:
            raise Conflict(
                "This document is in quarantine and is given to nobody: it could not be checked for harmful content. "
                "Its owner and the operator of this exchange have been told."
            )
        return found

    def _tell(self, session: Session, verb: str, by: By, row: InspectionRow) -> None:
        self._audit.record(
            session,
            action=f"document:content:{verb}",
            by=by,
            subject_kind="document",
            subject_id=row.document_id,
            details={"reason": row.reason},
        )


def _inspection(row: InspectionRow) -> Inspection:
    looked_at: datetime = row.looked_at
    return Inspection(
        document_id=row.document_id,
        state=InspectionState(row.state),
        reason=row.reason,
        pages=row.pages,
        scanner=row.scanner,
        looked_at=looked_at,
    )
