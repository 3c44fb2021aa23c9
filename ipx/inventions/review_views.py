"""What is pressed on the page of a disclosure: decisions, answers, links sent again, the technology that begins."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Invalid
from ipx.inventions.answers import shown
from ipx.inventions.forms import JudgeForm, LinkForm, TechnologyForm, WordsForm
from ipx.inventions.policy import ERASERS, OFFICERS
from ipx.inventions.rules import Step
from ipx.inventions.service import InventionService
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from ipx.web.fresh import needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

_FRESH = lazy_gettext("Please sign in again before personal data are erased: they cannot be brought back.")
_PLACE = "/inventions/<invention_id>"


def add_to(blueprint: Blueprint) -> None:
    """Add the addresses."""
    blueprint.add_url_rule(f"{_PLACE}/judge", view_func=judge, methods=["POST"])
    blueprint.add_url_rule(f"{_PLACE}/answer", view_func=answer, methods=["POST"])
    blueprint.add_url_rule(f"{_PLACE}/inventors/<inventor_id>/ask", view_func=ask, methods=["POST"])
    blueprint.add_url_rule(f"{_PLACE}/inventors/<inventor_id>/erase", view_func=erase, methods=["POST"])
    blueprint.add_url_rule(f"{_PLACE}/technology", view_func=technology, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{_PLACE}/technology/link", view_func=link, methods=["POST"])


@for_roles(*OFFICERS)
def judge(invention_id: str) -> Any:
    """Decide, or ask."""
    service, actor, form = provided(InventionService), current_actor(), JudgeForm()
    if form.validate_on_submit():
        try:
            service.review.judge(
                db(),
                actor=actor,
                invention_id=invention_id,
                step=Step(form.step.data),
                words=form.words.data or "",
            )
        except Invalid as error:
            release()
            _at_field(form, error)
        else:
            flash(_("Recorded, and the inventors are told."), "success")
            return _back(invention_id)
    found = service.invention(db(), actor=actor, invention_id=invention_id)
    return shown(found, judge=form), 422


@signed_in
def answer(invention_id: str) -> Any:
    """Answer the office's questions."""
    service, actor, form = provided(InventionService), current_actor(), WordsForm()
    try:
        service.review.answer(db(), actor=actor, invention_id=invention_id, words=form.words.data or "")
    except Invalid as error:
        release()
        _at_field(form, error)
        return shown(service.invention(db(), actor=actor, invention_id=invention_id), words=form), 422
    flash(_("Your answer is with the technology office."), "success")
    return _back(invention_id)


@signed_in
def ask(invention_id: str, inventor_id: str) -> Any:
    """Mail an inventor a new link."""
    provided(InventionService).inventorship.ask_again(
        db(), actor=current_actor(), invention_id=invention_id, inventor_id=inventor_id
    )
    flash(_("A new link is on its way. The old one does not work any more."), "success")
    return _back(invention_id)


@for_roles(*ERASERS)
@needs_fresh_sign_in(back="inventions.show", why=_FRESH)
def erase(invention_id: str, inventor_id: str) -> Any:
    """Erase an inventor's personal data."""
    provided(InventionService).erasures.ask(
        db(), actor=current_actor(), invention_id=invention_id, inventor_id=inventor_id
    )
    flash(_("The personal data of this inventor are erased. The record stays provable without them."), "success")
    return _back(invention_id)


@for_roles(Role.LICENSING_MANAGER, Role.OWNER)
def technology(invention_id: str) -> Any:
    """Begin the technology of an accepted disclosure, or choose one that is there."""
    form, actor = TechnologyForm(), current_actor()
    if form.validate_on_submit():
        draft = Draft(title=form.title.data or "", problem=form.problem.data or "")
        try:
            begun = provided(InventionService).review.begin_technology(
                db(), actor=actor, invention_id=invention_id, draft=draft
            )
        except Invalid as error:
            release()
            _at_field(form, error, default="title")
        else:
            flash(_("The technology is begun. Now deposit the document that describes it."), "success")
            return redirect(url_for("technologies.show", technology_id=begun))
    return _technology_page(invention_id, form, actor)


@for_roles(Role.LICENSING_MANAGER, Role.OWNER)
def link(invention_id: str) -> Any:
    """Link the disclosure to a technology that is there."""
    chosen = request.form.get("technology", "")
    provided(InventionService).review.link_technology(
        db(), actor=current_actor(), invention_id=invention_id, technology_id=chosen
    )
    flash(_("The disclosure belongs to its technology now."), "success")
    return _back(invention_id)


def _technology_page(invention_id: str, form: Any, actor: Actor) -> Any:
    found = provided(InventionService).invention(db(), actor=actor, invention_id=invention_id)
    there = provided(TechnologyService).technologies_of(db(), organisation_id=actor.organisation_id)
    others = LinkForm(formdata=None)
    others.technology.choices = {line.id: line.title for line in there}
    page = render_template("inventions/technology.html", invention=found, form=form, link=others)
    return page, 422 if request.method == "POST" else 200


def _at_field(form: Any, error: Invalid | Conflict, *, default: str = "words") -> None:
    name = getattr(error, "field", None) or default
    field = form[name] if name in form else form[default]
    field.errors = [*field.errors, error.message]


def _back(invention_id: str) -> Any:
    return redirect(url_for("inventions.show", invention_id=invention_id))
