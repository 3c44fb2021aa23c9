"""Pages of the agreement: what is agreed, the signatures, the payment."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid, Refused, Unavailable
from ipx.deals.answers import page, say, show
from ipx.deals.consent_views import open_consents
from ipx.deals.contested import contests_about
from ipx.deals.forms import PressForm, ReasonForm, SignForm, WalletSignForm, WhoSignsForm
from ipx.deals.policy import side_of
from ipx.deals.records import AgreementView
from ipx.deals.rules import AgreementState, Side
from ipx.deals.service import DealService
from ipx.licences.competition import EU_EXPIRY, doubts_of
from ipx.licences.dues import fee_at_the_start, waits_for_payment
from ipx.licences.service import LicenceService
from ipx.licences.wording.clauses import clauses_of
from ipx.payments.records import Checkout
from ipx.payments.rules import State as Payment
from ipx.payments.service import PaymentService
from ipx.settings import Settings
from ipx.wallets.service import OrganisationWallet, WalletService, signature_of
from ipx.web.errors import wants_json
from ipx.web.fresh import is_fresh, needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release, writes


@signed_in
def agreement(agreement_id: str) -> Any:
    """Show what is agreed, what is open, and whose turn it is."""
    return _agreement_page(agreement_id, SignForm(), ReasonForm())


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="deals.agreement")
def sign(agreement_id: str) -> Any:
    """Sign the terms that the page showed."""
    actor: Actor = current_actor()
    form = SignForm()
    if not form.validate_on_submit():
        return _agreement_page(agreement_id, form, ReasonForm())
    try:
        provided(DealService).agreements.sign(
            db(), actor=actor, agreement_id=agreement_id, commitment=form.commitment.data or ""
        )
    except Conflict as error:
        say(error)
    else:
        flash(_("Signed for %(organisation)s.", organisation=actor.organisation_name), "success")
    return redirect(url_for("deals.agreement", agreement_id=agreement_id))


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="deals.agreement")
def sign_with_wallet(agreement_id: str) -> Response:
    """Take the signature of the organisation's own wallet under the terms that the page showed."""
    try:
        organisation = _sign_with_wallet(agreement_id, WalletSignForm())
    except Refused as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("Signed for %(organisation)s, with its own wallet.", organisation=organisation), "success")
    return redirect(url_for("deals.agreement", agreement_id=agreement_id))


def _sign_with_wallet(agreement_id: str, form: WalletSignForm) -> str:
    actor: Actor = current_actor()
    agreements = provided(DealService).agreements
    found = agreements.agreement(db(), actor=actor, agreement_id=agreement_id)
    if not form.validate_on_submit():
        raise Conflict(_("The wallet’s signature did not come with the form. Try again."))
    wallet = found.wallet_of(side_of(actor, licensor_id=found.licensor_id, licensee_id=found.licensee_id))
    if wallet is None:
        raise Conflict(_("This agreement is signed with the account that the exchange keeps for you."))
    data = agreements.to_sign(db(), actor=actor, agreement_id=agreement_id)
    release()  # a contract wallet is asked on the chain, and nothing is locked meanwhile
    proof = provided(WalletService).signatures.of_data(wallet, data, signature_of(form.signature.data or ""))
    agreements.sign(db(), actor=actor, agreement_id=agreement_id, commitment=form.commitment.data or "", proof=proof)
    return actor.organisation_name


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="deals.agreement")
def choose_signer(agreement_id: str) -> Response:
    """Draw the agreement up anew for the licensee's own wallet, or for an account that the exchange keeps."""
    form, agreements = WhoSignsForm(), provided(DealService).agreements
    agreements.agreement(db(), actor=current_actor(), agreement_id=agreement_id)  # strangers learn nothing
    back = redirect(url_for("deals.agreement", agreement_id=agreement_id), 303)
    if not form.validate_on_submit():
        flash(_("Choose who signs, and press the button again."), "error")
        return back
    own = form.own_wallet.data == "yes"
    try:
        agreements.redraw(db(), actor=current_actor(), agreement_id=agreement_id, own_wallet=own)
    except Conflict as error:
        say(error)
    else:
        flash(_("Drawn up anew; the other side is told. Read it, then sign it."), "success")
    return back


@signed_in
@writes
def opening(agreement_id: str) -> Response:
    """Hand over what opens the commitment on the chain, for ``ipx audit rebuild``; that it was taken is on record."""
    made = provided(DealService).agreements.opening(db(), actor=current_actor(), agreement_id=agreement_id)
    response = Response(made, content_type="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"agreement-{agreement_id}.ipx-opening.json")
    return response


@for_roles(Role.LICENSING_MANAGER)
def withdraw_agreement(agreement_id: str) -> Any:
    """Leave an agreement before any money moved."""
    actor: Actor = current_actor()
    form = ReasonForm()
    if not form.validate_on_submit():
        return _agreement_page(agreement_id, SignForm(formdata=None), form)
    try:
        provided(DealService).agreements.withdraw(
            db(), actor=actor, agreement_id=agreement_id, reason=form.reason.data or ""
        )
    except Invalid as error:
        show(form, error, default="reason")
        return _agreement_page(agreement_id, SignForm(formdata=None), form)
    except Conflict as error:
        say(error)
    return redirect(url_for("deals.agreement", agreement_id=agreement_id))


@for_roles(Role.LICENSING_MANAGER)
def pay(agreement_id: str) -> Response:
    """Send the licensee to the payment page; our row is committed before it is opened."""
    actor: Actor = current_actor()
    back = redirect(url_for("deals.agreement", agreement_id=agreement_id))
    try:
        provided(DealService).agreements.check_may_pay(db(), actor=actor, agreement_id=agreement_id)
        checkout = provided(PaymentService).find_by_agreement(db(), agreement_id=agreement_id)
        release()  # nothing may be locked while the payment service is asked
        return redirect(_hosted_page(agreement_id, checkout), 303) if checkout else back
    except Refused as error:
        release()
        flash(error.message, "error")
    except Unavailable:
        flash(_("The payment service does not answer just now. Nothing was charged; try again in a minute."), "error")
    return back


@for_roles(Role.LICENSING_MANAGER)
def fee_received(agreement_id: str) -> Response:
    """The licensor says that a fee by bank transfer has arrived."""
    try:
        provided(DealService).agreements.confirm_fee(db(), actor=current_actor(), agreement_id=agreement_id)
    except Conflict as error:
        say(error)
    return redirect(url_for("deals.agreement", agreement_id=agreement_id))


def _hosted_page(agreement_id: str, checkout: Checkout) -> str:
    base = provided(Settings).public_url
    return provided(PaymentService).hosted_page(
        checkout_id=checkout.id,
        success_url=base + url_for("deals.paid", agreement_id=agreement_id),
        cancel_url=base + url_for("deals.agreement", agreement_id=agreement_id),
    )


@signed_in
@writes
def paid(agreement_id: str) -> Response:
    """The browser is back: this grants nothing, it only makes us look at the payment service again."""
    actor: Actor = current_actor()
    provided(DealService).agreements.agreement(db(), actor=actor, agreement_id=agreement_id)
    payments = provided(PaymentService)
    checkout = payments.find_by_agreement(db(), agreement_id=agreement_id)
    if checkout is not None:
        payments.look_again(db(), checkout_id=checkout.id)
    return redirect(url_for("deals.agreement", agreement_id=agreement_id, returned=1))


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    root = "/deals/agreements/<agreement_id>"
    for rule, view, method in (
        (root, agreement, "GET"),
        (f"{root}/sign", sign, "POST"),
        (f"{root}/sign-with-wallet", sign_with_wallet, "POST"),
        (f"{root}/who-signs", choose_signer, "POST"),
        (f"{root}/opening.json", opening, "GET"),
        (f"{root}/withdraw", withdraw_agreement, "POST"),
        (f"{root}/pay", pay, "POST"),
        (f"{root}/paid", paid, "GET"),
        (f"{root}/fee-received", fee_received, "POST"),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=[method])


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _agreement_page(agreement_id: str, form: SignForm, reason: ReasonForm) -> Any:
    actor: Actor = current_actor()
    found = provided(DealService).agreements.agreement(db(), actor=actor, agreement_id=agreement_id)
    checkout = provided(PaymentService).find_by_agreement(db(), agreement_id=agreement_id)
    licence = provided(LicenceService).find_by_agreement(db(), agreement_id=agreement_id)
    if wants_json():
        return jsonify(
            id=found.id,
            state=found.state,
            signatures=[str(signature.side) for signature in found.signatures],
            checkout=checkout.state if checkout else None,
            licence=licence.id if licence else None,
        )
    form.commitment.data = found.commitment
    side = side_of(actor, licensor_id=found.licensor_id, licensee_id=found.licensee_id)
    is_open = found.state is AgreementState.SIGNING
    return page(
        "agreement.html",
        form,
        agreement=found,
        contests=contests_about(found.technology_id),
        side=side,
        consents=open_consents(side, technology_id=found.technology_id, terms=found.terms, is_open=is_open),
        clauses=clauses_of(found.terms),
        fee=fee_at_the_start(found.terms),
        is_by_bank=checkout is None and waits_for_payment(found.terms),
        to_sign=provided(DealService).agreements.to_sign(db(), actor=actor, agreement_id=agreement_id),
        owes=_owes(found, checkout),
        doubts=doubts_of(found.terms),
        expiry=EU_EXPIRY,
        press=PressForm(),
        reason=reason,
        checkout=checkout,
        licence=licence,
        signers=_signers(found),
        simulated=provided(PaymentService).simulated,
        is_fresh=is_fresh(),
        own_wallet=_own_wallet(side, found),
        is_looking=_is_looking(found, checkout),
        moves=_moves(found, checkout),
    )


def _own_wallet(side: Side, found: AgreementView) -> OrganisationWallet | None:
    """Return the wallet with which the licensee can choose to sign, as long as nobody has signed; else None."""
    if side is not Side.LICENSEE or found.signatures or found.state is not AgreementState.SIGNING:
        return None
    return provided(WalletService).find_organisation_wallet(db(), organisation_id=found.licensee_id)


def _owes(found: AgreementView, checkout: Checkout | None) -> bool:
    """Tell whether a fee is open beside a grant that does not wait for it."""
    granted = found.state in (AgreementState.GRANTING, AgreementState.ACTIVE)
    return granted and checkout is not None and checkout.state is Payment.OPEN


def _is_looking(found: AgreementView, checkout: Checkout | None) -> bool:
    """Tell whether the browser has just come back from a payment that we do not know of yet."""
    is_open = found.state is AgreementState.AWAITING_PAYMENT and checkout is not None
    return (is_open or _owes(found, checkout)) and "returned" in request.args


def _moves(found: AgreementView, checkout: Checkout | None) -> bool:
    """Tell whether the page changes by itself in a moment."""
    goes_back = checkout is not None and checkout.state is Payment.REFUNDING and checkout.trouble is None
    return found.state is AgreementState.GRANTING or goes_back or _is_looking(found, checkout)


def _signers(found: AgreementView) -> dict[Side, dict[str, Any]]:
    names = provided(AccountService).names(db(), [signature.person_id for signature in found.signatures])
    return {
        signature.side: {
            "name": names.get(signature.person_id, _("a former member")),
            "at": signature.signed_at,
            "address": signature.address,
        }
        for signature in found.signatures
    }
