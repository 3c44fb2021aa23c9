"""The page of a licence's life: what happened, what follows by itself and when, and what the reader's side may do."""

from functools import partial
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.contests.service import ContestService
from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.life import handing_views
from ipx.life.forms import GROUNDS, PROPOSALS, ActSignatureForm, DutyForm, StepForm
from ipx.life.pressing import press
from ipx.life.records import ActToSign, LifeView
from ipx.life.rules import DUTY_KINDS, Proposal
from ipx.life.service import LifeService
from ipx.life.words import (
    ANSWERS,
    DUTY_STANDINGS,
    DUTY_WORDS,
    SIGNED,
    STANDINGS,
    coming,
    duty_lines,
    lines_of,
    open_lines,
)
from ipx.wallets.service import WalletService, signature_of
from ipx.web.errors import wants_json
from ipx.web.fresh import is_fresh, needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("life", __name__)
handing_views.add_to(blueprint)


@blueprint.get("/licences/<licence_id>/life")
@signed_in
def show(licence_id: str) -> Any:
    """Show the life of a licence to one of its sides."""
    view = _view(licence_id)
    if wants_json():
        return jsonify(_record(view))
    return _page(view, StepForm(formdata=None)), 200


@blueprint.post("/licences/<licence_id>/life/step")
@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.show")
def step(licence_id: str) -> Any:
    """Take a step for the side of the one who asks."""
    actor: Actor = current_actor()
    form = StepForm()
    kind = form.step_kind()
    if kind is None or not form.validate_on_submit():
        return _page(_view(licence_id), form), 422
    chosen: Any = form.chosen()
    try:
        provided(LifeService).act(db(), actor=actor, licence_id=licence_id, kind=kind, **chosen)
    except Invalid as error:
        release()
        name = error.field if error.field in form else "words"
        form[name].errors = [error.message]
        return _page(_view(licence_id), form), 422
    except (Conflict, Forbidden) as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("Recorded. The other side is told."), "success")
    return redirect(url_for("life.show", licence_id=licence_id), 303)


@blueprint.post("/licences/<licence_id>/life/duty")
@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.show")
def say_of_duty(licence_id: str) -> Any:
    """Say of something that is due that it was done, received, or not received."""
    form = DutyForm()
    kind = next((one for one in DUTY_KINDS if one == form.kind.data), None)
    if kind is None or not form.validate_on_submit():
        return _page(_view(licence_id), StepForm(formdata=None)), 422
    say = partial(
        provided(LifeService).say_of_duty,
        db(),
        actor=current_actor(),
        licence_id=licence_id,
        kind=kind,
        duty=form.duty.data or "",
        words=form.words.data or "",
    )
    press(say, said=_("Recorded. The other side is told."))
    return redirect(url_for("life.show", licence_id=licence_id), 303)


@blueprint.post("/licences/<licence_id>/life/<step_id>/again")
@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.show")
def again(licence_id: str, step_id: str) -> Any:
    """Send an act again that the chain refused."""
    try:
        provided(LifeService).send_again(db(), actor=current_actor(), licence_id=licence_id, step_id=step_id)
    except Conflict as error:
        release()
        flash(error.message, "error")
    return redirect(url_for("life.show", licence_id=licence_id), 303)


@blueprint.post("/licences/<licence_id>/life/sign-with-wallet")
@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.show")
def sign_with_wallet(licence_id: str) -> Any:
    """Take what the own wallet of the reader's side signed, and bring it to the chain."""
    sign = partial(_sign_with_wallet, licence_id, ActSignatureForm())
    press(sign, said=_("Signed by your wallet: the step goes to the chain."))
    return redirect(url_for("life.show", licence_id=licence_id), 303)


def _sign_with_wallet(licence_id: str, form: ActSignatureForm) -> None:
    actor: Actor = current_actor()
    service = provided(LifeService)
    if not form.validate_on_submit():
        raise Conflict(_("The wallet’s signature did not come with the form. Try again."))
    asked = service.to_sign(db(), actor=actor, licence_id=licence_id, deadline=form.deadline.data)
    if asked is None:
        raise Conflict(_("Nothing waits for a signature of your wallet here any more; reload the page."))
    release()  # a contract wallet is asked on the chain, and nothing is locked meanwhile
    signature = signature_of(form.signature.data or "")
    proof = provided(WalletService).signatures.of_data(asked.wallet, asked.data, signature)
    service.sign_with_wallet(db(), actor=actor, licence_id=licence_id, proof=proof)


def _to_sign(licence_id: str) -> ActToSign | None:
    return provided(LifeService).to_sign(db(), actor=current_actor(), licence_id=licence_id)


def _view(licence_id: str) -> LifeView:
    return provided(LifeService).life(db(), actor=current_actor(), licence_id=licence_id)


def _page(view: LifeView, form: StepForm) -> str:
    form.ground.choices = [(str(ground), str(GROUNDS[ground])) for ground in view.moves.grounds]
    form.proposal.choices = [(str(what), str(PROPOSALS[what])) for what in view.moves.proposals]
    return render_template(
        "life/life.html",
        view=view,
        licence=view.licence,
        form=form,
        press=StepForm(formdata=None),
        lines=lines_of(view),
        contests=provided(ContestService).at(db(), place=f"/licences/{view.licence.id}/life"),
        open=open_lines(view),
        duties=duty_lines(view),
        duty_standings=DUTY_STANDINGS,
        duty_words=DUTY_WORDS,
        coming=[(due, coming(due)) for due in view.due],
        standings=STANDINGS,
        answers=ANSWERS,
        may_renew_by_both=Proposal.RENEW in view.moves.proposals,
        manages=current_actor().has(Role.LICENSING_MANAGER),
        is_fresh=is_fresh(),
        to_sign=_to_sign(view.licence.id),
        signed=SIGNED,
        moves=any(line.stamp == "pending" and not line.waits_for_wallet for line in lines_of(view)),
    )


def _record(view: LifeView) -> dict[str, Any]:
    life = view.life
    return {
        "licence": view.licence.id,
        "standing": life.standing,
        "converted": life.is_converted,
        "end": life.end.isoformat() if life.end else None,
        "contested": sorted(life.contested),
        "next": [{"kind": due.kind, "at": due.at.isoformat()} for due in view.due],
        "duties": [{"kind": one.kind, "day": one.day.isoformat(), "period": one.period} for one in view.duties],
        "overdue": [{"kind": one.kind, "day": one.day.isoformat(), "period": one.period} for one in view.overdue],
        "said": {key: last.kind for key, last in life.duties.items()},
        "steps": [
            {"id": one.step.id, "kind": one.step.kind, "at": one.step.at.isoformat(), "chain": one.chain}
            for one in view.steps
        ],
    }
