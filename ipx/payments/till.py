"""What all parts of the payments' door share: their tools, their rows, the books, and the audit log."""

import logging

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService, By
from ipx.core.canonical import Json
from ipx.core.errors import NotFound
from ipx.core.money import Money
from ipx.core.ports import Clock, Entropy, PaymentGateway
from ipx.db.durable import Durable
from ipx.db.events import Events
from ipx.db.session import Database
from ipx.payments import ledger
from ipx.payments.events import PaymentTroubled
from ipx.payments.models import CheckoutRow
from ipx.payments.records import Checkout
from ipx.payments.rules import Line, State, clearing_account

log = logging.getLogger("ipx.payments")


class Till:
    """Tools and rows."""

    def __init__(
        self,
        *,
        database: Database,
        audit: AuditService,
        events: Events,
        clock: Clock,
        entropy: Entropy,
        durable: Durable,
        gateway: PaymentGateway,
    ) -> None:
        self._database = database
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._durable = durable
        self._gateway = gateway

    def _row(self, session: Session, checkout_id: str, *, lock: bool = False) -> CheckoutRow:
        row = session.get(CheckoutRow, checkout_id, with_for_update=lock or None)
        if row is None:
            raise NotFound("There is no such payment.")
        return row

    def _row_of(self, session: Session, agreement_id: str, *, lock: bool = False) -> CheckoutRow | None:
        query = select(CheckoutRow).where(CheckoutRow.agreement_id == agreement_id)
        return session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)

    def _book(self, session: Session, row: CheckoutRow, *, kind: str, memo: str, amount: Money, other: str) -> None:
        """Book money that came in (``kind`` payment…) or, when it went out, the same the other way round."""
        sign = -1 if kind.startswith(("refund", "return")) else 1
        ledger.post(
            session,
            transaction_id=self._entropy.new_id(),
            checkout_id=row.id,
            kind=kind,
            memo=memo,
            at=self._clock.now(),
            lines=(
                Line(clearing_account(), sign * amount.amount, amount.currency),
                Line(other, -sign * amount.amount, amount.currency),
            ),
        )

    def _alarm(self, session: Session, row: CheckoutRow, action: str, what: str, **details: Json) -> None:
        """Somebody has to look at this: the log, the audit log, and both sides say so."""
        log.error("%s: checkout %s of agreement %s", action, row.id, row.agreement_id)
        self._record(session, action, row, **details)
        self._events.publish(session, PaymentTroubled(row.id, row.agreement_id, what))

    def _record(self, session: Session, action: str, row: CheckoutRow, **details: Json) -> None:
        facts: dict[str, Json] = {"agreement": row.agreement_id, "amount": row.amount, "currency": row.currency}
        self._audit.record(
            session,
            action=action,
            by=By(organisation_id=row.payer_id) if action.endswith("opened") else THE_EXCHANGE,
            subject_kind="checkout",
            subject_id=row.id,
            details={**facts, **details},
        )


def next_attempt(row: CheckoutRow) -> None:
    """Forget the hosted page: nobody can pay on it any more, and the next one has a name of its own."""
    row.attempt += 1
    row.reference = row.opened_at = None


def checkout_record(row: CheckoutRow) -> Checkout:
    """Return a row as the room hands it out."""
    return Checkout(
        id=row.id,
        agreement_id=row.agreement_id,
        payer_id=row.payer_id,
        payee_id=row.payee_id,
        amount=Money(row.amount, row.currency),
        description=row.description,
        state=State(row.state),
        reference=row.reference,
        payment_reference=row.payment_reference,
        created_at=row.created_at,
        paid_at=row.paid_at,
        attempt=row.attempt,
        trouble=row.trouble,
        opened_at=row.opened_at,
    )
