"""Pages of one's own wallets and of the organisation's; signing in with one is in ``sign_in_views``."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid, Refused
from ipx.wallets import sign_in_views
from ipx.wallets.forms import DealsForm, NameWalletForm, PressForm
from ipx.wallets.proving import challenge, proof, status
from ipx.wallets.rules import Purpose
from ipx.wallets.service import WalletService
from ipx.web.fresh import is_fresh, needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("wallets", __name__)
sign_in_views.add_to(blueprint)


@blueprint.route("/account/wallets", methods=["GET", "POST"])
@signed_in
@limited("30/hour")
@needs_fresh_sign_in(
    back="wallets.own",
    why=lazy_gettext("Please sign in again before you link a wallet: whoever has it can sign in as you."),
)
def own() -> Any:
    """Show the wallets that are linked to the person, and link another one."""
    actor: Actor = current_actor()
    problem = None
    if request.method == "POST":
        try:
            found = proof(Purpose.LINK, person_id=actor.person_id)
            provided(WalletService).link(db(), actor=actor, proof=found)
        except Refused as error:
            problem = error.message
        else:
            flash(_("The wallet is linked: you can sign in with it."), "success")
            return redirect(url_for("wallets.own"))
    mine = provided(WalletService).wallets_of(db(), person_id=actor.person_id)
    page = {"wallets": mine, "problem": problem, "press": PressForm(), "is_fresh": is_fresh()}
    return render_template("wallets/own.html", **page), status()


@blueprint.post("/account/wallets/challenge")
@signed_in
@limited("60/hour")
def link_challenge() -> Any:
    """Answer with the message that the wallet to be linked signs."""
    actor: Actor = current_actor()
    return challenge(Purpose.LINK, person_id=actor.person_id)


@blueprint.post("/account/wallets/<wallet_id>/unlink")
@signed_in
def unlink(wallet_id: str) -> Response:
    """Let a wallet sign in no more."""
    provided(WalletService).unlink(db(), actor=current_actor(), wallet_id=wallet_id)
    flash(_("The wallet is unlinked: nobody can sign in with it."), "success")
    return redirect(url_for("wallets.own"))


@blueprint.route("/organisation/wallet", methods=["GET", "POST"])
@for_roles(*Role)
@needs_fresh_sign_in(
    back="wallets.organisation",
    why=lazy_gettext("Please sign in again before you decide about the wallet of your organisation."),
)
def organisation() -> Any:
    """Show the organisation's wallet; an owner names it."""
    actor: Actor = current_actor()
    wallets, form, problem = provided(WalletService), NameWalletForm(), None
    candidates = wallets.candidates(db(), actor=actor)
    names = provided(AccountService).names(db(), [one.person_id for one in candidates])
    form.wallet.choices = [(one.id, f"{names[one.person_id]}: {one.address}") for one in candidates]
    if form.validate_on_submit():
        try:
            wallets.name_for_organisation(db(), actor=actor, wallet_id=form.wallet.data)
        except (Invalid, Conflict) as error:
            problem = error.message
        else:
            flash(_("The wallet is your organisation’s now. All owners are told by mail."), "success")
            return redirect(url_for("wallets.organisation"))
    found = wallets.find_organisation_wallet(db(), organisation_id=actor.organisation_id)
    page = {
        "wallet": found,
        "named_by": provided(AccountService).names(db(), [found.named_by]) if found else {},
        "account": provided(AccountService).account_of(db(), actor.organisation_id),
        "may_decide": actor.has(Role.OWNER),
        "deals": DealsForm(formdata=None, signs=found.signs_deals) if found else None,
        "candidates": candidates,
        "problem": problem,
    }
    return render_template(
        "wallets/organisation.html", form=form, press=PressForm(), is_fresh=is_fresh(), **page
    ), status()


@blueprint.post("/organisation/wallet/deals")
@for_roles(Role.OWNER)
@needs_fresh_sign_in(back="wallets.organisation")
def choose_for_deals() -> Response:
    """Say whether the wallet takes licences, and signs for them."""
    form = DealsForm()
    if form.validate_on_submit():
        signs = bool(form.signs.data)
        try:
            provided(WalletService).choose_for_deals(db(), actor=current_actor(), signs=signs)
        except Conflict as error:
            release()
            flash(error.message, "error")
        else:
            said = _("Kept: new agreements are drawn up for your wallet.")
            flash(said if signs else _("Kept: we sign new agreements for you."), "success")
    return redirect(url_for("wallets.organisation"))


@blueprint.post("/organisation/wallet/remove")
@for_roles(Role.OWNER)
@needs_fresh_sign_in(back="wallets.organisation")
def remove() -> Response:
    """Take the organisation's wallet back."""
    provided(WalletService).remove_from_organisation(db(), actor=current_actor())
    flash(_("The wallet is not your organisation’s any more. All owners are told by mail."), "success")
    return redirect(url_for("wallets.organisation"))
