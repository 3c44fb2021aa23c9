"""Listings put right in public: proposed with a reason, approved by others, and what it said before stays to be seen.

What is to stand instead is the technology's description as it is when this is proposed: correct that first. Terms are
not touched; whoever wants other terms publishes again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.catalogue import policy
from ipx.catalogue.events import ListingChanged
from ipx.catalogue.models import ListingApprovalRow, ListingRectificationRow, ListingRow
from ipx.catalogue.picture import picture_of
from ipx.catalogue.records import ListingRectification
from ipx.catalogue.rows import listing_of, listing_values
from ipx.catalogue.rules import State
from ipx.catalogue.shelves import listing_row
from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.db.events import Events
from ipx.technologies.service import TechnologyService
from ipx.titles.checks import checked_reason
from ipx.titles.instruments import check_instrument
from ipx.titles.rules import APPROVALS_NEEDED, Basis, RectificationState
from ipx.vault.service import VaultService

FIELDS = ("title", "summary", "problem", "advantage", "measure", "trl", "stage", "classes", "rights")
PUBLISHED = "listing:offer:published"


class ListingRectifications:
    """Rectifications of listings."""

    def __init__(
        self,
        *,
        audit: AuditService,
        events: Events,
        clock: Clock,
        entropy: Entropy,
        accounts: AccountService,
        technologies: TechnologyService,
        vault: VaultService,
    ) -> None:
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._accounts = accounts
        self._technologies = technologies
        self._vault = vault

    def differences(self, session: Session, *, actor: Actor, listing_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what an own published listing says, and what its technology says now, where they differ.

        Raises NotFound.
        """
        return self._compared(session, self._own(session, actor, listing_id))

    def propose(
        self,
        session: Session,
        *,
        actor: Actor,
        listing_id: str,
        basis: Basis,
        words: str,
        document_id: str | None = None,
    ) -> str:
        """Propose that a listing is put right; return the proposal's id. ``words`` are for everybody to read.

        Raises NotFound, Forbidden, Invalid (words, document), and Conflict: nothing differs, or one is open already.
        """
        policy.check_may_ask_for_rectification(actor)
        row = self._own(session, actor, listing_id, lock=True)
        reason = checked_reason(words)
        check_instrument(self._vault, session, technology_id=row.technology_id, document_id=document_id)
        self._check_none_is_open(session, listing_id)
        before, after = self._compared(session, row)
        if not after:
            raise Conflict("The listing says what the technology says. Correct the technology first, then propose.")
        technology = self._technologies.public_view(session, technology_id=row.technology_id or "")
        proposed = ListingRectificationRow(
            id=self._entropy.new_id(),
            listing_id=row.id,
            organisation_id=actor.organisation_id,
            version=row.version,
            basis=str(basis),
            words=reason,
            document_id=document_id,
            before=before,
            after=after,
            technology_revision=technology.revision,
            state=RectificationState.PROPOSED,
            proposed_by=actor.person_id,
            proposed_at=self._clock.now(),
        )
        session.add(proposed)
        session.flush()
        details = {
            "basis": proposed.basis,
            "document": document_id,
            "version": row.version,
            "sha256": hash_of(proposed),
        }
        self._note(session, actor, "proposed", proposed, details)
        return proposed.id

    def approve(self, session: Session, *, actor: Actor, rectification_id: str) -> RectificationState:
        """Approve; the last approval that is needed carries it out, and ListingChanged follows. Return the state.

        Repeatable. Raises NotFound, Forbidden, Conflict (settled, or the listing was published anew meanwhile).
        """
        proposed = self._open(session, actor, rectification_id)
        row = listing_row(session, proposed.listing_id, lock=True)
        publisher = self._publisher(session, row)
        policy.check_may_approve(actor, proposed_by=proposed.proposed_by, published_by=publisher)
        if row.version != proposed.version or row.state != State.PUBLISHED:
            raise Conflict("The listing was changed meanwhile. Take this proposal back, and propose anew.")
        if session.get(ListingApprovalRow, (proposed.id, actor.person_id)) is None:
            now = self._clock.now()
            session.add(ListingApprovalRow(rectification_id=proposed.id, person_id=actor.person_id, approved_at=now))
            session.flush()
            self._note(session, actor, "approved", proposed, {})
        if len(self._approvers(session, proposed)) >= APPROVALS_NEEDED:
            self._carry_out(session, actor, proposed, row)
        return RectificationState(proposed.state)

    def withdraw(self, session: Session, *, actor: Actor, rectification_id: str) -> None:
        """Take a proposal back. Raises NotFound, Forbidden, Conflict."""
        policy.check_may_ask_for_rectification(actor)
        proposed = self._open(session, actor, rectification_id)
        proposed.state, proposed.settled_at = RectificationState.WITHDRAWN, self._clock.now()
        session.flush()
        self._note(session, actor, "withdrawn", proposed, {})

    def of_listing(self, session: Session, *, listing_id: str, is_own: bool) -> list[ListingRectification]:
        """Return those of a listing, newest first: to others than its owner those that were carried out."""
        table = ListingRectificationRow
        query = select(table).where(table.listing_id == listing_id).order_by(table.proposed_at.desc(), table.id)
        if not is_own:
            query = query.where(table.state == RectificationState.CARRIED_OUT)
        return [self._view(session, row) for row in session.scalars(query)]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _own(self, session: Session, actor: Actor, listing_id: str, *, lock: bool = False) -> ListingRow:
        row = listing_row(session, listing_id, lock=lock)
        policy.check_is_own(actor, row.organisation_id)
        if row.state != State.PUBLISHED:
            raise NotFound("This listing has been withdrawn.")
        return row

    def _open(self, session: Session, actor: Actor, rectification_id: str) -> ListingRectificationRow:
        row = session.get(ListingRectificationRow, rectification_id, with_for_update=True)
        if row is None or row.organisation_id != actor.organisation_id:
            raise NotFound("There is no such rectification.")
        if row.state != RectificationState.PROPOSED:
            raise Conflict("This rectification is settled.")
        return row

    def _check_none_is_open(self, session: Session, listing_id: str) -> None:
        table = ListingRectificationRow
        query = select(table.id).where(table.listing_id == listing_id, table.state == RectificationState.PROPOSED)
        if session.scalar(query.limit(1)) is not None:
            raise Conflict("A rectification of this listing is proposed already. Approve it, or take it back first.")

    def _compared(self, session: Session, row: ListingRow) -> tuple[dict[str, Any], dict[str, Any]]:
        listing = listing_of(row, {})
        assert listing.terms is not None
        assert listing.novelty is not None
        now = picture_of(
            self._technologies.public_view(session, technology_id=row.technology_id or ""),
            id=row.id,
            version=row.version,
            owner_is_demo=row.owner_is_demo,
            terms=listing.terms,
            novelty=listing.novelty,
            filed_on=row.filed_on,
            at=row.published_at,
        )
        said, says = listing_values(listing), listing_values(now)
        changed = [name for name in FIELDS if said[name] != says[name]]
        return {name: said[name] for name in changed}, {name: says[name] for name in changed}

    def _publisher(self, session: Session, row: ListingRow) -> str | None:
        """Return who published what stands there: by the audit log, as the row does not say."""
        lines = self._audit.lines_of(session, [("listing", row.id)])
        return next((line.actor_id for line in reversed(lines) if line.action == PUBLISHED), None)

    def _approvers(self, session: Session, row: ListingRectificationRow) -> Sequence[str]:
        table = ListingApprovalRow
        query = select(table.person_id).where(table.rectification_id == row.id).order_by(table.approved_at)
        return list(session.scalars(query))

    def _carry_out(self, session: Session, actor: Actor, proposed: ListingRectificationRow, row: ListingRow) -> None:
        for name, value in proposed.after.items():
            setattr(row, name, value)
        row.version += 1
        row.technology_revision = proposed.technology_revision
        proposed.state, proposed.settled_at = RectificationState.CARRIED_OUT, self._clock.now()
        proposed.new_version = row.version
        session.flush()
        details: dict[str, Json] = {"version": row.version, "instead_of": proposed.version, "sha256": hash_of(proposed)}
        self._note(session, actor, "carried_out", proposed, details)
        self._events.publish(session, ListingChanged(row.id, row.version))

    def _view(self, session: Session, row: ListingRectificationRow) -> ListingRectification:
        approvers = self._approvers(session, row)
        names = self._accounts.names(session, [row.proposed_by, *approvers])
        return ListingRectification(
            id=row.id,
            version=row.version,
            new_version=row.new_version,
            basis=row.basis,
            words=row.words,
            document_id=row.document_id,
            before=row.before,
            after=row.after,
            state=row.state,
            proposed_by=row.proposed_by,
            proposed_by_name=names.get(row.proposed_by, ""),
            proposed_at=row.proposed_at,
            approvers=tuple(approvers),
            approver_names=tuple(names.get(each, "") for each in approvers),
            settled_at=row.settled_at,
        )

    def _note(
        self, session: Session, actor: Actor, verb: str, row: ListingRectificationRow, more: Mapping[str, Json]
    ) -> None:
        self._audit.record(
            session,
            action=f"listing:rectification:{verb}",
            by=actor.by,
            subject_kind="listing",
            subject_id=row.listing_id,
            details={"rectification": row.id, **more},
        )


def hash_of(row: ListingRectificationRow) -> str:
    """Return the hash of what is corrected and how, so that nobody tells it another way later."""
    said: dict[str, Json] = {"before": row.before, "after": row.after, "words": row.words}
    return hashlib.sha256(canonical.encode(said)).hexdigest()
