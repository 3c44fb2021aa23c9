"""Leases: one process at a time does a thing, and a paused one that wakes up again is noticed.

Every taking raises the epoch; who writes under a lease checks the epoch in the same transaction (a fencing token).
Correctness rests on the epoch alone, never on clocks: they only decide how soon another process may take over.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ipx.core.errors import Conflict
from ipx.core.ports import Clock
from ipx.db.base import Base
from ipx.db.session import Database

log = logging.getLogger("ipx.lease")


class LeaseRow(Base):
    """Who holds a lease, since which epoch, until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    epoch: Mapped[int]
    expires_at: Mapped[datetime]


class LeaseLostError(Conflict):
    """Another process has taken the lease meanwhile; nothing of this transaction may be kept."""


class Lease:
    """One process's grip on one lease.

    ``holder`` names the process. A new process of the same name takes over at once: so the embedded exchange, which is
    one process by construction, goes on right after a crash.
    """

    def __init__(
        self, database: Database, clock: Clock, *, name: str, holder: str, duration: timedelta = timedelta(seconds=15)
    ) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._holder = holder
        self._duration = duration
        self._epoch: int | None = None
        self._until: datetime | None = None
        self._waits_for: int | None = None

    def hold(self) -> bool:
        """Take the lease or keep it; True while we hold it. Writes only when half of its time is over."""
        now = self._clock.now()
        if self._epoch is not None and self._until is not None and now < self._until - self._duration / 2:
            return True
        with self._database.write() as session:
            row = session.get(LeaseRow, self._name, with_for_update=True)
            if row is None:
                row = LeaseRow(name=self._name, holder=self._holder, epoch=0, expires_at=now)
                session.add(row)
            elif row.epoch == self._epoch:
                row.expires_at = now + self._duration
            elif row.holder != self._holder and row.expires_at > now:
                self._epoch = None
                self._say_who_has_it(row)
                return False
            if row.epoch != self._epoch:
                row.epoch += 1
                row.holder = self._holder
                row.expires_at = now + self._duration
            epoch, until = row.epoch, row.expires_at
        self._epoch, self._until = epoch, until
        return True

    def _say_who_has_it(self, row: LeaseRow) -> None:
        """Say once for each holder that we wait, and until when at most if it has died."""
        if self._waits_for != row.epoch:
            self._waits_for = row.epoch
            log.info("%s: %s has it; if that process has died, until %s", self._name, row.holder, row.expires_at)

    def check(self, session: Session) -> int:
        """Make sure, until this transaction ends, that nobody else has the lease; return the epoch.

        The row is written, so that a taker waits for us or we for him. Raises LeaseLostError.
        """
        mine = (LeaseRow.name == self._name) & (LeaseRow.epoch == self._epoch)
        touched = update(LeaseRow).where(mine).values(holder=self._holder).returning(LeaseRow.epoch)
        if self._epoch is None or session.scalar(touched) is None:
            self._epoch = None
            raise LeaseLostError(f"Another process has taken over: {self._name}.")
        return self._epoch

    def release(self) -> None:
        """Give the lease back, so that another process need not wait."""
        if self._epoch is None:
            return
        mine = (LeaseRow.name == self._name) & (LeaseRow.epoch == self._epoch)
        with self._database.write() as session:
            session.execute(update(LeaseRow).where(mine).values(expires_at=self._clock.now()))
        self._epoch = None
