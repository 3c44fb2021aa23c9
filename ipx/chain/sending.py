"""From queued to sent: nonce, signature, broadcast, and replacement when a transaction is stuck.

Nonce, signature and raw bytes are saved in one database transaction before the first broadcast, so after a crash the
same bytes are sent again. It must never sign twice for one act without keeping the nonce, nor ask a node anything while
it holds a database transaction.
"""

import logging
import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.chain.events import TransactionFailed
from ipx.chain.models import AttemptRow, TransactionRow
from ipx.chain.rules import SIGNED_STATES, TransactionState, bumped
from ipx.chain.tools import RelayPart
from ipx.core.errors import Refused
from ipx.core.ports import Fees

logger = logging.getLogger(__name__)
TRANSFER_GAS = 30_000  # 21,000 and some head room


class Sender(RelayPart):
    """Gets queued transactions to the node, in their order."""

    def send(self) -> bool:
        """One round: broadcast what is signed, replace what is stuck, sign what is queued. True if anything moved."""
        moved = False
        for row in self._rows(TransactionState.SIGNED, TransactionState.REORGED):
            moved |= self._broadcast(row)
        self._send_again()
        moved |= self._replace_stuck()
        for row in self._rows(TransactionState.QUEUED):
            if self._count_in_flight() >= self._limits.in_flight or not self._take(row):
                break  # strictly in order: a later act may rest on an earlier one
            moved = True
        return moved

    # ── queued → signed → sent ───────────────────────────────────────────────────────────────────

    def _take(self, row: TransactionRow) -> bool:
        try:
            gas = self._gateway.estimate_gas(row.to_address, row.call_data)
        except Refused as error:
            if self._count_in_flight():
                return self._hold(row, "transactions before it are not mined yet")  # they may change the answer
            self._fail(row, error.message)
            return True
        fees = self._gateway.fees()
        if fees.max_fee > self._limits.fee_cap:
            return self._hold(row, f"the chain asks {fees.max_fee} wei per gas, above the cap {self._limits.fee_cap}")
        if self._gateway.balance() < gas * fees.max_fee:
            return self._hold(row, f"the relayer {self._gateway.relayer()} is out of money for gas")
        self._sign(row, gas, fees)
        self._broadcast(row)
        return True

    def _sign(self, row: TransactionRow, gas: int, fees: Fees) -> None:
        node_nonce = self._gateway.next_nonce()
        relayer = self._gateway.relayer()
        with self._database.write() as session:
            epoch = self._lease.check(session)
            stored = session.get_one(TransactionRow, row.sequence, with_for_update=True)
            if stored.nonce is None:
                stored.nonce = max(_next_nonce(session, relayer), node_nonce)
            stored.relayer = relayer
            stored.state = TransactionState.SIGNED
            stored.note = None
            stored.changed_at = self._clock.now()
            self._add_attempt(session, stored, gas, fees, epoch)

    def _add_attempt(self, session: Session, row: TransactionRow, gas: int, fees: Fees, epoch: int) -> None:
        if row.nonce is None or row.relayer is None:
            raise ValueError("an attempt needs a nonce")
        signed = self._gateway.sign(nonce=row.nonce, to=row.to_address, data=row.call_data, gas=gas, fees=fees)
        if session.get(AttemptRow, signed.hash) is not None:
            return  # the same bytes as before: nothing new to watch
        before = select(func.count()).select_from(AttemptRow).where(AttemptRow.transaction_id == row.id)
        attempt = AttemptRow(
            hash=signed.hash,
            transaction_id=row.id,
            number=(session.scalar(before) or 0) + 1,
            relayer=row.relayer,
            nonce=row.nonce,
            raw=signed.raw,
            gas=gas,
            max_fee=fees.max_fee,
            priority_fee=fees.priority_fee,
            epoch=epoch,
            created_at=self._clock.now(),
            sent_at=None,
        )
        session.add(attempt)

    def _broadcast(self, row: TransactionRow) -> bool:
        """Send the newest attempt's bytes; the same bytes again are always safe."""
        attempt = self._newest_attempt(row)
        try:
            self._gateway.broadcast(attempt.raw)
        except Refused as error:
            return self._hold(row, error.message)  # replaced, with a new estimate, when its patience is over
        now = self._clock.now()
        with self._database.write() as session:
            self._lease.check(session)
            stored = session.get_one(TransactionRow, row.sequence, with_for_update=True)
            if stored.state in (TransactionState.SIGNED, TransactionState.REORGED):
                stored.state = TransactionState.SENT
                stored.note = None
                stored.changed_at = now
            session.get_one(AttemptRow, attempt.hash).sent_at = now
        return True

    # ── sent, and nothing happens ────────────────────────────────────────────────────────────────

    def _send_again(self) -> None:
        """Nodes forget their pools: hand them the newest bytes again from time to time."""
        now = self._clock.now()
        for row in self._rows(TransactionState.SENT):
            sent_at = self._newest_attempt(row).sent_at
            if sent_at is None or now - sent_at >= self._limits.rebroadcast_after:
                self._broadcast(row)

    def _replace_stuck(self) -> bool:
        """Replace the attempt of the lowest nonce by one that pays more; all others wait behind it."""
        rows = self._rows(*SIGNED_STATES)
        row = min(rows, key=lambda row: row.nonce or 0, default=None)
        if row is None or row.nonce is None:
            return False
        attempt = self._newest_attempt(row)
        if self._clock.now() - attempt.created_at < self._limits.stuck_after:
            return False
        mined = self._gateway.mined_nonce()
        if mined > row.nonce:
            return False  # mined by one of our hashes, or taken by a stranger: the watcher finds out
        if mined < row.nonce:
            return not self._is_ours(mined) and self._fill_gap(mined)
        fees = bumped(Fees(attempt.max_fee, attempt.priority_fee), self._gateway.fees(), self._limits.fee_cap)
        if fees is None:
            return self._hold(row, f"stuck at the fee cap of {self._limits.fee_cap} wei per gas")
        logger.warning("the transaction %s is stuck at nonce %d: a replacement pays more", row.id, row.nonce)
        self._sign(row, self._gas_now(row, attempt.gas), fees)
        return self._broadcast(row)

    def _gas_now(self, row: TransactionRow, before: int) -> int:
        try:
            return max(before, self._gateway.estimate_gas(row.to_address, row.call_data))
        except Refused:
            return before  # it will be refused in a block, and judged when that is final

    def _fill_gap(self, nonce: int) -> bool:
        """Spend a nonce that nobody uses: a transaction of our key from elsewhere was counted, and then dropped.

        A transfer of nothing to ourselves; without it everything behind would wait for ever.
        """
        relayer, now = self._gateway.relayer(), self._clock.now()
        logger.error("nonce %d of %s is missing: it is spent on nothing, so that the others can go on", nonce, relayer)
        fees = self._gateway.fees()
        if fees.max_fee > self._limits.fee_cap:
            return False
        with self._database.write() as session:
            epoch = self._lease.check(session)
            row = TransactionRow(
                id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{relayer}/{nonce}/{now.isoformat()}")),
                key=f"chain:gap:{relayer}:{nonce}:{now.isoformat()}",
                contract="",
                function="",
                arguments=[],
                purpose="chain:gap",
                to_address=relayer,
                call_data=b"",
                state=TransactionState.SIGNED,
                relayer=relayer,
                nonce=nonce,
                created_at=now,
                changed_at=now,
            )
            session.add(row)
            session.flush()
            self._add_attempt(session, row, TRANSFER_GAS, fees, epoch)
        return True

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _rows(self, *states: TransactionState) -> list[TransactionRow]:
        query = select(TransactionRow).where(TransactionRow.state.in_(states)).order_by(TransactionRow.sequence)
        with self._look() as session:
            return list(session.scalars(query.limit(self._limits.in_flight * 2)))

    def _count_in_flight(self) -> int:
        query = select(func.count()).select_from(TransactionRow).where(TransactionRow.state.in_(SIGNED_STATES))
        with self._look() as session:
            return session.scalar(query) or 0

    def _is_ours(self, nonce: int) -> bool:
        """Tell whether a nonce is one of ours: then a node that does not count it is behind, and there is no gap."""
        query = select(AttemptRow.hash).where(AttemptRow.relayer == self._gateway.relayer(), AttemptRow.nonce == nonce)
        with self._look() as session:
            return session.scalar(query.limit(1)) is not None

    def _newest_attempt(self, row: TransactionRow) -> AttemptRow:
        query = select(AttemptRow).where(AttemptRow.transaction_id == row.id)
        with self._look() as session:
            return session.scalars(query.order_by(AttemptRow.number.desc()).limit(1)).one()

    def _hold(self, row: TransactionRow, why: str) -> bool:
        """Write down why a transaction waits. Returns False: nothing moved."""
        if row.note != why:
            logger.warning("the transaction %s waits: %s", row.id, why)
            with self._database.write() as session:
                session.get_one(TransactionRow, row.sequence).note = why
        return False

    def _fail(self, row: TransactionRow, reason: str) -> None:
        """The contract refuses before anything was signed: no nonce is burned."""
        with self._database.write() as session:
            self._lease.check(session)
            stored = session.get_one(TransactionRow, row.sequence, with_for_update=True)
            stored.state = TransactionState.FAILED
            stored.note = reason
            stored.changed_at = self._clock.now()
            self._events.publish(session, TransactionFailed(stored.id, stored.key, stored.purpose, reason))


def _next_nonce(session: Session, relayer: str) -> int:
    """Return the nonce after the highest that we ever gave away and did not take back."""
    highest = session.scalar(select(func.max(TransactionRow.nonce)).where(TransactionRow.relayer == relayer))
    return 0 if highest is None else highest + 1
