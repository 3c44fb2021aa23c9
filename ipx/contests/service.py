"""The door to contests: begin one, answer, and how it ends: by agreement, by a ruling, by rectification, or given up.

A ruling counts when the other side accepts it, or when two weeks pass in which it does not say that the document is no
ruling on this: one side alone must never be able to end a contest in its own favour.
"""

from collections.abc import Callable, Sequence

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import THE_EXCHANGE, AuditService, By
from ipx.contests.events import ContestEnded
from ipx.contests.models import ContestRow, ContestStepRow
from ipx.contests.policy import may_see, may_speak
from ipx.contests.records import Contest, Contested, ContestView
from ipx.contests.rows import contest_of, pending_of, told_of
from ipx.contests.rules import OBJECTION_TIME, Answer, How, Outcome, Step, Subject, answers_of, check_answer
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.db.due import do_one
from ipx.db.events import Events
from ipx.db.session import Database
from ipx.notices.service import NoticeService
from ipx.vault.rules import SourceKind
from ipx.vault.service import VaultService

LONGEST_WORDS = 2000
Finder = Callable[[Session, str], Contested]


class ContestService:
    """Contests. ``wiring`` adds for each kind of subject who finds it for everybody; others begin theirs themselves."""

    def __init__(
        self,
        *,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        events: Events,
        vault: VaultService,
        notices: NoticeService,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._events = events
        self._vault = vault
        self._notices = notices
        self._finders: dict[Subject, Finder] = {}

    def add(self, subject: Subject, finder: Finder) -> None:
        """Let everybody contest things of a kind that a finder finds; it raises NotFound for what is not public."""
        self._finders[subject] = finder

    def subject(self, session: Session, *, kind: Subject, subject_id: str) -> Contested:
        """Return what is to be contested. Raises NotFound."""
        finder = self._finders.get(kind)
        if finder is None:
            raise NotFound("There is nothing here that can be contested.")
        return finder(session, subject_id)

    def contest(self, session: Session, *, actor: Actor, kind: Subject, subject_id: str, words: str) -> Contest:
        """Contest something public of another organisation. Raises NotFound, Forbidden, Invalid (words), Conflict."""
        found = self.subject(session, kind=kind, subject_id=subject_id)
        if found.owner_id == actor.organisation_id:
            raise Conflict("This is your own organisation’s; correct or withdraw it instead.")
        return self.begin(session, actor=actor, kind=kind, subject_id=subject_id, contested=found, words=words)

    def begin(
        self, session: Session, *, actor: Actor, kind: Subject, subject_id: str, contested: Contested, words: str
    ) -> Contest:
        """Begin a contest of something that the caller has found. Raises Forbidden, Invalid (words), Conflict."""
        may_speak(actor)
        key = f"{kind}/{subject_id}/{actor.organisation_id}"
        if session.scalar(select(ContestRow.id).where(ContestRow.open_key == key)) is not None:
            raise Conflict("Your organisation contests this already.")
        row = ContestRow(
            id=self._entropy.new_id(),
            subject_kind=kind,
            subject_id=subject_id,
            subject_name=contested.name,
            place=contested.place,
            contester_id=actor.organisation_id,
            contester_name=actor.organisation_name,
            respondent_id=contested.owner_id,
            respondent_name=contested.owner_name,
            opened_at=self._clock.now(),
            open_key=key,
        )
        session.add(row)
        session.flush()
        self._step(session, row, actor.by, Step.OPENED, words=_clean(words))
        return contest_of(row)

    def view(self, session: Session, *, actor: Actor, contest_id: str) -> ContestView:
        """Return a contest to one of its sides. Raises NotFound."""
        row = may_see(actor, session.get(ContestRow, contest_id))
        steps = self._steps(session, row.id)
        pending = pending_of(row, steps)
        answers = answers_of(pending, own=actor.organisation_id) if row.ended_at is None else []
        return ContestView(contest_of(row), [told_of(step) for step in steps], pending, answers)

    def on(self, session: Session, *, kind: Subject, subject_ids: Sequence[str]) -> list[Contest]:
        """Return the contests of these things that go on, oldest first. That there is one is for everybody to see."""
        query = select(ContestRow).where(
            ContestRow.subject_kind == kind, ContestRow.subject_id.in_(subject_ids), ContestRow.ended_at.is_(None)
        )
        return [contest_of(row) for row in session.scalars(query.order_by(ContestRow.opened_at, ContestRow.id))]

    def at(self, session: Session, *, place: str) -> list[Contest]:
        """Return the contests that go on about things of one page, oldest first."""
        query = select(ContestRow).where(ContestRow.place == place, ContestRow.ended_at.is_(None))
        return [contest_of(row) for row in session.scalars(query.order_by(ContestRow.opened_at, ContestRow.id))]

    def of(self, session: Session, *, organisation_id: str) -> list[Contest]:
        """Return an organisation's contests of both sides, newest first."""
        sides = (ContestRow.contester_id == organisation_id) | (ContestRow.respondent_id == organisation_id)
        rows = session.scalars(select(ContestRow).where(sides).order_by(ContestRow.opened_at.desc(), ContestRow.id))
        return [contest_of(row) for row in rows]

    def answer(
        self,
        session: Session,
        *,
        actor: Actor,
        contest_id: str,
        answer: Answer,
        outcome: Outcome | None = None,
        words: str = "",
        document_id: str | None = None,
    ) -> None:
        """Answer for the actor's side. ``outcome``: what is proposed, or what the ruling says.

        Raises NotFound, Forbidden, Conflict (it has ended), Invalid (outcome, words, document).
        """
        may_speak(actor)
        row = may_see(actor, session.get(ContestRow, contest_id, with_for_update=True))
        pending = pending_of(row, self._steps(session, row.id))
        check_answer(answer, pending, own=actor.organisation_id, is_open=row.ended_at is None)
        match answer:
            case Answer.PROPOSE:
                self._step(session, row, actor.by, Step.PROPOSED, outcome=_stated(outcome), words=words)
            case Answer.BRING_RULING:
                self._bring(session, actor, row, _stated(outcome), words, document_id)
            case Answer.DECLINE:
                self._step(session, row, actor.by, Step.DECLINED, words=_clean(words))
            case Answer.OBJECT:
                row.next_due = None
                self._step(session, row, actor.by, Step.OBJECTED, words=_clean(words))
            case Answer.ACCEPT:
                assert pending is not None
                how = How.RULING if pending.step is Step.RULING else How.AGREEMENT
                self._end(session, row, actor.by, pending.outcome, how)
            case Answer.GIVE_UP:
                gives_up_contest = actor.organisation_id == row.contester_id
                outcome = Outcome.STANDS if gives_up_contest else Outcome.FALLS
                self._end(session, row, actor.by, outcome, How.WITHDRAWN)

    def check_may_bring_ruling(self, session: Session, *, actor: Actor, contest_id: str) -> None:
        """Raise unless the actor may bring a ruling now: before its document is uploaded."""
        may_speak(actor)
        row = may_see(actor, session.get(ContestRow, contest_id))
        pending = pending_of(row, self._steps(session, row.id))
        check_answer(Answer.BRING_RULING, pending, own=actor.organisation_id, is_open=row.ended_at is None)

    def settle(self, session: Session, *, by: By, kind: Subject, subject_id: str, outcome: Outcome, how: How) -> None:
        """End every contest of a thing because of what was done about the thing itself: corrected, or taken back."""
        query = select(ContestRow).where(
            ContestRow.subject_kind == kind, ContestRow.subject_id == subject_id, ContestRow.ended_at.is_(None)
        )
        for row in session.scalars(query.with_for_update()):
            self._end(session, row, by, outcome, how)

    # ── rulings that nobody objected to ──────────────────────────────────────────────────────────

    def waiting(self, session: Session) -> str | None:
        """Return a contest that a ruling ends by now, or None."""
        due = select(ContestRow.id).where(ContestRow.next_due <= self._clock.now()).order_by(ContestRow.next_due)
        return session.scalar(due.limit(1))

    def end_by_ruling(self, session: Session, *, contest_id: str) -> None:
        """End a contest whose ruling nobody objected to in time; a second call changes nothing."""
        row = session.get_one(ContestRow, contest_id, with_for_update=True, populate_existing=True)
        pending = pending_of(row, self._steps(session, row.id))
        if pending is not None and pending.until is not None and pending.until <= self._clock.now():
            self._end(session, row, THE_EXCHANGE, pending.outcome, How.RULING)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _bring(
        self, session: Session, actor: Actor, row: ContestRow, outcome: Outcome, words: str, document_id: str | None
    ) -> None:
        if document_id is None:
            raise Invalid("Upload the ruling first, then choose it.", field="document")
        document = self._vault.document(session, document_id=document_id)
        own = (document.organisation_id, document.subject_kind, document.subject_id)
        if own != (actor.organisation_id, "contest", row.id):
            raise Forbidden("This document was not uploaded for this contest by your organisation.")
        other = row.respondent_id if actor.organisation_id == row.contester_id else row.contester_id
        self._vault.grant(
            session,
            by=actor.by,
            document_id=document_id,
            organisation_id=other,
            source_kind=SourceKind.PERSON,
            source_id=self._entropy.new_id(),
        )
        row.next_due = self._clock.now() + OBJECTION_TIME
        self._step(session, row, actor.by, Step.RULING, outcome=outcome, words=words, document_id=document_id)

    def _end(self, session: Session, row: ContestRow, by: By, outcome: Outcome, how: How) -> None:
        row.ended_at, row.outcome, row.how = self._clock.now(), outcome, how
        row.open_key, row.next_due = None, None
        self._step(session, row, by, Step.ENDED, outcome=outcome, how=how)
        self._events.publish(session, ContestEnded(row.id, Subject(row.subject_kind), row.subject_id, outcome))

    def _step(
        self,
        session: Session,
        row: ContestRow,
        by: By,
        kind: Step,
        *,
        outcome: Outcome | None = None,
        words: str = "",
        document_id: str | None = None,
        how: How | None = None,
    ) -> None:
        """Write a step down, note it and tell both sides."""
        count = session.scalar(select(func.count()).where(ContestStepRow.contest_id == row.id)) or 0
        step = ContestStepRow(
            id=self._entropy.new_id(),
            contest_id=row.id,
            number=count,
            kind=kind,
            organisation_id=by.organisation_id,
            person_id=by.person_id,
            at=self._clock.now(),
            outcome=outcome,
            words=words.strip()[:LONGEST_WORDS],
            document_id=document_id,
        )
        session.add(step)
        session.flush()
        details: dict[str, Json] = {"step": step.id, "subject": [row.subject_kind, row.subject_id]}
        named = {"outcome": outcome, "how": how, "document": document_id}
        details |= {name: str(value) for name, value in named.items() if value is not None}
        self._audit.record(
            session,
            action=f"contest:{kind}:recorded",
            by=by,
            subject_kind="contest",
            subject_id=row.id,
            details=details,
        )
        self._tell(session, row, kind)

    def _tell(self, session: Session, row: ContestRow, kind: Step) -> None:
        subject = _("A contest has ended") if kind is Step.ENDED else _("Contested")
        for organisation_id in (row.contester_id, row.respondent_id):
            self._notices.tell(
                session,
                organisation_id=organisation_id,
                subject=_("%(what)s: %(title)s", what=subject, title=row.subject_name),
                body=_(
                    "%(contester)s and %(respondent)s. The page says what may be done next.",
                    contester=row.contester_name,
                    respondent=row.respondent_name,
                ),
                link=f"/contests/{row.id}",
            )

    def _steps(self, session: Session, contest_id: str) -> list[ContestStepRow]:
        query = select(ContestStepRow).where(ContestStepRow.contest_id == contest_id)
        return list(session.scalars(query.order_by(ContestStepRow.number)))


def advance(database: Database, service: ContestService) -> bool:
    """End one contest whose ruling nobody objected to, in a transaction of its own; tell whether there was one."""
    return do_one(database, service.waiting, lambda session, found: service.end_by_ruling(session, contest_id=found))


def _stated(outcome: Outcome | None) -> Outcome:
    if outcome is None:
        raise Invalid("Say whether what is contested stands or falls.", field="outcome")
    return outcome


def _clean(words: str) -> str:
    cleaned = words.strip()
    if not cleaned or len(cleaned) > LONGEST_WORDS:
        raise Invalid("Write your reasons in 2,000 characters or fewer; the other side reads them.", field="words")
    return cleaned
