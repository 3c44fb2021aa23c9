"""What happens by itself when a deadline has passed, however late somebody looks: each thing once, in its order.

The rows are the timers: they survive a process that is killed, and a step, its act on the chain and the next timer are
written in one transaction. It must never run what is contested.
"""

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, By
from ipx.licences.models import LicenceRow
from ipx.licences.records import Licence, LicenceChange
from ipx.licences.rules import State
from ipx.life.chain_acts import ChainActs, goes_on_chain
from ipx.life.folding import Due, due_steps
from ipx.life.models import LifeRow, StepRow
from ipx.life.room import terms_of
from ipx.life.rules import ACTIONS, REASONS, Action, Chain, Kind, Reason

_WORDS = {
    Kind.TERMINATED: (_("Licence terminated"), _("A deadline has passed. The licence has ended.")),
    Kind.CONVERTED: (
        _("Licence no longer exclusive"),
        _("A deadline has passed. The licence is non-exclusive from now on."),
    ),
    Kind.RENEWED: (_("Licence renewed"), _("Nobody said no in time, so the licence goes on for another period.")),
    Kind.EXPIRED: (_("Licence expired"), _("The term of the licence has ended.")),
    Kind.ACCESS_CLOSED: (_("Documents closed"), _("The documents of the ended licence are closed.")),
}


class Timers(ChainActs):
    """The deadline service."""

    def waiting(self, session: Session) -> str | None:
        """Return a licence that something follows for, or that has no life yet; None where nothing is to be done."""
        due = select(LifeRow.licence_id).where(LifeRow.next_due <= self._clock.now()).order_by(LifeRow.next_due)
        found = session.scalar(due.limit(1))
        if found is not None:
            return found
        alive = (State.ACTIVE, State.SUSPENDED)
        unborn = select(LicenceRow.id).outerjoin(LifeRow, LifeRow.licence_id == LicenceRow.id)
        return session.scalar(unborn.where(LicenceRow.state.in_(alive), LifeRow.licence_id.is_(None)).limit(1))

    def catch_up(self, session: Session, *, licence_id: str) -> None:
        """Do everything that is due for a licence by now."""
        licence = self._licences.known(session, licence_id=licence_id)
        self._catch_up(session, self._lock(session, licence), licence)

    def _catch_up(self, session: Session, row: LifeRow, licence: Licence) -> None:
        terms = terms_of(licence)
        while True:
            coming = due_steps(self._life(session, licence.id), terms)
            if not coming or coming[0].at > self._clock.now():
                break
            self._do(session, licence, coming[0])
        self._wind(session, row, licence)

    def _do(self, session: Session, licence: Licence, due: Due) -> None:
        reason = REASONS[due.ground] if due.ground else Reason.CONVENIENCE
        if due.kind is Kind.RENEWED:
            reason = Reason.AGREEMENT
        step = self._take(
            session, licence, THE_EXCHANGE, due.kind, reason, at=due.at, answers=due.answers, until=due.until
        )
        if step.kind == Kind.EXPIRED:
            change = LicenceChange(state=State.EXPIRED)
            self._licences.change(session, licence_id=licence.id, change=change, step=step.id)
        if step.kind in (Kind.EXPIRED, Kind.ACCESS_CLOSED):
            self._follow(session, licence, step)
        subject, body = _WORDS[due.kind]
        self._tell_both(session, licence, subject, body)

    def _take(
        self, session: Session, licence: Licence, by: By, kind: Kind, reason: Reason | None, **values: Any
    ) -> StepRow:
        """Write a step that may be an act on the chain, and send that act."""
        action: Action | None = ACTIONS.get(kind)
        acts = action is not None and goes_on_chain(licence, kind)
        step = self._add(
            session,
            licence,
            by,
            kind=kind,
            action=action if acts else None,
            reason=reason if acts else None,
            chain=Chain.WAITING if acts else None,
            **values,
        )
        if acts:
            self._send_next(session, licence, new=step)
        elif kind is Kind.RENEWED:
            self._take_effect(session, licence, step)
        return step
