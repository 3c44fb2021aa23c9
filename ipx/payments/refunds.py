"""Money that goes back: a whole checkout, or what came and does not belong here."""

from sqlalchemy.orm import Session

from ipx.core.errors import Conflict, NotFound, Refused
from ipx.core.money import Money
from ipx.core.ports import CheckoutState
from ipx.payments.events import CheckoutRefunded
from ipx.payments.models import CheckoutRow, StrayRow
from ipx.payments.records import Refund
from ipx.payments.rules import State, StrayState, payable_account, stray_account
from ipx.payments.till import Till, log

REFUND = "payments.refund_checkout"
RETURN_STRAY = "payments.return_stray"


class Refunds(Till):
    """Refunds."""

    def ask_refund(self, session: Session, *, agreement_id: str, reason: str) -> bool:
        """Begin to give the money of an agreement back; return whether there was any."""
        row = self._row_of(session, agreement_id, lock=True)
        if row is None or row.state not in (State.PAID, State.REFUNDING):
            return False
        if row.state == State.PAID:
            row.state = State.REFUNDING
            self._record(session, "payment:refund:asked", row, reason=reason)
            self._durable.enqueue(session, REFUND, row.id, key=row.id)
        return True

    def to_refund(self, session: Session, checkout_id: str) -> Refund:
        """Return what is to go back of a checkout."""
        row = self._row(session, checkout_id)
        return Refund(row.id, row.reference or "", row.payment_reference, Money(row.amount, row.currency))

    def stray_to_return(self, session: Session, reference: str) -> Refund:
        """Return what is to go back of a stray payment."""
        row = session.get_one(StrayRow, reference)
        return Refund(f"stray-{reference}", reference, row.payment_reference, Money(row.amount, row.currency))

    def give_back(self, refund: Refund) -> str | None:
        """Refund at the payment service; return why it refuses, or None when the money is on its way back."""
        if refund.payment_reference is None:
            return "the payment service named no payment"
        try:
            self._gateway.refund(
                refund_id=refund.refund_id, payment_reference=refund.payment_reference, amount=refund.amount
            )
        except (Refused, NotFound) as error:
            if isinstance(error, Conflict) and self._went_back(refund.reference):
                return None  # somebody did it by hand at the payment service
            return error.message
        return None

    def refund_answered(self, session: Session, checkout_id: str, trouble: str | None) -> None:
        """Book the refund, or say why there is none."""
        row = self._row(session, checkout_id, lock=True)
        if row.state != State.REFUNDING:
            return
        if trouble is None:
            self._went_out(session, row)
        elif row.trouble != trouble:
            row.trouble = trouble
            self._alarm(session, row, "payment:refund:refused", "The refund is delayed; the operator has been told")

    def stray_answered(self, session: Session, reference: str, trouble: str | None) -> None:
        """Book the return of a stray payment, or say why there is none."""
        stray = session.get_one(StrayRow, reference, with_for_update=True)
        if stray.state != StrayState.RETURNING:
            return
        row = self._row(session, stray.checkout_id)
        if trouble is not None:
            if stray.trouble != trouble:
                stray.trouble = trouble
                log.error("the stray payment %s cannot be returned: %s", reference, trouble)
                self._record(session, "payment:stray:refused", row, reference=reference)
            return
        stray.state, stray.trouble = StrayState.RETURNED, None
        amount = Money(stray.amount, stray.currency)
        self._book(
            session, row, kind=f"return:{reference}", memo="Returned at once", amount=amount, other=stray_account()
        )
        self._record(session, "payment:stray:returned", row, reference=reference, came=stray.amount)

    def _stray(self, session: Session, row: CheckoutRow, state: CheckoutState, action: str, what: str) -> None:
        """Keep and return money that does not belong here. A repeat changes nothing."""
        if session.get(StrayRow, state.reference) is not None:
            return
        session.add(
            StrayRow(
                reference=state.reference,
                checkout_id=row.id,
                payment_reference=state.payment_reference,
                amount=state.amount.amount,
                currency=state.amount.currency,
                state=StrayState.RETURNING,
                came_at=self._clock.now(),
            )
        )
        session.flush()
        kind = f"stray:{state.reference}"
        self._book(session, row, kind=kind, memo="Does not belong here", amount=state.amount, other=stray_account())
        self._alarm(session, row, action, what, came=state.amount.amount, came_in=state.amount.currency)
        self._durable.enqueue(session, RETURN_STRAY, state.reference, key=state.reference)

    def _went_out(self, session: Session, row: CheckoutRow) -> None:
        row.state, row.trouble = State.REFUNDED, None
        self._book(
            session,
            row,
            kind="refund",
            memo="Upfront fee refunded",
            amount=Money(row.amount, row.currency),
            other=payable_account(row.payee_id),
        )
        self._record(session, "payment:refund:settled", row)
        self._events.publish(session, CheckoutRefunded(row.id, row.agreement_id))

    def _went_back(self, reference: str) -> bool:
        return bool(reference) and self._gateway.checkout(reference).payment_status == "refunded"
