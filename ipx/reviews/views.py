"""Pages of a reviewer: what he may look at, history, the as-of audit, reports and proofs. Each leaves an audit line."""

import secrets
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request

from ipx.history.records import Export
from ipx.history.rules import ExportForm
from ipx.reviews import granting_views
from ipx.reviews.forms import CAPACITIES
from ipx.reviews.policy import GRANTERS
from ipx.reviews.service import ReviewService
from ipx.settings import Settings
from ipx.titles.picture import picture_of
from ipx.web.guards import current_actor, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, writes

blueprint = Blueprint("reviews", __name__)
granting_views.add_to(blueprint)
_FORMS = "<any(csv, json, pdf):form>"
_PLACE = "/reviews/<uuid:review_id>"


@blueprint.get("/reviews")
@signed_in
def index() -> str:
    """List what the actor may look at."""
    actor = current_actor()
    found = provided(ReviewService).mine(db(), actor=actor)
    return render_template("reviews/index.html", reviews=found, capacities=CAPACITIES, may_grant=actor.has(*GRANTERS))


@blueprint.get(_PLACE)
@signed_in
@writes
def overview(review_id: UUID) -> str:
    """Show what an access covers."""
    looking = provided(ReviewService).looking
    review, technologies = looking.overview(db(), actor=current_actor(), review_id=str(review_id))
    return render_template(
        "reviews/overview.html",
        review=review,
        technologies=technologies,
        capacities=CAPACITIES,
        forms=list(ExportForm),
    )


@blueprint.get(f"{_PLACE}/technologies/<uuid:technology_id>")
@signed_in
@writes
def technology(review_id: UUID, technology_id: UUID) -> str:
    """Show the history of a technology, with its time stamps."""
    review, history, proofs = provided(ReviewService).looking.history(
        db(),
        actor=current_actor(),
        review_id=str(review_id),
        technology_id=str(technology_id),
        is_simulated=_is_simulated(),
    )
    return render_template(
        "reviews/technology.html", review=review, history=history, proofs=proofs, forms=list(ExportForm)
    )


@blueprint.get(f"{_PLACE}/technologies/<uuid:technology_id>/title")
@signed_in
@writes
def chains_of_title(review_id: UUID, technology_id: UUID) -> str:
    """Show the chain of title of each right as a picture, with its gaps; ``as_of`` asks for an earlier day."""
    day = _day("as_of")
    review, chains = provided(ReviewService).looking.chains_of_title(
        db(), actor=current_actor(), review_id=str(review_id), technology_id=str(technology_id), day=day
    )
    shown = [picture_of(chain) for chain in chains]
    page = {"review": review, "technology_id": str(technology_id), "shown": shown, "day": day}
    return render_template("reviews/title.html", **page)


@blueprint.get(f"{_PLACE}/technologies/<uuid:technology_id>.{_FORMS}")
@signed_in
@writes
def export(review_id: UUID, technology_id: UUID, form: str) -> Response:
    """Hand the history of a technology over as a file."""
    made = provided(ReviewService).looking.export(
        db(),
        actor=current_actor(),
        review_id=str(review_id),
        technology_id=str(technology_id),
        form=ExportForm(form),
        is_simulated=_is_simulated(),
    )
    return _as_file(made)


@blueprint.get(f"{_PLACE}/as-of")
@signed_in
@writes
def as_of(review_id: UUID) -> Any:
    """Show who owned, held and could read what on a day; ``technology``, ``from`` and ``as_of`` narrow it."""
    chosen = request.args.get("technology", "")
    begin, end = _day("from"), _day("as_of")
    review, report = provided(ReviewService).looking.as_of(
        db(), actor=current_actor(), review_id=str(review_id), technology_id=chosen or None, begin=begin, end=end
    )
    return render_template(
        "reviews/as_of.html", review=review, report=report, chosen=chosen, begin=begin, end=end, forms=list(ExportForm)
    )


@blueprint.get(f"{_PLACE}/report.{_FORMS}")
@signed_in
@writes
def report(review_id: UUID, form: str) -> Response:
    """Hand the audit report over as a file."""
    made = provided(ReviewService).looking.report(
        db(),
        actor=current_actor(),
        review_id=str(review_id),
        technology_id=request.args.get("technology") or None,
        begin=_day("from"),
        end=_day("as_of"),
        sample=_sample(),
        form=ExportForm(form),
    )
    return _as_file(made)


@blueprint.get(f"{_PLACE}/technologies/<uuid:technology_id>/proofs/<stamp_id>.ipx-evidence.json")
@signed_in
@writes
def proof(review_id: UUID, technology_id: UUID, stamp_id: str) -> Response:
    """Hand the evidence bundle of a time stamp over, without what opens its commitment."""
    body = provided(ReviewService).looking.proof(
        db(),
        actor=current_actor(),
        review_id=str(review_id),
        technology_id=str(technology_id),
        stamp_id=stamp_id,
    )
    return _as_file(Export(f"{stamp_id}.ipx-evidence.json", "application/json", body))


def _as_file(made: Export) -> Response:
    response = Response(made.body, content_type=made.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=made.file_name)
    return response


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _sample() -> tuple[int, int] | None:
    count, seed = request.args.get("sample", type=int), request.args.get("seed", type=int)
    if count is None or count < 1:
        return None
    return count, secrets.randbits(32) if seed is None else seed


def _is_simulated() -> bool:
    settings = provided(Settings)
    return settings.embedded and settings.chain_url is None
