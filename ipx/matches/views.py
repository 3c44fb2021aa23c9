"""Pages of matches: what fits a need, which needs a listing may meet, and what was answered."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.field_errors import show_error
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, Invalid
from ipx.matches.forms import DeclineForm, PressForm
from ipx.matches.records import Match
from ipx.matches.rules import Answer
from ipx.matches.service import MatchService
from ipx.matches.words import PARTS, REASONS, why
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("matches", __name__)


@blueprint.get("/matches")
@signed_in
def index() -> str:
    """List the organisation's needs and listings with their numbers of matches."""
    actor: Actor = current_actor()
    needs, listings = provided(MatchService).overview(db(), actor=actor)
    return render_template("matches/index.html", needs=needs, listings=listings)


@blueprint.get("/needs/<need_id>/matches")
@signed_in
def of_need(need_id: str) -> Any:
    """Show what fits a need, to its organisation."""
    return _need_page(need_id)


@blueprint.post("/needs/<need_id>/matches/<listing_id>/interested")
@for_roles(Role.LICENSING_MANAGER)
def interested(need_id: str, listing_id: str) -> Response:
    """Say yes, and go on to the listing's undertaking."""
    actor: Actor = current_actor()
    provided(MatchService).answer(db(), actor=actor, need_id=need_id, listing_id=listing_id, answer=Answer.INTERESTED)
    flash(
        _("Noted. The next step is the undertaking of confidentiality; then you can see more and make an offer."),
        "info",
    )
    return redirect(url_for("deals.nda", listing_id=listing_id))


@blueprint.post("/needs/<need_id>/matches/<listing_id>/declined")
@for_roles(Role.LICENSING_MANAGER)
def declined(need_id: str, listing_id: str) -> Any:
    """Say no, with a reason."""
    actor: Actor = current_actor()
    form = DeclineForm()
    if form.validate_on_submit():
        try:
            provided(MatchService).answer(
                db(),
                actor=actor,
                need_id=need_id,
                listing_id=listing_id,
                answer=Answer.DECLINED,
                reason=form.chosen(),
                text=form.text.data or "",
            )
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="reason")
        else:
            flash(_("Declined. The owner learns the reason, and thanks to it what is missing."), "success")
            return redirect(url_for("matches.of_need", need_id=need_id))
    return _need_page(need_id, form, listing_id), 422


@blueprint.get("/listings/<listing_id>/needs")
@signed_in
def of_listing(listing_id: str) -> str:
    """Show which needs a listing may meet, and what was answered, to its owner."""
    actor: Actor = current_actor()
    matches = provided(MatchService)
    return render_template(
        "matches/of_listing.html",
        listing=provided(CatalogueService).listing(db(), listing_id=listing_id),
        lines=[_line(match) for match in matches.matches_of_listing(db(), actor=actor, listing_id=listing_id)],
        feedback=matches.feedback(db(), actor=actor, listing_id=listing_id),
        reasons=REASONS,
    )


def _need_page(need_id: str, form: DeclineForm | None = None, at: str | None = None) -> str:
    actor: Actor = current_actor()
    found = provided(MatchService).matches_of_need(db(), actor=actor, need_id=need_id)
    return render_template(
        "matches/of_need.html",
        need=provided(CatalogueService).own_need(db(), actor=actor, need_id=need_id),
        lines=[
            {**_line(match), "decline": form if form and match.listing.id == at else DeclineForm(formdata=None)}
            for match in found
        ],
        open_at=at,
        press=PressForm(),
        reasons=REASONS,
    )


def _line(match: Match) -> dict[str, Any]:
    return {"match": match, "why": why(match), "parts": [(PARTS[part.name], part) for part in match.split.parts]}
