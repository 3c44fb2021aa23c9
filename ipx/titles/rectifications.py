"""Entries put right: proposed with a reason, approved by others, carried out by a new entry; the original stays.

Nothing is ever changed or taken away. Until enough people have approved, the entry counts as it did.
"""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.titles import policy
from ipx.titles.box import Box
from ipx.titles.checks import checked, checked_reason
from ipx.titles.entries import Entry
from ipx.titles.models import ApprovalRow, EntryRow, RectificationRow
from ipx.titles.records import Approval, EntryView, Instrument, RectificationView
from ipx.titles.rules import APPROVALS_NEEDED, Basis, RectificationState

InstrumentOf = Callable[[Session, str | None], Instrument | None]


class Rectifications:
    """Corrections of entries."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        box: Box,
        clock: Clock,
        entropy: Entropy,
        instrument_of: InstrumentOf,
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._box = box
        self._clock = clock
        self._entropy = entropy
        self._instrument_of = instrument_of

    def propose(
        self,
        session: Session,
        *,
        actor: Actor,
        right_id: str,
        entry_id: str,
        basis: Basis,
        words: str,
        instead: Entry | None,
        document_id: str | None = None,
    ) -> str:
        """Propose that an entry is struck, or replaced by ``instead``; return the proposal's id.

        ``document_id``: what it rests on, such as the judgment; the caller has checked that it is an instrument of the
        technology. Raises NotFound, Forbidden, Invalid, and Conflict while another proposal is open.
        """
        policy.check_may_propose(actor)
        entry = self._own_entry(session, actor, entry_id, right_id)
        self._check_is_open(session, entry)
        reason = checked_reason(words)
        if instead is not None:
            instead = checked(instead, today=self._clock.now().date())
            if type(instead) is not type(self._box.open(session, entry)):
                raise Invalid("An entry is replaced by one of the same sort.", field="reason")
        row = RectificationRow(
            id=self._entropy.new_id(),
            organisation_id=entry.organisation_id,
            right_id=entry.right_id,
            entry_id=entry.id,
            basis=str(basis),
            document_id=document_id,
            state=RectificationState.PROPOSED,
            proposed_by=actor.person_id,
            proposed_at=self._clock.now(),
        )
        self._box.close_rectification(session, row, reason, instead)
        session.add(row)
        session.flush()
        details = {"entry": row.entry_id, "basis": row.basis, "sha256": row.sha256, "document": document_id}
        self._note(session, actor, "proposed", row, details)
        return row.id

    def approve(self, session: Session, *, actor: Actor, rectification_id: str) -> RectificationState:
        """Approve; the last approval that is needed carries it out. Repeatable. Return the state.

        Raises NotFound, Forbidden, Conflict when it is no longer open.
        """
        row = self._open_row(session, actor, rectification_id)
        entry = session.get_one(EntryRow, row.entry_id)
        policy.check_may_approve(actor, proposed_by=row.proposed_by, entered_by=entry.entered_by)
        if session.get(ApprovalRow, (row.id, actor.person_id)) is None:
            now = self._clock.now()
            session.add(ApprovalRow(rectification_id=row.id, person_id=actor.person_id, approved_at=now))
            session.flush()
            self._note(session, actor, "approved", row, {})
        if len(self._approvals(session, row)) >= APPROVALS_NEEDED:
            self._carry_out(session, actor, row, entry)
        return RectificationState(row.state)

    def withdraw(self, session: Session, *, actor: Actor, rectification_id: str) -> None:
        """Take a proposal back. Raises NotFound, Forbidden, Conflict."""
        row = self._open_row(session, actor, rectification_id)
        policy.check_may_withdraw(actor, proposed_by=row.proposed_by)
        row.state, row.settled_at = RectificationState.WITHDRAWN, self._clock.now()
        session.flush()
        self._note(session, actor, "withdrawn", row, {})

    def of_entries(self, session: Session, *, entries: Sequence[EntryView]) -> list[RectificationView]:
        """Return the rectifications of these entries, oldest first; the caller has checked who asks."""
        by_id = {each.id: each for each in entries}
        query = select(RectificationRow).where(RectificationRow.entry_id.in_(by_id))
        rows = list(session.scalars(query.order_by(RectificationRow.proposed_at, RectificationRow.id)))
        return [self._view(session, row, by_id[row.entry_id]) for row in rows]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _carry_out(self, session: Session, actor: Actor, row: RectificationRow, entry: EntryRow) -> None:
        now = self._clock.now()
        _, instead = self._box.open_rectification(session, row)
        details: dict[str, Json] = {"entry": row.entry_id, "replacement": None}
        if instead is not None:
            new = EntryRow(
                id=self._entropy.new_id(),
                organisation_id=entry.organisation_id,
                technology_id=entry.technology_id,
                right_id=entry.right_id,
                entry=entry.entry,
                document_id=row.document_id or entry.document_id,
                releases_id=entry.releases_id,
                entered_by=row.proposed_by,
                entered_at=now,
            )
            self._box.close(session, new, instead)
            new.entry = str(getattr(instead, "kind", entry.entry))
            session.add(new)
            session.flush()
            row.replacement_id = new.id
            details |= {
                "replacement": new.id,
                "kind": new.entry,
                "sha256": new.sha256,
                "document": new.document_id,
                "releases": new.releases_id,
            }
        row.state, row.settled_at = RectificationState.CARRIED_OUT, now
        session.flush()
        self._note(session, actor, "carried_out", row, details)

    def _own_entry(self, session: Session, actor: Actor, entry_id: str, right_id: str) -> EntryRow:
        """Return an own entry of a right, locked, so that two proposals about it are made one after the other."""
        row = session.get(EntryRow, entry_id, with_for_update=True)
        if row is None or (row.organisation_id, row.right_id) != (actor.organisation_id, right_id):
            raise NotFound("There is no such entry.")
        return row

    def _check_is_open(self, session: Session, entry: EntryRow) -> None:
        query = select(RectificationRow.state).where(RectificationRow.entry_id == entry.id)
        states = set(session.scalars(query))
        if RectificationState.CARRIED_OUT in states:
            raise Conflict("This entry was rectified already. Rectify the one that stands in its place.")
        if RectificationState.PROPOSED in states:
            raise Conflict("A rectification of this entry is proposed already. Approve it, or take it back first.")

    def _open_row(self, session: Session, actor: Actor, rectification_id: str) -> RectificationRow:
        row = session.get(RectificationRow, rectification_id, with_for_update=True)
        if row is None or row.organisation_id != actor.organisation_id:
            raise NotFound("There is no such rectification.")
        if row.state != RectificationState.PROPOSED:
            raise Conflict("This rectification is settled.")
        return row

    def _approvals(self, session: Session, row: RectificationRow) -> list[ApprovalRow]:
        query = select(ApprovalRow).where(ApprovalRow.rectification_id == row.id)
        return list(session.scalars(query.order_by(ApprovalRow.approved_at)))

    def _view(self, session: Session, row: RectificationRow, original: EntryView) -> RectificationView:
        approvals = self._approvals(session, row)
        people = [row.proposed_by, *(each.person_id for each in approvals)]
        names = self._accounts.names(session, people)
        words, instead = self._box.open_rectification(session, row)
        return RectificationView(
            id=row.id,
            original=original,
            basis=Basis(row.basis),
            words=words,
            instead=instead,
            instrument=self._instrument_of(session, row.document_id),
            state=RectificationState(row.state),
            proposed_by=row.proposed_by,
            proposed_by_name=names.get(row.proposed_by, ""),
            proposed_at=row.proposed_at,
            entered_by=session.get_one(EntryRow, row.entry_id).entered_by,
            approvals=[Approval(each.person_id, names.get(each.person_id, ""), each.approved_at) for each in approvals],
            settled_at=row.settled_at,
            replacement_id=row.replacement_id,
        )

    def _note(
        self, session: Session, actor: Actor, verb: str, row: RectificationRow, details: Mapping[str, Json]
    ) -> None:
        self._audit.record(
            session,
            action=f"right:rectification:{verb}",
            by=actor.by,
            subject_kind="right",
            subject_id=row.right_id,
            details={"rectification": row.id, **details},
        )
