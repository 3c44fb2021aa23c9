"""What must hold of an exchange's data whatever happened to its processes; asked of rows, files and the chain."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.adapters.blockfolder import BlockFolder
from ipx.audit.models import AuditRow
from ipx.audit.service import AuditService
from ipx.chain.models import TransactionRow
from ipx.chain.rules import TransactionState
from ipx.core import merkle
from ipx.evidence.bundle import COMMITMENT, FULL
from ipx.evidence.certificate import verify_document
from ipx.evidence.filling import IS_FROZEN
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.node import NodeReader
from ipx.evidence.rules import BatchState
from ipx.evidence.service import EvidenceService
from ipx.vault.models import DocumentRow
from ipx.vault.service import VaultService

if TYPE_CHECKING:
    from ipx.wiring import Exchange

Kind = TypeVar("Kind")


def service(exchange: Exchange, kind: type[Kind]) -> Kind:
    found = exchange.services[kind]
    assert isinstance(found, kind)
    return found


def check(exchange: Exchange, *, settled: bool = True) -> None:
    """Check everything that an owner, an auditor or a reader could complain of."""
    with exchange.database.read() as session:
        check_chains(exchange, session)
        check_batches(exchange, session, settled=settled)
        check_documents(exchange, session)
        if settled:
            check_bundles(exchange, session)
    check_store(exchange)


def is_settled(exchange: Exchange) -> bool:
    """Tell whether nothing is on its way to the chain: what a start begins, such as the life of licences that an
    earlier version granted, is stamped like everything else.
    """
    with exchange.database.read() as session:
        states = set(session.scalars(select(BatchRow.state).where(IS_FROZEN)))
        waiting = session.scalar(select(func.count()).select_from(StampRow).where(StampRow.batch_id.is_(None)))
        sent = set(session.scalars(select(TransactionRow.state)))
    return states <= {BatchState.FINAL, BatchState.ADOPTED} and not waiting and sent <= {TransactionState.FINAL}


def check_chains(exchange: Exchange, session: Session) -> None:
    """Audit log and receipts are whole."""
    assert service(exchange, AuditService).check(session).broken_at is None
    assert service(exchange, VaultService).check_receipts(session).broken_at is None


def check_batches(exchange: Exchange, session: Session, *, settled: bool) -> None:
    """Every stamp is in one batch at one place, the batches follow each other, and each is anchored once."""
    batches = list(session.scalars(select(BatchRow).where(IS_FROZEN).order_by(BatchRow.sequence)))
    previous = merkle.FIRST_HEAD
    for batch in batches:
        leaves = list(
            session.scalars(
                select(StampRow.commitment).where(StampRow.batch_id == batch.id).order_by(StampRow.leaf_index)
            )
        )
        assert leaves == [] if batch.state == BatchState.ADOPTED else merkle.root(leaves) == batch.root
        assert batch.previous_head == previous
        previous = batch.head
    if not settled:
        return
    assert {batch.state for batch in batches} <= {BatchState.FINAL, BatchState.ADOPTED}
    assert not session.scalar(select(func.count()).select_from(StampRow).where(StampRow.batch_id.is_(None)))
    assert anchors_on_chain(exchange) == ["0x" + batch.head.hex() for batch in batches]
    assert set(session.scalars(select(TransactionRow.state))) <= {TransactionState.FINAL}


def anchors_on_chain(exchange: Exchange) -> list[Any]:
    """Return the heads that our relayer anchored, in the chain's own order, asked of the node."""
    chain = exchange.outside.chain
    logs = chain.logs(0, chain.head().number)
    ours = [log for log in logs if log.event == "Anchored"]
    return [log.arguments["head"] for log in ours if str(log.arguments["sender"]).lower() == chain.relayer().lower()]


def check_documents(exchange: Exchange, session: Session) -> None:
    """Each document has its file, one stamp, one audit line; no stamp is without its document."""
    documents = list(session.scalars(select(DocumentRow)))
    stamps = Counter(session.scalars(select(StampRow.subject_id).where(StampRow.subject_kind == "document")))
    assert stamps == Counter(document.id for document in documents)
    lines = select(AuditRow.subject_id).where(AuditRow.action == "document:content:deposited")
    assert Counter(session.scalars(lines)) == stamps
    living = {document.cid for document in documents if document.erased_at is None}
    assert {document.cid for document in documents if exchange.outside.store.has(document.cid)} == living


def check_bundles(exchange: Exchange, session: Session) -> None:
    """The evidence of every document holds on the chain; of an erased one without what the stamp was made of."""
    node = NodeReader(chain_url(exchange))
    evidence = service(exchange, EvidenceService)
    erased = set(session.scalars(select(DocumentRow.stamp_id).where(DocumentRow.erased_at.is_not(None))))
    for stamp in session.scalars(select(StampRow.id)):
        disclosure = COMMITMENT if stamp in erased else FULL
        bundle = evidence.bundle(session, stamp_id=stamp, disclosure=disclosure)
        verdict = verify_document(bundle, file_sha256=None, chain=node)
        assert verdict.level == "chain", verdict.summary


def check_store(exchange: Exchange) -> None:
    """No half file is among the whole ones: every file opens and reads to its end."""
    store = exchange.outside.store
    if not isinstance(store, BlockFolder):
        return
    for cid in store.files():
        source = store.open(cid)
        while source.read(1 << 20):
            pass
        source.close()


def chain_url(exchange: Exchange) -> str:
    """Return where the chain's node listens."""
    from ipx.outside import embedded_chain

    return exchange.settings.chain_url or embedded_chain(exchange.settings).url()


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
