"""Writes and reads the receipts of readings; each is two lines of one chain, and a row that shows them.

It must never change or remove a line of the chain.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.rules import microseconds
from ipx.core.canonical import Json, decode
from ipx.core.errors import NotFound
from ipx.core.ports import Clock, Entropy
from ipx.vault.models import ReceiptHead, ReceiptLineRow, ReceiptRow
from ipx.vault.receipt_lines import FIRST_HASH, Closed, Opened, committed, first_broken, record_bytes, record_hash
from ipx.vault.records import ChainCheck, Reading, Receipt
from ipx.vault.rules import Form, Outcome, SourceKind


class ReceiptBook:
    """The chain of receipts."""

    def __init__(self, *, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy

    def open(
        self,
        session: Session,
        *,
        actor: Actor,
        document_id: str,
        reading: Reading,
        purpose: str,
        form: Form,
        recipient: str | None,
    ) -> str:
        """Write down that a reading begins; return the receipt's id."""
        now = self._clock.now()
        opened = Opened(
            receipt_id=self._entropy.new_id(),
            document_id=document_id,
            organisation_id=actor.organisation_id,
            person_id=actor.person_id,
            form=form,
            source_kind=reading.source_kind,
            source_id=reading.source_id,
            salt=self._entropy.token(32),
            purpose=purpose,
            recipient=recipient,
        )
        row = ReceiptRow(
            id=opened.receipt_id,
            document_id=document_id,
            organisation_id=actor.organisation_id,
            person_id=actor.person_id,
            form=form,
            source_kind=reading.source_kind,
            source_id=reading.source_id,
            salt=opened.salt,
            purpose=purpose,
            recipient=recipient,
            opened_at=now,
        )
        row.sequence, row.hash = self._append(session, opened, now)
        session.add(row)
        session.flush()
        return row.id

    def close(self, session: Session, *, receipt_id: str, outcome: Outcome, size: int, sha256: str) -> None:
        """Write down how the reading ended and what was delivered. A second call changes nothing."""
        row = session.get(ReceiptRow, receipt_id, with_for_update=True)
        if row is None:
            raise NotFound("There is no such receipt.")
        if row.outcome is not None or row.salt is None:
            return
        now = self._clock.now()
        self._append(session, Closed(receipt_id, outcome, row.salt, size, sha256), now)
        row.outcome, row.closed_at = outcome, now
        row.delivered_bytes, row.delivered_sha256 = size, sha256
        session.flush()

    def empty(self, session: Session, chosen: ColumnElement[bool]) -> int:
        """Erase what these receipts say beside the chain, and their salts; return how many that were not empty.

        The chain keeps who read what, when and why he was allowed; its commitments say nothing without the salt. A
        reading that is under way gets no closing line any more.
        """
        emptied = update(ReceiptRow).where(chosen, ReceiptRow.salt.is_not(None))
        blank = dict.fromkeys(("salt", "purpose", "recipient", "delivered_bytes", "delivered_sha256"))
        return len(session.scalars(emptied.values(blank).returning(ReceiptRow.id)).all())

    def of(self, session: Session, document_ids: Sequence[str]) -> list[Receipt]:
        """Return the receipts of these documents, oldest first."""
        query = select(ReceiptRow).where(ReceiptRow.document_id.in_(document_ids)).order_by(ReceiptRow.sequence)
        return [_receipt(row) for row in session.scalars(query)]

    def tip(self, session: Session) -> tuple[int, str]:
        """Return the number of lines and the hash of the last one, as the chain's head has them."""
        head = session.get(ReceiptHead, 1)
        return (head.sequence, head.hash) if head else (0, FIRST_HASH)

    def hashes(self, session: Session, *, after: int, upto: int) -> Iterator[str]:
        """Return the hashes of the lines ``after + 1`` to ``upto``, in order; lines that are missing are left out."""
        query = select(ReceiptLineRow.hash).where(ReceiptLineRow.sequence > after, ReceiptLineRow.sequence <= upto)
        yield from session.scalars(query.order_by(ReceiptLineRow.sequence).execution_options(yield_per=2000))

    def has_changed(self, session: Session, *, after: int) -> bool:
        """Tell whether there is a line with a later number."""
        return self.tip(session)[0] > after

    def check(self, session: Session) -> ChainCheck:
        """Verify the whole chain in order, without holding it in memory."""
        count, newest = self.tip(session)

        def records() -> Iterator[tuple[bytes, str]]:
            query = select(ReceiptLineRow).order_by(ReceiptLineRow.sequence).execution_options(yield_per=500)
            for row in session.scalars(query):
                yield row.record.encode(), row.hash

        broken, lines, last = first_broken(records())
        if broken is None and (lines, last) != (count, newest):
            broken = max(count, 1)  # the tail was cut off, or the head was set back
        return ChainCheck(lines=count, head=newest, broken_at=broken or self._first_unlike(session))

    def _first_unlike(self, session: Session) -> int | None:
        """Return the first opening line whose receipt, as it is shown, says something else."""
        query = (
            select(ReceiptRow, ReceiptLineRow)
            .join(ReceiptLineRow, ReceiptLineRow.sequence == ReceiptRow.sequence, isouter=True)
            .order_by(ReceiptRow.sequence)
            .execution_options(yield_per=500)
        )
        for row, line in session.execute(query):
            if line is None or not _says_the_same(row, line):
                return int(row.sequence)
        return None

    def _append(self, session: Session, line: Opened | Closed, at: datetime) -> tuple[int, str]:
        head = self._locked_head(session)
        record = record_bytes(line, sequence=head.sequence + 1, at=at, previous=head.hash)
        head.sequence, head.hash = head.sequence + 1, record_hash(record)
        session.add(
            ReceiptLineRow(sequence=head.sequence, receipt_id=line.receipt_id, record=record.decode(), hash=head.hash)
        )
        return head.sequence, head.hash

    def _locked_head(self, session: Session) -> ReceiptHead:
        head = session.get(ReceiptHead, 1, with_for_update=True)
        if head is None:
            try:
                with session.begin_nested():
                    session.add(ReceiptHead(id=1, sequence=0, hash=FIRST_HASH))
            except IntegrityError:
                pass  # another transaction wrote the first receipt just now
            head = session.get_one(ReceiptHead, 1, with_for_update=True)
        return head


def _says_the_same(row: ReceiptRow, line: ReceiptLineRow) -> bool:
    said = decode(line.record.encode())
    shown: dict[str, Json] = {
        "receipt": row.id,
        "document": row.document_id,
        "organisation": row.organisation_id,
        "person": row.person_id,
        "form": row.form,
        "source": {"kind": row.source_kind, "id": row.source_id},
        "at": microseconds(row.opened_at),
    }
    if row.salt is not None and row.purpose is not None:
        shown["request"] = committed(row.salt, {"purpose": row.purpose, "recipient": row.recipient})
    return isinstance(said, dict) and all(said.get(name) == value for name, value in shown.items())


def _receipt(row: ReceiptRow) -> Receipt:
    return Receipt(
        id=row.id,
        document_id=row.document_id,
        organisation_id=row.organisation_id,
        person_id=row.person_id,
        purpose=row.purpose,
        form=Form(row.form),
        recipient=row.recipient,
        source_kind=SourceKind(row.source_kind),
        source_id=row.source_id,
        opened_at=row.opened_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        closed_at=row.closed_at,
        delivered_bytes=row.delivered_bytes,
        delivered_sha256=row.delivered_sha256,
        sequence=row.sequence,
        hash=row.hash,
    )
