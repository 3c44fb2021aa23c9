"""Pages of listings and needs: what is it, on which terms, what is left; and publishing, with its warning."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue import publish_views
from ipx.catalogue.forms import NeedForm, PressForm
from ipx.catalogue.listing_context import is_own, listing_context, show
from ipx.catalogue.listing_page import budget, paragraphs
from ipx.catalogue.rules import State
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Invalid, NotFound
from ipx.technologies.service import TechnologyService
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, for_roles, public, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("catalogue", __name__)
publish_views.add_to(blueprint)


@blueprint.get("/listings/<listing_id>")
@public
def listing(listing_id: str) -> Any:
    """Show a listing; a withdrawn one to its own organisation only."""
    found = provided(CatalogueService).listing(db(), listing_id=listing_id)
    if found.state is not State.PUBLISHED and not is_own(found):
        raise NotFound(_("This listing has been withdrawn."))
    if wants_json():
        return jsonify(
            id=found.id,
            title=found.title,
            state=found.state,
            takes_offers=found.takes_offers,
            terms=found.terms.to_json() if found.terms else None,
        )
    return render_template("catalogue/listing.html", **listing_context(found))


@blueprint.get("/technologies/<technology_id>/market")
@signed_in
def market(technology_id: str) -> str:
    """Show, as a part of the technology's page, whether it is listed, and the next step."""
    actor: Actor = current_actor()
    technology = provided(TechnologyService).technology(db(), actor=actor, technology_id=technology_id)
    found = provided(CatalogueService).find_by_technology(db(), technology_id=technology_id)
    return render_template(
        "catalogue/market.html",
        technology=technology,
        listing=found,
        may_publish=actor.has(Role.LICENSING_MANAGER),
        form=PressForm(),
    )


@blueprint.post("/listings/<listing_id>/withdraw")
@for_roles(Role.LICENSING_MANAGER)
def withdraw(listing_id: str) -> Response:
    """Take a listing out."""
    actor: Actor = current_actor()
    provided(CatalogueService).withdraw(db(), actor=actor, listing_id=listing_id)
    flash(_("The listing is withdrawn. Deals under way go on; you can publish it again."), "success")
    return redirect(url_for("catalogue.listing", listing_id=listing_id))


@blueprint.get("/needs/<need_id>")
@public
def need(need_id: str) -> Any:
    """Show a need."""
    found = provided(CatalogueService).need(db(), need_id=need_id)
    if wants_json():
        return jsonify(id=found.id, title=found.title, text=found.text, keywords=list(found.keywords))
    return render_template("catalogue/need.html", need=found, budget=budget(found), paragraphs=paragraphs)


@blueprint.route("/needs/new", methods=["GET", "POST"])
@for_roles(Role.LICENSING_MANAGER)
def new_need() -> Any:
    """Post a need."""
    actor: Actor = current_actor()
    form = NeedForm()
    if form.validate_on_submit():
        try:
            posted = provided(CatalogueService).post_need(
                db(),
                actor=actor,
                title=form.title.data or "",
                text=form.text.data or "",
                keywords=(form.keywords.data or "").split(","),
                closes=form.closes.data,
            )
        except Invalid as error:
            release()
            show(form, error, default="text")
        else:
            flash(_("The need is posted; it can be found in a moment."), "success")
            return redirect(url_for("catalogue.need", need_id=posted.id))
    return render_template("catalogue/new_need.html", form=form), 422 if form.errors else 200
