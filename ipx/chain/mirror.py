"""The mirror of our contracts' logs, and how it goes back when the chain does.

Logs, block rows and cursor are written in one transaction per range of blocks. Logs of a vanished block are marked
orphaned, never deleted. It must never go back below what was final: that is an alarm, not a reorg.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ipx.chain.events import TransactionReorged
from ipx.chain.models import BlockRow, CursorRow, LogRow, ReceiptRow, TransactionRow
from ipx.chain.rules import TransactionState
from ipx.chain.tools import RelayPart, RelayTools
from ipx.core.errors import Tampered
from ipx.core.ports import Block, Log

logger = logging.getLogger(__name__)


class Mirror(RelayPart):
    """Follows the chain block by block, forwards and, if need be, backwards."""

    def __init__(self, tools: RelayTools, *, first_block: Callable[[], int]) -> None:
        super().__init__(tools)
        self._first_block = first_block
        self._behind_since: datetime | None = None

    def follow(self) -> bool:
        """Go back to the fork if there is one, then forward to the head. True if anything moved."""
        moved = self._go_back()
        for _ in range(self._limits.ranges_a_round):
            if not self._go_forward():
                return moved
            moved = True
        return moved

    def read_again(self) -> None:
        """Go back to what is final, so that everything above it is read anew: a node had withheld something."""
        cursor = self._cursor()
        self._rewind(cursor.final_number, cursor.final_hash)

    # ── forward ──────────────────────────────────────────────────────────────────────────────────

    def _go_forward(self) -> bool:
        cursor = self._cursor()
        head = self._gateway.head()
        first = cursor.number + 1
        last = min(head.number, cursor.number + self._limits.blocks_a_range)
        if last < first:
            return False
        tip = self._gateway.block(last)
        logs = self._gateway.logs(first, last)
        blocks = {number: self._gateway.block(number) for number in {log.block_number for log in logs}}
        if tip is None or not self._is_one_chain(cursor, first, tip, logs, blocks):
            return False  # the chain changed under our questions: ask again next time
        known = {block.number: block for block in blocks.values() if block is not None} | {tip.number: tip}
        with self._database.write() as session:
            self._lease.check(session)
            stored = self._stored_cursor(session)
            if stored.number != cursor.number:
                return False
            _keep_blocks(session, known.values())
            for log in logs:
                session.merge(_row(log))
            stored.number, stored.hash = tip.number, tip.hash
        return True

    def _is_one_chain(
        self, cursor: CursorRow, first: int, tip: Block, logs: list[Log], blocks: dict[int, Block | None]
    ) -> bool:
        """Tell whether cursor, logs and tip were answered from one and the same chain."""
        for log in logs:
            block = blocks[log.block_number]
            if block is None or block.hash != log.block_hash:
                return False
        opening = tip if first == tip.number else self._gateway.block(first)
        if opening is None or (cursor.hash is not None and opening.parent_hash != cursor.hash):
            return False
        again = self._gateway.block(tip.number)
        return again is not None and again.hash == tip.hash

    # ── backward ─────────────────────────────────────────────────────────────────────────────────

    def _go_back(self) -> bool:
        cursor = self._cursor()
        if cursor.hash is None:
            return False
        found = self._gateway.block(cursor.number)
        if found is not None and found.hash == cursor.hash:
            self._behind_since = None
            return False
        if found is None and self._is_only_behind():
            return False
        fork = self._fork(cursor)
        if fork is None:
            return False
        logger.warning("the chain changed above block %d: going back from %d", fork[0], cursor.number)
        self._rewind(*fork)
        return True

    def _is_only_behind(self) -> bool:
        """A node that lags looks like a chain that lost its newest blocks; give it time to catch up."""
        now = self._clock.now()
        self._behind_since = self._behind_since or now
        return now - self._behind_since < self._limits.lag_patience

    def _fork(self, cursor: CursorRow) -> tuple[int, str | None] | None:
        """Return number and hash of the highest block that we and the node agree on, None when it cannot be told."""
        query = select(BlockRow).where(BlockRow.orphaned.is_(False), BlockRow.number > cursor.final_number)
        with self._look() as session:
            rows = list(session.scalars(query.order_by(BlockRow.number.desc())))
        for row in rows:
            found = self._gateway.block(row.number)
            if found is not None and found.hash == row.hash:
                return row.number, row.hash
        if cursor.final_hash is None:
            return self._first_block() - 1, None
        final = self._gateway.block(cursor.final_number)
        if final is None:
            logger.error("the node does not have block %d, which was final: is it behind?", cursor.final_number)
            return None
        if final.hash != cursor.final_hash:
            raise Tampered(f"The chain has another block {cursor.final_number}, which was final. Nothing is done.")
        return cursor.final_number, cursor.final_hash

    def _rewind(self, number: int, block_hash: str | None) -> None:
        with self._database.write() as session:
            self._lease.check(session)
            session.execute(update(LogRow).where(LogRow.block_number > number).values(orphaned=True))
            session.execute(update(ReceiptRow).where(ReceiptRow.block_number > number).values(orphaned=True))
            session.execute(update(BlockRow).where(BlockRow.number > number).values(orphaned=True))
            cursor = self._stored_cursor(session)
            cursor.number, cursor.hash = number, block_hash
            mined = TransactionRow.state == TransactionState.MINED
            query = select(TransactionRow).where(mined, TransactionRow.block_number > number)
            for row in session.scalars(query.order_by(TransactionRow.sequence)):
                self._put_back(session, row)

    def _put_back(self, session: Session, row: TransactionRow) -> None:
        was_told = row.succeeded
        row.state = TransactionState.REORGED
        row.note = "its block has vanished from the chain; the same transaction is sent again"
        row.mined_hash = row.block_hash = row.block_number = row.block_time = None
        row.succeeded = row.gas_used = row.gas_price = None
        row.changed_at = self._clock.now()
        if was_told:
            self._events.publish(session, TransactionReorged(row.id, row.key, row.purpose))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _cursor(self) -> CursorRow:
        with self._look() as session:
            row = session.get(CursorRow, 1)
        if row is not None:
            return row
        before = self._first_block() - 1
        with self._database.write() as session:
            row = CursorRow(id=1, number=before, hash=None, final_number=before, final_hash=None)
            session.add(row)
        return row

    def _stored_cursor(self, session: Session) -> CursorRow:
        return session.get_one(CursorRow, 1, with_for_update=True)


def _keep_blocks(session: Session, blocks: Iterable[Block]) -> None:
    for block in blocks:
        row = BlockRow(
            hash=block.hash,
            number=block.number,
            parent_hash=block.parent_hash,
            timestamp=block.timestamp,
            orphaned=False,
        )
        session.merge(row)  # a block that vanished may come back
    session.flush()


def _row(log: Log) -> LogRow:
    return LogRow(
        block_hash=log.block_hash,
        log_index=log.log_index,
        block_number=log.block_number,
        transaction=log.transaction,
        address=log.address,
        contract=log.contract,
        event=log.event,
        subject=log.topics[1].lower() if len(log.topics) > 1 else None,
        topics=list(log.topics),
        data=log.data,
        arguments=dict(log.arguments),
        orphaned=False,
    )
