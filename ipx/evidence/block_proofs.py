"""Header and receipt of each batch's block: asked of a node as soon as the batch is in it, and kept for good.

Bundles made later carry them when no node is left that could be asked. It must never keep what does not hold the
anchor, and never ask a node inside a database transaction or a request.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.core.ports import BlockProof, ChainGateway
from ipx.db.session import Database
from ipx.evidence.events import BatchIncluded, BatchReorged
from ipx.evidence.header import header_problem
from ipx.evidence.models import BatchRow, BlockProofRow
from ipx.evidence.rows import anchor

MOST_TRIES = 40  # ten seconds or more: a node may answer before it has indexed a block; most that fail never succeed
A_ROUND = 20


class BlockProofs:
    """Rows are the queue: a batch in a block is due until the node has answered, or has failed to often enough.

    It may run in several processes at once: they write the same.
    """

    def __init__(self, *, database: Database, gateway: ChainGateway) -> None:
        self._database = database
        self._gateway = gateway

    def on_included(self, session: Session, event: BatchIncluded) -> None:
        """Listener: the batch is in a block, or in another one."""
        batch = session.scalars(select(BatchRow).where(BatchRow.id == event.batch_id)).one()
        fresh = BlockProofRow(batch_id=batch.id, due=True, tries=0, transaction=batch.transaction,
                              block_hash=batch.block_hash, header=None, place=None, receipt=None,
                              nodes=None)  # fmt: skip
        session.merge(fresh)

    def on_reorged(self, session: Session, event: BatchReorged) -> None:
        """Listener: the block has vanished, and what was known of it is worth nothing."""
        row = session.get(BlockProofRow, event.batch_id)
        if row is not None:
            session.delete(row)

    def advance(self) -> bool:
        """Ask for what is due. True when something was kept. Raises Unavailable when the node does not answer."""
        with self._database.read() as session:
            query = select(BlockProofRow.batch_id).where(BlockProofRow.due.is_(True))
            due = list(session.scalars(query.order_by(BlockProofRow.tries, BlockProofRow.batch_id).limit(A_ROUND)))
        kept = [self._ask(batch_id) for batch_id in due]
        return any(kept)

    def _ask(self, batch_id: str) -> bool:
        with self._database.read() as session:
            row, batch = session.get(BlockProofRow, batch_id), _batch(session, batch_id)
            if row is None:
                return False
            claimed, transaction, block_hash = anchor(batch), row.transaction, row.block_hash
        found = self._gateway.block_proof(transaction, block_hash)
        if found is not None and header_problem(claimed, found):
            found = None
        with self._database.write() as session:
            row = session.get(BlockProofRow, batch_id, with_for_update=True)
            if row is None or row.block_hash != block_hash:
                return False  # a reorg came between; it is due again by itself
            _keep(row, found)
        return found is not None


def block_proof_of(session: Session, batch: BatchRow) -> BlockProof | None:
    """Return what is kept for the block that a batch is in, None when it could not be had."""
    row = session.get(BlockProofRow, batch.id)
    if row is None or row.header is None or row.place is None or row.receipt is None or row.nodes is None:
        return None
    if row.block_hash != batch.block_hash:
        return None
    return BlockProof(row.header, row.place, row.receipt, [bytes.fromhex(node) for node in row.nodes])


def _keep(row: BlockProofRow, found: BlockProof | None) -> None:
    row.tries += 1
    row.due = found is None and row.tries < MOST_TRIES
    if found is not None:
        row.header, row.place, row.receipt = found.header, found.index, found.receipt
        row.nodes = [node.hex() for node in found.nodes]


def _batch(session: Session, batch_id: str) -> BatchRow:
    return session.scalars(select(BatchRow).where(BatchRow.id == batch_id)).one()
