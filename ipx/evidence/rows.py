"""Rows of the evidence room as what it hands out."""

from ipx.evidence.bundle import Anchor
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.records import StampView
from ipx.evidence.rules import ANCHORED, BatchState, stamp_state


def view(stamp: StampRow, batch: BatchRow | None) -> StampView:
    """Return a stamp as it stands. One that has its place in a batch that is filling waits like the others."""
    batch = None if batch is None or batch.state == BatchState.FILLING else batch
    is_anchored = batch is not None and batch.state in ANCHORED
    return StampView(
        id=stamp.id,
        organisation_id=stamp.organisation_id,
        owner=stamp.owner,
        commitment=stamp.commitment,
        subject_kind=stamp.subject_kind,
        subject_id=stamp.subject_id,
        state=stamp_state(BatchState(batch.state) if batch else None),
        created_at=stamp.created_at,
        batch_id=batch.id if batch else None,
        batch_size=batch.size if batch else None,
        chain_id=batch.chain_id if batch and is_anchored else None,
        transaction=batch.transaction if batch and is_anchored else None,
        block_number=batch.block_number if batch and is_anchored else None,
        block_hash=batch.block_hash if batch and is_anchored else None,
        block_time=batch.block_time if batch and is_anchored else None,
    )


def anchor(batch: BatchRow) -> Anchor:
    """Return where an anchored batch's root is."""
    if batch.transaction is None or batch.block_hash is None or batch.block_number is None or batch.block_time is None:
        raise ValueError("an anchored batch has a transaction and a block")
    return Anchor(
        previous_head=batch.previous_head,
        root=batch.root,
        size=batch.size,
        head=batch.head,
        chain_id=batch.chain_id,
        contract=batch.contract,
        sender=batch.sender,
        transaction=batch.transaction,
        block_number=batch.block_number,
        block_hash=batch.block_hash,
        block_time=batch.block_time,
    )
