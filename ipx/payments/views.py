"""The webhook of the payment service; people see payments on the pages of their deals."""

from flask import Blueprint, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from ipx.core.errors import Tampered
from ipx.payments.service import PaymentService
from ipx.web.guards import public
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("payments", __name__)
LARGEST_EVENT = 1024 * 1024


@blueprint.post("/payments/webhook")
@public
def webhook() -> Response:
    """Take a notification: signature over the raw body first, stored and committed before the 2xx."""
    request.max_content_length = LARGEST_EVENT
    signature = request.headers.get("Stripe-Signature", "")
    try:
        provided(PaymentService).receive_event(db(), raw_body=request.get_data(cache=False), signature=signature)
    except Tampered as error:
        release()
        return Response(error.message, 400, content_type="text/plain; charset=utf-8")
    return Response("kept", 200, content_type="text/plain; charset=utf-8")


def exempt_webhook(csrf: CSRFProtect) -> None:
    """The webhook carries a signature instead of a form token."""
    csrf.exempt(webhook)
