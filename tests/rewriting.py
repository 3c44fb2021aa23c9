"""What somebody does who edits our tables and knows how every hash of ours is made: compute all of them anew."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.models import AuditHead, AuditRow
from ipx.audit.rules import FIRST_HASH, line_hash
from ipx.audit.service import _line
from ipx.core import merkle
from ipx.core.canonical import encode
from ipx.core.merkle_log import Frontier
from ipx.evidence import leaves
from ipx.evidence.log_heads import head_of
from ipx.evidence.models import BatchRow, LogHeadRow, StampRow
from ipx.vault.models import ReceiptHead, ReceiptLineRow, ReceiptRow


def recompute_hashes(session: Session) -> None:
    """Chain both logs again, take their heads again, and build every batch over what is there now."""
    session.flush()
    session.expire_all()
    hashes = {"audit": _audit(session), "receipts": _receipts(session)}
    _heads(session, hashes)
    _batches(session)
    session.flush()
    session.expire_all()


def _audit(session: Session) -> list[str]:
    hashes: list[str] = []
    for row in session.scalars(select(AuditRow).order_by(AuditRow.sequence)).all():
        row.previous = hashes[-1] if hashes else FIRST_HASH
        row.hash = line_hash(_line(row))
        hashes.append(row.hash)
    head = session.get_one(AuditHead, 1)
    head.sequence, head.hash = len(hashes), hashes[-1]
    session.flush()
    return hashes


def _receipts(session: Session) -> list[str]:
    hashes: list[str] = []
    for row in session.scalars(select(ReceiptLineRow).order_by(ReceiptLineRow.sequence)).all():
        line = {**json.loads(row.record), "previous": hashes[-1] if hashes else FIRST_HASH}
        row.record = encode(line).decode()
        row.hash = hashlib.sha256(row.record.encode()).hexdigest()
        hashes.append(row.hash)
        for receipt in session.scalars(select(ReceiptRow).where(ReceiptRow.sequence == row.sequence)):
            receipt.hash = row.hash
    head = session.get(ReceiptHead, 1)
    if head is not None and hashes:
        head.sequence, head.hash = len(hashes), hashes[-1]
    session.flush()
    return hashes


def _heads(session: Session, hashes: dict[str, list[str]]) -> None:
    for row in session.scalars(select(LogHeadRow).order_by(LogHeadRow.sequence)).all():
        lines = hashes[row.log][: row.lines]
        frontier = Frontier()
        for line in lines:
            frontier.append(bytes.fromhex(line))
        row.lines, row.head = len(lines), lines[-1] if lines else FIRST_HASH
        row.root, row.frontier = frontier.root(), [peak.hex() for peak in frontier.peaks]
        stamp = session.get_one(StampRow, row.stamp_id)
        stamp.commitment = head_of(row).commitment(salt=row.salt, owner=stamp.owner)
    session.flush()


def _batches(session: Session) -> None:
    previous: dict[tuple[str, str], bytes] = {}
    for batch in session.scalars(select(BatchRow).order_by(BatchRow.sequence)).all():
        roots = leaves.hash_subtrees(session, batch_id=batch.id)
        if not roots:
            continue
        batch.root, batch.subtree_roots = merkle.root_over(roots), leaves.pack(roots)
        log = batch.contract, batch.sender
        batch.previous_head = previous.get(log, merkle.FIRST_HEAD)
        batch.head = previous[log] = merkle.chained_head(batch.previous_head, batch.root, batch.size)
    session.flush()
