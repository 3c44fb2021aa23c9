"""From mined to final: the mark below which nothing changes, and what stands below it.

It must never call anything final that the mirror has not reached, nor on the word of one endpoint where there are more.
"""

import logging
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from ipx.chain.events import TransactionFailed, TransactionFinal
from ipx.chain.mirror import Mirror
from ipx.chain.models import AttemptRow, CursorRow, LogRow, TransactionRow
from ipx.chain.rules import REVERTED, SIGNED_STATES, TransactionState
from ipx.chain.tools import RelayPart, RelayTools, told
from ipx.core.errors import Refused, Tampered, Unavailable
from ipx.core.ports import Block, ChainGateway, Log

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 8  # signatures of one act; more would be a contract that answers by whim
Told = tuple[str, int, str, str]  # of an event: block hash, index, transaction, data


class Finality(RelayPart):
    """Moves the mark, and closes what is below it."""

    def __init__(self, tools: RelayTools, mirror: Mirror) -> None:
        super().__init__(tools)
        self._mirror = mirror

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
        # By ranges, since a second endpoint is asked for the same events as a range of the mirror holds.
        height = min(self._gateway.final_height(), cursor.number, cursor.final_number + self._limits.blocks_a_range)
        if height <= cursor.final_number:
            return False, cursor.final_number
        block, tip = self._gateway.block(height), self._gateway.block(cursor.number)
        if block is None or tip is None or tip.hash != cursor.hash:
            return False, cursor.final_number  # a fork above us: the mirror goes back first
        if not self._is_seconded(cursor.final_number + 1, block):
            return False, cursor.final_number
        with self._database.write() as session:
            self._lease.check(session)
            stored = session.get_one(CursorRow, 1, with_for_update=True)
            if (stored.number, stored.hash) != (cursor.number, cursor.hash):
                return False, cursor.final_number
            stored.final_number, stored.final_hash = block.number, block.hash
        return True, block.number

    def _close(self, row: TransactionRow) -> bool:
        """Close what is mined below the mark. A revert is judged again: what it rested on may have come too late."""
        if not self._is_receipt_seconded(row):
            return False
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
                self._events.publish(session, TransactionFinal(*told(stored)))
            elif state is TransactionState.FAILED:
                failed = TransactionFailed(stored.id, stored.key, stored.purpose, note or REVERTED)
                self._events.publish(session, failed)
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

    # ── the word of a second endpoint ────────────────────────────────────────────────────────────

    def _is_seconded(self, first: int, block: Block) -> bool:
        """Tell whether another endpoint calls the block final too and has the same events up to it, as mirrored."""
        witnesses = self._gateway.witnesses()
        if witnesses is None:
            return True
        with self._look() as session:
            between = LogRow.block_number.between(first, block.number) & LogRow.orphaned.is_(False)
            mirrored = sorted(_told_by(session.scalars(select(LogRow).where(between))))
        for witness in witnesses:
            events = _events_of(witness, first, block)
            if events == mirrored:
                return True
            if events is not None:
                self._look_again(first, block, events)
        return False

    def _look_again(self, first: int, block: Block, events: list[Told]) -> None:
        """The mirror lacks, or has, what another endpoint does not: read it anew when two endpoints agree now."""
        logger.error("two endpoints disagree about our events in blocks %d to %d", first, block.number)
        if sorted(_told_by(self._gateway.logs(first, block.number))) == events:
            self._mirror.read_again()

    def _is_receipt_seconded(self, row: TransactionRow) -> bool:
        witnesses = self._gateway.witnesses()
        for witness in witnesses or ():
            try:
                receipt = witness.receipt(row.mined_hash or "")
            except (Unavailable, Tampered):
                continue
            if receipt and (receipt.block_hash, receipt.succeeded) == (row.block_hash, row.succeeded):
                return True
        return witnesses is None


def _events_of(witness: ChainGateway, first: int, block: Block) -> list[Told] | None:
    """Return our events as another endpoint has them, None when it does not (yet) call this very block final."""
    try:
        there = witness.block(block.number)
        if there is None or there.hash != block.hash or witness.final_height() < block.number:
            return None
        return sorted(_told_by(witness.logs(first, block.number)))
    except (Unavailable, Tampered):
        return None


def _told_by(logs: Iterable[Log] | Iterable[LogRow] | Sequence[LogRow]) -> list[Told]:
    return [(log.block_hash, log.log_index, log.transaction, log.data) for log in logs]
