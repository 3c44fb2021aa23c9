"""What came of a listing, for its owner: shown, opened, undertakings, offers, licences. Numbers, and nobody's name."""

from typing import Any

from flask import Blueprint, jsonify, render_template
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import NotFound
from ipx.deals.rules import OfferState
from ipx.deals.service import DealService
from ipx.licences.rules import State
from ipx.licences.service import LicenceService
from ipx.matching.service import SearchService
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's."""
    blueprint.get("/listings/<listing_id>/figures")(figures)


@signed_in
def figures(listing_id: str) -> Any:
    """Show the figures of a listing to its own organisation."""
    actor: Actor = current_actor()
    listing = provided(CatalogueService).listing(db(), listing_id=listing_id)
    if listing.organisation_id is None or listing.organisation_id != actor.organisation_id:
        raise NotFound(_("There is no such listing of your organisation."))
    found = _figures(listing)
    return jsonify(found) if wants_json() else render_template("home/figures.html", listing=listing, figures=found)


def _figures(listing: Listing) -> dict[str, Any]:
    deals, technology_id = provided(DealService), str(listing.technology_id)
    tally = provided(SearchService).tallies.tally(db(), listing_id=listing.id)
    offers = deals.offers.offers_on(db(), technology_id=technology_id)
    licences = provided(LicenceService).licences_on(db(), technology_id=technology_id)
    return {
        "shown": tally.shown,
        "opened": tally.opened,
        "since": tally.since,
        "undertakings": len(deals.ndas.ndas_on(db(), technology_id=technology_id)),
        "offers": len(offers),
        "accepted": sum(offer.state is OfferState.ACCEPTED for offer in offers),
        "licences": len(licences),
        "active": sum(licence.state is State.ACTIVE for licence in licences),
    }
