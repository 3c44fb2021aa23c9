"""Calls: drafted, opened, closed at the deadline, cancelled with a reason. Nothing here looks into entries."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import THE_EXCHANGE
from ipx.catalogue.need_rules import Visibility
from ipx.catalogue.service import CatalogueService
from ipx.challenges import policy
from ipx.challenges.models import ChallengeNeedRow, ChallengeRow
from ipx.challenges.records import CallDraft, Challenge
from ipx.challenges.rules import (
    LONGEST_REASON,
    State,
    Step,
    check_criteria,
    check_deadline,
    check_later,
    checked_line,
    checked_text,
    state_after,
)
from ipx.challenges.shelf import Shelf
from ipx.challenges.terms import terms_hash
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid

MOST_NEEDS = 20


class Calls:
    """Calls."""

    def __init__(self, *, shelf: Shelf, catalogue: CatalogueService) -> None:
        self._shelf = shelf
        self._catalogue = catalogue

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def challenge(self, session: Session, *, actor: Actor | None, challenge_id: str) -> Challenge:
        """Return a call to whoever may see it. Raises NotFound."""
        row = self._shelf.challenge_row(session, challenge_id)
        policy.check_may_see(actor, organiser_id=row.organisation_id, state=_seen_as(row))
        return self._shelf.challenge(session, row)

    def public(self, session: Session) -> list[Challenge]:
        """Return every call that was opened: those that can be entered first, by their deadlines."""
        query = select(ChallengeRow).where(ChallengeRow.opened_at.is_not(None))
        rows = session.scalars(query.order_by(ChallengeRow.state != State.OPEN, ChallengeRow.deadline, ChallengeRow.id))
        return [self._shelf.challenge(session, row) for row in rows]

    def of(self, session: Session, *, organisation_id: str) -> list[Challenge]:
        """Return an organisation's own calls, the newest first."""
        query = select(ChallengeRow).where(ChallengeRow.organisation_id == organisation_id)
        rows = session.scalars(query.order_by(ChallengeRow.created_at.desc(), ChallengeRow.id))
        return [self._shelf.challenge(session, row) for row in rows]

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def draft(self, session: Session, *, actor: Actor, call: CallDraft) -> str:
        """Begin a call and return its id. Nobody else sees it. Raises Forbidden, Invalid."""
        policy.check_may_organise(actor)
        row = ChallengeRow(
            id=self._shelf.entropy.new_id(),
            organisation_id=actor.organisation_id,
            organiser_name=actor.organisation_name,
            created_by=actor.person_id,
            created_at=self._shelf.clock.now(),
            state=State.DRAFT,
            terms_version=0,
            terms_hash="",
        )
        self._write(row, call)
        session.add(row)
        session.flush()
        self._bundle(session, row, call.need_ids)
        self._shelf.note(session, row, "call:drafted", by=actor.by)
        return row.id

    def revise(self, session: Session, *, actor: Actor, challenge_id: str, call: CallDraft) -> None:
        """Change a draft. Raises NotFound, Forbidden, Invalid, Conflict: what was opened stays as it was read."""
        row = self._own(session, actor, challenge_id)
        if row.state != State.DRAFT:
            raise Conflict("An open challenge cannot be changed: people have read it and relied on it.")
        self._write(row, call)
        self._bundle(session, row, call.need_ids)
        self._shelf.note(session, row, "call:revised", by=actor.by)

    def open(self, session: Session, *, actor: Actor, challenge_id: str) -> None:
        """Make a draft public; from now on its text and terms stand. Raises NotFound, Forbidden, Invalid, Conflict."""
        row = self._own(session, actor, challenge_id)
        now = self._shelf.clock.now()
        after = state_after(State(row.state), Step.OPEN)
        check_deadline(row.deadline, now=now)
        row.state, row.opened_at = after, now
        details: dict[str, Json] = {
            "terms": row.terms_hash,
            "terms_version": row.terms_version,
            "deadline": row.deadline.isoformat(),
        }
        self._shelf.note(session, row, "call:opened", by=actor.by, details=details)

    def postpone(self, session: Session, *, actor: Actor, challenge_id: str, deadline: datetime) -> None:
        """Put the deadline off for everybody; entrants and panel are told. It is never brought forward.

        Raises NotFound, Forbidden, Invalid (not later, or too far), Conflict (not open, or the deadline has passed).
        """
        row = self._own(session, actor, challenge_id)
        before, now = row.deadline, self._shelf.clock.now()
        if row.state != State.OPEN or now >= before:
            raise Conflict("Only the deadline of an open challenge can be put off, and only before it has passed.")
        check_later(deadline, before=before, now=now)
        row.deadline = deadline
        details: dict[str, Json] = {"from": before.isoformat(), "to": deadline.isoformat()}
        self._shelf.note(session, row, "call:postponed", by=actor.by, details=details)
        subject = _("Deadline put off")
        body = _(
            "Entries are taken until %(moment)s UTC, for everybody. Until then they can be changed and withdrawn.",
            moment=f"{deadline:%Y-%m-%d %H:%M}",
        )
        self._shelf.tell_entrants(session, row, subject, body)
        self._shelf.mail_panel(session, row, subject, body)

    def cancel(self, session: Session, *, actor: Actor, challenge_id: str, reason: str) -> None:
        """Cancel with a reason that everybody reads; entrants and panel are told. Raises as ``open``."""
        row = self._own(session, actor, challenge_id)
        after = state_after(State(row.state), Step.CANCEL)
        row.reason = checked_text(reason, field="reason", longest=LONGEST_REASON)
        row.state = after
        self._shelf.note(session, row, "call:cancelled", by=actor.by)
        self._shelf.tell_entrants(session, row, _("Challenge cancelled"), _("Its page has the reason."))
        self._shelf.mail_panel(
            session, row, _("A challenge was cancelled"), _("The challenge was cancelled by its organiser.")
        )

    def close_due(self, session: Session, *, limit: int = 100) -> int:
        """Close the calls whose deadline has passed and tell those concerned; returns how many. Each closes once."""
        due = select(ChallengeRow).where(
            ChallengeRow.state == State.OPEN, ChallengeRow.deadline <= self._shelf.clock.now()
        )
        rows = list(session.scalars(due.order_by(ChallengeRow.deadline).limit(limit).with_for_update()))
        for row in rows:
            row.state = state_after(State(row.state), Step.CLOSE)
            entries = len(self._shelf.submitted(session, row.id))
            self._shelf.note(session, row, "call:closed", by=THE_EXCHANGE, details={"entries": entries})
            link = f"/challenges/{row.id}/organise"
            body = lazy_ngettext(
                "The deadline has passed; %(num)s entry is in. The evaluation can begin.",
                "The deadline has passed; %(num)s entries are in. The evaluation can begin.",
                entries,
            )
            self._shelf.tell(session, row.organisation_id, row, _("Challenge closed"), body, link)
            self._shelf.tell_entrants(
                session, row, _("Challenge closed"), _("The deadline has passed; entries stand as they are.")
            )
        return len(rows)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _own(self, session: Session, actor: Actor, challenge_id: str) -> ChallengeRow:
        row = self._shelf.challenge_row(session, challenge_id, lock=True)
        policy.check_organises(actor, organiser_id=row.organisation_id, state=_seen_as(row))
        return row

    def _write(self, row: ChallengeRow, call: CallDraft) -> None:
        row.title = checked_line(call.title, field="title", what="a title: what is sought, in a few words")
        row.text = checked_text(call.text, field="text")
        row.scenario = call.scenario
        check_deadline(call.deadline, now=self._shelf.clock.now())
        row.deadline, row.zone = call.deadline, call.zone
        criteria = check_criteria(call.criteria)
        row.criteria = [{"name": criterion.name, "weight": criterion.weight} for criterion in criteria]
        value = terms_hash(call.terms)
        if value != row.terms_hash:
            row.terms, row.terms_hash, row.terms_version = call.terms.to_json(), value, row.terms_version + 1

    def _bundle(self, session: Session, row: ChallengeRow, need_ids: Sequence[str]) -> None:
        wanted = list(dict.fromkeys(need_ids))
        if len(wanted) > MOST_NEEDS:
            raise Invalid(f"Bundle {MOST_NEEDS} needs at most.", field="needs")
        found = self._catalogue.needs(session, ids=wanted)
        if len(found) != len(wanted):
            raise Invalid("One of these needs is not there for everybody to read.", field="needs")
        if any(need.visibility is not Visibility.PUBLIC for need in found):
            raise Invalid("A call would tell whose an anonymous need is; bundle public ones.", field="needs")
        for kept in session.scalars(select(ChallengeNeedRow).where(ChallengeNeedRow.challenge_id == row.id)):
            session.delete(kept)
        session.flush()
        for position, need_id in enumerate(wanted):
            session.add(ChallengeNeedRow(challenge_id=row.id, need_id=need_id, position=position))
        session.flush()


def _seen_as(row: ChallengeRow) -> State:
    """Return the state that decides who sees a call: one that was never opened stays its organiser's."""
    return State.DRAFT if row.opened_at is None else State(row.state)
