"""Tables of checkouts, received notifications and the ledger."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class CheckoutRow(Base):
    """One thing to be paid; ``reference`` is the payment service's id once the hosted page is open.

    The same ``attempt`` is always asked for with the same addresses, so asking twice opens one page. ``looked_at``:
    when it was last compared with the payment service; ``trouble``: why the money does not go back, for people.
    """

    __tablename__ = "payments_checkouts"

    id: Mapped[str] = mapped_column(primary_key=True)
    agreement_id: Mapped[str] = mapped_column(unique=True)
    payer_id: Mapped[str] = mapped_column(index=True)
    payee_id: Mapped[str] = mapped_column(index=True)
    amount: Mapped[int]
    currency: Mapped[str]
    description: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    attempt: Mapped[int]
    success_url: Mapped[str | None]
    cancel_url: Mapped[str | None]
    opened_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(unique=True)
    payment_reference: Mapped[str | None]
    trouble: Mapped[str | None]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]


class StrayRow(Base):
    """Money that came and does not belong here: another amount, or paid a second time. It goes straight back."""

    __tablename__ = "payments_strays"

    reference: Mapped[str] = mapped_column(primary_key=True)
    checkout_id: Mapped[str] = mapped_column(ForeignKey("payments_checkouts.id"), index=True)
    payment_reference: Mapped[str | None]
    amount: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    trouble: Mapped[str | None]
    came_at: Mapped[datetime]


class EventRow(Base):
    """One notification of the payment service, kept as it came; its id is unique, so a repeat is harmless."""

    __tablename__ = "payments_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    checkout_reference: Mapped[str | None]
    raw_body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]


class LedgerTransactionRow(Base):
    """One balanced transaction; ``kind`` happens once for each checkout."""

    __tablename__ = "payments_ledger_transactions"

    id: Mapped[str] = mapped_column(primary_key=True)
    checkout_id: Mapped[str] = mapped_column(ForeignKey("payments_checkouts.id"))
    kind: Mapped[str]
    memo: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("checkout_id", "kind"),)


class LedgerLineRow(Base):
    """One line of a transaction."""

    __tablename__ = "payments_ledger_lines"

    transaction_id: Mapped[str] = mapped_column(ForeignKey("payments_ledger_transactions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    amount: Mapped[int]
    currency: Mapped[str]
