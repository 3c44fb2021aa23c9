"""The door to payments: checkouts, their hosted pages, the ledger, and looking again at what should have moved."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ipx.core.errors import Conflict, Unavailable
from ipx.core.money import Money
from ipx.core.ports import CheckoutRequest, CheckoutState
from ipx.payments import ledger
from ipx.payments.models import CheckoutRow, StrayRow
from ipx.payments.records import Checkout, Entry
from ipx.payments.refunds import REFUND, RETURN_STRAY
from ipx.payments.rules import State, StrayState, attempt_name, check_payable
from ipx.payments.settling import SETTLE, Settling
from ipx.payments.till import checkout_record, log, next_attempt

__all__ = ["REFUND", "RETURN_STRAY", "SETTLE", "PaymentService", "check_payable"]

# A notification that has not come by then may be lost; after that we ask from time to time.
OVERDUE, AGAIN = timedelta(minutes=5), timedelta(minutes=10)
MOST_AT_ONCE = 50


class PaymentService(Settling):
    """Checkouts and the ledger. Its parts, each a file: ``settling`` on ``refunds`` on ``till``."""

    @property
    def simulated(self) -> bool:
        """Tell whether no money moves."""
        return self._gateway.simulated

    # ── checkouts ────────────────────────────────────────────────────────────────────────────────

    def open_checkout(
        self, session: Session, *, agreement_id: str, payer_id: str, payee_id: str, amount: Money, description: str
    ) -> Checkout:
        """Add the row that says what is to be paid; the hosted page is opened later, by ``hosted_page``.

        Once for each agreement. Raises Conflict for an amount that no card can pay.
        """
        check_payable(amount)
        found = self._row_of(session, agreement_id)
        if found is None:
            found = CheckoutRow(
                id=self._entropy.new_id(),
                agreement_id=agreement_id,
                payer_id=payer_id,
                payee_id=payee_id,
                amount=amount.amount,
                currency=amount.currency,
                description=description,
                state=State.OPEN,
                attempt=1,
                created_at=self._clock.now(),
            )
            session.add(found)
            session.flush()
            self._record(session, "payment:checkout:opened", found)
        return checkout_record(found)

    def hold(self, session: Session, *, agreement_id: str) -> None:
        """Lock an agreement's checkout. Whoever locks both takes it before the agreement, as ``settle`` does."""
        self._row_of(session, agreement_id, lock=True)

    def cancel(self, session: Session, *, agreement_id: str) -> None:
        """Close a checkout that nobody paid. Raises Conflict when money has moved."""
        row = self._row_of(session, agreement_id, lock=True)
        if row is None or row.state == State.CANCELLED:
            return
        if row.state != State.OPEN:
            raise Conflict("This has been paid already; it can only be refunded.")
        row.state = State.CANCELLED
        self._record(session, "payment:checkout:cancelled", row)

    def find_by_agreement(self, session: Session, *, agreement_id: str) -> Checkout | None:
        """Return the checkout of an agreement, if there is one."""
        row = self._row_of(session, agreement_id)
        return checkout_record(row) if row else None

    def ledger_of(self, session: Session, *, organisation_id: str) -> list[Entry]:
        """Return the ledger lines of everything an organisation paid or was paid."""
        mine = or_(CheckoutRow.payer_id == organisation_id, CheckoutRow.payee_id == organisation_id)
        ids = list(session.scalars(select(CheckoutRow.id).where(mine)))
        return ledger.entries(session, checkout_ids=ids)

    # ── the hosted page ──────────────────────────────────────────────────────────────────────────

    def hosted_page(self, *, checkout_id: str, success_url: str, cancel_url: str) -> str:
        """Return the address of the payment page. Call it with no transaction open: it asks the payment service.

        Whoever asks while a page is open gets that page; one that expired is replaced. Raises Conflict when it is
        paid or cancelled, Unavailable when the service does not answer.
        """
        for _ in range(2):  # once more, when the page turns out to have expired
            checkout, request = self._ask_for_page(checkout_id, success_url, cancel_url)
            state = self._page_of(checkout, request)
            if state is not None and state.url is not None and state.status == "open":
                self._page_is_open(checkout, state)
                return state.url
            with self._database.write() as session:
                if state is None:
                    self._page_is_lost(session, checkout)
                else:
                    self.settle(session, state, "")
        raise Conflict("The payment page is closed just now. Open the agreement again to see how it stands.")

    def _ask_for_page(self, checkout_id: str, success_url: str, cancel_url: str) -> tuple[Checkout, CheckoutRequest]:
        """Write down that and how a page is asked for, before it is."""
        with self._database.write() as session:
            row = self._row(session, checkout_id, lock=True)
            if row.state != State.OPEN:
                raise Conflict("This has been paid already, or was cancelled.")
            if row.opened_at is None:
                row.opened_at = self._clock.now()
                row.success_url, row.cancel_url = success_url, cancel_url
            return checkout_record(row), _request(row)

    def _page_of(self, checkout: Checkout, request: CheckoutRequest) -> CheckoutState | None:
        """Read the page that was opened, or open it; asking again for the same attempt gives the same page."""
        if checkout.reference is not None:
            return self.read_at_service(checkout.reference)
        return self._gateway.open_checkout(request)

    def _page_is_open(self, checkout: Checkout, state: CheckoutState) -> None:
        with self._database.write() as session:
            row = self._row(session, checkout.id, lock=True)
            if row.state != State.OPEN:
                raise Conflict("This has been paid already, or was cancelled.")
            if row.attempt == checkout.attempt:
                row.reference = state.reference

    def _page_is_lost(self, session: Session, checkout: Checkout) -> None:
        """The payment service does not know the page any more, so nobody can pay on it."""
        row = self._row(session, checkout.id, lock=True)
        if row.state in (State.OPEN, State.CANCELLED) and row.attempt == checkout.attempt:
            next_attempt(row)

    # ── looking again ────────────────────────────────────────────────────────────────────────────

    def reconcile(self) -> bool:
        """Compare with the payment service what should have moved by now: pages without news, refunds that stick.

        Done from time to time by the worker; every step may be repeated. Raises Unavailable. Returns whether there is
        more to do at once: never.
        """
        for checkout_id in self._overdue((State.OPEN, State.CANCELLED)):
            self._try(self._look_at_page, checkout_id)
        for checkout_id in self._overdue((State.REFUNDING,)):
            self._try(self._refund_again, checkout_id)
        for reference in self._strays():
            self._try(self._return_again, reference)
        return False

    def _try(self, look: Callable[[str], None], key: str) -> None:
        """Do one; what is wrong with it must not hold up the others."""
        try:
            look(key)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - it is done again in a while
            log.error("the payment %s cannot be compared (%s)", key, type(error).__name__)

    def _overdue(self, states: Sequence[State]) -> list[str]:
        now = self._clock.now()
        since = CheckoutRow.paid_at if State.REFUNDING in states else CheckoutRow.opened_at
        query = select(CheckoutRow.id).where(
            CheckoutRow.state.in_(states),
            since < now - OVERDUE,
            or_(CheckoutRow.looked_at.is_(None), CheckoutRow.looked_at < now - AGAIN),
        )
        with self._database.read() as session:
            return list(session.scalars(query.order_by(CheckoutRow.opened_at).limit(MOST_AT_ONCE)))

    def _strays(self) -> list[str]:
        returning = StrayRow.state == StrayState.RETURNING
        query = select(StrayRow.reference).where(returning, StrayRow.came_at < self._clock.now() - OVERDUE)
        with self._database.read() as session:
            return list(session.scalars(query.limit(MOST_AT_ONCE)))

    def _look_at_page(self, checkout_id: str) -> None:
        with self._database.read() as session:
            row = self._row(session, checkout_id)
            checkout, request = checkout_record(row), _request(row)
        state = self._page_of(checkout, request)
        with self._database.write() as session:
            if state is None:
                self._page_is_lost(session, checkout)
                return
            row = self._row(session, checkout_id, lock=True)
            if row.attempt == checkout.attempt and row.reference is None:
                row.reference = state.reference
            self.settle(session, state, "")

    def _refund_again(self, checkout_id: str) -> None:
        with self._database.write() as session:
            self._row(session, checkout_id, lock=True).looked_at = self._clock.now()
            refund = self.to_refund(session, checkout_id)
        trouble = self.give_back(refund)
        with self._database.write() as session:
            self.refund_answered(session, checkout_id, trouble)

    def _return_again(self, reference: str) -> None:
        with self._database.read() as session:
            refund = self.stray_to_return(session, reference)
        trouble = self.give_back(refund)
        with self._database.write() as session:
            self.stray_answered(session, reference, trouble)


def _request(row: CheckoutRow) -> CheckoutRequest:
    return CheckoutRequest(
        checkout_id=attempt_name(row.id, row.attempt),
        amount=Money(row.amount, row.currency),
        description=row.description,
        success_url=row.success_url or "",
        cancel_url=row.cancel_url or "",
    )
