"""The double-entry ledger: rows are only added, and every transaction balances."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.payments.models import LedgerLineRow, LedgerTransactionRow
from ipx.payments.records import Entry
from ipx.payments.rules import Line, check_balanced


def post(
    session: Session,
    *,
    transaction_id: str,
    checkout_id: str,
    kind: str,
    memo: str,
    at: datetime,
    lines: Sequence[Line],
) -> None:
    """Add one balanced transaction. A second one of the same kind for the checkout breaks a unique key."""
    check_balanced(lines)
    session.add(LedgerTransactionRow(id=transaction_id, checkout_id=checkout_id, kind=kind, memo=memo, at=at))
    session.flush()
    for position, line in enumerate(lines):
        session.add(
            LedgerLineRow(
                transaction_id=transaction_id,
                position=position,
                account=line.account,
                amount=line.amount,
                currency=line.currency,
            )
        )
    session.flush()


def entries(session: Session, *, checkout_ids: Sequence[str]) -> list[Entry]:
    """Return the lines about these checkouts, oldest first."""
    query = (
        select(LedgerTransactionRow, LedgerLineRow)
        .join(LedgerLineRow, LedgerLineRow.transaction_id == LedgerTransactionRow.id)
        .where(LedgerTransactionRow.checkout_id.in_(set(checkout_ids)))
        .order_by(LedgerTransactionRow.at, LedgerTransactionRow.id, LedgerLineRow.position)
    )
    return [
        Entry(t.id, t.at, line.account, line.amount, line.currency, t.memo, t.checkout_id)
        for t, line in session.execute(query)
    ]
