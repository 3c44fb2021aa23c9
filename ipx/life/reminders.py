"""Both sides are told, once and before its day, of what a licence asks for next.

The rows are the timers, as for deadlines: a duty, its telling and the next timer are one transaction under the lock of
the licence. What was due while nobody was running is not told any more: a reminder that comes too late is a reproach.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE
from ipx.licences.records import Licence
from ipx.life.duties import Coming, Duty, coming_duties
from ipx.life.duty_words import DutyStanding, standing_of
from ipx.life.folding import Life
from ipx.life.handing_on import HandingOn
from ipx.life.models import LifeRow, ReminderRow
from ipx.life.room import terms_of

HORIZON = timedelta(days=400)  # more than a year: of what comes once a year, one at least is in it
MISSED_FOR = timedelta(days=30)  # older news are none
MISSED = _("Something that the licence asks for was due, and nobody has said that it was done. Its page says what.")
BODY = _("Something that the licence asks for is due. Its page says what, and lists what comes after it.")


class Reminders(HandingOn):
    """Tells of duties. It changes nothing of the licence."""

    def reminding(self, session: Session) -> str | None:
        """Return a licence of which something is to be told, None where there is none."""
        query = select(LifeRow.licence_id).where(LifeRow.next_reminder <= self._clock.now())
        return session.scalar(query.order_by(LifeRow.next_reminder).limit(1))

    def remind(self, session: Session, *, licence_id: str) -> None:
        """Tell both sides of everything whose time has come, and set the timer to what comes next."""
        licence = self._licences.known(session, licence_id=licence_id)
        row = self._lock(session, licence)
        self._catch_up(session, row, licence)
        coming = self._coming(licence, self._life(session, licence_id))
        today = self._clock.now().date()
        told = set(session.scalars(select(ReminderRow.duty).where(ReminderRow.licence_id == licence_id)))
        life = self._life(session, licence_id)
        ripe = [
            one.duty
            for one in coming
            if one.remind_on <= today and one.duty.key not in told and one.duty.key not in life.duties
        ]
        for day, duties in groupby(ripe, key=lambda duty: duty.day):
            self._remind(session, licence, day, list(duties))
        self._tell_of_missed(session, licence, life, told)
        row.next_reminder = self._next_look(coming, today)
        session.flush()

    def duties(self, licence: Licence, life: Life) -> list[Duty]:
        """Return what is due next, the earliest first: of each kind what comes within the horizon."""
        return [one.duty for one in self._coming(licence, life)]

    def overdue(self, licence: Licence, life: Life) -> list[Duty]:
        """Return what was due within the last year or so and is not received yet, the earliest first."""
        today = self._clock.now().date()
        found = [one.duty for one in self._between(licence, life, today - HORIZON, today) if one.duty.day < today]
        return [duty for duty in found if standing_of(duty, life, today) is not DutyStanding.RECEIVED]

    def _coming(self, licence: Licence, life: Life) -> list[Coming]:
        today = self._clock.now().date()
        return self._between(licence, life, today, today + HORIZON)

    def _between(self, licence: Licence, life: Life, first: date, last: date) -> list[Coming]:
        begins = licence.begins_at
        if life.is_over or begins is None or licence.activated_at is None:
            return []
        terms = terms_of(licence)
        goes_on = terms.term.renewal is not None and terms.term.renewal.auto and life.renews
        end = None if goes_on else life.end
        return coming_duties(terms, begins=begins, end=end, today=first, until=last)

    def _tell_of_missed(self, session: Session, licence: Licence, life: Life, told: Collection[str]) -> None:
        """Tell both sides of what was due some days ago and of which nobody has said that it was done."""
        today = self._clock.now().date()
        for duty in self.overdue(licence, life):
            key = f"missed:{duty.key}"
            if duty.key in life.duties or key in told or duty.day < today - MISSED_FOR:
                continue
            session.add(ReminderRow(licence_id=licence.id, duty=key, day=duty.day, told_at=self._clock.now()))
            details = {"duty": str(duty.kind), "period": duty.period, "day": duty.day.isoformat()}
            self._note(session, licence, "licence:life:overdue", THE_EXCHANGE, details)
            self._tell_both(session, licence, _("Overdue since %(day)s", day=duty.day.isoformat()), MISSED)

    def _remind(self, session: Session, licence: Licence, day: date, duties: Sequence[Duty]) -> None:
        now = self._clock.now()
        for duty in duties:
            session.add(ReminderRow(licence_id=licence.id, duty=duty.key, day=day, told_at=now))
            details = {"duty": str(duty.kind), "period": duty.period, "day": day.isoformat()}
            self._note(session, licence, "licence:life:reminded", THE_EXCHANGE, details)
        self._tell_both(session, licence, _("Due on %(day)s", day=day.isoformat()), BODY)

    def _next_look(self, coming: Sequence[Coming], today: date) -> datetime | None:
        """Return when to look again: when the next reminder is ripe, or when more has come within the horizon."""
        if not coming:
            return None
        ahead = [one.remind_on for one in coming] + [one.duty.day + timedelta(days=1) for one in coming]
        day = min((day for day in ahead if day > today), default=today + HORIZON / 2)
        return datetime.combine(day, time.min, UTC)
