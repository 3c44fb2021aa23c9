"""Compares one of our logs, line for line, with every head of it that was anchored.

This finds an operator who edits history and computes every hash anew: the lines fit each other again, but not the heads
on the chain. It must never repair anything.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.core import merkle
from ipx.core.errors import Tampered, Unavailable
from ipx.core.merkle_log import Frontier
from ipx.evidence import leaves
from ipx.evidence.filling import IS_FROZEN
from ipx.evidence.log_head import TAG
from ipx.evidence.log_heads import LogSource, head_of, heads_with_batches
from ipx.evidence.models import BatchRow, LogHeadRow, StampRow
from ipx.evidence.rules import ANCHORED, BatchState
from ipx.evidence.verification import Anchored, ChainReader

NO_LINE = "0" * 64


@dataclass(frozen=True)
class HeadFinding:
    """What became of one head: ``problem`` is empty when it holds; ``is_on_chain`` None means that it was not asked."""

    log: str
    lines: int
    head: str
    batch: str
    block: int | None
    is_on_chain: bool | None
    problem: str


def check_log(
    session: Session, *, log: str, source: LogSource, chain: ChainReader | None = None
) -> Iterator[HeadFinding]:
    """Check every head of a log, oldest first. Raises Unavailable when the node does not answer.

    The lines must hash to what they say (``AuditService.check`` sees to that); here their hashes meet the heads.
    """
    query = heads_with_batches().add_columns(StampRow)
    query = query.where(LogHeadRow.log == log).order_by(LogHeadRow.sequence)
    walk = _Walk(session, source)
    for row, batch, stamp in session.execute(query).all():
        problem = walk.problem(row) or _leaf_problem(session, row, batch, stamp)
        is_on_chain = None
        if not problem and batch.state in ANCHORED and chain is not None:
            is_on_chain = _is_on_chain(batch, chain)
            problem = "" if is_on_chain else "its batch is not on the chain as the table says"
        yield HeadFinding(row.log, row.lines, row.head, batch.id, batch.block_number, is_on_chain, problem)


def bad_batches(session: Session, *, adopted: Collection[str] = ()) -> list[str]:
    """Return the batches whose leaves do not give their root, or of which a head's record is missing.

    ``adopted``: those of which the audit log says that their leaves were lost to an old backup; they must have none.
    """
    headless = select(StampRow.batch_id).join(LogHeadRow, LogHeadRow.stamp_id == StampRow.id, isouter=True)
    bad = set(session.scalars(headless.where(StampRow.tag == TAG, LogHeadRow.stamp_id.is_(None))))
    found = []
    for batch in session.scalars(select(BatchRow).where(IS_FROZEN).order_by(BatchRow.sequence)).all():
        if not _has_its_leaves(session, batch, adopted):
            bad.add(batch.id)
        found += [batch.id] if batch.id in bad else []
    return found


def _has_its_leaves(session: Session, batch: BatchRow, adopted: Collection[str]) -> bool:
    if batch.state == BatchState.ADOPTED:
        stray = session.scalar(select(StampRow.id).where(StampRow.batch_id == batch.id).limit(1))
        return batch.id in adopted and stray is None
    try:
        leaves.check(session, batch)
    except Tampered:
        return False
    return True


class _Walk:
    """Goes along the log once, as long as the heads only grow."""

    def __init__(self, session: Session, source: LogSource) -> None:
        self._session = session
        self._source = source
        self._begin()

    def problem(self, row: LogHeadRow) -> str:
        """Return what the lines say otherwise than a head, or nothing."""
        if row.lines < self._frontier.size:
            self._begin()
        for line_hash in self._source.hashes(self._session, after=self._frontier.size, upto=row.lines):
            self._frontier.append(bytes.fromhex(line_hash))
            self._last = line_hash
        if self._frontier.size != row.lines:
            return f"the log has {self._frontier.size} lines where {row.lines} were anchored"
        if self._last != row.head:
            return f"line {row.lines} has the hash {self._last}"
        return "" if self._frontier.root() == row.root else "the lines before it do not give its root"

    def _begin(self) -> None:
        self._frontier, self._last = Frontier(), NO_LINE


def _leaf_problem(session: Session, row: LogHeadRow, batch: BatchRow, stamp: StampRow) -> str:
    if head_of(row).commitment(salt=row.salt, owner=stamp.owner) != stamp.commitment:
        return "its commitment is not made of it"
    try:
        leaves.check(session, batch)
    except Tampered:
        return "the leaves of its batch do not give the root that was anchored"
    chained = merkle.chained_head(batch.previous_head, batch.root, batch.size)
    return "" if chained == batch.head else "the batch's root does not give its chained head"


def _is_on_chain(batch: BatchRow, chain: ChainReader) -> bool:
    if chain.chain_id() != batch.chain_id:
        raise Unavailable(f"The node is on chain {chain.chain_id()}, the log is anchored on {batch.chain_id}.")
    expected = (batch.contract.lower(), batch.sender.lower(), batch.root, batch.size, batch.head)
    return any(_spelt(anchor) == expected for anchor in chain.anchored_in(batch.transaction or ""))


def _spelt(anchor: Anchored) -> tuple[str, str, bytes, int, bytes]:
    return anchor.contract, anchor.sender, anchor.root, anchor.size, anchor.head
