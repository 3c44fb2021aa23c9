"""Options that awards gave: the organiser is told before one ends, and both sides when it has ended unused.

The rows are the timers: what was due while nobody was running is told at the next look, each thing once.
"""

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE
from ipx.challenges.models import ChallengeRow, EntryRow
from ipx.challenges.shelf import Shelf
from ipx.web.translating import Text

BEFORE_THE_END = timedelta(days=14)


def first_telling(begins: datetime, ends: datetime) -> datetime:
    """Return when the organiser is told that an option ends: two weeks before, or half-way through a shorter one."""
    return ends - min(BEFORE_THE_END, (ends - begins) / 2)


class Options:
    """Tells of the end of options. It ends none: an option is over by its day alone."""

    def __init__(self, *, shelf: Shelf) -> None:
        self._shelf = shelf

    def tell_due(self, session: Session, *, limit: int) -> int:
        """Tell of the options whose time has come; returns how many. Each telling happens once."""
        now = self._shelf.clock.now()
        due = select(EntryRow).where(EntryRow.option_next_at <= now).order_by(EntryRow.option_next_at).limit(limit)
        rows = list(session.scalars(due.with_for_update(skip_locked=True)))
        for entry in rows:
            assert entry.option_ends_at is not None
            row = self._shelf.challenge_row(session, entry.challenge_id)
            if now >= entry.option_ends_at:
                self._tell_ended(session, row, entry)
            else:
                self._tell_ending(session, row, entry, entry.option_ends_at)
        session.flush()
        return len(rows)

    def _tell_ending(self, session: Session, row: ChallengeRow, entry: EntryRow, ends: datetime) -> None:
        entry.option_next_at = ends
        self._shelf.note(session, entry, "option:reminded", by=THE_EXCHANGE, details={"ends": ends.isoformat()})
        body = _(
            "The option ends at %(moment)s UTC. Until then you can call for the licence on the page of the entry.",
            moment=f"{ends:%Y-%m-%d %H:%M}",
        )
        self._tell_and_mail(session, row, row.organisation_id, entry, _("The option of an award ends soon"), body)

    def _tell_ended(self, session: Session, row: ChallengeRow, entry: EntryRow) -> None:
        entry.option_next_at = None
        self._shelf.note(session, entry, "option:ended", by=THE_EXCHANGE)
        subject = _("The option of an award has ended")
        used = _("It was not used. An offer on the listing is still possible, on terms that both sides agree.")
        free = _("It was not used. Your technology is not reserved for it any more.")
        self._tell_and_mail(session, row, row.organisation_id, entry, subject, used)
        self._tell_and_mail(session, row, entry.organisation_id, entry, subject, free)

    def _tell_and_mail(
        self, session: Session, row: ChallengeRow, organisation_id: str, entry: EntryRow, subject: Text, body: Text
    ) -> None:
        is_own = organisation_id == entry.organisation_id
        link = f"/challenges/entries/{entry.id}" if is_own else f"/challenges/entries/{entry.id}/read"
        self._shelf.tell(session, organisation_id, row, subject, body, link)
        self._shelf.mail_managers(session, organisation_id, row, subject, body, link)
