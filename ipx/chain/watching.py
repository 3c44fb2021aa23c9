"""From sent to mined: receipts of all attempts, and nonces that strangers took.

It must never take the absence of a receipt for evidence, nor tell of a block that the mirror has not reached.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import select

from ipx.chain.events import TransactionMined
from ipx.chain.models import AttemptRow, BlockRow, CursorRow, LogRow, ReceiptRow, TransactionRow
from ipx.chain.rules import REVERTED, SIGNED_STATES, TransactionState
from ipx.chain.tools import RelayPart, told
from ipx.core.errors import Tampered, Unavailable
from ipx.core.ports import Block, Receipt

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Found:
    receipt: Receipt
    block: Block


class Watcher(RelayPart):
    """Finds out what became of transactions that were handed to a node."""

    # ── mined ────────────────────────────────────────────────────────────────────────────────────

    def watch(self) -> bool:
        """Look for receipts. True if a transaction moved."""
        with self._look() as session:
            cursor = session.get(CursorRow, 1)
            rows = list(session.scalars(select(TransactionRow).where(TransactionRow.state.in_(SIGNED_STATES))))
        if cursor is None or not rows:
            return False
        moved = False
        for row in rows:
            found = self._find(row, cursor.number)
            if found is not None:
                moved |= self._note_mined(row, found)
            else:
                moved |= self._check_nonce(row)
        return moved

    def _find(self, row: TransactionRow, mirrored_to: int) -> _Found | None:
        """Ask for all hashes ever signed for this act; whichever is mined counts."""
        query = select(AttemptRow.hash).where(AttemptRow.transaction_id == row.id).order_by(AttemptRow.number.desc())
        with self._look() as session:
            hashes = list(session.scalars(query))
        for transaction in hashes:
            receipt = self._gateway.receipt(transaction)
            # Its logs must be in the mirror before anybody is told.
            if receipt is None or receipt.block_number > mirrored_to:
                continue
            block = self._gateway.block(receipt.block_number)
            if block is not None and block.hash == receipt.block_hash:
                return _Found(receipt, block)
        return None

    def _note_mined(self, row: TransactionRow, found: _Found) -> bool:
        receipt, block = found.receipt, found.block
        with self._database.write() as session:
            self._lease.check(session)
            cursor = session.get_one(CursorRow, 1, with_for_update=True)
            stored = session.get_one(TransactionRow, row.sequence, with_for_update=True)
            if stored.state not in SIGNED_STATES or cursor.number < block.number:
                return False
            session.merge(BlockRow(hash=block.hash, number=block.number, parent_hash=block.parent_hash,
                                   timestamp=block.timestamp, orphaned=False))  # fmt: skip
            session.merge(ReceiptRow(hash=receipt.transaction, block_hash=block.hash, block_number=block.number,
                                     succeeded=receipt.succeeded, gas_used=receipt.gas_used,
                                     gas_price=receipt.gas_price, orphaned=False))  # fmt: skip
            stored.state = TransactionState.MINED
            stored.note = None if receipt.succeeded else REVERTED
            stored.mined_hash, stored.succeeded = receipt.transaction, receipt.succeeded
            stored.block_number, stored.block_hash = block.number, block.hash
            stored.block_time, stored.lost_since = block.timestamp, None
            stored.gas_used, stored.gas_price = receipt.gas_used, receipt.gas_price
            stored.changed_at = self._clock.now()
            if receipt.succeeded:  # a revert may still turn out otherwise; it is told when it is final
                self._events.publish(session, TransactionMined(*told(stored)))
        return True

    # ── a nonce that somebody else used ──────────────────────────────────────────────────────────

    def _check_nonce(self, row: TransactionRow) -> bool:
        """Our key used elsewhere took this nonce: sign again with another, but only when that is final.

        Until then a receipt may just be late. The contract refuses a second effect, should we ever be wrong.
        """
        if row.nonce is None or self._gateway.mined_nonce() <= row.nonce or self._is_in_mirror(row):
            return False
        head = self._gateway.head().number
        if row.lost_since is None:
            with self._database.write() as session:
                session.get_one(TransactionRow, row.sequence).lost_since = head
            return False
        if self._gateway.final_height() < row.lost_since or head <= row.lost_since:
            self._gateway.settle()
            return False
        if not self._is_seconded(row.nonce):
            return False
        logger.error("nonce %d was used by a transaction that is not ours; %s is signed again", row.nonce, row.id)
        with self._database.write() as session:
            self._lease.check(session)
            stored = session.get_one(TransactionRow, row.sequence, with_for_update=True)
            if stored.state not in SIGNED_STATES:
                return False
            stored.state, stored.nonce, stored.lost_since = TransactionState.QUEUED, None, None
        return True

    def _is_seconded(self, nonce: int) -> bool:
        """Tell whether another endpoint, where there are several, counts the nonce as used too."""
        witnesses = self._gateway.witnesses()
        for witness in witnesses or ():
            try:
                if witness.mined_nonce() > nonce:
                    return True
            except (Unavailable, Tampered):
                continue
        return witnesses is None

    def _is_in_mirror(self, row: TransactionRow) -> bool:
        """Tell whether an event of one of our attempts is mirrored: then it is mined, receipt or not."""
        hashes = select(AttemptRow.hash).where(AttemptRow.transaction_id == row.id)
        query = select(LogRow.transaction).where(LogRow.transaction.in_(hashes), LogRow.orphaned.is_(False))
        with self._look() as session:
            return session.scalar(query.limit(1)) is not None
