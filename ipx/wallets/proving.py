"""How a browser proves that it has a wallet: it gets a message for this session alone, and gives it back signed."""

from typing import Any

from flask import jsonify, request, session

from ipx.core.errors import Conflict, Invalid, Refused
from ipx.wallets.forms import AddressForm, AnswerForm
from ipx.wallets.records import Proof
from ipx.wallets.rules import Purpose
from ipx.wallets.service import WalletService, signature_of
from ipx.web.services import provided
from ipx.web.transactions import commit, db, release

_NONCE = "wallet_nonce"


def challenge(purpose: Purpose, *, person_id: str | None = None) -> Any:
    """Answer with the message that the chosen account is to sign, as JSON. Raises Invalid."""
    form = AddressForm()
    if not form.validate_on_submit():
        raise Invalid("This is no address of a wallet.", field="address")
    begun = provided(WalletService).challenges.begin(
        db(), purpose=purpose, address=form.address.data or "", person_id=person_id
    )
    session[_NONCE] = begun.nonce  # another browser cannot use what this one is asked to sign
    return jsonify(message=begun.message)


def proof(purpose: Purpose, *, person_id: str | None = None) -> Proof:
    """Return what the request's signed message proves. No transaction is open afterwards, as a contract wallet is asked
    on the chain. Raises Refused, Unavailable; the message is used up in any case."""
    form, wallets = AnswerForm(), provided(WalletService)
    if not form.validate_on_submit():
        raise Invalid("The wallet’s answer did not come with the form. Begin again, and sign in your wallet.")
    nonce = session.pop(_NONCE, None)
    if nonce is None:
        raise Conflict("This browser was not asked to sign anything, or took too long. Begin again.")
    text = (form.message.data or "").replace("\r\n", "\n")  # how browsers send line breaks of forms
    try:
        taken = wallets.challenges.take(db(), purpose=purpose, nonce=nonce, text=text, person_id=person_id)
    except Refused:
        commit()  # it is used up
        raise
    commit()
    return wallets.signatures.of_text(taken.address, taken.text, signature_of(form.signature.data or ""))


def status() -> int:
    """Return 422 when a form was sent and is shown again. Nothing stays open: the browser's session is saved next."""
    release()
    return 422 if request.method == "POST" else 200
