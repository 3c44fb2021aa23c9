"""Stamps that their owners show to everybody, and the order of those of the same content.

Only disclosures are ever compared, and a content's hash is kept beside one only while it lasts. It must never look for
a content among stamps that are not disclosed: nobody learns by guessing that a rival holds a text.
"""

from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.core import commitment
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.evidence.bundle import Opening
from ipx.evidence.models import BatchRow, DisclosureRow, StampRow
from ipx.evidence.policy import check_may_disclose
from ipx.evidence.records import Claim, DisclosedStamp, Disclosure
from ipx.evidence.rules import ANCHORED, BatchState, stamp_state

Rows = Callable[[Session, str], tuple[StampRow, BatchRow | None]]


class Disclosures:
    """What owners show of their stamps."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        rows: Rows,
        opening: Callable[[Session, StampRow], Opening],
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._rows = rows
        self._opening = opening

    def disclose(self, session: Session, *, actor: Actor, stamp_id: str) -> None:
        """Show a stamp to everybody from now on; repeating it changes nothing.

        Raises NotFound, Forbidden, Conflict when it is no stamp of a document or its opening has been erased.
        """
        stamp, _ = self._rows(session, stamp_id)
        check_may_disclose(actor, stamp.organisation_id)
        if self._present(session, stamp_id) is not None:
            return
        if stamp.tag != commitment.DOCUMENT:
            raise Conflict("Only the stamp of a document can be shown to everybody.")
        row = DisclosureRow(
            id=self._entropy.new_id(),
            stamp_id=stamp_id,
            organisation_id=stamp.organisation_id,
            content_sha256=self._opening(session, stamp).content_sha256,
            disclosed_at=self._clock.now(),
        )
        session.add(row)
        self._record(session, actor, stamp, "evidence:stamp:disclosed")

    def withdraw(self, session: Session, *, actor: Actor, stamp_id: str) -> None:
        """Show a stamp no more; who has seen it or kept its proof has it still. Repeating it changes nothing.

        Raises NotFound, Forbidden.
        """
        stamp, _ = self._rows(session, stamp_id)
        check_may_disclose(actor, stamp.organisation_id)
        if self._present(session, stamp_id) is not None:
            self.end(session, stamp_id=stamp_id)
            self._record(session, actor, stamp, "evidence:stamp:withdrawn")

    def end(self, session: Session, *, stamp_id: str) -> None:
        """End a disclosure and forget the content's hash, as when the stamp's opening is erased. Harmless if none."""
        present = update(DisclosureRow).where(DisclosureRow.stamp_id == stamp_id, DisclosureRow.withdrawn_at.is_(None))
        session.execute(present.values(withdrawn_at=self._clock.now(), content_sha256=None))

    def find(self, session: Session, *, stamp_id: str) -> Disclosure | None:
        """Return the newest disclosure of a stamp, also one that was withdrawn, or None; for its owner."""
        query = select(DisclosureRow).where(DisclosureRow.stamp_id == stamp_id)
        row = session.scalar(query.order_by(DisclosureRow.disclosed_at.desc()).limit(1))
        return Disclosure(row.disclosed_at, row.withdrawn_at) if row else None

    def shown(self, session: Session, *, stamp_id: str) -> DisclosedStamp:
        """Return what everybody may see of a stamp. Raises NotFound, the same for one that is not disclosed."""
        present = self._present(session, stamp_id)
        if present is None or present.content_sha256 is None:
            raise NotFound("There is no such stamp, or its owner does not show it.")
        stamp, _ = self._rows(session, stamp_id)
        claims = self._claims(session, present.content_sha256)
        return DisclosedStamp(
            claim=next(claim for claim in claims if claim.stamp_id == stamp_id),
            commitment=stamp.commitment,
            salt=self._opening(session, stamp).salt,
            content_sha256=present.content_sha256,
            disclosed_at=present.disclosed_at,
            claims=claims,
        )

    def _claims(self, session: Session, content_sha256: bytes) -> list[Claim]:
        """Return the disclosed stamps of a content, those in the earliest block first, those in none last."""
        query = select(StampRow, BatchRow).join(DisclosureRow, DisclosureRow.stamp_id == StampRow.id)
        query = query.join(BatchRow, BatchRow.id == StampRow.batch_id, isouter=True)
        query = query.where(DisclosureRow.content_sha256 == content_sha256, DisclosureRow.withdrawn_at.is_(None))
        found = {stamp.id: self._claim(session, stamp, batch) for stamp, batch in session.execute(query)}
        return sorted(
            found.values(), key=lambda claim: (claim.block_time is None, claim.block_time or 0, claim.stamp_id)
        )

    def _claim(self, session: Session, stamp: StampRow, batch: BatchRow | None) -> Claim:
        is_anchored = batch is not None and batch.state in ANCHORED
        return Claim(
            stamp_id=stamp.id,
            organisation=self._accounts.organisation(session, stamp.organisation_id).name,
            owner=stamp.owner,
            state=stamp_state(BatchState(batch.state) if batch else None),
            transaction=batch.transaction if batch and is_anchored else None,
            block_number=batch.block_number if batch and is_anchored else None,
            block_time=batch.block_time if batch and is_anchored else None,
        )

    def _present(self, session: Session, stamp_id: str) -> DisclosureRow | None:
        query = select(DisclosureRow).where(DisclosureRow.stamp_id == stamp_id, DisclosureRow.withdrawn_at.is_(None))
        return session.scalar(query.limit(1))

    def _record(self, session: Session, actor: Actor, stamp: StampRow, action: str) -> None:
        self._audit.record(
            session,
            action=action,
            by=actor.by,
            subject_kind=stamp.subject_kind,
            subject_id=stamp.subject_id,
            details={"stamp": stamp.id},
        )
