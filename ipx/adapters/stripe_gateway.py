"""Owns the conversation with Stripe: hosted checkouts, refunds and signed notifications, through the official client.

It never decides what a payment means, never trusts a notification beyond its signature, and never hands out an
object of the vendor or one of the vendor's errors.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from textwrap import shorten
from typing import TYPE_CHECKING

from ipx.core.errors import Conflict, ExchangeError, NotFound, Refused, Tampered, Unavailable
from ipx.core.money import Money
from ipx.core.ports import CheckoutRequest, CheckoutState, PaymentEvent

if TYPE_CHECKING:
    from stripe import Charge, PaymentIntent, Refund, StripeClient
    from stripe.checkout import Session
    from stripe.params import RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

# Our ids in Stripe's metadata; what does not carry them was not opened by us and is ignored.
CHECKOUT_KEY, REFUND_KEY = "ipx_checkout", "ipx_refund"

_LONGEST_NAME = 250  # characters of a line item's name, Stripe's limit

# The vendor's error codes and classes → our tree; a code goes before a class.
_BY_CODE: dict[str, type[ExchangeError]] = {
    "resource_missing": NotFound,
    "charge_already_refunded": Conflict,
    "charge_disputed": Conflict,
    "idempotency_key_in_use": Unavailable,
    "lock_timeout": Unavailable,
    "rate_limit": Unavailable,
}
_BY_CLASS: dict[str, type[ExchangeError]] = {
    "APIConnectionError": Unavailable,
    "APIError": Unavailable,
    "RateLimitError": Unavailable,
    # A wrong key is the operator's fault: it can be mended, and then the same request succeeds.
    "AuthenticationError": Unavailable,
    "PermissionError": Unavailable,
    "IdempotencyError": Conflict,
    "CardError": Refused,
    "InvalidRequestError": Refused,
    "SignatureVerificationError": Tampered,
}


class StripeGateway:
    """PaymentGateway over Stripe Checkout; ``simulated`` says that ``api_base`` is our own simulator.

    Checkouts and refunds are idempotent by our ids: Stripe remembers a checkout's key for at least 24 hours, as long
    as an unpaid checkout lives; refunds are looked up by their metadata besides, so they stay idempotent for good.
    """

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        simulated: bool,
        api_base: str | None = None,
        timeouts: tuple[float, float] = (3.0, 10.0),
    ) -> None:
        """Connect to nothing yet. ``timeouts``: seconds to connect and to wait for an answer."""
        self.simulated = simulated
        self._secret_key = secret_key
        self._webhook_secret = webhook_secret
        self._api_base = api_base.rstrip("/") if api_base else None
        self._timeouts = timeouts

    @cached_property
    def _client(self) -> "StripeClient":
        from stripe import RequestsClient, StripeClient

        # One retry heals a dropped connection; idempotency keys make it safe. More would hold up a web request.
        return StripeClient(
            self._secret_key,
            base_addresses={"api": self._api_base} if self._api_base else None,
            http_client=RequestsClient(timeout=self._timeouts),
            max_network_retries=1,
        )

    def open_checkout(self, request: CheckoutRequest) -> CheckoutState:
        """Open a hosted checkout, or find the one that was opened with this id.

        Raises Conflict when the id was used with another amount or text, Refused when Stripe will not take it.
        """
        with _our_errors():
            created = self._client.v1.checkout.sessions.create(
                _checkout_parameters(request), {"idempotency_key": f"checkout-{request.checkout_id}"}
            )
        # A repeated key brings back the first answer, which may be hours old: read what is true now.
        return self.checkout(created.id)

    def checkout(self, reference: str) -> CheckoutState:
        """Read a checkout again. Raises NotFound, also for one that this exchange did not open."""
        with _our_errors():
            session = self._client.v1.checkout.sessions.retrieve(
                reference, {"expand": ["payment_intent.latest_charge"]}
            )
        return _state(session)

    def refund(self, *, refund_id: str, payment_reference: str, amount: Money) -> str:
        """Refund all or a part; the same ``refund_id`` never refunds twice. Returns Stripe's reference.

        Raises NotFound for an unknown payment, Conflict when the id was used with another amount or everything
        is refunded already, Refused when the amount is too high or of another currency than the payment.
        """
        with _our_errors():
            intent = self._client.v1.payment_intents.retrieve(payment_reference)
            if intent.currency.upper() != amount.currency:
                raise Refused(f"The payment was made in {intent.currency.upper()}, so {amount} cannot be refunded.")
            found = self._find_refund(refund_id, payment_reference)
            if found is None:
                found = self._client.v1.refunds.create(
                    _refund_parameters(refund_id, payment_reference, amount),
                    {"idempotency_key": f"refund-{refund_id}"},
                )
        if found.amount != amount.amount:
            raise Conflict(f"This refund was already made with another amount than {amount}.")
        return found.id

    def read_event(self, raw_body: bytes, signature: str) -> PaymentEvent:
        """Verify a webhook's signature over the raw body. Raises Tampered when forged or older than five minutes.

        A notification about a payment names no checkout: Stripe is asked for it once the signature is found good.
        """
        from stripe import SignatureVerificationError, Webhook

        try:
            event = Webhook.construct_event(raw_body, signature, self._webhook_secret)
            subject = event.data.object.to_dict(recursive=False)
            name, kind, created = str(event.id), str(event.type), datetime.fromtimestamp(event.created, UTC)
        # Besides its own error the client lets through what bytes from anywhere do to its parsing.
        except (SignatureVerificationError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise Tampered(
                "The notification does not carry a valid, fresh signature of the payment service."
            ) from error
        return PaymentEvent(id=name, type=kind, checkout_reference=self._checkout_of(subject), created=created)

    def check(self) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable, also when the key is not accepted."""
        with _our_errors():
            balance = self._client.v1.balance.retrieve()
        if self.simulated:
            return "payments: simulator of Stripe, no money moves"
        mode = "live" if balance.livemode else "test mode, no money moves"
        return f"payments: Stripe answers, {mode}"

    def _find_refund(self, refund_id: str, payment_reference: str) -> "Refund | None":
        refunds = self._client.v1.refunds.list({"payment_intent": payment_reference, "limit": 100})
        return next((found for found in refunds.auto_paging_iter() if _label(found, REFUND_KEY) == refund_id), None)

    def _checkout_of(self, subject: Mapping[str, object]) -> str | None:
        if subject.get("object") == "checkout.session":
            return str(subject["id"])
        payment = subject.get("id") if subject.get("object") == "payment_intent" else subject.get("payment_intent")
        if not isinstance(payment, str):
            return None
        with _our_errors():
            sessions = self._client.v1.checkout.sessions.list({"payment_intent": payment, "limit": 1})
        return sessions.data[0].id if sessions.data else None


def _checkout_parameters(request: CheckoutRequest) -> "SessionCreateParams":
    labels = {CHECKOUT_KEY: request.checkout_id}
    parameters: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": request.checkout_id,
        "metadata": labels,
        "payment_intent_data": {"metadata": labels, "description": request.description[:1000]},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.amount.currency.lower(),
                    "unit_amount": request.amount.amount,
                    "product_data": {"name": shorten(request.description, _LONGEST_NAME, placeholder=" …")},
                },
            }
        ],
        # Cards only: they are paid or declined at once, so a completed checkout is a paid one.
        "allowed_payment_method_types": ["card"],
        # Otherwise Stripe may charge in the payer's currency, and the amount would not be the one we booked.
        "adaptive_pricing": {"enabled": False},
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
    }
    if request.customer_email:
        parameters["customer_email"] = request.customer_email
    return parameters


def _refund_parameters(refund_id: str, payment_reference: str, amount: Money) -> "RefundCreateParams":
    return {
        "payment_intent": payment_reference,
        "amount": amount.amount,
        "reason": "requested_by_customer",
        "metadata": {REFUND_KEY: refund_id},
    }


def _state(session: "Session") -> CheckoutState:
    checkout_id = _label(session, CHECKOUT_KEY)
    if checkout_id is None or session.amount_total is None or session.currency is None:
        raise NotFound(f"The checkout {session.id} was not opened by this exchange.")
    intent = session.payment_intent
    paid = session.payment_status == "paid"
    return CheckoutState(
        reference=session.id,
        checkout_id=checkout_id,
        url=session.url,
        status=session.status or "open",
        payment_status="refunded" if paid and _fully_refunded(intent) else "paid" if paid else "unpaid",
        amount=Money(session.amount_total, session.currency.upper()),
        payment_reference=intent if intent is None or isinstance(intent, str) else intent.id,
    )


def _label(subject: "Refund | Session", key: str) -> str | None:
    labels = subject.metadata
    return labels[key] if labels is not None and key in labels else None


def _fully_refunded(intent: "PaymentIntent | str | None") -> bool:
    charge: Charge | str | None = None if intent is None or isinstance(intent, str) else intent.latest_charge
    return charge is not None and not isinstance(charge, str) and charge.refunded


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn the vendor's errors into ours, once and by table."""
    from stripe import StripeError

    try:
        yield
    except StripeError as error:
        kind = _BY_CODE.get(error.code or "") or _kind_of_class(error)
        if kind is Unavailable:
            raise Unavailable(f"The payment service did not answer as it should ({type(error).__name__}).") from error
        raise kind(error.user_message or "The payment service refused the request.") from error


def _kind_of_class(error: Exception) -> type[ExchangeError]:
    names = [parent.__name__ for parent in type(error).__mro__]
    return next((_BY_CLASS[name] for name in names if name in _BY_CLASS), Unavailable)
