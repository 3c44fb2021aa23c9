"""Pages of listings: what is it, on which terms, what is left; and publishing, with its warning."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue import need_views
from ipx.catalogue.contested import contests_on
from ipx.catalogue.field_errors import show_error
from ipx.catalogue.forms import PressForm, PublishForm
from ipx.catalogue.listing_page import paragraphs, readiness, right_row, rights_bars
from ipx.catalogue.records import Listing
from ipx.catalogue.rules import Novelty, State
from ipx.catalogue.service import CatalogueService
from ipx.catalogue.typed_terms import FIRST_VALUES, values_of
from ipx.catalogue.words import STAGES
from ipx.contests.service import ContestService
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock
from ipx.licences.algebra.conflicts import Answer
from ipx.licences.algebra.truth import Truth
from ipx.licences.algebra.words import answer_words
from ipx.licences.competition import EU_EXPIRY, doubts_of
from ipx.licences.service import LicenceService
from ipx.licences.words import in_words
from ipx.technologies.service import TechnologyService
from ipx.vault.service import VaultService
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, for_roles, public, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("catalogue", __name__)
need_views.add_to(blueprint)


@blueprint.get("/listings/<listing_id>")
@public
def listing(listing_id: str) -> Any:
    """Show a listing; a withdrawn one to its own organisation only."""
    found = provided(CatalogueService).listing(db(), listing_id=listing_id)
    if found.state is not State.PUBLISHED and not _is_own(found):
        raise NotFound(_("This listing has been withdrawn."))
    if wants_json():
        return jsonify(
            id=found.id,
            title=found.title,
            state=found.state,
            takes_offers=found.takes_offers,
            terms=found.terms.to_json() if found.terms else None,
        )
    return render_template("catalogue/listing.html", **_listing_context(found))


@blueprint.route("/technologies/<technology_id>/publish", methods=["GET", "POST"])
@for_roles(Role.LICENSING_MANAGER)
def publish(technology_id: str) -> Any:
    """Ask for terms and the statement, preview the real page, publish. ``step`` says which of these."""
    actor: Actor = current_actor()
    technology = provided(TechnologyService).technology(db(), actor=actor, technology_id=technology_id)
    before = provided(CatalogueService).find_by_technology(db(), technology_id=technology_id)
    form = PublishForm(data=_first_values(before))
    if request.form.get("step") != "edit" and form.validate_on_submit():
        try:
            return _preview_or_publish(actor, technology_id, form)
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="novelty")
    status = 422 if form.errors else 200
    return render_template("catalogue/publish.html", form=form, technology=technology, listing=before), status


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


def _preview_or_publish(actor: Actor, technology_id: str, form: PublishForm) -> Any:
    catalogue = provided(CatalogueService)
    statement: dict[str, Any] = {
        "actor": actor,
        "technology_id": technology_id,
        "terms": form.terms(),
        "novelty": Novelty(form.novelty.data),
        "filed_on": form.filed_on.data,
    }
    if request.form.get("step") == "preview":
        draft = catalogue.preview(db(), **statement)
        kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("step", "csrf_token")]
        context = _listing_context(draft) | {"expiry": EU_EXPIRY}
        context["doubts"] = doubts_of(draft.terms) if draft.terms else ()
        return render_template("catalogue/preview.html", kept=kept, form=form, **context)
    published = catalogue.publish(db(), **statement)
    flash(_("Published. It can be found in a moment."), "success")
    return redirect(url_for("catalogue.listing", listing_id=published.id))


def _listing_context(found: Listing) -> dict[str, Any]:
    """Return what the page of a listing shows."""
    documents, answer = [], None
    if found.technology_id is not None:
        if found.terms is not None:
            answer = provided(LicenceService).book.compare(db(), technology_id=found.technology_id, terms=found.terms)
        documents = provided(VaultService).documents_of(db(), subject_kind="technology", subject_id=found.technology_id)
    return {
        "listing": found,
        "bars": rights_bars(found.terms, answer or Answer(Truth.NO), at=_today()) if found.terms else [],
        "standing": answer,
        "standing_words": answer_words(answer) if answer else None,
        "words": in_words(found.terms) if found.terms else [],
        "paragraphs": paragraphs,
        "rights": [right_row(right) for right in found.rights],
        "readiness": readiness(found.trl),
        "stage": STAGES.get(found.stage or ""),
        "documents": [document for document in documents if not document.confidential],
        "is_own": _is_own(found),
        "technology": None,
        "contests": contests_on(provided(ContestService), db(), found),
        "contest_links": [] if _is_own(found) or not found.takes_offers else _contest_links(found),
        "may_publish": _is_own(found) and current_actor().has(Role.LICENSING_MANAGER),
    }


def _contest_links(found: Listing) -> list[tuple[str, str]]:
    """Return what a stranger can contest here, and where."""
    rights = [(right.title or right.number, right.right_id) for right in found.rights if right.title or right.number]
    listing = (str(_("This listing")), url_for("contests.new", kind="listing", subject_id=found.id))
    titles = [
        (str(_("The title of %(right)s", right=name)), url_for("contests.new", kind="right", subject_id=right_id))
        for name, right_id in rights
    ]
    return [listing, *titles]


def _today() -> date:
    return provided(Clock).now().date()  # type: ignore[type-abstract]


def _is_own(thing: Any) -> bool:
    actor: Actor | None = current_actor()
    return actor is not None and thing.organisation_id is not None and thing.organisation_id == actor.organisation_id


def _first_values(before: Listing | None) -> dict[str, object]:
    if before is None or before.terms is None:
        return FIRST_VALUES
    return {**values_of(before.terms), "novelty": str(before.novelty or ""), "filed_on": before.filed_on}
