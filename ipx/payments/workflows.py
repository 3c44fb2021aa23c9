"""What follows from a payment: settlement by re-reading, and money that goes back."""

from ipx.db.durable import Durable, Workflow
from ipx.payments.service import REFUND, RETURN_STRAY, SETTLE, PaymentService


class PaymentWorkflows:
    """Durable flows of this room."""

    def __init__(self, *, durable: Durable, payments: PaymentService) -> None:
        self._durable = durable
        self._payments = payments

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {SETTLE: self.settle_checkout, REFUND: self.refund_checkout, RETURN_STRAY: self.return_stray}

    def settle_checkout(self, reference: str, event_id: str) -> None:
        """A notification is only a hint: read the checkout again, then book what it says."""
        state = self._durable.outside(self._payments.read_at_service, reference)
        self._durable.transaction(self._payments.settle, state, event_id)

    def refund_checkout(self, checkout_id: str) -> None:
        """Give the money back, then book it, or say why it did not go."""
        refund = self._durable.transaction(self._payments.to_refund, checkout_id)
        trouble = self._durable.outside(self._payments.give_back, refund)
        self._durable.transaction(self._payments.refund_answered, checkout_id, trouble)

    def return_stray(self, reference: str) -> None:
        """Give back what does not belong here, then book it, or say why it did not go."""
        refund = self._durable.transaction(self._payments.stray_to_return, reference)
        trouble = self._durable.outside(self._payments.give_back, refund)
        self._durable.transaction(self._payments.stray_answered, reference, trouble)
