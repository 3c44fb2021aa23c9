"""The heads of our own logs, which are leaves of every batch. It must never change a head that was taken.

A log is told of by the room that keeps it (a ``LogSource``, added in ``wiring``), since some of these rooms stand to
our right.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ipx.audit.service import AuditService
from ipx.core.errors import NotFound
from ipx.core.merkle_log import Frontier
from ipx.core.ports import Clock, Entropy
from ipx.evidence.bundle import Opening
from ipx.evidence.filling import IS_FROZEN
from ipx.evidence.log_head import TAG, LogHead
from ipx.evidence.models import BatchRow, LogHeadRow, StampRow

# Anchoring writes these lines itself: if they counted, an idle exchange would anchor for ever.
OWN_ACTIONS = ("evidence:batch:anchored", "evidence:batch:time_stamped", "evidence:log:alarmed")
NOBODY, SUBJECT_KIND = "", "log"  # such a stamp is of no organisation, and about a log


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
        newest = session.scalar(
            select(BatchRow.created_at).where(IS_FROZEN).order_by(BatchRow.sequence.desc()).limit(1)
        )
        now = self._clock.now()
        if newest is not None and now - delay < newest <= now:
            return False
        return any(source.has_changed(session, after=self._taken(session, log)) for log, source in self._logs())

    def place(self, session: Session, *, batch_id: str, owner: str, first_index: int) -> int:
        """Put the present head of every log into a batch, by their names; return how many there are."""
        for place, (log, source) in enumerate(self._logs()):
            head, salt, frontier = self._take(session, log, source)
            leaf = self._leaf(head, salt, owner)
            leaf.batch_id, leaf.leaf_index = batch_id, first_index + place
            session.add(leaf)
            session.flush()
            session.add(self._row(head, salt, frontier, leaf))
        session.flush()
        return len(self.sources)

    def opening(self, session: Session, stamp: StampRow) -> Opening:
        """Return what the leaf of a head is made of. Raises NotFound for a stamp that is none."""
        row = session.scalar(select(LogHeadRow).where(LogHeadRow.stamp_id == stamp.id))
        if row is None:
            raise NotFound("This stamp is not the head of a log.")
        return Opening(row.salt, head_of(row).content_sha256(), stamp.owner)

    def _take(self, session: Session, log: str, source: LogSource) -> tuple[LogHead, bytes, Frontier]:
        lines, last = source.tip(session)
        frontier = self._frontier(session, log, lines)
        for line_hash in source.hashes(session, after=frontier.size, upto=lines):
            frontier.append(bytes.fromhex(line_hash))
        return LogHead(log, lines, last, frontier.root()), self._entropy.token(32), frontier

    def _leaf(self, head: LogHead, salt: bytes, owner: str) -> StampRow:
        return StampRow(
            id=self._entropy.new_id(),
            organisation_id=NOBODY,
            owner=owner,
            tag=TAG,
            commitment=head.commitment(salt=salt, owner=owner),
            subject_kind=SUBJECT_KIND,
            subject_id=head.log,
            created_at=self._clock.now(),
        )

    def _row(self, head: LogHead, salt: bytes, frontier: Frontier, leaf: StampRow) -> LogHeadRow:
        return LogHeadRow(
            id=self._entropy.new_id(),
            log=head.log,
            lines=head.lines,
            head=head.head,
            root=head.root,
            frontier=[peak.hex() for peak in frontier.peaks],
            salt=salt,
            stamp_id=leaf.id,
            created_at=leaf.created_at,
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


def head_of(row: LogHeadRow) -> LogHead:
    """Return the head that a row keeps."""
    return LogHead(row.log, row.lines, row.head, row.root)


def heads_with_batches() -> Select[LogHeadRow, BatchRow]:
    """Return the query of all heads, each with the batch that it is in."""
    query = select(LogHeadRow, BatchRow).join(StampRow, StampRow.id == LogHeadRow.stamp_id)
    return query.join(BatchRow, BatchRow.id == StampRow.batch_id)
