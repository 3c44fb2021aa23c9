"""The page of who keeps a title: moving it to the organisation's wallet, and back with that wallet's signature."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Refused
from ipx.core.typed_data import TypedData
from ipx.technologies.forms import ButtonForm, SignedMoveForm
from ipx.technologies.policy import SIGNERS
from ipx.technologies.records import Custody
from ipx.technologies.service import TechnologyService
from ipx.wallets.service import WalletService, signature_of
from ipx.web.fresh import is_fresh, needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release


@signed_in
def custody(right_id: str) -> str:
    """Show who holds the title, and what would be signed to move it."""
    actor: Actor = current_actor()
    found = provided(TechnologyService).custody.of(db(), actor=actor, right_id=right_id)
    return render_template(
        "technologies/custody.html",
        custody=found,
        to_sign=_to_sign(found, actor),
        better=provided(TechnologyService).custody.to_substantiate(db(), actor=actor, right_id=right_id),
        may_sign=actor.has(*SIGNERS),
        may_move=actor.has(Role.OWNER),
        is_fresh=is_fresh(),
        press=ButtonForm(),
    )


@for_roles(Role.OWNER)
@needs_fresh_sign_in(back="technologies.custody")
def move_out(right_id: str) -> Response:
    """Sign the title over to the organisation's wallet."""
    try:
        provided(TechnologyService).custody.move_out(db(), actor=current_actor(), right_id=right_id)
    except Conflict as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("Signed: the title goes to your wallet. All owners are told by mail."), "success")
    return redirect(url_for("technologies.custody", right_id=right_id))


@for_roles(Role.OWNER)
@needs_fresh_sign_in(back="technologies.custody")
def move_back(right_id: str) -> Response:
    """Take what the wallet signed, and bring the title back into custody."""
    try:
        _move_back(right_id, SignedMoveForm())
    except Refused as error:
        release()
        flash(error.message, "error")
    else:
        flash(
            _("Signed by your wallet: the title comes back into our custody. All owners are told by mail."), "success"
        )
    return redirect(url_for("technologies.custody", right_id=right_id))


@for_roles(*SIGNERS)
@needs_fresh_sign_in(back="technologies.custody")
def substantiate(right_id: str) -> Response:
    """Take what the wallet signed about better evidence, and bring it to the chain."""
    try:
        _substantiate(right_id, SignedMoveForm())
    except Refused as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("Signed by your wallet: the better evidence goes to the chain."), "success")
    return redirect(url_for("technologies.custody", right_id=right_id))


def _substantiate(right_id: str, form: SignedMoveForm) -> None:
    actor: Actor = current_actor()
    service = provided(TechnologyService).custody
    if not form.validate_on_submit():
        raise Conflict(_("The wallet’s signature did not come with the form. Try again."))
    holder = service.of(db(), actor=actor, right_id=right_id).holder
    data = service.to_substantiate(db(), actor=actor, right_id=right_id, deadline=form.deadline.data)
    if data is None:
        raise Conflict(_("There is no better evidence to sign for at the moment."))
    release()
    signature = signature_of(form.signature.data or "")
    proof = provided(WalletService).signatures.of_data(holder, data, signature)
    service.substantiate(db(), actor=actor, right_id=right_id, proof=proof)


def _move_back(right_id: str, form: SignedMoveForm) -> None:
    actor: Actor = current_actor()
    service = provided(TechnologyService).custody
    if not form.validate_on_submit():
        raise Conflict(_("The wallet’s signature did not come with the form. Try again."))
    holder = service.of(db(), actor=actor, right_id=right_id).holder
    data = service.to_move_back(db(), actor=actor, right_id=right_id, deadline=form.deadline.data)
    release()  # a contract wallet is asked on the chain, and nothing is locked meanwhile
    signature = signature_of(form.signature.data or "")
    proof = provided(WalletService).signatures.of_data(holder, data, signature)
    service.move_back(db(), actor=actor, right_id=right_id, proof=proof)


def _to_sign(found: Custody, actor: Actor) -> TypedData | None:
    """What the button or the wallet would sign; None while there is nothing to sign."""
    service = provided(TechnologyService).custody
    try:
        if found.is_kept:
            return service.to_move_out(db(), actor=actor, right_id=found.right_id)
        return service.to_move_back(db(), actor=actor, right_id=found.right_id)
    except Conflict:
        return None


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    root = "/rights/<right_id>/custody"
    blueprint.add_url_rule(root, view_func=custody, methods=["GET"])
    blueprint.add_url_rule(f"{root}/evidence", view_func=substantiate, methods=["POST"])
    blueprint.add_url_rule(f"{root}/move-out", view_func=move_out, methods=["POST"])
    blueprint.add_url_rule(f"{root}/move-back", view_func=move_back, methods=["POST"])
