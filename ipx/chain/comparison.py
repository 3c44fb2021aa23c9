"""Our rows about the chain against the node's own word: events, blocks and transactions. It must never mend anything.

Only what is final is compared: a younger block may be replaced between two questions.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.chain.models import AttemptRow, BlockRow, CursorRow, LogRow, ReceiptRow, TransactionRow
from ipx.chain.rules import FOUND, TransactionState
from ipx.core.ports import ChainGateway, Log

EVENT, BLOCK, TRANSACTION = "event", "block", "transaction"


@dataclass(frozen=True)
class RowDifference:
    """One row that the node contradicts; ``subject``: an id of ours, or a hash."""

    area: str
    subject: str
    field: str
    words: str


class ChainComparison:
    """Compares our rows with one gateway's node."""

    def __init__(self, gateway: ChainGateway) -> None:
        self._gateway = gateway

    def logs(self, *, upto: int, at_once: int = 2_000) -> Iterator[Log]:
        """Return all events of our contracts up to a block, as the node tells them. Raises Unavailable."""
        begin = self._gateway.first_block()
        while begin <= upto:
            end = min(upto, begin + at_once - 1)
            yield from self._gateway.logs(begin, end)
            begin = end + 1

    def differences(self, session: Session, logs: Sequence[Log], *, final: int) -> list[RowDifference]:
        """Return what our rows say otherwise about blocks up to ``final``. Raises Unavailable."""
        cursor = session.get(CursorRow, 1)
        upto = min(final, cursor.number if cursor else -1)
        return [
            *self._events(session, [log for log in logs if log.block_number <= upto], upto),
            *self._blocks(session, upto),
            *self._transactions(session, upto),
        ]

    def _events(self, session: Session, logs: Sequence[Log], upto: int) -> Iterator[RowDifference]:
        query = select(LogRow).where(LogRow.orphaned.is_(False), LogRow.block_number <= upto)
        rows = {(row.block_hash, row.log_index): row for row in session.scalars(query)}
        for log in logs:
            subject = f"{log.transaction}/{log.log_index}"
            row = rows.pop((log.block_hash, log.log_index), None)
            if row is None:
                yield RowDifference(EVENT, subject, "", f"the chain has {log.event}, and our table does not")
                continue
            yield from _unlike(EVENT, subject, _event_values(row, log))
        for (block_hash, index), row in rows.items():
            words = f"our table has {row.event} in block {block_hash}, and the chain does not"
            yield RowDifference(EVENT, f"{row.transaction}/{index}", "", words)

    def _blocks(self, session: Session, upto: int) -> Iterator[RowDifference]:
        query = select(BlockRow).where(BlockRow.orphaned.is_(False), BlockRow.number <= upto)
        for row in session.scalars(query.order_by(BlockRow.number)):
            block = self._gateway.block(row.number)
            told = (block.hash, block.parent_hash, block.timestamp) if block else (None, None, None)
            ours = (row.hash, row.parent_hash, row.timestamp)
            yield from _unlike(
                BLOCK, str(row.number), zip(("hash", "parent_hash", "timestamp"), ours, told, strict=True)
            )

    def _transactions(self, session: Session, upto: int) -> Iterator[RowDifference]:
        for row in session.scalars(select(TransactionRow).order_by(TransactionRow.sequence)):
            if row.state == TransactionState.FINAL or (row.block_number is not None and row.block_number <= upto):
                yield from _unlike(TRANSACTION, row.id, self._transaction_values(row))
            elif row.state != TransactionState.FAILED:
                yield from self._unnoticed(session, row, upto)
        for receipt in session.scalars(select(ReceiptRow).where(ReceiptRow.orphaned.is_(False))):
            found = self._gateway.receipt(receipt.hash)
            told = (found.block_hash, found.block_number, found.succeeded) if found else (None, None, None)
            ours, names = (
                (receipt.block_hash, receipt.block_number, receipt.succeeded),
                ("block_hash", "block", "success"),
            )
            if receipt.block_number <= upto:
                yield from _unlike("receipt", receipt.hash, zip(names, ours, told, strict=True))

    def _unnoticed(self, session: Session, row: TransactionRow, upto: int) -> Iterator[RowDifference]:
        """A transaction that is called waiting must not be in a final block."""
        for sent in session.scalars(select(AttemptRow.hash).where(AttemptRow.transaction_id == row.id)):
            receipt = self._gateway.receipt(sent)
            if receipt is not None and receipt.block_number <= upto:
                words = f"called {row.state}, but it is in the final block {receipt.block_number}"
                yield RowDifference(TRANSACTION, row.id, "state", words)

    def _transaction_values(self, row: TransactionRow) -> Iterator[tuple[str, object, object]]:
        receipt = self._gateway.receipt(row.mined_hash) if row.mined_hash else None
        sent = self._gateway.transaction(row.mined_hash) if row.mined_hash else None
        yield "mined_hash", row.mined_hash, receipt.transaction if receipt else None
        if receipt is None or sent is None:
            return
        block = self._gateway.block(receipt.block_number)
        yield "block_number", row.block_number, receipt.block_number
        yield "block_hash", row.block_hash, receipt.block_hash
        yield "block_time", row.block_time, block.timestamp if block else None
        yield "succeeded", row.succeeded, receipt.succeeded
        yield "gas_used", row.gas_used, receipt.gas_used
        yield "call_data", row.call_data.hex(), sent.data.hex()
        yield "to_address", row.to_address, sent.to
        yield "relayer", row.relayer, sent.sender
        yield "nonce", row.nonce, sent.nonce
        if row.purpose == FOUND:  # after a restore: nobody knows more than its bytes
            yield "arguments", (row.function, list(row.arguments)), ("", [])
            return
        yield "arguments", self._gateway.encode_call(row.contract, row.function, row.arguments).hex(), sent.data.hex()


def _event_values(row: LogRow, log: Log) -> Iterable[tuple[str, object, object]]:
    yield "event", (row.contract, row.event), (log.contract, log.event)
    yield "arguments", dict(row.arguments), dict(log.arguments)
    yield "raw", (row.address, list(row.topics), row.data), (log.address, list(log.topics), log.data)
    yield "transaction", row.transaction, log.transaction
    yield "block_number", row.block_number, log.block_number
    yield "subject", row.subject, log.topics[1].lower() if len(log.topics) > 1 else None


def _unlike(area: str, subject: str, values: Iterable[tuple[str, object, object]]) -> Iterator[RowDifference]:
    for name, ours, told in values:
        if ours != told:
            yield RowDifference(area, subject, name, f"our table says {ours}, but the chain says {told}")
