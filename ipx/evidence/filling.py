"""The batch that is filling: its stamps get their places one whole subtree after the other, before it is frozen.

Each subtree has a transaction of its own, so that who sends commitments waits for 1,024 places at most and not for
100,000. Until it is frozen the batch has no root, follows no other, and its stamps count as pending.
"""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ipx.core import merkle
from ipx.evidence import leaves
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.rules import BatchState

IS_FILLING = BatchRow.state == BatchState.FILLING
IS_FROZEN = BatchRow.state != BatchState.FILLING


def find(session: Session) -> BatchRow | None:
    """Return the batch that is filling; there is one at most."""
    return session.scalar(select(BatchRow).where(IS_FILLING))


def has_subtree(session: Session, *, largest: int) -> bool:
    """Tell whether a whole subtree of stamps waits and has room in a batch of ``largest`` stamps."""
    filled = session.scalar(select(BatchRow.size).where(IS_FILLING)) or 0
    if filled + merkle.SUBTREE > largest:
        return False
    waiting = select(StampRow.id).where(StampRow.batch_id.is_(None)).offset(merkle.SUBTREE - 1).limit(1)
    return session.scalar(waiting) is not None


def add_subtree(session: Session, batch: BatchRow) -> None:
    """Give the oldest 1,024 pending stamps, which must be there, their places after those that the batch has."""
    first = batch.size
    batch.size += leaves.place(session, batch_id=batch.id, first_index=first, most=merkle.SUBTREE)
    add_roots(session, batch, first_index=first)


def add_roots(session: Session, batch: BatchRow, *, first_index: int) -> None:
    """Hash the leaves from ``first_index`` on, where a subtree begins, and keep the roots of their subtrees."""
    roots = leaves.hash_subtrees(session, batch_id=batch.id, first_index=first_index)
    batch.subtree_roots = (batch.subtree_roots or b"") + leaves.pack(roots)


def oldest(session: Session) -> datetime | None:
    """Return since when the oldest stamp waits for a batch to be frozen."""
    placed = select(StampRow.created_at).join(BatchRow, BatchRow.id == StampRow.batch_id)
    first = session.scalar(placed.where(IS_FILLING, StampRow.leaf_index == 0))
    waiting = session.scalar(select(func.min(StampRow.created_at)).where(StampRow.batch_id.is_(None)))
    return min((moment for moment in (first, waiting) if moment is not None), default=None)


def dissolve(session: Session) -> None:
    """Let the stamps of the batch that is filling wait for another one."""
    batch = find(session)
    if batch is None:
        return
    stamps = update(StampRow).where(StampRow.batch_id == batch.id)
    session.execute(stamps.values(batch_id=None, leaf_index=None))
    session.execute(delete(BatchRow).where(BatchRow.id == batch.id))
