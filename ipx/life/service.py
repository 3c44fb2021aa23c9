"""The door to the life of licences: what both sides may do, each step kept for ever, and the deadlines between them.

Every act first does what has come due, so that nobody gains or loses by how often the clock is looked at.
"""

from collections.abc import Iterator
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
from ipx.life.claims import StepClaim, step_claims
from ipx.life.deadlines import renewed
from ipx.life.folding import Life, due_steps
from ipx.life.models import StepRow
from ipx.life.policy import may_act, side_in
from ipx.life.records import LifeView
from ipx.life.reminders import Reminders
from ipx.life.room import terms_of
from ipx.life.rows import told_of
from ipx.life.rules import ACTIONS, Chain, Ground, Kind, Outcome, Proposal, Reason

LONGEST_WORDS = 2000
_ASKS_FOR_WORDS = (Kind.NOTICE, Kind.CONTESTED, Kind.DECLINED)
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
}


class LifeService(Reminders):
    """What a side does. Parts: ``reminders``, ``wallet_acts``, ``timers``, ``chain_acts``, ``access``, ``room``."""

    def life(self, session: Session, *, actor: Actor, licence_id: str) -> LifeView:
        """Return how a licence stands, what was done, and what the actor's side may do. Raises NotFound."""
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        side, terms = side_in(actor, licence), terms_of(licence)
        rows = self._rows(session, licence.id)
        life = self._life(session, licence.id) if rows else Life(end=licence.term_ends_at)
        is_alive = licence.activated_at is not None
        return LifeView(
            licence=licence,
            terms=terms,
            life=life,
            steps=[told_of(row) for row in rows],
            due=due_steps(life, terms) if is_alive else [],
            side=side,
            moves=moves_of(life, terms, side, self._clock.now()),
            has_authority=licence.authority != ZERO_ADDRESS,
            duties=self.duties(licence, life),
            wallet=self._wallet_that_signs(session, licence),
            waits_for_wallet=self._waiting_step(session, licence),
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

    def send_again(self, session: Session, *, actor: Actor, licence_id: str, step_id: str) -> None:
        """Send an act again that the chain refused. Raises Conflict when it was not refused."""
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        may_act(actor, licence)
        self._lock(session, licence)
        row = session.get(StepRow, step_id)
        if row is None or row.licence_id != licence.id or row.chain != Chain.FAILED:
            raise Conflict("There is nothing to send again; reload the page.")
        row.chain = Chain.WAITING
        session.flush()
        self._send_next(session, licence)

    def claims(self, session: Session) -> Iterator[StepClaim]:
        """Return what our table says about every step, for a comparison with the chain."""
        return step_claims(session)

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
            Reason.AGREEMENT if act.kind in ACTIONS else None,
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


def _clean(words: str, kind: Kind) -> str:
    cleaned = words.strip()
    if len(cleaned) > LONGEST_WORDS or (kind in _ASKS_FOR_WORDS and not cleaned):
        raise Invalid("Write what happened, in 2,000 characters or fewer; the other side reads it.", field="words")
    return cleaned
