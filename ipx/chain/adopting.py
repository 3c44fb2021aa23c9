"""After an old backup was restored: transactions of our relayer that are on the chain and not in our table.

What the chain has is adopted with its nonce and bytes, so that nothing is sent a second time and no nonce is given away
twice. It must never send anything.
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.chain.models import AttemptRow, LogRow, TransactionRow
from ipx.chain.rules import FOUND, SIGNED_STATES, TransactionState
from ipx.chain.tools import RelayPart
from ipx.core.errors import Unavailable
from ipx.core.ports import SentTransaction


@dataclass(frozen=True)
class FoundTransaction:
    """One that was adopted. ``key``: that of the act of ours that it did, None when nobody knows what it was for."""

    hash: str
    nonce: int
    contract: str
    block_number: int
    key: str | None


class Adopter(RelayPart):
    """Adopts what the mirror shows and the table of transactions does not know."""

    def adopt(self) -> list[FoundTransaction]:
        """Adopt all, oldest first. The mirror must be at the head.

        Raises Unavailable while the node has transactions of ours waiting that are unknown to us: what they are shows
        only in a block.
        """
        found = []
        for hash_, contract, block_number in self._unknown():
            sent = self._gateway.transaction(hash_)
            if sent is not None and sent.sender == self._gateway.relayer():
                key = self._adopt(sent, contract)
                found.append(FoundTransaction(hash_, sent.nonce, contract, block_number, key))
        self._refuse_waiting()
        return found

    def _unknown(self) -> list[tuple[str, str, int]]:
        known = select(AttemptRow.hash)
        place = (func.min(LogRow.block_number), func.min(LogRow.log_index))
        query = select(LogRow.transaction, func.min(LogRow.contract), place[0])
        query = query.where(LogRow.orphaned.is_(False), LogRow.transaction.not_in(known))
        with self._look() as session:
            return [
                (row[0], row[1], row[2]) for row in session.execute(query.group_by(LogRow.transaction).order_by(*place))
            ]

    def _adopt(self, sent: SentTransaction, contract: str) -> str | None:
        with self._database.write() as session:
            epoch = self._lease.check(session)
            row = self._act(session, sent)
            key = row.key if row is not None else None
            row = row or self._new_row(session, sent, contract)
            self._free_nonce(session, sent.nonce, row)
            row.state, row.note, row.lost_since = TransactionState.SENT, None, None
            row.relayer, row.nonce, row.changed_at = sent.sender, sent.nonce, self._clock.now()
            session.flush()
            self._add_attempt(session, row, sent, epoch)
        return key

    def _act(self, session: Session, sent: SentTransaction) -> TransactionRow | None:
        """Return the act of ours, not settled in our table, that this transaction did."""
        is_open = TransactionRow.state.in_((TransactionState.QUEUED, *SIGNED_STATES))
        same = (TransactionRow.to_address == sent.to) & (TransactionRow.call_data == sent.data)
        return session.scalar(select(TransactionRow).where(is_open, same).order_by(TransactionRow.sequence).limit(1))

    def _new_row(self, session: Session, sent: SentTransaction, contract: str) -> TransactionRow:
        now = self._clock.now()
        row = TransactionRow(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, sent.hash)),
            key=f"{FOUND}:{sent.hash}",
            contract=contract,
            function="",
            arguments=[],
            purpose=FOUND,
            to_address=sent.to or "",
            call_data=sent.data,
            state=TransactionState.QUEUED,
            created_at=now,
            changed_at=now,
        )
        session.add(row)
        return row

    def _free_nonce(self, session: Session, nonce: int, row: TransactionRow) -> None:
        """Take the nonce from an act that had it in the backup and gave it up since: it is signed again."""
        relayer = self._gateway.relayer()
        query = select(TransactionRow).where(TransactionRow.relayer == relayer, TransactionRow.nonce == nonce)
        holder = session.scalar(query)
        if holder is not None and holder is not row:
            holder.state, holder.nonce, holder.lost_since = TransactionState.QUEUED, None, None
            session.flush()

    def _add_attempt(self, session: Session, row: TransactionRow, sent: SentTransaction, epoch: int) -> None:
        signed = self._gateway.sign(nonce=sent.nonce, to=sent.to or "", data=sent.data, gas=sent.gas, fees=sent.fees)
        before = select(func.count()).select_from(AttemptRow).where(AttemptRow.transaction_id == row.id)
        now = self._clock.now()
        attempt = AttemptRow(
            hash=sent.hash,
            transaction_id=row.id,
            number=(session.scalar(before) or 0) + 1,
            relayer=sent.sender,
            nonce=sent.nonce,
            # Signatures are deterministic (RFC 6979), so these are the bytes that were sent.
            raw=signed.raw if signed.hash == sent.hash else b"",
            gas=sent.gas,
            max_fee=sent.fees.max_fee,
            priority_fee=sent.fees.priority_fee,
            epoch=epoch,
            created_at=now,
            sent_at=now,
        )
        session.add(attempt)

    def _refuse_waiting(self) -> None:
        relayer = self._gateway.relayer()
        with self._look() as session:
            highest = session.scalar(select(func.max(AttemptRow.nonce)).where(AttemptRow.relayer == relayer))
        known = -1 if highest is None else highest
        if self._gateway.next_nonce() > max(self._gateway.mined_nonce(), known + 1):
            raise Unavailable(
                f"The node has transactions of {relayer} waiting that the backup does not know. Try again when they are"
                " in a block."
            )
