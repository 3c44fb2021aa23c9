"""What the payment service says, put into the books. Only what it says on re-reading counts: a notification is a hint,
the browser's return is less.
"""

from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE
from ipx.core.errors import NotFound
from ipx.core.money import Money
from ipx.core.ports import CheckoutState
from ipx.payments.events import CheckoutSettled
from ipx.payments.models import CheckoutRow, EventRow
from ipx.payments.refunds import Refunds
from ipx.payments.rules import State, attempt_name, checkout_of, payable_account
from ipx.payments.till import log, next_attempt

SETTLE = "payments.settle_checkout"
LOOK_EVERY = timedelta(seconds=15)  # how often a browser that comes back makes us ask
DISPUTE = "charge.dispute.created"


class Settling(Refunds):
    """Notifications and settlement."""

    def receive_event(self, session: Session, *, raw_body: bytes, signature: str) -> None:
        """Keep a notification and enqueue its handling. Raises Tampered when forged; a repeat changes nothing."""
        event = self._gateway.read_event(raw_body, signature)
        if session.get(EventRow, event.id) is not None:
            return
        now = self._clock.now()
        row = EventRow(
            id=event.id,
            type=event.type,
            checkout_reference=event.checkout_reference,
            raw_body=raw_body,
            received_at=now,
            processed_at=None if event.checkout_reference else now,  # about nothing of ours
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # the same notification, delivered twice at once
            return
        if event.checkout_reference is not None:
            self._durable.enqueue(session, SETTLE, event.checkout_reference, event.id, key=event.id)

    def look_again(self, session: Session, *, checkout_id: str) -> None:
        """Enqueue a re-reading, as after the browser came back: the notification may be late or lost."""
        row = self._row(session, checkout_id)
        if row.state == State.OPEN and row.reference is not None:
            turn = int(self._clock.now().timestamp() / LOOK_EVERY.total_seconds())
            self._durable.enqueue(session, SETTLE, row.reference, "", key=f"look:{row.id}:{turn}")

    def read_at_service(self, reference: str) -> CheckoutState | None:
        """Read a checkout at the payment service; None for one that this exchange did not open."""
        try:
            return self._gateway.checkout(reference)
        except NotFound:
            return None

    def settle(self, session: Session, state: CheckoutState | None, event_id: str) -> bool:
        """Book what the payment service says; return whether something changed.

        Money of another amount or paid a second time is kept apart, returned, and both sides are told: nothing is
        granted for it. Money for a checkout that we do not know raises an alarm for the operator, and stays.
        """
        event = self._processed(session, event_id)
        if state is None:
            return False
        row = session.get(CheckoutRow, checkout_of(state.checkout_id), with_for_update=True)
        if row is None:
            self._unknown(session, state)
            return False
        row.looked_at = self._clock.now()
        if event is not None and event.type == DISPUTE:
            self._alarm(session, row, "payment:checkout:disputed", "The payment is disputed by the payer’s bank")
        if state.payment_status == "paid":
            return self._came(session, row, state)
        if state.payment_status == "refunded":
            return self._came_and_went(session, row, state)
        return state.status == "expired" and self._leave_page(row, state)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _came(self, session: Session, row: CheckoutRow, state: CheckoutState) -> bool:
        is_settled = row.state not in (State.OPEN, State.CANCELLED)
        if is_settled and row.reference == state.reference:
            return False
        if is_settled:
            what = "A second payment came in and goes straight back"
            self._stray(session, row, state, "payment:checkout:paid_twice", what)
            return False
        if state.amount != Money(row.amount, row.currency):
            what = "A payment of another amount than agreed came in and goes straight back"
            self._stray(session, row, state, "payment:checkout:amount_differs", what)
            self._leave_page(row, state)  # it is used up: whoever wants to pay gets another
            return False
        was_cancelled = row.state == State.CANCELLED
        self._came_in(session, row, state)
        if was_cancelled:  # paid on a page that was still open after the withdrawal: the money goes straight back
            self.ask_refund(session, agreement_id=row.agreement_id, reason="paid after withdrawal")
        else:
            self._events.publish(session, CheckoutSettled(row.id, row.agreement_id))
        return True

    def _came_in(self, session: Session, row: CheckoutRow, state: CheckoutState) -> None:
        row.state, row.paid_at = State.PAID, self._clock.now()
        row.reference, row.payment_reference = state.reference, state.payment_reference
        self._book(
            session,
            row,
            kind="payment",
            memo="Upfront fee paid",
            amount=state.amount,
            other=payable_account(row.payee_id),
        )
        self._record(session, "payment:checkout:settled", row)

    def _came_and_went(self, session: Session, row: CheckoutRow, state: CheckoutState) -> bool:
        """Refunded at the payment service: by us, then this is the same news; or by hand, then it is news."""
        if state.amount != Money(row.amount, row.currency) or row.reference not in (None, state.reference):
            return False  # a stray payment: booked on its own way
        if row.state in (State.OPEN, State.CANCELLED):
            self._came_in(session, row, state)
        if row.state == State.REFUNDED:
            return False
        self._went_out(session, row)
        return True

    def _leave_page(self, row: CheckoutRow, state: CheckoutState) -> bool:
        """The hosted page is gone for good; the next press opens another one."""
        is_present = state.checkout_id == attempt_name(row.id, row.attempt)
        if row.state not in (State.OPEN, State.CANCELLED) or not is_present:
            return False
        next_attempt(row)
        return True

    def _unknown(self, session: Session, state: CheckoutState) -> None:
        """Perhaps an old backup was restored, or another exchange shares the account: only a person can tell."""
        checkout_id = checkout_of(state.checkout_id)
        log.error("the payment service knows a checkout that we do not: %s (%s)", checkout_id, state.reference)
        if state.payment_status == "paid":
            self._audit.record(
                session,
                action="payment:checkout:unknown",
                by=THE_EXCHANGE,
                subject_kind="checkout",
                subject_id=checkout_id,
                details={"reference": state.reference, "amount": state.amount.amount},
            )

    def _processed(self, session: Session, event_id: str) -> EventRow | None:
        event = session.get(EventRow, event_id, with_for_update=True) if event_id else None
        if event is None or event.processed_at is not None:
            return None
        event.processed_at = self._clock.now()
        return event
