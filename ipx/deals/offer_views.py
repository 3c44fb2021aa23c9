"""Pages of the offer: made on the listed terms, answered, taken back. ``proposal_views`` has other terms."""

import uuid
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, Invalid
from ipx.deals import standing_views
from ipx.deals.answers import page, say, show
from ipx.deals.consent_views import open_consents
from ipx.deals.contested import contests_about
from ipx.deals.forms import OfferForm, PressForm, ReasonForm
from ipx.deals.policy import may_approach, side_of
from ipx.deals.records import Offer
from ipx.deals.rules import OfferState, Side
from ipx.deals.service import DealService
from ipx.licences.competition import EU_EXPIRY, doubts_of
from ipx.licences.redline import RedlinedClause, redline
from ipx.licences.wording.clauses import clauses_of
from ipx.matches.service import MatchService
from ipx.matches.words import opening_words
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db


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
    return page("make_offer.html", form, listing=listing, clauses=clauses_of(listing.terms) if listing.terms else ())


@signed_in
def offer(offer_id: str) -> Any:
    """Show an offer and, to the side whose turn it is, the answers."""
    return _offer_page(offer_id, ReasonForm())


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
        turn = found.turn if found.state is OfferState.OFFERED else None
        version = found.versions[-1].number
        return jsonify(id=found.id, state=found.state, agreement=found.agreement_id, turn=turn, version=version)
    side = side_of(actor, licensor_id=found.licensor_id, licensee_id=found.licensee_id)
    is_open = found.state is OfferState.OFFERED
    last = found.versions[-1]
    return page(
        "offer.html",
        PressForm(),
        offer=found,
        contests=contests_about(found.technology_id),
        side=side,
        is_our_turn=is_open and found.turn is side,
        names=provided(AccountService).names(db(), [version.person_id for version in found.versions]),
        changes=redline(found.versions[-2].terms, last.terms) if len(found.versions) > 1 else (),
        standing=standing_views.standing(found) if is_open and side is Side.LICENSOR else None,
        clauses=clauses_of(found.terms),
        reason=reason,
        redlined=_against_the_listing(found),
        doubts=doubts_of(found.terms),
        expiry=EU_EXPIRY,
        consents=open_consents(side, technology_id=found.technology_id, terms=found.terms, is_open=is_open),
    )


def _against_the_listing(offer: Offer) -> tuple[RedlinedClause, ...]:
    """Return how an open offer differs from what is listed now: the owner may have changed it meanwhile."""
    listing = provided(CatalogueService).find_by_technology(db(), technology_id=offer.technology_id)
    listed = listing.terms if listing is not None and listing.id == offer.listing_id else None
    if listed is None or listed == offer.terms or offer.state is not OfferState.OFFERED:
        return ()
    return redline(listed, offer.terms)


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    root = "/deals/offers/<offer_id>"
    for rule, view, methods in (
        ("/listings/<listing_id>/offer", make_offer, ["GET", "POST"]),
        (root, offer, ["GET"]),
        (f"{root}/accept", accept_offer, ["POST"]),
        (f"{root}/decline", decline_offer, ["POST"]),
        (f"{root}/withdraw", withdraw_offer, ["POST"]),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=methods)
