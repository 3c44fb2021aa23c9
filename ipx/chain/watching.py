"""From sent to mined to final: receipts of all attempts, finality, and nonces that strangers took.

It must never take the absence of a receipt for evidence, nor call anything final that the mirror has not reached.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import func, select

from ipx.chain.events import TransactionFailed, TransactionFinal, TransactionMined
from ipx.chain.models import AttemptRow, BlockRow, CursorRow, LogRow, ReceiptRow, TransactionRow
from ipx.chain.rules import SIGNED_STATES, TransactionState
from ipx.chain.tools import RelayTools
from ipx.core.errors import Refused
from ipx.core.ports import Block, Receipt

logger = logging.getLogger(__name__)

REVERTED = "The contract refused it in the block."
MOST_ATTEMPTS = 8  # signatures of one act; more would be a contract that answers by whim


@dataclass(frozen=True)
class _Found:
    receipt: Receipt
    block: Block


class Watcher:
    """Finds out what became of transactions that were handed to a node."""

    def __init__(self, tools: RelayTools) -> None:
        self._look = tools.look
        self._database = tools.database
        self._gateway = tools.gateway
        self._events = tools.events
        self._clock = tools.clock
        self._lease = tools.lease

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
                self._events.publish(session, TransactionMined(*_told(stored)))
        return True

    # ── final ────────────────────────────────────────────────────────────────────────────────────

    def finalise(self) -> bool:
        """Call final what is. True if something moved."""
        with self._look() as session:
            query = select(TransactionRow).where(TransactionRow.state == TransactionState.MINED)
            mined = list(session.scalars(query.order_by(TransactionRow.sequence)))
        if mined and max(row.block_number or 0 for row in mined) > self._gateway.final_height():
            self._gateway.settle()
        moved, final_to = self._move_final()
        for row in mined:
            if row.block_number is not None and row.block_number <= final_to:
                moved |= self._close(row)
        return moved

    def _move_final(self) -> tuple[bool, int]:
        """Move the mark below which nothing changes; return whether it moved, and where it is."""
        with self._look() as session:
            cursor = session.get(CursorRow, 1)
        if cursor is None:
            return False, -1
        height = min(self._gateway.final_height(), cursor.number)
        if height <= cursor.final_number:
            return False, cursor.final_number
        block, tip = self._gateway.block(height), self._gateway.block(cursor.number)
        if block is None or tip is None or tip.hash != cursor.hash:
            return False, cursor.final_number  # a fork above us: the mirror goes back first
        with self._database.write() as session:
            self._lease.check(session)
            stored = session.get_one(CursorRow, 1, with_for_update=True)
            if (stored.number, stored.hash) != (cursor.number, cursor.hash):
                return False, cursor.final_number
            stored.final_number, stored.final_hash = block.number, block.hash
        return True, block.number

    def _close(self, row: TransactionRow) -> bool:
        """Close what is mined below the mark. A revert is judged again: what it rested on may have come too late."""
        if row.succeeded:
            return self._settle_row(row, TransactionState.FINAL, None)
        if self._is_one_open_before(row):
            return False
        reason = self._reason(row)
        if reason is None and self._count_attempts(row) < MOST_ATTEMPTS:
            return self._settle_row(row, TransactionState.QUEUED, "it was refused in a block and is tried again")
        return self._settle_row(row, TransactionState.FAILED, reason or REVERTED)

    def _settle_row(self, row: TransactionRow, state: TransactionState, note: str | None) -> bool:
        with self._database.write() as session:
            self._lease.check(session)
            stored = session.get_one(TransactionRow, row.sequence, with_for_update=True)
            if stored.state != TransactionState.MINED or stored.block_hash != row.block_hash:
                return False
            stored.state, stored.note, stored.changed_at = state, note, self._clock.now()
            if state is TransactionState.FINAL:
                self._events.publish(session, TransactionFinal(*_told(stored)))
            elif state is TransactionState.FAILED:
                told = TransactionFailed(stored.id, stored.key, stored.purpose, note or REVERTED)
                self._events.publish(session, told)
            else:
                stored.nonce = stored.mined_hash = stored.succeeded = stored.block_number = None
                stored.block_hash = stored.block_time = stored.gas_used = stored.gas_price = None
        return True

    def _is_one_open_before(self, row: TransactionRow) -> bool:
        not_mined = TransactionRow.state.in_((TransactionState.QUEUED, *SIGNED_STATES))
        query = select(TransactionRow.id).where(not_mined, TransactionRow.sequence < row.sequence)
        with self._look() as session:
            return session.scalar(query.limit(1)) is not None

    def _count_attempts(self, row: TransactionRow) -> int:
        query = select(func.count()).select_from(AttemptRow).where(AttemptRow.transaction_id == row.id)
        with self._look() as session:
            return session.scalar(query) or 0

    def _reason(self, row: TransactionRow) -> str | None:
        """Ask the contract again why it refuses, since a receipt does not say; None when it would accept now."""
        try:
            self._gateway.estimate_gas(row.to_address, row.call_data)
        except Refused as error:
            return error.message
        return None

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
        logger.error("nonce %d was used by a transaction that is not ours; %s is signed again", row.nonce, row.id)
        with self._database.write() as session:
            self._lease.check(session)
            stored = session.get_one(TransactionRow, row.sequence, with_for_update=True)
            if stored.state not in SIGNED_STATES:
                return False
            stored.state, stored.nonce, stored.lost_since = TransactionState.QUEUED, None, None
        return True

    def _is_in_mirror(self, row: TransactionRow) -> bool:
        """Tell whether an event of one of our attempts is mirrored: then it is mined, receipt or not."""
        hashes = select(AttemptRow.hash).where(AttemptRow.transaction_id == row.id)
        query = select(LogRow.transaction).where(LogRow.transaction.in_(hashes), LogRow.orphaned.is_(False))
        with self._look() as session:
            return session.scalar(query.limit(1)) is not None


def _told(row: TransactionRow) -> tuple[str, str, str, int, str, int]:
    if row.block_number is None or row.block_hash is None or row.block_time is None:
        raise ValueError("a mined transaction has a block")
    return row.id, row.key, row.purpose, row.block_number, row.block_hash, row.block_time
