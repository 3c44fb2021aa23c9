"""After an old backup was restored: anchors of our log that are on the chain and not in our table.

The log may not fork: what was anchored stays anchored, and the next batch follows it. It must never put other leaves
under a root that was anchored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.chain.service import ChainService, EventView
from ipx.core import merkle
from ipx.core.errors import Tampered
from ipx.core.ports import Entropy
from ipx.evidence import filling
from ipx.evidence.batches import CONTRACT
from ipx.evidence.models import BatchRow
from ipx.evidence.rules import ADOPTED_ACTION, UNANCHORED, BatchState


@dataclass(frozen=True)
class AdoptedBatch:
    """A batch that only the chain knew."""

    batch_id: str
    root: str
    size: int
    block_number: int
    transaction: str


class LogRecovery:
    """Brings the table of batches in step with the log on the chain."""

    def __init__(self, *, chain: ChainService, audit: AuditService, entropy: Entropy) -> None:
        self._chain = chain
        self._audit = audit
        self._entropy = entropy

    def adopt(self, session: Session) -> list[AdoptedBatch]:
        """Adopt every anchor of ours in the mirror that no batch has. A repeat changes nothing.

        Such a batch is kept as ADOPTED: root, size and place, so that the next one follows it. Among its leaves were
        heads of our own logs that the backup does not know, so its stamps cannot be found under its root again: those
        that the backup has are anchored anew. Raises Tampered when the chain's anchors do not follow each other.
        """
        filling.dissolve(session)  # its place in the order is before the batches that are adopted now
        adopted = []
        for anchor, previous in self._anchors(session):
            if self._known(session, anchor) or self._moved(session, anchor, previous):
                continue
            adopted.append(self._adopt(session, anchor, previous))
        return adopted

    def _anchors(self, session: Session) -> Iterator[tuple[EventView, bytes]]:
        """Give our anchors with the head that each followed, in the chain's order."""
        heads: dict[str, bytes] = {}
        events = self._chain.events_of(session, contract=CONTRACT, event="Anchored", subject=self._chain.relayer())
        for event in events:
            previous = heads.get(event.address, merkle.FIRST_HEAD)
            head = _word(event, "head")
            if merkle.chained_head(previous, _word(event, "root"), _size(event)) != head:
                raise Tampered(f"The anchor in block {event.block_number} does not follow the one before it.")
            heads[event.address] = head
            yield event, previous

    def _known(self, session: Session, anchor: EventView) -> bool:
        same = (BatchRow.head == _word(anchor, "head")) & (BatchRow.contract == anchor.address)
        return session.scalar(select(BatchRow.id).where(same)) is not None

    def _moved(self, session: Session, anchor: EventView, previous: bytes) -> bool:
        """Find a frozen batch of ours that was anchored after another head than it had in the backup."""
        same = (BatchRow.root == _word(anchor, "root")) & (BatchRow.size == _size(anchor))
        batch = session.scalar(select(BatchRow).where(same, BatchRow.state.in_(UNANCHORED)).limit(1))
        if batch is None:
            return False
        batch.previous_head, batch.head, batch.transaction_id = previous, _word(anchor, "head"), None
        batch.state = BatchState.INCLUDED
        _place(batch, anchor)
        return True

    def _adopt(self, session: Session, anchor: EventView, previous: bytes) -> AdoptedBatch:
        batch = BatchRow(
            id=self._entropy.new_id(),
            size=_size(anchor),
            root=_word(anchor, "root"),
            previous_head=previous,
            head=_word(anchor, "head"),
            state=BatchState.ADOPTED,
            tries=0,
            transaction_id=None,
            chain_id=self._chain.chain_id,
            contract=anchor.address,
            sender=self._chain.relayer(),
            created_at=datetime.fromtimestamp(anchor.block_time, UTC),
        )
        _place(batch, anchor)
        session.add(batch)
        session.flush()
        self._record(session, batch)
        return AdoptedBatch(batch.id, batch.root.hex(), batch.size, anchor.block_number, anchor.transaction)

    def _record(self, session: Session, batch: BatchRow) -> None:
        self._audit.record(
            session,
            action=ADOPTED_ACTION,
            by=THE_EXCHANGE,
            subject_kind="batch",
            subject_id=batch.id,
            details={"root": batch.root.hex(), "size": batch.size},
        )


def _place(batch: BatchRow, anchor: EventView) -> None:
    batch.transaction = anchor.transaction
    batch.block_number, batch.block_hash, batch.block_time = anchor.block_number, anchor.block_hash, anchor.block_time


def _word(event: EventView, name: str) -> bytes:
    return bytes.fromhex(str(event.arguments[name]).removeprefix("0x"))


def _size(event: EventView) -> int:
    return int(event.arguments["size"])
