"""The door to the life of licences: what both sides may do, each step kept for ever, and the deadlines between them.

Every act first does what has come due, so that nobody gains or loses by how often the clock is looked at.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import THE_EXCHANGE
from ipx.contests.events import ContestEnded
from ipx.contests.records import Contested
from ipx.contests.rules import How, Subject
from ipx.contests.rules import Outcome as Contest
from ipx.core.errors import Conflict, Invalid
from ipx.core.typed_data import ZERO_ADDRESS
from ipx.db.due import do_one
from ipx.db.session import Database
from ipx.deals.rules import Side
from ipx.licences.events import LicenceActivated
from ipx.licences.records import Licence
from ipx.life.acts import Act, check, due_of, end_of, moves_of
from ipx.life.claims import HandingClaim, StepClaim, handing_claims, step_claims
from ipx.life.deadlines import renewed
from ipx.life.duty_words import check_duty
from ipx.life.folding import Life, due_steps
from ipx.life.models import StepRow
from ipx.life.policy import may_act, side_in
from ipx.life.records import LifeView, Told
from ipx.life.reminders import Reminders
from ipx.life.room import terms_of
from ipx.life.rows import told_of
from ipx.life.rules import ACTIONS, Chain, Ground, Handing, Kind, Outcome, Proposal, Reason

LONGEST_WORDS = 2000
_ASKS_FOR_WORDS = (Kind.NOTICE, Kind.CONTESTED, Kind.DECLINED, Kind.DUTY_REFUSED)
_SUBJECTS = {
    Kind.NOTICE: _("Notice given"),
    Kind.LEAVING: _("The licensee leaves"),
    Kind.WITHDRAWN: _("Taken back"),
    Kind.CURED: _("Made good"),
    Kind.CONTESTED: _("Contested"),
    Kind.PROPOSED: _("Something is proposed"),
    Kind.DECLINED: _("Declined"),
    Kind.SUSPENDED: _("Licence suspended"),
    Kind.RESUMED: _("Licence goes on"),
    Kind.CONVERTED: _("Licence no longer exclusive"),
    Kind.RENEWED: _("Licence renewed"),
    Kind.NOT_RENEWED: _("Licence will not be renewed"),
    Kind.TERMINATED: _("Licence terminated by agreement"),
    Kind.SURRENDERED: _("Licence given back"),
    Kind.DUTY_DONE: _("Stated as done"),
    Kind.DUTY_RECEIVED: _("Stated as received"),
    Kind.DUTY_REFUSED: _("Stated as not received"),
}


class LifeService(Reminders):
    """What a side does. Parts: ``reminders``, ``wallet_acts``, ``timers``, ``chain_acts``, ``access``, ``room``."""

    def life(self, session: Session, *, actor: Actor, licence_id: str) -> LifeView:
        """Return how a licence stands, what was done, and what the actor's side may do. Raises NotFound."""
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        side, terms = side_in(actor, licence), terms_of(licence)
        rows = self._rows(session, licence.id)
        life = self._life(session, licence.id) if rows else Life(end=licence.term_ends_at)
        handing = self._open_handing(session, licence.id)
        is_alive = licence.activated_at is not None
        return LifeView(
            licence=licence,
            terms=terms,
            life=life,
            steps=self._told(session, licence, rows),
            due=due_steps(life, terms) if is_alive else [],
            side=side,
            moves=moves_of(life, terms, side, self._clock.now()),
            has_authority=licence.authority != ZERO_ADDRESS,
            duties=self.duties(licence, life),
            overdue=self.overdue(licence, life),
            today=self._clock.now().date(),
            handing=self._handing_view(session, licence, handing) if handing else None,
            wallet=self._wallet_that_signs(session, licence),
            waits_for_wallet=self._wallet_awaited(session, licence),
        )

    def act(
        self,
        session: Session,
        *,
        actor: Actor,
        licence_id: str,
        kind: Kind,
        words: str = "",
        ground: Ground | None = None,
        proposal: Proposal | None = None,
        answers: str | None = None,
        months: int | None = None,
    ) -> None:
        """Take a step for the actor's side.

        ``months``: by how many a proposed renewal prolongs the term. Raises Conflict when the state does not allow it,
        Forbidden when it is for others, Invalid (words, months), NotFound.
        """
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        side = may_act(actor, licence)
        if licence.activated_at is None:
            raise Conflict("This licence is not in force yet.")
        row = self._lock(session, licence)
        self._refuse_while_handed_on(session, licence, side, kind)
        self._catch_up(session, row, licence)
        life = self._life(session, licence.id)
        act = Act(kind, side, self._clock.now(), ground=ground, proposal=proposal, answers=answers)
        check(life, terms_of(licence), act)
        step = self._step(session, actor, licence, life, act, _clean(words, kind), months)
        self._contest(session, actor, licence, act, words)
        self._catch_up(session, row, licence)
        subject = _SUBJECTS[Kind(step.kind)]
        body = _("By %(name)s. The page of the licence says what follows, and when.", name=actor.organisation_name)
        self._tell_both(session, licence, subject, body)

    def say_of_duty(
        self, session: Session, *, actor: Actor, licence_id: str, kind: Kind, duty: str, words: str = ""
    ) -> None:
        """Say of something that is due that it was done, received, or not received; the other side is told.

        ``duty``: its key. Raises Conflict (no such duty, or something else was said meanwhile), Forbidden, Invalid
        (words), NotFound.
        """
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        side = may_act(actor, licence)
        row = self._lock(session, licence)
        self._refuse_while_handed_on(session, licence, side, kind)
        self._catch_up(session, row, licence)
        life = self._life(session, licence.id)
        act = Act(kind, side, self._clock.now(), duty=duty)
        known = {one.key for one in (*self.duties(licence, life), *self.overdue(licence, life))}
        check_duty(life, act, known)
        self._take(session, licence, actor.by, kind, None, at=act.at, side=side, duty=duty, words=_clean(words, kind))
        self._wind(session, row, licence)
        body = _("By %(name)s. The page says of what.", name=actor.organisation_name)
        self._tell_both(session, licence, _SUBJECTS[kind], body)

    def send_again(self, session: Session, *, actor: Actor, licence_id: str, step_id: str) -> None:
        """Send an act again that the chain refused. Raises Conflict when it was not refused."""
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        may_act(actor, licence)
        self._lock(session, licence)
        row = session.get(StepRow, step_id)
        if row is None or row.licence_id != licence.id or row.chain != Chain.FAILED:
            raise Conflict("There is nothing to send again; reload the page.")
        handing = self._handing_of(session, row)
        if handing is not None and handing.state != Handing.ACCEPTED:
            raise Conflict("This was taken back; offer it anew.")
        row.chain = Chain.WAITING
        session.flush()
        self._send_next(session, licence)

    def claims(self, session: Session) -> Iterator[StepClaim]:
        """Return what our table says about every step, for a comparison with the chain."""
        return step_claims(session)

    def handing_claims(self, session: Session) -> Iterator[HandingClaim]:
        """Return what our table says about licences that are handed on, for the same comparison, and for reports."""
        return handing_claims(session)

    def on_licence_activated(self, session: Session, activated: LicenceActivated) -> None:
        """The grant is final: its life begins."""
        self._lock(session, self._licences.known(session, licence_id=activated.licence_id))

    def on_contest_ended(self, session: Session, ended: ContestEnded) -> None:
        """A contest of one of our steps has ended: its clock goes on, or it is gone."""
        if ended.subject_kind is not Subject.STEP:
            return
        contested = session.get_one(StepRow, ended.subject_id)
        licence = self._licences.known(session, licence_id=contested.licence_id)
        row = self._lock(session, licence)
        if ended.subject_id not in self._life(session, licence.id).contested:
            return
        values = {"answers": ended.subject_id, "outcome": Outcome(str(ended.outcome))}
        self._add(session, licence, THE_EXCHANGE, kind=Kind.CONTEST_ENDED, **values)
        self._catch_up(session, row, licence)

    def _refuse_while_handed_on(self, session: Session, licence: Licence, side: Side, kind: Kind) -> None:
        """Who has handed the licence on takes no steps any more; and handing on itself needs who takes it over."""
        if kind is Kind.HANDED_ON:
            raise Conflict("Say first who is to take the licence over.")
        handing = self._open_handing(session, licence.id)
        if side is Side.LICENSEE and handing is not None and handing.state == Handing.ACCEPTED:
            raise Conflict("The licence is on its way to somebody else; take no step until it has gone over.")

    def _told(self, session: Session, licence: Licence, rows: Sequence[StepRow]) -> list[Told]:
        """Return the steps, each with who held the licence then."""
        licensee, found = licence.licensee_name, []
        for row in reversed(rows):
            handing = self._handing_of(session, row)
            if handing is not None and handing.state == Handing.DONE:
                licensee = handing.from_name
            is_gone = handing is not None and handing.state == Handing.WITHDRAWN
            name = handing.to_name if handing else ""
            found.append(told_of(row, licensee=licensee, handed_to=name, was_withdrawn=is_gone))
        return found[::-1]

    def _contest(self, session: Session, actor: Actor, licence: Licence, act: Act, words: str) -> None:
        """Let a contest begin with its step, and end when what it is about was made good or taken back."""
        if act.answers is None:
            return
        if act.kind is Kind.CONTESTED:
            is_licensor = act.side is Side.LICENSOR
            other = (
                (licence.licensee_id, licence.licensee_name)
                if is_licensor
                else (licence.licensor_id, licence.licensor_name)
            )
            found = Contested(licence.technology_title, f"/licences/{licence.id}/life", *other)
            self._contests.begin(
                session, actor=actor, kind=Subject.STEP, subject_id=act.answers, contested=found, words=words
            )
        elif act.kind in (Kind.CURED, Kind.WITHDRAWN):
            self._contests.settle(
                session,
                by=actor.by,
                kind=Subject.STEP,
                subject_id=act.answers,
                outcome=Contest.FALLS,
                how=How.WITHDRAWN,
            )

    def _step(
        self, session: Session, actor: Actor, licence: Licence, life: Life, act: Act, words: str, months: int | None
    ) -> StepRow:
        until = self._until(licence, life, act, months)
        return self._take(
            session,
            licence,
            actor.by,
            act.kind,
            _reason(act.kind),
            at=act.at,
            side=act.side,
            ground=act.ground,
            proposal=act.proposal,
            answers=act.answers,
            due=due_of(act, terms_of(licence)),
            until=until,
            words=words,
        )

    def _until(self, licence: Licence, life: Life, act: Act, months: int | None) -> datetime | None:
        """Return the end that a renewal gives the term, or would give it."""
        if act.proposal is Proposal.RENEW:
            if months is None or not 1 <= months <= 1200:
                raise Invalid("Write by how many months, from 1 to 1,200.", field="months")
            assert life.end is not None
            return renewed(life.end, months)
        proposed = life.proposal(act.answers)
        return end_of(act, life, terms_of(licence), asked=proposed.until if proposed else None)


def advance(database: Database, service: LifeService) -> bool:
    """Do what has come due for one licence, in a transaction of its own; tell whether there was something."""
    return do_one(database, service.waiting, lambda session, found: service.catch_up(session, licence_id=found))


def advance_reminders(database: Database, service: LifeService) -> bool:
    """Tell of what is due next for one licence, in a transaction of its own; tell whether one had to be looked at."""
    return do_one(database, service.reminding, lambda session, found: service.remind(session, licence_id=found))


def _reason(kind: Kind) -> Reason | None:
    """Return why a side's step changes the licence on the chain; None where it does not."""
    if kind is Kind.SURRENDERED:
        return Reason.SURRENDER
    return Reason.AGREEMENT if kind in ACTIONS else None


def _clean(words: str, kind: Kind) -> str:
    cleaned = words.strip()
    if len(cleaned) > LONGEST_WORDS or (kind in _ASKS_FOR_WORDS and not cleaned):
        raise Invalid("Write what happened, in 2,000 characters or fewer; the other side reads it.", field="words")
    return cleaned
