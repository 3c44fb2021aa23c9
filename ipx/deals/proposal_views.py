"""Pages on which a side writes other terms: for a first offer, or in answer to the other side's."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, Invalid
from ipx.deals.answers import say, show
from ipx.deals.forms import OfferForm
from ipx.deals.policy import may_approach, side_of
from ipx.deals.records import Offer
from ipx.deals.rules import OfferState
from ipx.deals.service import DealService
from ipx.licences.competition import EU_EXPIRY, doubts_of
from ipx.licences.redline import redline
from ipx.licences.terms_form.sections import form_of, said_by
from ipx.licences.terms_form.typed import Typed, compacted, read_typed, typed_of
from ipx.licences.terms_v2.problems import InvalidTerms, Problem
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.clauses import clauses_of
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, release

Send = Callable[[LicenceTerms], Offer]


@for_roles(Role.LICENSING_MANAGER)
def propose(listing_id: str) -> Any:
    """Make an offer on other terms than the listed ones."""
    actor: Actor = current_actor()
    listing = provided(CatalogueService).published(db(), listing_id=listing_id)
    may_approach(actor, listing)
    if listing.terms is None or listing.technology_id is None:
        raise Conflict(_("This listing states no terms to make an offer on."))
    deals = provided(DealService)
    if deals.ndas.find(db(), licensee_id=actor.organisation_id, technology_id=listing.technology_id) is None:
        flash(_("An offer rests on a confidentiality undertaking. Accept it first, then make your offer."), "info")
        return redirect(url_for("deals.nda", listing_id=listing_id))
    form = OfferForm()

    def send(terms: LicenceTerms) -> Offer:
        return deals.offers.make(
            db(),
            actor=actor,
            listing_id=listing_id,
            message=form.message.data or "",
            submit_key=f"{actor.organisation_id}:{form.submit_key.data or uuid.uuid4()}",
            seen_version=form.version.data,
            terms=terms,
        )

    back = url_for("deals.make_offer", listing_id=listing_id)
    return _terms_pages(form, listing.terms, listing.version, send, back=back, title=listing.title)


@for_roles(Role.LICENSING_MANAGER)
def counter(offer_id: str) -> Any:
    """Answer an offer with other terms."""
    actor: Actor = current_actor()
    deals = provided(DealService)
    found = deals.offers.offer(db(), actor=actor, offer_id=offer_id)
    back = url_for("deals.offer", offer_id=offer_id)
    side = side_of(actor, licensor_id=found.licensor_id, licensee_id=found.licensee_id)
    if found.state is not OfferState.OFFERED or found.turn is not side:
        say(Conflict(_("It is not your turn to answer this offer.")))
        return redirect(back)
    form = OfferForm()

    def send(terms: LicenceTerms) -> Offer:
        return deals.offers.counter(
            db(),
            actor=actor,
            offer_id=offer_id,
            terms=terms,
            message=form.message.data or "",
            seen_version=form.version.data,
        )

    return _terms_pages(form, found.terms, len(found.versions), send, back=back, title=found.technology_title)


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    for rule, view in (("/listings/<listing_id>/offer/terms", propose), ("/deals/offers/<offer_id>/counter", counter)):
        blueprint.add_url_rule(rule, view_func=view, methods=["GET", "POST"])


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _terms_pages(form: OfferForm, before: LicenceTerms, version: int, send: Send, *, back: str, title: str) -> Any:
    """Ask for the terms, show what they change, send them: ``step`` says which. ``before``: the terms to start from."""
    is_sent = request.method == "POST"
    typed = compacted(request.form.lists()) if is_sent else typed_of(before.to_json())
    problems: tuple[Problem, ...] = ()
    if is_sent and request.form.get("step") != "edit" and form.validate_on_submit():
        try:
            return _preview_or_send(form, before, read_typed(typed, kept=before.to_json()), send, title=title)
        except InvalidTerms as error:
            release()
            problems = error.problems
        except (Invalid, Conflict) as error:
            show(form, error, default="message")
    form.submit_key.data = form.submit_key.data or str(uuid.uuid4())
    form.version.raw_data, form.version.data = None, version
    return _form_page(form, typed, problems, back=back, title=title)


def _preview_or_send(form: OfferForm, before: LicenceTerms, terms: LicenceTerms, send: Send, *, title: str) -> Any:
    if request.form.get("step") == "send":
        sent = send(terms)
        flash(_("Your terms are with the other side. We tell you when they are answered."), "success")
        return redirect(url_for("deals.offer", offer_id=sent.id))
    return render_template(
        "deals/proposal.html",
        form=form,
        title=title,
        kept=[(name, value) for name, value in request.form.items(multi=True) if name not in ("step", "csrf_token")],
        redlined=redline(before, terms),
        clauses=clauses_of(terms),
        doubts=doubts_of(terms),
        expiry=EU_EXPIRY,
    )


def _form_page(form: OfferForm, typed: Typed, problems: tuple[Problem, ...], *, back: str, title: str) -> Any:
    page = render_template(
        "deals/propose.html",
        form=form,
        title=title,
        back=back,
        terms_form=form_of(typed, problems=problems),
        said=said_by(typed),
    )
    return page, 422 if form.errors or problems else 200
