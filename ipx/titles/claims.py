"""What the tables of this room say, row by row, for whoever holds them against the audit lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.core.errors import ExchangeError, Invalid
from ipx.core.ports import Signer
from ipx.titles.box import Box
from ipx.titles.models import (
    ApprovalRow,
    EntryRow,
    RectificationRow,
    RegisterRectificationRow,
    RegisterSignatureRow,
)
from ipx.titles.register_rows import data_of


@dataclass(frozen=True)
class EntryClaim:
    """One entry. ``opens`` is False where what is sealed is not what the row's hash is of."""

    id: str
    right_id: str
    kind: str
    sha256: str
    document_id: str | None
    releases_id: str | None
    opens: bool


@dataclass(frozen=True)
class RectificationClaim:
    """One rectification, as far as it is."""

    id: str
    right_id: str
    entry_id: str
    basis: str
    sha256: str
    document_id: str | None
    state: str
    replacement_id: str | None
    approvals: int
    opens: bool


@dataclass(frozen=True)
class RegisterClaim:
    """One rectification of the register. ``is_whole``: what rectifiers sign, as the row has it, gives the digest."""

    id: str
    right_id: str
    holder: str
    to: str
    basis: str
    document_id: str | None
    digest: str
    is_whole: bool
    signers: tuple[str, ...]
    sent_act: str | None
    attempt: int
    transaction_id: str | None
    settled_as: str | None


def entry_claims(session: Session, box: Box) -> Iterator[EntryClaim]:
    """Return every entry, in the order in which they came."""
    for row in session.scalars(select(EntryRow).order_by(EntryRow.entered_at, EntryRow.id)):
        opens = _opens(lambda row=row: box.open(session, row))  # type: ignore[misc]
        yield EntryClaim(row.id, row.right_id, row.entry, row.sha256, row.document_id, row.releases_id, opens)


def rectification_claims(session: Session, box: Box) -> Iterator[RectificationClaim]:
    """Return every rectification, in the order in which they were proposed."""
    counted = select(ApprovalRow.rectification_id, func.count()).group_by(ApprovalRow.rectification_id)
    approvals = {row[0]: row[1] for row in session.execute(counted)}
    for row in session.scalars(select(RectificationRow).order_by(RectificationRow.proposed_at, RectificationRow.id)):
        yield RectificationClaim(
            id=row.id,
            right_id=row.right_id,
            entry_id=row.entry_id,
            basis=row.basis,
            sha256=row.sha256,
            document_id=row.document_id,
            state=row.state,
            replacement_id=row.replacement_id,
            approvals=approvals.get(row.id, 0),
            opens=_opens(lambda row=row: box.open_rectification(session, row)),  # type: ignore[misc]
        )


def register_claims(session: Session, signer: Signer) -> Iterator[RegisterClaim]:
    """Return every rectification of the register, in the order in which they were proposed."""
    table = RegisterRectificationRow
    for row in session.scalars(select(table).order_by(table.proposed_at, table.id)):
        yield RegisterClaim(
            id=row.id,
            right_id=row.right_id,
            holder=row.holder,
            to=row.to_address,
            basis=row.basis,
            document_id=row.document_id,
            digest=row.digest,
            is_whole=_digest(row, signer) == row.digest,
            signers=_signers(session, row),
            sent_act=row.sent_act,
            attempt=row.attempt,
            transaction_id=row.transaction_id,
            settled_as=row.settled_as,
        )


def _digest(row: RegisterRectificationRow, signer: Signer) -> str | None:
    try:
        return "0x" + signer.digest(data_of(row)).hex()
    except (Invalid, ValueError):
        return None  # somebody wrote into it what nobody can sign


def _signers(session: Session, row: RegisterRectificationRow) -> tuple[str, ...]:
    table = RegisterSignatureRow
    return tuple(sorted(session.scalars(select(table.rectifier).where(table.rectification_id == row.id))))


def _opens(open_it: Callable[[], object]) -> bool:
    try:
        open_it()
    except (ExchangeError, ValueError, KeyError, AssertionError):
        return False
    return True
