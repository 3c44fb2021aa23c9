"""The door to the chain: ask for a transaction, see what became of it, read the mirrored logs.

Nothing here talks to a node: a request only writes rows, and the relay does the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.chain.comparison import ChainComparison
from ipx.chain.models import AttemptRow, BlockRow, CursorRow, LogRow, TransactionRow
from ipx.chain.rules import FOUND, SETTLED, TransactionState
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, NotFound
from ipx.core.ids import TransactionId
from ipx.core.ports import ChainGateway, Clock, Entropy

__all__ = ["FOUND", "ChainService", "ChainStatus", "EventView", "TransactionState", "TransactionView"]


@dataclass(frozen=True)
class TransactionView:
    """One act on the chain as it stands. ``hash`` is the mined one, else that of the newest attempt; ``note`` says why
    it waits or failed; ``block_time`` in Unix seconds; block and gas are None until it is mined."""

    id: str
    key: str
    purpose: str
    contract: str
    function: str
    arguments: Sequence[Json]
    state: TransactionState
    note: str | None
    sender: str | None
    to: str
    hash: str | None
    block_number: int | None
    block_hash: str | None
    block_time: int | None
    gas_used: int | None
    gas_price: int | None
    created_at: datetime

    @property
    def mined_at(self) -> datetime | None:
        """The time of the block."""
        return None if self.block_time is None else datetime.fromtimestamp(self.block_time, UTC)


@dataclass(frozen=True)
class EventView:
    """One event of our contracts, from the mirror. ``block_time`` in Unix seconds."""

    contract: str
    event: str
    arguments: Mapping[str, Any]
    address: str
    transaction: str
    block_number: int
    block_hash: str
    block_time: int
    log_index: int
    is_final: bool


@dataclass(frozen=True)
class ChainStatus:
    """The queue and the mirror at a glance: open transactions, since when the oldest waits and why, block heights."""

    open: int
    oldest: datetime | None
    waits_for: str | None
    mirrored_to: int
    final_to: int


class ChainService:
    """Our transactions and the mirror of our contracts' logs."""

    def __init__(self, *, gateway: ChainGateway, clock: Clock, entropy: Entropy) -> None:
        self._gateway = gateway
        self._clock = clock
        self._entropy = entropy

    @property
    def chain_id(self) -> int:
        """The chain that our contracts are on."""
        return self._gateway.chain_id

    def contract_address(self, contract: str) -> str:
        """Return the address of a contract of the current generation (EIP-55)."""
        return self._gateway.contract_address(contract)

    def relayer(self) -> str:
        """Return the address that signs and pays for our transactions (EIP-55)."""
        return self._gateway.relayer()

    def submit(
        self, session: Session, *, key: str, contract: str, function: str, arguments: Sequence[Json], purpose: str
    ) -> TransactionId:
        """Queue a call of ``contract.function``; the same key again gives the same transaction.

        TransactionMined, TransactionFinal, TransactionReorged and TransactionFailed follow. ``purpose`` is for
        listeners to tell theirs (``evidence:anchor``). Raises Invalid when the arguments do not fit the contract,
        Conflict when the key was used for another call.
        """
        data = self._gateway.encode_call(contract, function, arguments)
        known = session.scalar(select(TransactionRow).where(TransactionRow.key == key))
        if known is not None:
            if (known.contract, known.function, known.call_data) != (contract, function, data):
                raise Conflict(f"The key {key} was used for another transaction.")
            return TransactionId(known.id)
        row = self._found(session, contract, data) or self._queued(session, contract, data)
        row.key, row.purpose = key, purpose
        row.contract, row.function, row.arguments = contract, function, list(arguments)
        session.flush()
        return TransactionId(row.id)

    def _queued(self, session: Session, contract: str, data: bytes) -> TransactionRow:
        now = self._clock.now()
        row = TransactionRow(
            id=self._entropy.new_id(),
            to_address=self._gateway.contract_address(contract),
            call_data=data,
            state=TransactionState.QUEUED,
            created_at=now,
            changed_at=now,
        )
        session.add(row)
        return row

    def _found(self, session: Session, contract: str, data: bytes) -> TransactionRow | None:
        """Return the very call that an old backup does not know of and the chain has: it is not made a second time.

        It goes back to SENT, so that whoever asks now is told how it ended.
        """
        same = (TransactionRow.to_address == self._gateway.contract_address(contract)) & (
            TransactionRow.call_data == data
        )
        row = session.scalar(select(TransactionRow).where(TransactionRow.purpose == FOUND, same).limit(1))
        if row is not None:
            row.state, row.changed_at = TransactionState.SENT, self._clock.now()
        return row

    def transaction(self, session: Session, transaction_id: str) -> TransactionView:
        """Return a transaction. Raises NotFound."""
        row = session.scalar(select(TransactionRow).where(TransactionRow.id == transaction_id))
        if row is None:
            raise NotFound("There is no such transaction.")
        return self._view(session, row)

    def find_transaction(self, session: Session, *, key: str) -> TransactionView | None:
        """Return the transaction submitted under a key, or None."""
        row = session.scalar(select(TransactionRow).where(TransactionRow.key == key))
        return None if row is None else self._view(session, row)

    def events_of(
        self,
        session: Session,
        *,
        contract: str,
        event: str | None = None,
        subject: str | int | None = None,
        transaction: str | None = None,
        final_only: bool = False,
        from_block: int = 0,
    ) -> list[EventView]:
        """Return mirrored events in the chain's order from a block on, orphaned ones left out.

        ``subject`` is the event's first indexed argument: a token id as an int, an address or word as a 0x-string.
        """
        final_to = self._cursor(session)[1]
        query = select(LogRow, BlockRow.timestamp).join(BlockRow, BlockRow.hash == LogRow.block_hash)
        query = query.where(LogRow.contract == contract, LogRow.orphaned.is_(False))
        query = query.where(LogRow.block_number >= from_block)
        if event is not None:
            query = query.where(LogRow.event == event)
        if subject is not None:
            query = query.where(LogRow.subject == topic_of(subject))
        if transaction is not None:
            query = query.where(LogRow.transaction == transaction)
        if final_only:
            query = query.where(LogRow.block_number <= final_to)
        query = query.order_by(LogRow.block_number, LogRow.log_index)
        return [_event(log, timestamp, final_to) for log, timestamp in session.execute(query)]

    def newest_block_time(self, session: Session) -> datetime | None:
        """Return the time of the newest block that the mirror has reached, None before the first."""
        number = self._cursor(session)[0]
        query = select(BlockRow.timestamp).where(BlockRow.number == number, BlockRow.orphaned.is_(False))
        found = session.scalar(query.limit(1))
        return None if found is None else datetime.fromtimestamp(found, UTC)

    def registry_pairs(self) -> dict[str, str]:
        """Return the title registry of each licence registry of all generations, by addresses in lower case."""
        found: dict[int, dict[str, str]] = {}
        for contract in self._gateway.contracts():
            found.setdefault(contract.generation, {})[contract.name] = contract.address.lower()
        return {names["LicenceRegistry"]: names["TitleRegistry"] for names in found.values()}

    def comparison(self) -> ChainComparison:
        """Return what compares our rows with the node's own word."""
        return ChainComparison(self._gateway)

    def status(self, session: Session) -> ChainStatus:
        """Return the state of queue and mirror."""
        still_open = TransactionRow.state.not_in(SETTLED)
        count = session.scalar(select(func.count()).select_from(TransactionRow).where(still_open)) or 0
        oldest = session.scalar(select(TransactionRow).where(still_open).order_by(TransactionRow.sequence).limit(1))
        mirrored, final = self._cursor(session)
        return ChainStatus(
            open=count,
            oldest=oldest.created_at if oldest else None,
            waits_for=oldest.note if oldest else None,
            mirrored_to=mirrored,
            final_to=final,
        )

    def _cursor(self, session: Session) -> tuple[int, int]:
        row = session.get(CursorRow, 1)
        return (row.number, row.final_number) if row else (-1, -1)

    def _view(self, session: Session, row: TransactionRow) -> TransactionView:
        newest = select(AttemptRow.hash).where(AttemptRow.transaction_id == row.id).order_by(AttemptRow.number.desc())
        return TransactionView(
            id=row.id,
            key=row.key,
            purpose=row.purpose,
            contract=row.contract,
            function=row.function,
            arguments=row.arguments,
            state=TransactionState(row.state),
            note=row.note,
            sender=row.relayer,
            to=row.to_address,
            hash=row.mined_hash or session.scalar(newest.limit(1)),
            block_number=row.block_number,
            block_hash=row.block_hash,
            block_time=row.block_time,
            gas_used=row.gas_used,
            gas_price=row.gas_price,
            created_at=row.created_at,
        )


def topic_of(value: str | int) -> str:
    """Return a topic: 32 bytes as lower-case hex after 0x."""
    digits = f"{value:x}" if isinstance(value, int) else value.removeprefix("0x").lower()
    return "0x" + digits.rjust(64, "0")


def _event(log: LogRow, timestamp: int, final_to: int) -> EventView:
    return EventView(
        contract=log.contract,
        event=log.event,
        arguments=log.arguments,
        address=log.address,
        transaction=log.transaction,
        block_number=log.block_number,
        block_hash=log.block_hash,
        block_time=timestamp,
        log_index=log.log_index,
        is_final=log.block_number <= final_to,
    )
