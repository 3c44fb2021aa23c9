"""Pages of an undertaking that the organisation's own wallet signs: drawn up for it, then signed in the browser."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, NotFound, Refused
from ipx.deals.answers import say
from ipx.deals.forms import NdaSignatureForm, PressForm
from ipx.deals.records import Nda
from ipx.deals.service import DealService
from ipx.wallets.service import WalletService, signature_of
from ipx.web.fresh import is_fresh, needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, release


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="deals.nda")
def draw_up(listing_id: str) -> Response:
    """Draw the undertaking up for the organisation's wallet."""
    if not PressForm().validate_on_submit():
        return redirect(url_for("deals.nda", listing_id=listing_id), 303)
    try:
        draft = provided(DealService).ndas.draw_up(db(), actor=current_actor(), listing_id=listing_id)
    except Conflict as error:
        say(error)
        return redirect(url_for("deals.nda", listing_id=listing_id), 303)
    return redirect(url_for("deals.sign_nda", draft_id=draft.id), 303)


@for_roles(Role.LICENSING_MANAGER)
def sign_nda(draft_id: str) -> Any:
    """Show the undertaking as it was drawn up, and let the wallet sign it."""
    actor: Actor = current_actor()
    draft = provided(DealService).ndas.draft(db(), actor=actor, nda_id=draft_id)
    return render_template("deals/sign_nda.html", draft=draft, is_fresh=is_fresh())


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="deals.sign_nda")
def sign_nda_with_wallet(draft_id: str) -> Response:
    """Take what the wallet signed."""
    try:
        accepted = _accept(draft_id, NdaSignatureForm())
    except NotFound:
        raise
    except Refused as error:
        release()
        flash(error.message, "error")
        return redirect(url_for("deals.sign_nda", draft_id=draft_id), 303)
    flash(_("The undertaking is accepted, signed with your own wallet. You can make an offer now."), "success")
    return redirect(url_for("deals.room", nda_id=accepted.id), 303)


def _accept(draft_id: str, form: NdaSignatureForm) -> Nda:
    actor: Actor = current_actor()
    ndas = provided(DealService).ndas
    draft = ndas.draft(db(), actor=actor, nda_id=draft_id)
    if not form.validate_on_submit():
        raise Conflict(_("The wallet’s signature did not come with the form. Try again."))
    release()  # a contract wallet is asked on the chain, and nothing is locked meanwhile
    signature = signature_of(form.signature.data or "")
    proof = provided(WalletService).signatures.of_data(draft.wallet, draft.data, signature)
    return ndas.accept_with_wallet(db(), actor=actor, nda_id=draft_id, proof=proof)


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    root = "/deals/undertakings/<draft_id>/sign"
    blueprint.add_url_rule("/listings/<listing_id>/nda/own-wallet", view_func=draw_up, methods=["POST"])
    blueprint.add_url_rule(root, view_func=sign_nda, methods=["GET"])
    blueprint.add_url_rule(f"{root}-with-wallet", view_func=sign_nda_with_wallet, methods=["POST"])
