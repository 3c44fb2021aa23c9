"""How a batch is frozen, anchored, put back and chained again: rows only. It must never change a batch's leaves."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.chain.events import TransactionFailed, TransactionFinal, TransactionMined, TransactionReorged
from ipx.chain.service import ChainService, EventView
from ipx.core import merkle
from ipx.core.ports import Clock, Entropy
from ipx.db.events import Events
from ipx.evidence import filling, leaves
from ipx.evidence.events import BatchFinal, BatchFrozen, BatchIncluded, BatchReorged
from ipx.evidence.log_heads import LogHeads
from ipx.evidence.models import BatchRow
from ipx.evidence.rules import UNANCHORED, BatchState

CONTRACT, PURPOSE = "EvidenceLog", "evidence:anchor"


class Batches:
    """The batches of this exchange's own log, in their order."""

    def __init__(
        self, *, chain: ChainService, audit: AuditService, events: Events, clock: Clock, entropy: Entropy
    ) -> None:
        self.heads = LogHeads(clock=clock, entropy=entropy)
        self._chain = chain
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy

    # ── freezing ─────────────────────────────────────────────────────────────────────────────────

    def oldest_pending(self, session: Session) -> datetime | None:
        """Return since when the oldest stamp waits for a batch."""
        return filling.oldest(session)

    def unanchored(self, session: Session) -> dict[str, BatchState]:
        """Return the batches that are frozen and in no block, in their order: the next one needs their head."""
        query = select(BatchRow.id, BatchRow.state).where(BatchRow.state.in_(UNANCHORED)).order_by(BatchRow.sequence)
        return {batch_id: BatchState(state) for batch_id, state in session.execute(query)}

    def may_fill(self, session: Session, *, largest: int) -> bool:
        """Tell whether there is something to ``fill`` the next batch with."""
        return filling.has_subtree(session, largest=largest)

    def fill(self, session: Session, *, largest: int) -> bool:
        """Give a whole subtree of pending stamps their places in the next batch; False when there is none."""
        if not self.may_fill(session, largest=largest):
            return False
        filling.add_subtree(session, filling.find(session) or self._new_batch(session))
        return True

    def freeze(self, session: Session, *, largest: int, heads_alone: bool = False) -> str | None:
        """Put the pending stamps, oldest first, into a batch with our logs' heads and submit its anchor; return its id.

        None when a batch is under way, or when nothing is pending and the heads alone are not worth one. Which stamps
        are in it, in which order, is settled with this transaction, and so is the root.
        """
        if self.unanchored(session):
            return None
        if self.oldest_pending(session) is None and not (heads_alone and self.heads.sources):
            return None
        batch = filling.find(session) or self._new_batch(session)
        self._follow_the_last(session, batch)
        self._complete(session, batch, largest=largest)
        batch.head = merkle.chained_head(batch.previous_head, batch.root, batch.size)
        self._submit(session, batch)
        self._events.publish(session, BatchFrozen(batch.id))
        return batch.id

    def _new_batch(self, session: Session) -> BatchRow:
        """Add the row that the leaves point to; what it follows, its size and its root are known when it is frozen."""
        batch = BatchRow(
            id=self._entropy.new_id(),
            size=0,
            root=b"",
            previous_head=b"",
            head=b"",
            state=BatchState.FILLING,
            tries=0,
            chain_id=self._chain.chain_id,
            contract=self._chain.contract_address(CONTRACT),
            sender=self._chain.relayer(),
            created_at=self._clock.now(),
        )
        session.add(batch)
        session.flush()
        return batch

    def _follow_the_last(self, session: Session, batch: BatchRow) -> None:
        """Name the log and the head that the batch follows: both may have changed while it was filling."""
        batch.chain_id, batch.created_at = self._chain.chain_id, self._clock.now()
        batch.contract, batch.sender = self._chain.contract_address(CONTRACT), self._chain.relayer()
        ours = (BatchRow.contract == batch.contract) & (BatchRow.sender == batch.sender)
        last = select(BatchRow.head).where(ours, filling.IS_FROZEN).order_by(BatchRow.sequence.desc()).limit(1)
        batch.previous_head = session.scalar(last) or merkle.FIRST_HEAD

    def _complete(self, session: Session, batch: BatchRow, *, largest: int) -> None:
        """Place the stamps that make no whole subtree, then the heads of our logs, and hash the tree."""
        first = batch.size
        batch.size += leaves.place(session, batch_id=batch.id, first_index=first, most=largest - first)
        batch.size += self.heads.place(session, batch_id=batch.id, owner=batch.sender, first_index=batch.size)
        filling.add_roots(session, batch, first_index=first)
        batch.root = merkle.root_over(leaves.unpack(batch.subtree_roots or b""))

    def _submit(self, session: Session, batch: BatchRow) -> None:
        batch.tries += 1
        batch.transaction_id = self._chain.submit(
            session,
            key=f"evidence:batch:{batch.id}:{batch.tries}",
            contract=CONTRACT,
            function="anchor",
            arguments=["0x" + batch.previous_head.hex(), "0x" + batch.root.hex(), str(batch.size)],
            purpose=PURPOSE,
        )
        batch.state = BatchState.PENDING

    # ── what the chain says ──────────────────────────────────────────────────────────────────────

    def on_mined(self, session: Session, event: TransactionMined) -> None:
        """Listener: the anchor is in a block."""
        batch = self._of(session, event.purpose, event.transaction_id)
        if batch is None:
            return
        batch.transaction = self._chain.transaction(session, event.transaction_id).hash
        self._include(session, batch, event.block_number, event.block_hash, event.block_time)

    def on_final(self, session: Session, event: TransactionFinal) -> None:
        """Listener: the anchor's block is final."""
        batch = self._of(session, event.purpose, event.transaction_id)
        if batch is not None:
            self._finalise(session, batch)

    def on_reorged(self, session: Session, event: TransactionReorged) -> None:
        """Listener: the anchor's block has vanished; the same anchor is sent again by the chain room."""
        batch = self._of(session, event.purpose, event.transaction_id)
        if batch is not None:
            self._put_back(session, batch, BatchState.PENDING)

    def on_failed(self, session: Session, event: TransactionFailed) -> None:
        """Listener: the contract refused the anchor; the batcher finds out from the chain's head why."""
        batch = self._of(session, event.purpose, event.transaction_id)
        if batch is not None:
            batch.state = BatchState.FAILED

    def _include(self, session: Session, batch: BatchRow, number: int, block_hash: str, time: int) -> None:
        batch.state = BatchState.INCLUDED
        batch.block_number, batch.block_hash, batch.block_time = number, block_hash, time
        self._events.publish(session, BatchIncluded(batch.id, number, time))

    def _finalise(self, session: Session, batch: BatchRow) -> None:
        if batch.block_number is None or batch.block_time is None:
            raise ValueError("a final batch has a block")
        batch.state = BatchState.FINAL
        self._audit.record(
            session,
            action="evidence:batch:anchored",
            by=THE_EXCHANGE,
            subject_kind="batch",
            subject_id=batch.id,
            details={"root": batch.root.hex(), "size": batch.size, "block": batch.block_number},
        )
        self._events.publish(session, BatchFinal(batch.id, batch.block_number, batch.block_time))

    def _put_back(self, session: Session, batch: BatchRow, state: BatchState) -> None:
        batch.state = state
        batch.transaction = batch.block_number = batch.block_hash = batch.block_time = None
        self._events.publish(session, BatchReorged(batch.id))

    # ── refused anchors ──────────────────────────────────────────────────────────────────────────

    def chain_again(self, session: Session, *, batch_id: str, chain_head: bytes) -> None:
        """Anchor a refused batch after the head that the chain has; or adopt the anchor that is there already.

        The chain's head is another one than ours when our key anchored elsewhere, or when an old copy of the database
        was restored. The leaves and the root stay; only what they follow changes.
        """
        batch = session.scalars(select(BatchRow).where(BatchRow.id == batch_id).with_for_update()).one()
        if batch.state != BatchState.FAILED:
            return
        anchored = self._anchor_on_chain(session, batch)
        if anchored is not None:
            batch.transaction, batch.transaction_id = anchored.transaction, None
            self._include(session, batch, anchored.block_number, anchored.block_hash, anchored.block_time)
        elif chain_head != batch.head:  # else it is anchored, and the mirror will know in a moment
            batch.previous_head = chain_head
            batch.head = merkle.chained_head(chain_head, batch.root, batch.size)
            self._submit(session, batch)

    def has_anchored_elsewhere(self, session: Session) -> bool:
        """Tell whether a batch's anchor was not sent by us: no event comes for it."""
        return session.scalar(_ANCHORED_ELSEWHERE.limit(1)) is not None

    def follow_anchored_elsewhere(self, session: Session) -> bool:
        """Move batches along whose anchor was not sent by us. True if one moved."""
        moved = False
        for batch in session.scalars(_ANCHORED_ELSEWHERE):
            anchored = self._anchor_on_chain(session, batch)
            if anchored is None:
                self._put_back(session, batch, BatchState.FAILED)
            elif anchored.is_final:
                self._finalise(session, batch)
            moved |= anchored is None or anchored.is_final
        return moved

    def _anchor_on_chain(self, session: Session, batch: BatchRow) -> EventView | None:
        anchors = self._chain.events_of(session, contract=CONTRACT, event="Anchored", subject=batch.sender)
        head = "0x" + batch.head.hex()
        return next((anchor for anchor in anchors if anchor.arguments["head"] == head), None)

    def _of(self, session: Session, purpose: str, transaction_id: str) -> BatchRow | None:
        if purpose != PURPOSE:
            return None
        return session.scalar(select(BatchRow).where(BatchRow.transaction_id == transaction_id))


_ANCHORED_ELSEWHERE = select(BatchRow).where(BatchRow.transaction_id.is_(None), BatchRow.state == BatchState.INCLUDED)
