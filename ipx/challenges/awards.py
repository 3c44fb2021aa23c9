"""The organiser's decision: the view of the entries, the shortlist, the award with reasons, and the deal it opens."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.challenges import policy
from ipx.challenges.evaluation import Evaluation
from ipx.challenges.licensing import Licensing
from ipx.challenges.models import ChallengeRow, EntryRow, EvaluatorRow, ScoreRow
from ipx.challenges.options import first_telling
from ipx.challenges.records import Decision, Desk, Evaluator, Judged
from ipx.challenges.rules import LONGEST_REASON, EntryState, Outcome, State, Step, checked_text, code_of, state_after
from ipx.challenges.scoring import Ranked, ranking
from ipx.challenges.shelf import Shelf, criteria_of
from ipx.challenges.terms import AwardKind, entry_terms_from_json
from ipx.core.errors import Conflict, Invalid, NotFound


class Awards:
    """What the organiser sees and decides."""

    def __init__(self, *, shelf: Shelf, evaluation: Evaluation, licensing: Licensing) -> None:
        self._shelf = shelf
        self._evaluation = evaluation
        self._licensing = licensing

    def desk(self, session: Session, *, actor: Actor, challenge_id: str) -> Desk:
        """Return the organiser's view, as much as the state allows. Raises NotFound, Forbidden."""
        row = self._own(session, actor, challenge_id)
        all_in = self._evaluation.all_in(session, row)
        is_looked_into = State(row.state) in policy.LOOKED_INTO
        return Desk(
            challenge=self._shelf.challenge(session, row),
            submitted=len(self._shelf.submitted(session, row.id)),
            evaluators=self._panel(session, row),
            all_in=all_in,
            entries=self._judged(session, row, all_in=all_in) if is_looked_into else (),
        )

    def text(self, session: Session, *, actor: Actor, entry_id: str) -> tuple[Judged, str]:
        """Return an entry with its text to the organiser, once the evaluation has begun. Raises NotFound, Forbidden."""
        entry = self._shelf.entry_row(session, entry_id)
        row = self._shelf.challenge_row(session, entry.challenge_id)
        if actor.organisation_id != row.organisation_id:
            raise NotFound("There is no such entry, or it is not yours to see.")
        policy.check_may_organise(actor)
        policy.check_organiser_may_read(State(row.state), EntryState(entry.state))
        judged = self._judged(session, row, all_in=self._evaluation.all_in(session, row))
        found = next(one for one in judged if one.id == entry.id)
        return found, self._shelf.submission(session, entry)["text"]

    def shortlist(self, session: Session, *, actor: Actor, challenge_id: str, entry_ids: Sequence[str]) -> None:
        """Choose who is on the shortlist; from now on names are shown. Those on it are told.

        Raises NotFound, Forbidden, Invalid (none, or others), Conflict (scores are missing).
        """
        row = self._own(session, actor, challenge_id, lock=True)
        after = state_after(State(row.state), Step.SHORTLIST)
        if not self._evaluation.all_in(session, row):
            raise Conflict("Scores are missing. Wait for them, or remove an evaluator who does not answer.")
        entries = {entry.id: entry for entry in self._shelf.submitted(session, row.id)}
        if not entry_ids or not set(entry_ids) <= entries.keys():
            raise Invalid("Choose one entry or more for the shortlist.", field="entries")
        row.state = after
        for entry_id in dict.fromkeys(entry_ids):
            entry = entries[entry_id]
            entry.is_shortlisted = True
            self._shelf.note(session, entry, "shortlist:chosen", by=actor.by)
            link = f"/challenges/entries/{entry.id}"
            self._shelf.tell(session, entry.organisation_id, row, _("Your entry is on the shortlist"), "", link)
        self._shelf.note(session, row, "shortlist:made", by=actor.by, details={"entries": len(set(entry_ids))})

    def award(self, session: Session, *, actor: Actor, challenge_id: str, decisions: Mapping[str, Decision]) -> None:
        """Decide about every entry, with reasons. An award opens its deal now, or gives the option its days.

        Raises NotFound, Forbidden, Invalid (an entry without decision or reason, no award, one that is not on the
        shortlist), Conflict (a deal cannot begin: not listed any more, or rights that are not free).
        """
        row = self._own(session, actor, challenge_id, lock=True)
        after = state_after(State(row.state), Step.AWARD)
        entries = {entry.id: entry for entry in self._shelf.submitted(session, row.id)}
        _check_decisions(entries, decisions)
        row.state, row.decided_at = after, self._shelf.clock.now()
        self._shelf.note(session, row, "award:decided", by=actor.by)
        for entry_id, entry in entries.items():
            self._decide(session, actor, row, entry, decisions[entry_id])

    def call_for_licence(self, session: Session, *, actor: Actor, entry_id: str) -> str:
        """Use the option of an award: its deal begins. Returns the offer's id; again returns the same.

        Raises NotFound, Forbidden, Conflict (no award, or the option has ended).
        """
        entry = self._shelf.entry_row(session, entry_id, lock=True)
        row = self._own(session, actor, entry.challenge_id)
        if entry.outcome != Outcome.AWARDED:
            raise Conflict("This entry has no award.")
        if entry.offer_id is not None:
            return entry.offer_id
        if entry.option_ends_at is None or entry.option_ends_at <= self._shelf.clock.now():
            raise Conflict("The option of this award has ended; make an offer on the listing instead.")
        return self._open_deal(session, actor, row, entry)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _own(self, session: Session, actor: Actor, challenge_id: str, *, lock: bool = False) -> ChallengeRow:
        row = self._shelf.challenge_row(session, challenge_id, lock=lock)
        state = State.DRAFT if row.opened_at is None else State(row.state)
        policy.check_organises(actor, organiser_id=row.organisation_id, state=state)
        return row

    def _decide(self, session: Session, actor: Actor, row: ChallengeRow, entry: EntryRow, decision: Decision) -> None:
        entry.outcome = decision.outcome
        entry.reason = checked_text(decision.reason, field="reason", longest=LONGEST_REASON)
        self._shelf.note(session, entry, f"award:{decision.outcome}", by=actor.by)
        is_awarded = decision.outcome is Outcome.AWARDED
        subject = _("Your entry is awarded") if is_awarded else _("Your entry was not chosen")
        link = f"/challenges/entries/{entry.id}"
        self._shelf.tell(session, entry.organisation_id, row, subject, _("Its page has the reasons."), link)
        if decision.outcome is not Outcome.AWARDED:
            return
        terms = entry_terms_from_json(row.terms)
        if terms.award is AwardKind.OPTION:
            assert row.decided_at is not None
            self._licensing.check_free(session, technology_id=entry.technology_id, licence=terms.licence)
            ends = row.decided_at + timedelta(days=terms.option_days or 0)
            entry.option_ends_at, entry.option_next_at = ends, first_telling(row.decided_at, ends)
        else:
            self._open_deal(session, actor, row, entry)

    def _open_deal(self, session: Session, actor: Actor, row: ChallengeRow, entry: EntryRow) -> str:
        entry.option_next_at = None  # what its holder calls for is not in his own way
        session.flush()
        offer_id = self._licensing.open_deal(
            session,
            actor=actor,
            technology_id=entry.technology_id,
            licence=entry_terms_from_json(row.terms).licence,
            message=f"Award of the challenge “{row.title}”, on the entry terms that you accepted ({row.terms_hash}).",
            key=f"challenge-entry:{entry.id}",
        )
        entry.offer_id = offer_id
        self._shelf.note(session, entry, "deal:opened", by=actor.by, details={"offer": offer_id})
        return offer_id

    def _panel(self, session: Session, row: ChallengeRow) -> list[Evaluator]:
        query = select(EvaluatorRow).where(EvaluatorRow.challenge_id == row.id)
        rows = list(session.scalars(query.order_by(EvaluatorRow.invited_at, EvaluatorRow.id)))
        names = self._shelf.accounts.names(session, [found.person_id for found in rows if found.person_id])
        to_score, counted = self._evaluation.to_score(session, row), self._evaluation.counted(session, row)
        given = [score.evaluator_id for scores in counted.values() for score in scores]
        return [
            Evaluator(
                id=found.id,
                email=found.email,
                name=names.get(found.person_id or ""),
                invited_at=found.invited_at,
                is_removed=found.removed_at is not None,
                has_declared=found.declared_at is not None,
                to_score=to_score.get(found.id, 0),
                scored=given.count(found.id),
            )
            for found in rows
        ]

    def _judged(self, session: Session, row: ChallengeRow, *, all_in: bool) -> list[Judged]:
        """Return the entries, the best first once all scores are in; names from the shortlist on."""
        entries = {entry.id: entry for entry in self._shelf.submitted(session, row.id)}
        counted = self._evaluation.counted(session, row)
        votes = {entry_id: [score.scores for score in scores] for entry_id, scores in counted.items()}
        named = State(row.state) in policy.DECIDED
        is_shown = all_in or named
        ranked = {one.entry_id: one for one in ranking(votes, criteria_of(row))} if is_shown else {}
        return [
            self._judge(session, row, entries[entry_id], ranked.get(entry_id), counted[entry_id], named=named)
            for entry_id in (ranked or entries)
        ]

    def _judge(
        self,
        session: Session,
        row: ChallengeRow,
        entry: EntryRow,
        ranked: Ranked | None,
        scores: Sequence[ScoreRow],
        *,
        named: bool,
    ) -> Judged:
        remarks = [self._shelf.remark(session, row, score) for score in scores] if ranked else []
        return Judged(
            id=entry.id,
            code=code_of(entry.id),
            title=self._shelf.submission(session, entry)["title"],
            organisation_name=entry.organisation_name if named else None,
            technology_id=entry.technology_id if named else None,
            mean=ranked.mean if ranked else None,
            place=ranked.place if ranked else None,
            votes=ranked.votes if ranked else 0,
            remarks=[remark for remark in remarks if remark],
            is_shortlisted=entry.is_shortlisted,
            outcome=Outcome(entry.outcome) if entry.outcome else None,
            reason=entry.reason,
            option_ends_at=entry.option_ends_at,
            offer_id=entry.offer_id,
        )


def _check_decisions(entries: Mapping[str, EntryRow], decisions: Mapping[str, Decision]) -> None:
    if decisions.keys() != entries.keys():
        raise Invalid("Decide about every entry; each entrant reads a reason.", field="decisions")
    awarded = [entries[entry_id] for entry_id, one in decisions.items() if one.outcome is Outcome.AWARDED]
    if not awarded:
        raise Invalid("Award one entry at least, or cancel the challenge with a reason.", field="decisions")
    if not all(entry.is_shortlisted for entry in awarded):
        raise Invalid("Only an entry on the shortlist can be awarded.", field="decisions")
