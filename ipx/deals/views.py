"""Pages of deals before the offer: overview, undertaking, room. ``offer_views`` and the others have the rest."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.chain.service import ChainService
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import Clock
from ipx.deals import agreement_views, nda_wallet_views, offer_views, proposal_views, standing_views
from ipx.deals.answers import page, say, show
from ipx.deals.forms import AcceptNdaForm, DiscloseForm, PressForm
from ipx.deals.service import DealService
from ipx.deals.waiting import sorted_agreements, sorted_offers
from ipx.vault.refusals import noting_refusals
from ipx.vault.service import VaultService
from ipx.web.fresh import needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.render import bytes_size
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("deals", __name__)
agreement_views.add_to(blueprint)
offer_views.add_to(blueprint)
proposal_views.add_to(blueprint)
standing_views.add_to(blueprint)
nda_wallet_views.add_to(blueprint)


@blueprint.get("/deals")
@signed_in
def index() -> str:
    """List undertakings, offers and agreements, what waits for us first."""
    actor: Actor = current_actor()
    deals, own = provided(DealService), actor.organisation_id
    return render_template(
        "deals/index.html",
        offers=sorted_offers(deals.offers.offers_of(db(), organisation_id=own), own),
        agreements=sorted_agreements(deals.agreements.agreements_of(db(), organisation_id=own), own),
        ndas=deals.ndas.ndas_of(db(), organisation_id=own),
    )


# ── the undertaking and its room ─────────────────────────────────────────────────────────────────


@blueprint.route("/listings/<listing_id>/nda", methods=["GET", "POST"])
@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="deals.nda")
def nda(listing_id: str) -> Any:
    """Show the undertaking; accept it."""
    actor: Actor = current_actor()
    ndas = provided(DealService).ndas
    form = AcceptNdaForm()
    if form.validate_on_submit():
        accepted = ndas.accept(db(), actor=actor, listing_id=listing_id)
        flash(_("The undertaking is accepted. You can make an offer now."), "success")
        return redirect(url_for("deals.room", nda_id=accepted.id))
    text = ndas.text(db(), actor=actor, listing_id=listing_id)
    bound = ndas.find(db(), licensee_id=actor.organisation_id, technology_id=text.technology_id)
    if bound is not None:
        return redirect(url_for("deals.room", nda_id=bound.id))
    return page("nda.html", form, text=text, listing_id=listing_id, press=PressForm())


@blueprint.get("/deals/rooms/<nda_id>")
@signed_in
def room(nda_id: str) -> Any:
    """Show what may be read, under which promise, until when."""
    return _room_page(nda_id, DiscloseForm())


@blueprint.post("/deals/rooms/<nda_id>/disclose")
@for_roles(Role.LICENSING_MANAGER)
def disclose(nda_id: str) -> Any:
    """Let the company read the chosen documents."""
    actor: Actor = current_actor()
    form = DiscloseForm()
    chosen = form.documents.data or []
    try:
        with noting_refusals():
            provided(DealService).ndas.disclose(db(), actor=actor, nda_id=nda_id, document_ids=chosen)
    except Invalid as error:
        show(form, error, default="documents")
        return _room_page(nda_id, form)
    except Conflict as error:
        say(error)
    else:
        flash(_("Disclosed. The company is told, and each reading will leave a receipt."), "success")
    return redirect(url_for("deals.room", nda_id=nda_id))


def _room_page(nda_id: str, form: DiscloseForm) -> Any:
    actor: Actor = current_actor()
    ndas, vault = provided(DealService).ndas, provided(VaultService)
    found = ndas.nda(db(), actor=actor, nda_id=nda_id)
    documents = ndas.documents(db(), nda=found)
    disclosed = ndas.disclosed(db(), nda=found)
    closed = [document for document in documents if document.id not in disclosed]
    form.documents.choices = [
        (document.id, f"{document.file_name} ({bytes_size(document.size)})") for document in closed
    ]
    return page(
        "room.html",
        form,
        nda=found,
        documents=documents,
        disclosed=disclosed,
        readable=[d for d in documents if vault.may_read(db(), actor=actor, document_id=d.id) is not None],
        is_licensor=found.licensor_id == actor.organisation_id,
        is_over=found.is_over(provided(Clock).now()),  # type: ignore[type-abstract]
        transaction=provided(ChainService).transaction(db(), found.transaction_id),
    )
