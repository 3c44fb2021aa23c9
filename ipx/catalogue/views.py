"""Pages of listings: what is it, on which terms, what is left. ``publish_views`` and ``need_views`` have the rest."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue import need_views, publish_views, rectification_views
from ipx.catalogue.forms import PressForm
from ipx.catalogue.listing_context import is_own, listing_context
from ipx.catalogue.rules import State
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import NotFound
from ipx.technologies.service import TechnologyService
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, for_roles, public, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("catalogue", __name__)
need_views.add_to(blueprint)
publish_views.add_to(blueprint)
rectification_views.add_to(blueprint)


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
    if found.state is State.PUBLISHED and not is_own(found):
        provided(CatalogueService).note_opened(db(), listing=found)
    more = rectification_views.rectified(found.id, is_own=is_own(found))
    return render_template("catalogue/listing.html", **listing_context(found), **more)


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
