"""Legal holds: while one is on a document, neither it nor what its receipts say can be erased."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.db.durable import Durable
from ipx.vault.documents import document_of
from ipx.vault.erasure_records import Hold
from ipx.vault.erasure_rules import clean_reason
from ipx.vault.models import DocumentRow, HoldRow
from ipx.vault.policy import check_may_hold

KEEP = "vault.keep_register"


class Holds:
    """Places and lifts holds."""

    def __init__(self, *, durable: Durable, audit: AuditService, clock: Clock, entropy: Entropy) -> None:
        self._durable = durable
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def place(self, session: Session, *, actor: Actor, document_id: str, reason: str) -> Hold:
        """Put a hold on a document. Raises NotFound, Forbidden, Invalid (reason), Conflict when it is being erased."""
        row = locked(session, document_id)
        check_may_hold(actor, document_of(row))
        if row.erased_at is not None:
            raise Conflict("This document is erased, or about to be: a hold comes too late.")
        hold = HoldRow(
            id=self._entropy.new_id(),
            document_id=document_id,
            reason=clean_reason(reason),
            placed_at=self._clock.now(),
            placed_by=actor.person_id,
        )
        session.add(hold)
        session.flush()
        self._record(session, actor, hold, "document:hold:placed")
        self._durable.enqueue(session, KEEP, hold.id, key=f"{hold.id}:placed")
        return _hold(hold)

    def lift(self, session: Session, *, actor: Actor, hold_id: str, reason: str) -> Hold:
        """End a hold; a second call changes nothing. Raises NotFound, Forbidden, Invalid (reason)."""
        hold = session.get(HoldRow, hold_id, with_for_update=True)
        if hold is None:
            raise NotFound("There is no such hold.")
        check_may_hold(actor, document_of(locked(session, hold.document_id)))
        if hold.lifted_at is None:
            hold.lifted_because = clean_reason(reason)
            hold.lifted_at, hold.lifted_by = self._clock.now(), actor.person_id
            session.flush()
            self._record(session, actor, hold, "document:hold:lifted")
            self._durable.enqueue(session, KEEP, hold.id, key=f"{hold.id}:lifted")
        return _hold(hold)

    def of(self, session: Session, *, document_id: str) -> list[Hold]:
        """Return all holds of a document, lifted ones too, oldest first."""
        query = select(HoldRow).where(HoldRow.document_id == document_id)
        return [_hold(row) for row in session.scalars(query.order_by(HoldRow.placed_at, HoldRow.id))]

    def held(self, session: Session, *, document_ids: Sequence[str]) -> set[str]:
        """Return which of these documents are held now."""
        query = select(HoldRow.document_id).where(HoldRow.document_id.in_(document_ids), HoldRow.lifted_at.is_(None))
        return set(session.scalars(query))

    def _record(self, session: Session, actor: Actor, hold: HoldRow, action: str) -> None:
        self._audit.record(
            session,
            action=action,
            by=actor.by,
            subject_kind="document",
            subject_id=hold.document_id,
            details={"hold": hold.id},
        )


def locked(session: Session, document_id: str) -> DocumentRow:
    """Return a document's row, locked: whether it is held and whether it is erased are decided one after the other.

    Raises NotFound.
    """
    row = session.get(DocumentRow, document_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("There is no such document.")
    return row


def _hold(row: HoldRow) -> Hold:
    return Hold(
        id=row.id,
        document_id=row.document_id,
        reason=row.reason,
        placed_at=row.placed_at,
        placed_by=row.placed_by,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lifted_because=row.lifted_because,
    )
