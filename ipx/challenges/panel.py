"""The panel: evaluators are invited by mail, take the invitation up with their account, and can be removed."""

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.rules import clean_email
from ipx.accounts.service import hash_token
from ipx.challenges import policy
from ipx.challenges.models import ChallengeRow, EntryRow, EvaluatorRow, ScoreRow
from ipx.challenges.records import Invitation
from ipx.challenges.rules import INVITATION_LIVES, State
from ipx.challenges.shelf import Shelf
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.web.translating import paragraphs

MOST_EVALUATORS = 30
_INVITES = (State.DRAFT, State.OPEN, State.CLOSED, State.EVALUATING)
_USED = (
    "This link has been used already, is too old, or the invitation was taken back. Ask the organiser for a new one."
)


class Panel:
    """Who evaluates."""

    def __init__(self, *, shelf: Shelf) -> None:
        self._shelf = shelf

    def invite(self, session: Session, *, actor: Actor, challenge_id: str, email: str) -> None:
        """Mail an invitation; who has an account and who has none is not told. Again to the same address: a new link.

        Raises NotFound, Forbidden, Invalid (no address), Conflict (too late, too many, or on the panel already).
        """
        row = self._own(session, actor, challenge_id)
        if State(row.state) not in _INVITES:
            raise Conflict("The evaluation is over; nobody can be invited any more.")
        address = clean_email(email)
        mine = EvaluatorRow.challenge_id == row.id
        found = session.scalar(select(EvaluatorRow).where(mine, EvaluatorRow.email == address))
        if found is not None and found.person_id is not None and found.removed_at is None:
            raise Conflict("This person is on the panel already.")
        if found is None:
            if (session.scalar(select(func.count()).where(mine)) or 0) >= MOST_EVALUATORS:
                raise Conflict(f"A panel has {MOST_EVALUATORS} evaluators at most.")
            found = EvaluatorRow(id=self._shelf.entropy.new_id(), challenge_id=row.id, email=address, ties=[])
            session.add(found)
        token = self._shelf.entropy.token(32).hex()
        now = self._shelf.clock.now()
        found.invited_at, found.removed_at = now, None
        found.link_hash, found.link_ends_at = hash_token(token), now + INVITATION_LIVES
        session.flush()
        self._shelf.note(session, row, "evaluator:invited", by=actor.by, details={"evaluator": found.id})
        self._mail(session, row, address, token)

    def remove(self, session: Session, *, actor: Actor, challenge_id: str, evaluator_id: str) -> None:
        """Take somebody off the panel; his scores count no more. Raises NotFound, Forbidden, Conflict (decided)."""
        row = self._own(session, actor, challenge_id)
        found = session.get(EvaluatorRow, evaluator_id)
        if found is None or found.challenge_id != row.id:
            raise NotFound("There is no such evaluator.")
        if State(row.state) not in _INVITES:
            raise Conflict("The evaluation is over; the panel stands as it was.")
        if found.removed_at is None:
            found.removed_at, found.link_hash, found.link_ends_at = self._shelf.clock.now(), None, None
            for score in session.scalars(select(ScoreRow).where(ScoreRow.evaluator_id == found.id)):
                session.delete(score)
            self._shelf.note(session, row, "evaluator:removed", by=actor.by, details={"evaluator": found.id})

    def invitation(self, session: Session, *, token: str) -> Invitation:
        """Return what the holder of a link is asked. Raises Invalid when it is used, old or wrong."""
        row = self._shelf.challenge_row(session, self._by_link(session, token).challenge_id)
        return Invitation(row.id, row.title, row.organiser_name, row.deadline)

    def take_up(self, session: Session, *, actor: Actor, token: str) -> str:
        """Join the panel with one's account; returns the call's id. Raises Invalid, Conflict (an entrant)."""
        found = self._by_link(session, token, lock=True)
        twin = select(EvaluatorRow.id).where(
            EvaluatorRow.challenge_id == found.challenge_id, EvaluatorRow.person_id == actor.person_id
        )
        if session.scalar(twin.where(EvaluatorRow.id != found.id)):
            raise Conflict("You are on this panel already, by an invitation to another address.")
        own = select(EntryRow.id).where(
            EntryRow.challenge_id == found.challenge_id, EntryRow.created_by == actor.person_id
        )
        if session.scalar(own):
            raise Conflict("You wrote an entry of this challenge, so you cannot evaluate it.")
        found.person_id, found.link_hash, found.link_ends_at = actor.person_id, None, None
        row = self._shelf.challenge_row(session, found.challenge_id)
        self._shelf.note(session, row, "evaluator:joined", by=actor.by, details={"evaluator": found.id})
        link = f"/challenges/{row.id}/organise"
        self._shelf.tell(session, row.organisation_id, row, _("An evaluator has joined the panel"), "", link)
        return row.id

    def challenges_of(self, session: Session, *, actor: Actor) -> list[tuple[str, str, State]]:
        """Return id, title and state of the calls whose panel the actor is on, the newest first."""
        query = (
            select(ChallengeRow.id, ChallengeRow.title, ChallengeRow.state)
            .join(EvaluatorRow, EvaluatorRow.challenge_id == ChallengeRow.id)
            .where(EvaluatorRow.person_id == actor.person_id, EvaluatorRow.removed_at.is_(None))
        )
        rows = session.execute(query.order_by(ChallengeRow.deadline.desc(), ChallengeRow.id))
        return [(found, title, State(state)) for found, title, state in rows]

    def _own(self, session: Session, actor: Actor, challenge_id: str) -> ChallengeRow:
        row = self._shelf.challenge_row(session, challenge_id, lock=True)
        state = State.DRAFT if row.opened_at is None else State(row.state)
        policy.check_organises(actor, organiser_id=row.organisation_id, state=state)
        return row

    def _mail(self, session: Session, row: ChallengeRow, address: str, token: str) -> None:
        link = f"{self._shelf.public_url}/challenges/invitations/{token}"
        what = _(
            "%(organiser)s asks you to evaluate the entries of a challenge: %(title)s",
            organiser=row.organiser_name,
            title=row.title,
        )
        how = _(
            "Entries close at %(deadline)s UTC. You will score them without knowing whose they are, and declare "
            "conflicts of interest first. Open this link, signed in with your account of the exchange; if you have "
            "none, sign up first. It works once, for %(days)s days.",
            deadline=f"{row.deadline:%Y-%m-%d %H:%M}",
            days=INVITATION_LIVES.days,
        )
        body = paragraphs(what, how, f"{link}\n")
        self._shelf.notices.mail(session, to=address, subject=_("Will you evaluate a challenge?"), body=body)

    def _by_link(self, session: Session, token: str, *, lock: bool = False) -> EvaluatorRow:
        query = select(EvaluatorRow).where(EvaluatorRow.link_hash == hash_token(token))
        found = session.scalar(query.with_for_update() if lock else query)
        if found is None or found.link_ends_at is None or found.link_ends_at <= self._shelf.clock.now():
            raise Invalid(_USED)
        return found
