"""The first page, for strangers and for each of the three people who work here, and where the data come from."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.deals.service import DealService
from ipx.history.service import HistoryService
from ipx.home import figures_views, restore_views
from ipx.home.waiting import deals_waiting, technology_steps
from ipx.notices.service import NoticeService
from ipx.technologies.service import TechnologyService
from ipx.vault.service import VaultService
from ipx.web.guards import current_actor, for_roles, operators, public
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("home", __name__)
restore_views.add_to(blueprint)
figures_views.add_to(blueprint)

NEW_READ, NEW_SHOWN, NOTICES_SHOWN = 20, 4, 5
MAKERS = (Role.RESEARCHER, Role.LICENSING_MANAGER, Role.OWNER)


@blueprint.get("/")
@public
def index() -> str:
    """Say what this is to a stranger, and what waits to everybody else."""
    actor: Actor | None = current_actor()
    newest = provided(CatalogueService).newest_listings(db(), limit=NEW_READ, only_offered=True)
    others = [listing for listing in newest if actor is None or listing.organisation_id != actor.organisation_id]
    listings = [_line(listing) for listing in others[:NEW_SHOWN]]
    if actor is None:
        return render_template("home/signed_out.html", listings=listings)
    makes = actor.has(*MAKERS)
    return render_template(
        "home/signed_in.html",
        waiting=deals_waiting(db(), provided(DealService), actor) if actor.has(Role.LICENSING_MANAGER) else [],
        technologies=_steps(actor) if makes else [],
        listings=listings,
        notices=provided(NoticeService).notices(db(), organisation_id=actor.organisation_id, limit=NOTICES_SHOWN),
        makes=makes,
        negotiates=actor.has(Role.LICENSING_MANAGER),
        administers=actor.has(Role.LAB_ADMINISTRATOR),
    )


@blueprint.get("/home/audit")
@for_roles(Role.LAB_ADMINISTRATOR)
def audit() -> str:
    """Verify the audit log now; the first page asks for this part after it is shown, as it reads every line."""
    chains = provided(HistoryService).check_chains(db(), actor=current_actor())
    return render_template("home/audit.html", chains=chains)


@blueprint.get("/operator")
@operators
def operator() -> Any:
    """Lead to the first of the operator's pages; templates/operator/pages.html names them all."""
    return redirect(url_for("chain.operator"))


@blueprint.get("/attribution")
@public
def attribution() -> str:
    """Say where the data come from and under which licence they are shown."""
    return render_template("home/attribution.html", sources=provided(CatalogueService).sources(db()))


def _steps(actor: Actor) -> list[Any]:
    return technology_steps(
        db(),
        technologies=provided(TechnologyService),
        vault=provided(VaultService),
        catalogue=provided(CatalogueService),
        actor=actor,
    )


def _line(listing: Listing) -> dict[str, Any]:
    measure = listing.measure
    measured = f"{measure.number} {measure.unit}" if measure else None
    if measure and measure.compared_with:
        measured = _("%(this)s, compared with %(that)s", this=measured, that=measure.compared_with)
    return {
        "href": url_for("catalogue.listing", listing_id=listing.id),
        "title": listing.title,
        "advantage": measured or listing.advantage,
        "summary": listing.summary,
        "organisation": listing.owner_name,
        "trl": listing.trl,
    }
