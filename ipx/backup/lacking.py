"""What a restored exchange lacks: what the chain has of us and no row tells of, and files that rows name and the store
does not have. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.chain.models import AttemptRow, LogRow, TransactionRow
from ipx.chain.rules import FOUND
from ipx.core.ports import DocumentStore
from ipx.evidence.batches import CONTRACT
from ipx.evidence.models import BatchRow
from ipx.evidence.rules import BatchState
from ipx.licences.models import LicenceRow
from ipx.technologies.models import TitleRow
from ipx.vault.models import DocumentRow

BATCH, LICENCE, TITLE, TRANSACTION, FILE = "batch", "licence", "title", "transaction", "file"
# Whose event makes a thing, the first indexed argument being its number, and where we keep it.
TOKENS = (
    (LICENCE, "LicenceRegistry", "Granted", LicenceRow.token),
    (TITLE, "TitleRegistry", "Registered", TitleRow.token),
)


@dataclass(frozen=True)
class Lack:
    """One thing that is lacking. ``what``: root, token number, transaction or CID. A file has no block."""

    kind: str
    what: str
    transaction: str | None = None
    block_number: int | None = None


class Lacking:
    """Compares rows with the mirror of the chain, which must be at the head, and with the store."""

    def __init__(self, *, store: DocumentStore) -> None:
        self._store = store

    def find(self, session: Session) -> list[Lack]:
        """Return everything that is lacking: what the chain has in its order, then files."""
        named = [*self._batches(session)]
        for token in TOKENS:
            named += self._tokens(session, *token)
        others = self._transactions(session, {lack.transaction for lack in named})
        return [*named, *others, *self._files(session)]

    def _batches(self, session: Session) -> Iterator[Lack]:
        query = select(BatchRow).where(BatchRow.state == BatchState.ADOPTED).order_by(BatchRow.sequence)
        for batch in session.scalars(query):
            yield Lack(BATCH, batch.root.hex(), batch.transaction, batch.block_number)

    def _tokens(self, session: Session, kind: str, contract: str, event: str, token: object) -> Iterator[Lack]:
        """Give tokens that our relayer made and no row has; anybody may write to the contracts."""
        known = {_digits(value) for value in session.scalars(select(token))}  # type: ignore[call-overload]
        made = (LogRow.contract == contract) & (LogRow.event == event) & LogRow.orphaned.is_(False)
        query = select(LogRow).where(made, LogRow.transaction.in_(select(AttemptRow.hash)))
        for log in session.scalars(query.order_by(LogRow.block_number, LogRow.log_index)):
            if _digits(log.subject or "") not in known:
                yield Lack(kind, _digits(log.subject or ""), log.transaction, log.block_number)

    def _transactions(self, session: Session, named: set[str | None]) -> Iterator[Lack]:
        """Give what our relayer did besides: undertakings, conveyances, changes of licences; an anchor is a batch."""
        query = select(TransactionRow, AttemptRow.hash).join(AttemptRow, AttemptRow.transaction_id == TransactionRow.id)
        query = query.where(TransactionRow.purpose == FOUND, TransactionRow.contract != CONTRACT)
        for row, found in session.execute(query.order_by(TransactionRow.sequence)):
            if found not in named:
                yield Lack(TRANSACTION, f"{row.contract} {found}", found, row.block_number)

    def _files(self, session: Session) -> Iterator[Lack]:
        """Give files of documents that were not erased."""
        living = DocumentRow.erased_at.is_(None)
        query = select(DocumentRow.cid).where(living).distinct().order_by(DocumentRow.cid)
        yield from (Lack(FILE, cid) for cid in session.scalars(query) if not self._store.has(cid))


def _digits(token: str) -> str:
    return token.lower().removeprefix("0x").rjust(64, "0")
