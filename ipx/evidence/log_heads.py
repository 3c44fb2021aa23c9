"""The heads of our own logs, which are leaves of every batch. It must never change a head that was taken.

A log is told of by the room that keeps it (a ``LogSource``, added in ``wiring``), since some of these rooms stand to
our right.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.audit.service import AuditService
from ipx.core.merkle_log import Frontier
from ipx.core.ports import Clock, Entropy
from ipx.evidence.log_head import LogHead
from ipx.evidence.models import BatchRow, LogHeadRow

# Anchoring writes these lines itself: if they counted, an idle exchange would anchor for ever.
OWN_ACTIONS = ("evidence:batch:anchored", "evidence:log:alarmed")


class LogSource(Protocol):
    """A log of hash-chained lines, numbered from 1 without gaps."""

    def tip(self, session: Session) -> tuple[int, str]:
        """Return the number of lines and the hash of the last one, 64 zeros before the first."""

    def hashes(self, session: Session, *, after: int, upto: int) -> Iterator[str]:
        """Return the hashes of the lines ``after + 1`` to ``upto`` as lower-case hex, in order."""

    def has_changed(self, session: Session, *, after: int) -> bool:
        """Tell whether there is a line with a later number that is worth a batch of its own."""


class AuditSource:
    """The audit log, without the lines that anchoring itself writes."""

    def __init__(self, audit: AuditService) -> None:
        self._audit = audit
        self.tip, self.hashes = audit.tip, audit.hashes

    def has_changed(self, session: Session, *, after: int) -> bool:
        """As LogSource."""
        return self._audit.has_changed(session, after=after, but_for=OWN_ACTIONS)


class LogHeads:
    """Takes the heads of all logs that were added, and keeps what their leaves are made of."""

    def __init__(self, *, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self.sources: dict[str, LogSource] = {}

    def add(self, log: str, source: LogSource) -> None:
        """Tell of a log; its name is one of ``log_head.LOGS``."""
        self.sources[log] = source

    def is_due(self, session: Session, *, delay: timedelta) -> bool:
        """Tell whether a log has changed and the newest batch is ``delay`` old: then heads alone make a batch."""
        newest = session.scalar(select(func.max(BatchRow.created_at)))
        now = self._clock.now()
        if newest is not None and now - delay < newest <= now:
            return False
        return any(source.has_changed(session, after=self._taken(session, log)) for log, source in self._logs())

    def take(self, session: Session, *, batch_id: str, owner: str, first_index: int) -> list[LogHeadRow]:
        """Return the present head of every log as leaves of a batch, at ``first_index`` and after, by their names.

        The rows refer to the batch's row, so the caller adds them after it.
        """
        return [
            self._take(session, log, source, batch_id=batch_id, owner=owner, index=first_index + place)
            for place, (log, source) in enumerate(self._logs())
        ]

    def of_batch(self, session: Session, batch_id: str) -> list[LogHeadRow]:
        """Return the heads in a batch, in the order of their leaves."""
        query = select(LogHeadRow).where(LogHeadRow.batch_id == batch_id).order_by(LogHeadRow.leaf_index)
        return list(session.scalars(query))

    def _take(
        self, session: Session, log: str, source: LogSource, *, batch_id: str, owner: str, index: int
    ) -> LogHeadRow:
        lines, last = source.tip(session)
        frontier = self._frontier(session, log, lines)
        for line_hash in source.hashes(session, after=frontier.size, upto=lines):
            frontier.append(bytes.fromhex(line_hash))
        head = LogHead(log, lines, last, frontier.root())
        salt = self._entropy.token(32)
        return LogHeadRow(
            id=self._entropy.new_id(),
            log=log,
            lines=lines,
            head=last,
            root=head.root,
            frontier=[peak.hex() for peak in frontier.peaks],
            salt=salt,
            owner=owner,
            commitment=head.commitment(salt=salt, owner=owner),
            batch_id=batch_id,
            leaf_index=index,
            created_at=self._clock.now(),
        )

    def _frontier(self, session: Session, log: str, lines: int) -> Frontier:
        """Return where the last head left off; a log that has become shorter, as a restored one, begins anew."""
        newest = self._newest(session, log)
        if newest is None or newest.lines > lines:
            return Frontier()
        return Frontier(newest.lines, [bytes.fromhex(peak) for peak in newest.frontier])

    def _taken(self, session: Session, log: str) -> int:
        newest = self._newest(session, log)
        return newest.lines if newest else 0

    def _newest(self, session: Session, log: str) -> LogHeadRow | None:
        query = select(LogHeadRow).where(LogHeadRow.log == log).order_by(LogHeadRow.sequence.desc())
        return session.scalar(query.limit(1))

    def _logs(self) -> list[tuple[str, LogSource]]:
        return sorted(self.sources.items())
