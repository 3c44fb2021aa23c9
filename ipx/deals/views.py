"""Pages of deals up to the offer: overview, undertaking, room, offer. ``agreement_views`` has the rest."""

import uuid
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import Clock
from ipx.deals import agreement_views, standing_views
from ipx.deals.answers import page, say, show
from ipx.deals.consent_views import open_consents
from ipx.deals.forms import AcceptNdaForm, DiscloseForm, OfferForm, PressForm, ReasonForm
from ipx.deals.policy import may_approach, side_of
from ipx.deals.records import Offer
from ipx.deals.rules import OfferState, Side
from ipx.deals.service import DealService
from ipx.deals.waiting import sorted_agreements, sorted_offers
from ipx.licences.competition import EU_EXPIRY, doubts_of
from ipx.licences.redline import RedlinedClause, redline
from ipx.licences.words import in_words
from ipx.matches.service import MatchService
from ipx.matches.words import opening_words
from ipx.vault.refusals import noting_refusals
from ipx.vault.service import VaultService
from ipx.web.errors import wants_json
from ipx.web.fresh import needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.render import bytes_size
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("deals", __name__)
agreement_views.add_to(blueprint)
standing_views.add_to(blueprint)


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
    return page("nda.html", form, text=text, listing_id=listing_id)


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


# ── the offer ────────────────────────────────────────────────────────────────────────────────────


@blueprint.route("/listings/<listing_id>/offer", methods=["GET", "POST"])
@for_roles(Role.LICENSING_MANAGER)
def make_offer(listing_id: str) -> Any:
    """Make an offer on the listed terms."""
    actor: Actor = current_actor()
    form = OfferForm()
    if form.validate_on_submit():
        try:
            made = provided(DealService).offers.make(
                db(),
                actor=actor,
                listing_id=listing_id,
                message=form.message.data or "",
                submit_key=f"{actor.organisation_id}:{form.submit_key.data or uuid.uuid4()}",
                seen_version=form.version.data,
            )
        except (Invalid, Conflict) as error:
            show(form, error, default="message")
        else:
            flash(_("Your offer is with the owner. We tell you when it is answered."), "success")
            return redirect(url_for("deals.offer", offer_id=made.id))
    return _offer_form(actor, listing_id, form)


def _offer_form(actor: Actor, listing_id: str, form: OfferForm) -> Any:
    listing = provided(CatalogueService).published(db(), listing_id=listing_id)
    may_approach(actor, listing)
    assert listing.technology_id is not None
    ndas = provided(DealService).ndas
    if ndas.find(db(), licensee_id=actor.organisation_id, technology_id=listing.technology_id) is None:
        flash(_("An offer rests on a confidentiality undertaking. Accept it first, then make your offer."), "info")
        return redirect(url_for("deals.nda", listing_id=listing_id))
    form.submit_key.data = form.submit_key.data or str(uuid.uuid4())
    if form.message.data is None:
        form.message.data = opening_words(provided(MatchService).named_need(db(), actor=actor, listing_id=listing_id))
    form.version.raw_data, form.version.data = None, listing.version  # the terms on this page, whatever was sent
    return page("make_offer.html", form, listing=listing, words=in_words(listing.terms) if listing.terms else [])


@blueprint.get("/deals/offers/<offer_id>")
@signed_in
def offer(offer_id: str) -> Any:
    """Show an offer and, to the side whose turn it is, the answers."""
    return _offer_page(offer_id, ReasonForm())


@blueprint.post("/deals/offers/<offer_id>/accept")
@for_roles(Role.LICENSING_MANAGER)
def accept_offer(offer_id: str) -> Response:
    """Say yes; the agreement is there to be signed."""
    actor: Actor = current_actor()
    try:
        drawn = provided(DealService).accept_offer(db(), actor=actor, offer_id=offer_id)
    except Conflict as error:
        say(error)
        return redirect(url_for("deals.offer", offer_id=offer_id))
    return redirect(url_for("deals.agreement", agreement_id=drawn.id))


@blueprint.post("/deals/offers/<offer_id>/decline")
@for_roles(Role.LICENSING_MANAGER)
def decline_offer(offer_id: str) -> Any:
    """Say no, with a reason."""
    actor: Actor = current_actor()
    form = ReasonForm()
    if not form.validate_on_submit():
        return _offer_page(offer_id, form)
    try:
        provided(DealService).offers.decline(db(), actor=actor, offer_id=offer_id, reason=form.reason.data or "")
    except Invalid as error:
        show(form, error, default="reason")
        return _offer_page(offer_id, form)
    except Conflict as error:
        say(error)
    return redirect(url_for("deals.offer", offer_id=offer_id))


@blueprint.post("/deals/offers/<offer_id>/withdraw")
@for_roles(Role.LICENSING_MANAGER)
def withdraw_offer(offer_id: str) -> Response:
    """Take an offer back."""
    actor: Actor = current_actor()
    try:
        provided(DealService).offers.withdraw(db(), actor=actor, offer_id=offer_id)
    except Conflict as error:
        say(error)
    else:
        flash(_("Your offer is withdrawn."), "success")
    return redirect(url_for("deals.offer", offer_id=offer_id))


def _offer_page(offer_id: str, reason: ReasonForm) -> Any:
    actor: Actor = current_actor()
    found = provided(DealService).offers.offer(db(), actor=actor, offer_id=offer_id)
    if wants_json():
        return jsonify(id=found.id, state=found.state, agreement=found.agreement_id)
    side = side_of(actor, licensor_id=found.licensor_id, licensee_id=found.licensee_id)
    is_answering = side is Side.LICENSOR and found.state is OfferState.OFFERED
    return page(
        "offer.html",
        PressForm(),
        offer=found,
        side=side,
        standing=standing_views.standing(found) if is_answering else None,
        words=in_words(found.terms),
        reason=reason,
        redlined=_against_the_listing(found),
        doubts=doubts_of(found.terms),
        expiry=EU_EXPIRY,
        consents=open_consents(
            side, technology_id=found.technology_id, terms=found.terms, is_open=found.state is OfferState.OFFERED
        ),
    )


def _against_the_listing(offer: Offer) -> tuple[RedlinedClause, ...]:
    """Return how an open offer differs from what is listed now: the owner may have changed it meanwhile."""
    listing = provided(CatalogueService).find_by_technology(db(), technology_id=offer.technology_id)
    listed = listing.terms if listing is not None and listing.id == offer.listing_id else None
    if listed is None or listed == offer.terms or offer.state is not OfferState.OFFERED:
        return ()
    return redline(listed, offer.terms)
