"""How far our chain of heads was checked, so that not every look begins with the first batch.

It covers batches that are final and follow from 32 zero bytes on. What it covers may have been changed since: it must
never be relied on for longer than a day: then everything is checked again from the first batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.evidence.models import BatchRow, CheckpointRow
from ipx.evidence.rules import ENDED

AT_LEAST_EVERY = timedelta(days=1)
MOST_IN_A_BLOCK = 100  # anchors of ours; each waits for the one before


@dataclass(frozen=True)
class Checkpoint:
    """The first ``batches`` batches, up to the row ``sequence``, with the newest head of each contract and sender.

    ``block_number``: the block of the last one. ``whole_at``: when all of them were last checked from the first on.
    """

    sequence: int
    batches: int
    head: bytes
    block_number: int
    heads: Mapping[tuple[str, str], bytes]
    whole_at: datetime


def find(session: Session) -> Checkpoint | None:
    """Return the checkpoint, or None when there is none, or when a row that it covers was taken away or put in."""
    row = session.get(CheckpointRow, 1)
    if row is None:
        return None
    covered = select(func.count()).select_from(BatchRow).where(BatchRow.sequence <= row.sequence)
    newest = select(BatchRow.head).where(BatchRow.sequence == row.sequence)
    if session.scalar(covered) != row.batches or session.scalar(newest) != row.head:
        return None
    heads = {(contract, sender): bytes.fromhex(head) for contract, sender, head in row.heads}
    return Checkpoint(row.sequence, row.batches, row.head, row.block_number, heads, row.whole_at)


def reached(session: Session, *, after: Checkpoint | None, now: datetime) -> Checkpoint | None:
    """Return how far the batches are final without a gap; the caller has checked them all, those beyond ``after``
    just now."""
    found, heads = after, dict(after.heads) if after else {}
    batches = after.batches if after else 0
    columns = (BatchRow.sequence, BatchRow.contract, BatchRow.sender, BatchRow.head, BatchRow.state)
    query = select(*columns, BatchRow.block_number).where(BatchRow.sequence > (after.sequence if after else 0))
    whole_at = after.whole_at if after else now
    for sequence, contract, sender, head, state, block in session.execute(query.order_by(BatchRow.sequence)):
        if state not in ENDED or block is None:
            break
        heads[contract, sender] = head
        batches += 1
        found = Checkpoint(sequence, batches, head, max(block, found.block_number if found else 0), heads, whole_at)
    return found


def keep(session: Session, checkpoint: Checkpoint | None) -> None:
    """Keep a checkpoint in place of the one before; None forgets it."""
    row = session.get(CheckpointRow, 1)
    if checkpoint is None:
        if row is not None:
            session.delete(row)
        return
    heads = [[contract, sender, head.hex()] for (contract, sender), head in checkpoint.heads.items()]
    fields = {name: getattr(checkpoint, name) for name in ("sequence", "batches", "head", "block_number", "whole_at")}
    session.merge(CheckpointRow(id=1, heads=heads, **fields))


def covered_in_its_block(session: Session, checkpoint: Checkpoint) -> set[bytes]:
    """Return the heads that it covers in its last block, which may hold later ones too."""
    query = select(BatchRow.head, BatchRow.block_number).where(BatchRow.sequence <= checkpoint.sequence)
    newest = session.execute(query.order_by(BatchRow.sequence.desc()).limit(MOST_IN_A_BLOCK))
    return {head for head, block in newest if block == checkpoint.block_number}
