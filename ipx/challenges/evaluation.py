"""The blind evaluation: conflicts declared first, then scores; nobody sees another's scores before all are in."""

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.challenges import policy
from ipx.challenges.models import ChallengeRow, DeclarationRow, EntryRow, EvaluatorRow, ScoreRow
from ipx.challenges.records import Assignment, BlindEntry
from ipx.challenges.rules import (
    EntryState,
    State,
    Step,
    check_scores,
    checked_text,
    code_of,
    state_after,
)
from ipx.challenges.shelf import Shelf, criteria_of
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.technologies.service import TechnologyService

LONGEST_REMARK, MOST_TIES = 4_000, 50


class Evaluation:
    """The evaluators' side, and when all of it is done."""

    def __init__(self, *, shelf: Shelf, technologies: TechnologyService) -> None:
        self._shelf = shelf
        self._technologies = technologies

    def begin(self, session: Session, *, actor: Actor, challenge_id: str) -> None:
        """Let the panel look into the entries. Raises NotFound, Forbidden, Conflict (too early, no entry, no panel)."""
        row = self._shelf.challenge_row(session, challenge_id, lock=True)
        policy.check_organises(actor, organiser_id=row.organisation_id, state=State(row.state))
        after = state_after(State(row.state), Step.EVALUATE)
        if not self._shelf.submitted(session, row.id):
            raise Conflict("No entry is in, so there is nothing to evaluate. Cancel the challenge with a reason.")
        if not self._shelf.panel(session, row.id):
            raise Conflict("Nobody is on the panel yet. Invite evaluators, and wait until one has joined.")
        row.state = after
        self._shelf.note(session, row, "evaluation:begun", by=actor.by)
        self._shelf.mail_panel(session, row, "The evaluation begins", "Declare conflicts of interest, then score.")

    # ── an evaluator ─────────────────────────────────────────────────────────────────────────────

    def evaluator_id(self, session: Session, *, actor: Actor, challenge_id: str) -> str:
        """Return the actor's place on the panel. Raises NotFound for everybody else."""
        return self._evaluator(session, actor, challenge_id).id

    def challenge_of(self, session: Session, *, entry_id: str) -> str:
        """Return the call that an entry belongs to. Raises NotFound."""
        return self._shelf.entry_row(session, entry_id).challenge_id

    def has_declared(self, session: Session, *, actor: Actor, challenge_id: str) -> bool:
        """Tell whether the actor has said which organisations he has ties with."""
        return self._evaluator(session, actor, challenge_id).declared_at is not None

    def assignments(self, session: Session, *, actor: Actor, challenge_id: str) -> list[Assignment]:
        """Return the entries by their codes; nothing of what they say. None before the evaluation has begun."""
        evaluator = self._evaluator(session, actor, challenge_id)
        if self._shelf.challenge_row(session, challenge_id).state != State.EVALUATING:
            return []
        declared = self.declared(session, challenge_id)
        scored = {row.entry_id for row in self._scores(session, challenge_id) if row.evaluator_id == evaluator.id}
        return [
            Assignment(row.id, code_of(row.id), declared.get((row.id, evaluator.id)), row.id in scored)
            for row in self._shelf.submitted(session, challenge_id)
        ]

    def declare_ties(self, session: Session, *, actor: Actor, challenge_id: str, names: Sequence[str]) -> None:
        """Say which organisations one has an interest in, before seeing anything. Their entries stay closed, and so
        do those of one's own organisation. Raises NotFound, Invalid, Conflict (not under way)."""
        row = self._under_way(session, challenge_id)
        evaluator = self._evaluator(session, actor, challenge_id)
        kept = [name for name in (" ".join(name.split())[:200] for name in names) if name]
        if len(kept) > MOST_TIES:
            raise Invalid(f"Name {MOST_TIES} organisations at most.", field="ties")
        evaluator.ties = sorted({*evaluator.ties, *kept})
        evaluator.declared_at = self._shelf.clock.now()
        tied = [entry for entry in self._shelf.submitted(session, row.id) if _is_tied(actor, evaluator, entry)]
        for entry in tied:
            self._declare(session, evaluator, entry, in_conflict=True)
        details: dict[str, Json] = {"evaluator": evaluator.id, "closed": len(tied)}
        self._shelf.note(session, row, "ties:declared", by=actor.by, details=details)

    def declare(self, session: Session, *, actor: Actor, entry_id: str, in_conflict: bool) -> None:
        """Declare about one entry. A conflict can be declared at any time and sets one's scores aside; it is never
        taken back. Raises NotFound, Conflict (ties first; not under way)."""
        entry, row, evaluator = self._mine(session, actor, entry_id)
        if evaluator.declared_at is None:
            raise Conflict("Say first which organisations you have ties with.")
        declared = self.declared(session, row.id).get((entry.id, evaluator.id))
        if declared and not in_conflict:
            raise Conflict("A conflict that was declared stays declared.")
        self._declare(session, evaluator, entry, in_conflict=in_conflict or _is_tied(actor, evaluator, entry))
        details: dict[str, Json] = {"entry": entry.id, "evaluator": evaluator.id, "in_conflict": in_conflict}
        self._shelf.note(session, row, "conflict:declared", by=actor.by, details=details)

    def blind_entry(self, session: Session, *, actor: Actor, entry_id: str) -> BlindEntry:
        """Return an entry to read and score. Raises NotFound, Forbidden (conflict), Conflict (declare first)."""
        entry, row, evaluator = self._mine(session, actor, entry_id)
        self._check_may_read(session, row, entry, evaluator)
        mine = next((s for s in self._scores(session, row.id) if _is_by(s, evaluator, entry)), None)
        said = self._shelf.submission(session, entry)
        technology = self._technologies.public_view(session, technology_id=entry.technology_id)
        return BlindEntry(
            id=entry.id,
            code=code_of(entry.id),
            title=said["title"],
            text=said["text"],
            trl=technology.trl,
            classes=tuple(technology.classes),
            scores=tuple(mine.scores) if mine else None,
            remark=self._shelf.remark(session, row, mine) if mine else "",
        )

    def score(self, session: Session, *, actor: Actor, entry_id: str, scores: Sequence[int], remark: str = "") -> None:
        """Score an entry; until all are in, again replaces it. Raises NotFound, Forbidden, Conflict, Invalid."""
        entry, row, evaluator = self._mine(session, actor, entry_id)
        self._check_may_read(session, row, entry, evaluator)
        given = check_scores(scores, criteria_of(row))
        words = checked_text(remark, field="remark", longest=LONGEST_REMARK, shortest=0)
        found = next((s for s in self._scores(session, row.id) if _is_by(s, evaluator, entry)), None)
        if found is not None and self.all_in(session, row):
            raise Conflict("All scores are in, so they stand.")
        if found is None:
            found = ScoreRow(
                id=self._shelf.entropy.new_id(), challenge_id=row.id, entry_id=entry.id, evaluator_id=evaluator.id
            )
            session.add(found)
        found.scores, found.scored_at = list(given), self._shelf.clock.now()
        found.sealed_remark = self._shelf.close_remark(session, row, found.id, words)
        session.flush()
        # A line about the call: the entrant, who sees those about the entry, is not told who scored it.
        details: dict[str, Json] = {"entry": entry.id, "evaluator": evaluator.id}
        self._shelf.note(session, row, "score:given", by=actor.by, details=details)
        if self.all_in(session, row):
            link = f"/challenges/{row.id}/organise"
            self._shelf.tell(
                session, row.organisation_id, row, _("All scores are in"), _("Choose the shortlist."), link
            )

    # ── how far it is ────────────────────────────────────────────────────────────────────────────

    def declared(self, session: Session, challenge_id: str) -> Mapping[tuple[str, str], bool]:
        """Return by (entry, evaluator) whether there is a conflict."""
        query = select(DeclarationRow).join(EntryRow, EntryRow.id == DeclarationRow.entry_id)
        rows = session.scalars(query.where(EntryRow.challenge_id == challenge_id))
        return {(row.entry_id, row.evaluator_id): row.in_conflict for row in rows}

    def counted(self, session: Session, row: ChallengeRow) -> Mapping[str, Sequence[ScoreRow]]:
        """Return the scores that count, by entry: of the panel as it is, without conflicts."""
        declared = self.declared(session, row.id)
        panel = {evaluator.id for evaluator in self._shelf.panel(session, row.id)}
        counted: dict[str, list[ScoreRow]] = {entry.id: [] for entry in self._shelf.submitted(session, row.id)}
        for score in self._scores(session, row.id):
            is_free = declared.get((score.entry_id, score.evaluator_id)) is False
            if score.evaluator_id in panel and is_free and score.entry_id in counted:
                counted[score.entry_id].append(score)
        return counted

    def to_score(self, session: Session, row: ChallengeRow) -> Mapping[str, int]:
        """Return how many entries each of the panel has to score: all but those with a conflict."""
        declared, entries = self.declared(session, row.id), self._shelf.submitted(session, row.id)
        return {
            evaluator.id: sum(not declared.get((entry.id, evaluator.id), False) for entry in entries)
            for evaluator in self._shelf.panel(session, row.id)
        }

    def all_in(self, session: Session, row: ChallengeRow) -> bool:
        """Tell whether everybody of the panel scored every entry open to him, and every entry has a score."""
        counted = self.counted(session, row)
        given = sum(len(scores) for scores in counted.values())
        return bool(counted) and all(counted.values()) and given == sum(self.to_score(session, row).values())

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _evaluator(self, session: Session, actor: Actor, challenge_id: str) -> EvaluatorRow:
        for row in self._shelf.panel(session, challenge_id):
            if row.person_id == actor.person_id:
                return row
        raise NotFound("There is no such challenge, or you are not on its panel.")

    def _under_way(self, session: Session, challenge_id: str) -> ChallengeRow:
        row = self._shelf.challenge_row(session, challenge_id, lock=True)  # the last score sees all others
        if row.state != State.EVALUATING:
            raise Conflict("The evaluation is not under way.")
        return row

    def _mine(self, session: Session, actor: Actor, entry_id: str) -> tuple[EntryRow, ChallengeRow, EvaluatorRow]:
        entry = self._shelf.entry_row(session, entry_id)
        evaluator = self._evaluator(session, actor, entry.challenge_id)
        row = self._under_way(session, entry.challenge_id)
        if entry.state != EntryState.SUBMITTED:
            raise NotFound("There is no such entry, or it is not yours to see.")
        return entry, row, evaluator

    def _check_may_read(self, session: Session, row: ChallengeRow, entry: EntryRow, evaluator: EvaluatorRow) -> None:
        in_conflict = self.declared(session, row.id).get((entry.id, evaluator.id))
        policy.check_evaluator_may_read(State(row.state), EntryState(entry.state), in_conflict=in_conflict)

    def _declare(self, session: Session, evaluator: EvaluatorRow, entry: EntryRow, *, in_conflict: bool) -> None:
        found = session.get(DeclarationRow, (entry.id, evaluator.id))
        if found is None:
            found = DeclarationRow(entry_id=entry.id, evaluator_id=evaluator.id)
            session.add(found)
        found.in_conflict, found.declared_at = in_conflict, self._shelf.clock.now()
        session.flush()

    def _scores(self, session: Session, challenge_id: str) -> list[ScoreRow]:
        query = select(ScoreRow).where(ScoreRow.challenge_id == challenge_id)
        return list(session.scalars(query.order_by(ScoreRow.entry_id, ScoreRow.evaluator_id)))


def _is_by(score: ScoreRow, evaluator: EvaluatorRow, entry: EntryRow) -> bool:
    return (score.evaluator_id, score.entry_id) == (evaluator.id, entry.id)


def _is_tied(actor: Actor, evaluator: EvaluatorRow, entry: EntryRow) -> bool:
    names = {str(name).casefold() for name in evaluator.ties}
    return entry.organisation_id == actor.organisation_id or entry.organisation_name.casefold() in names
