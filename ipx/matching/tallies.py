"""How often listings are shown and opened. Sums alone: it must never keep who, when or from where.

Pages only read, so a count waits in the process until half a minute has passed, and then many are written at once. A
process that ends takes with it what still waits: at most that half minute.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ipx.catalogue.events import ListingOpened
from ipx.core.ports import Clock
from ipx.db.session import Database
from ipx.matching.tally_models import TallyRow

log = logging.getLogger("ipx.matching")

WRITE_EVERY = timedelta(seconds=30)
SHOWN, OPENED = "shown", "opened"


@dataclass(frozen=True)
class Tally:
    """What was counted of one listing; ``since`` is None where nothing was written yet."""

    shown: int
    opened: int
    since: datetime | None


class Tallies:
    """Counts, and writes the counts in transactions of its own. Any number of processes count the same listings."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._waiting: Counter[tuple[str, str]] = Counter()
        self._written_at = clock.now()

    def note_shown(self, listing_ids: Iterable[str]) -> None:
        """Count listings that stand in a page of results."""
        self._note(SHOWN, listing_ids)

    def on_listing_opened(self, _: Session, opened: ListingOpened) -> None:
        """Count a listing whose page is looked at."""
        self._note(OPENED, [opened.listing_id])

    def tally(self, session: Session, *, listing_id: str) -> Tally:
        """Return what was counted of a listing, what still waits in this process included."""
        row = session.get(TallyRow, listing_id)
        with self._lock:
            waiting = {what: self._waiting[listing_id, what] for what in (SHOWN, OPENED)}
        shown, opened = (row.shown, row.opened) if row else (0, 0)
        return Tally(shown + waiting[SHOWN], opened + waiting[OPENED], row.since if row else None)

    def write(self) -> bool:
        """Write what waits: a chore. False: done for now. What cannot be written waits on."""
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
            self._written_at = self._clock.now()
        try:
            self._add(taken)
        except SQLAlchemyError as error:
            with self._lock:
                self._waiting.update(taken)
            log.warning("counts of listings wait: %s", error)
        return False

    def _note(self, what: str, listing_ids: Iterable[str]) -> None:
        with self._lock:
            self._waiting.update((one, what) for one in listing_ids)
            is_due = bool(self._waiting) and self._clock.now() - self._written_at >= WRITE_EVERY
        if is_due:
            self.write()

    def _add(self, counts: Mapping[tuple[str, str], int]) -> None:
        if not counts:
            return
        with self._database.write() as session:
            insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            # Sorted, so that two processes lock rows in the same order.
            for one in sorted({listing_id for listing_id, _ in counts}):
                more = {what: counts.get((one, what), 0) for what in (SHOWN, OPENED)}
                row = insert(TallyRow).values(listing_id=one, since=self._clock.now(), **more)
                both = {what: getattr(TallyRow, what) + more[what] for what in (SHOWN, OPENED)}
                session.execute(row.on_conflict_do_update(index_elements=[TallyRow.listing_id], set_=both))
