"""Pages of handing a licence on: the licensee's form, the licensor's answer, and the page of who takes it over."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.licences.service import LicenceService
from ipx.licences.wording.clauses import clauses_of
from ipx.life.forms import HandingAnswerForm, HandOnForm, TakeOverForm
from ipx.life.pressing import press
from ipx.life.records import HandingView
from ipx.life.service import LifeService
from ipx.web.fresh import is_fresh, needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    path = "/licences/<licence_id>"
    blueprint.get(f"{path}/hand-on")(hand_on)
    blueprint.post(f"{path}/hand-on")(offer_it)
    blueprint.post(f"{path}/hand-on/answer")(answer_handing)
    blueprint.post(f"{path}/hand-on/withdraw")(withdraw_handing)
    blueprint.get(f"{path}/take-over")(take_over)
    blueprint.post(f"{path}/take-over")(accept_it)
    blueprint.post(f"{path}/take-over/decline")(decline_it)


@for_roles(Role.LICENSING_MANAGER)
def hand_on(licence_id: str) -> Any:
    """Show the form by which a licensee names who is to take its licence over."""
    return _form(licence_id, HandOnForm(formdata=None)), 200


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.hand_on")
def offer_it(licence_id: str) -> Any:
    """Offer the licence to somebody."""
    form = HandOnForm()
    if not form.validate_on_submit():
        return _form(licence_id, form), 422
    try:
        provided(LifeService).hand_on(
            db(),
            actor=current_actor(),
            licence_id=licence_id,
            email=form.email.data or "",
            words=form.words.data or "",
        )
    except Invalid as error:
        release()
        form[error.field if error.field in form else "words"].errors = [error.message]
        return _form(licence_id, form), 422
    except (Conflict, Forbidden) as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("Recorded. The others are told, and nothing changes before they have said yes."), "success")
    return redirect(url_for("life.show", licence_id=licence_id), 303)


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.show")
def answer_handing(licence_id: str) -> Any:
    """Consent for the licensor, or say no."""
    form = HandingAnswerForm()
    if not form.validate_on_submit() or form.answer.data not in ("yes", "no"):
        flash(_("Say yes or no."), "error")
        return redirect(url_for("life.show", licence_id=licence_id), 303)
    is_accepted = form.answer.data == "yes"
    service = provided(LifeService)
    _do(lambda: service.answer_handing(db(), actor=current_actor(), licence_id=licence_id, is_accepted=is_accepted))
    return redirect(url_for("life.show", licence_id=licence_id), 303)


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.show")
def withdraw_handing(licence_id: str) -> Any:
    """Take the offer back."""
    service = provided(LifeService)
    _do(lambda: service.withdraw_handing(db(), actor=current_actor(), licence_id=licence_id))
    return redirect(url_for("life.show", licence_id=licence_id), 303)


@signed_in
def take_over(licence_id: str) -> Any:
    """Show a licence to the organisation that it is offered to; to the side that it has become, its life."""
    try:
        view = provided(LifeService).handing(db(), actor=current_actor(), licence_id=licence_id)
    except NotFound:
        provided(LicenceService).licence(db(), actor=current_actor(), licence_id=licence_id)
        return redirect(url_for("life.show", licence_id=licence_id))
    return _offered(view, TakeOverForm(formdata=None)), 200


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.take_over")
def accept_it(licence_id: str) -> Any:
    """Take the licence over."""
    form, service = TakeOverForm(), provided(LifeService)
    if not form.validate_on_submit():
        return _offered(service.handing(db(), actor=current_actor(), licence_id=licence_id), form), 422
    own = form.holder.data == "wallet"
    _do(lambda: service.take_over(db(), actor=current_actor(), licence_id=licence_id, own_wallet=own))
    return redirect(url_for("life.take_over", licence_id=licence_id), 303)


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="life.take_over")
def decline_it(licence_id: str) -> Any:
    """Say no."""
    service = provided(LifeService)
    _do(lambda: service.decline_handing(db(), actor=current_actor(), licence_id=licence_id))
    return redirect(url_for("licences.index"), 303)


def _do(act: Callable[[], object]) -> None:
    press(act, said=_("Recorded. The other side is told."))


def _form(licence_id: str, form: HandOnForm) -> str:
    view = provided(LifeService).life(db(), actor=current_actor(), licence_id=licence_id)
    return render_template(
        "life/hand_on.html",
        licence=view.licence,
        view=view,
        form=form,
        rule=[one for one in clauses_of(view.terms) if one.name == "assignment"],
        is_fresh=is_fresh(),
    )


def _offered(view: HandingView, form: TakeOverForm) -> str:
    return render_template(
        "life/take_over.html",
        view=view,
        licence=view.licence,
        form=form,
        press=HandingAnswerForm(formdata=None),
        clauses=clauses_of(view.terms),
        manages=current_actor().has(Role.LICENSING_MANAGER),
        is_fresh=is_fresh(),
    )
