"""Pages of needs: read one, post, change and withdraw one's own."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.field_errors import show_error
from ipx.catalogue.forms import PressForm
from ipx.catalogue.listing_page import budget, country, paragraphs
from ipx.catalogue.need_forms import VISIBILITY, NeedForm, first_values, values_of
from ipx.catalogue.records import Need
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, for_roles, public, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's."""
    blueprint.get("/needs/<need_id>")(need)
    blueprint.get("/needs/own")(own_needs)
    blueprint.route("/needs/new", methods=["GET", "POST"])(new_need)
    blueprint.route("/needs/<need_id>/edit", methods=["GET", "POST"])(edit_need)
    blueprint.post("/needs/<need_id>/withdraw")(withdraw_need)


@public
def need(need_id: str) -> Any:
    """Show a need; a private or a withdrawn one to its own organisation only."""
    own = _find_own(need_id)
    found = own or provided(CatalogueService).need(db(), need_id=need_id)
    if wants_json():
        return jsonify(id=found.id, title=found.title, text=found.text, keywords=list(found.keywords))
    return render_template(
        "catalogue/need.html",
        need=found,
        is_own=own is not None,
        budget=budget(found),
        paragraphs=paragraphs,
        readiness=_readiness(found),
        countries=", ".join(country(code) for code in found.territory),
        visibility=VISIBILITY,
        form=PressForm(),
    )


@signed_in
def own_needs() -> Any:
    """List the organisation's needs, in any state."""
    actor: Actor = current_actor()
    found = provided(CatalogueService).needs_of(db(), organisation_id=actor.organisation_id)
    today = provided(Clock).now().date()  # type: ignore[type-abstract]
    return render_template("catalogue/own_needs.html", needs=found, visibility=VISIBILITY, today=today)


@for_roles(Role.LICENSING_MANAGER)
def new_need() -> Any:
    """Post a need."""
    actor: Actor = current_actor()
    form = NeedForm(data=first_values(request.args.get("title", "")))
    if form.validate_on_submit():
        try:
            posted = provided(CatalogueService).post_need(db(), actor=actor, draft=form.draft())
        except Invalid as error:
            release()
            show_error(form, error, default="text")
        else:
            flash(_("The need is posted; it can be found in a moment."), "success")
            return redirect(url_for("catalogue.need", need_id=posted.id))
    return render_template("catalogue/new_need.html", form=form, need=None), 422 if form.errors else 200


@for_roles(Role.LICENSING_MANAGER)
def edit_need(need_id: str) -> Any:
    """Change a need of the organisation."""
    actor: Actor = current_actor()
    catalogue = provided(CatalogueService)
    found = catalogue.own_need(db(), actor=actor, need_id=need_id)
    form = NeedForm(data=values_of(found))
    if form.validate_on_submit():
        try:
            catalogue.change_need(
                db(), actor=actor, need_id=need_id, version=form.version.data or 0, draft=form.draft()
            )
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="visibility")
        else:
            flash(_("The need is changed."), "success")
            return redirect(url_for("catalogue.need", need_id=need_id))
    return render_template("catalogue/new_need.html", form=form, need=found), 422 if form.errors else 200


@for_roles(Role.LICENSING_MANAGER)
def withdraw_need(need_id: str) -> Response:
    """Take a need back."""
    actor: Actor = current_actor()
    provided(CatalogueService).withdraw_need(db(), actor=actor, need_id=need_id)
    flash(_("The need is withdrawn; nobody finds it any more."), "success")
    return redirect(url_for("catalogue.own_needs"))


def _find_own(need_id: str) -> Need | None:
    actor: Actor | None = current_actor()
    if actor is None:
        return None
    try:
        return provided(CatalogueService).own_need(db(), actor=actor, need_id=need_id)
    except NotFound:
        return None


def _readiness(need: Need) -> str | None:
    low, high = need.trl_min, need.trl_max
    if low and high:
        return f"TRL {low}" if low == high else str(_("TRL %(low)s to %(high)s", low=low, high=high))
    if low:
        return str(_("from TRL %(low)s", low=low))
    return str(_("up to TRL %(high)s", high=high)) if high else None
