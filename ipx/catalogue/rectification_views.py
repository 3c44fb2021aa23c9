"""Pages on which a listing is put right in public: proposed, approved by others, taken back."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Optional

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.field_errors import show_error
from ipx.catalogue.records import ListingRectification
from ipx.catalogue.service import CatalogueService
from ipx.catalogue.words import FIELD_NAMES, RIGHT_KINDS
from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.titles.forms import document_choices
from ipx.titles.labels import BASES
from ipx.titles.policy import KEEPERS
from ipx.titles.records import Instrument
from ipx.titles.rules import APPROVALS_NEEDED, Basis, RectificationState
from ipx.titles.service import TitleService
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, release

_PAGE = "/listings/<listing_id>/rectify"
_ONE = "/listings/<listing_id>/rectifications/<rectification_id>"


class RectifyListingForm(FlaskForm):  # type: ignore[misc]
    """Why a listing is put right."""

    basis = SelectField(lazy_gettext("What it rests on"))
    reason = TextAreaField(
        lazy_gettext("What was wrong"), [InputRequired(lazy_gettext("Say what was wrong, in a sentence."))]
    )
    document = SelectField(lazy_gettext("The document that shows it"), [Optional()])

    def __init__(self, instruments: list[Instrument]) -> None:
        super().__init__()
        self.basis.choices = [(str(basis), str(label)) for basis, label in BASES.items()]
        self.document.choices = document_choices(instruments)


def add_to(blueprint: Blueprint) -> None:
    """Add the addresses."""
    blueprint.add_url_rule(_PAGE, view_func=rectify, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{_ONE}/approve", view_func=approve_rectification, methods=["POST"])
    blueprint.add_url_rule(f"{_ONE}/withdraw", view_func=withdraw_rectification, methods=["POST"])


@for_roles(Role.LAB_ADMINISTRATOR)
def rectify(listing_id: str) -> Any:
    """Propose that a listing says what its technology says now."""
    actor, service = current_actor(), provided(CatalogueService)
    before, after = service.rectifications.differences(db(), actor=actor, listing_id=listing_id)
    listing = service.listing(db(), listing_id=listing_id)
    technology_id = listing.technology_id or ""
    form = RectifyListingForm(provided(TitleService).instruments(db(), actor=actor, technology_id=technology_id))
    is_sent = form.is_submitted()
    if form.validate_on_submit():
        try:
            _proposed(actor, listing_id, form)
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="reason")
        else:
            flash(_("Proposed. It counts when others of your organisation have approved it."), "success")
            return redirect(url_for("catalogue.listing", listing_id=listing_id) + "#rectified")
    page = {"form": form, "listing": listing, "changes": changes(before, after), "needed": APPROVALS_NEEDED}
    return render_template("catalogue/rectify.html", **page), 422 if is_sent else 200


@for_roles(*KEEPERS)
def approve_rectification(listing_id: str, rectification_id: str) -> Response:
    """Approve; the last approval that is needed carries it out."""
    service = provided(CatalogueService).rectifications
    try:
        state = service.approve(db(), actor=current_actor(), rectification_id=rectification_id)
    except (Conflict, Forbidden) as error:
        release()
        flash(error.message, "error")
    else:
        done = state is RectificationState.CARRIED_OUT
        words = _("The listing is put right. What it said before stays to be seen.")
        flash(words if done else _("Your approval is kept."), "success")
    return redirect(url_for("catalogue.listing", listing_id=listing_id) + "#rectified")


@for_roles(Role.LAB_ADMINISTRATOR)
def withdraw_rectification(listing_id: str, rectification_id: str) -> Response:
    """Take a proposal back."""
    service = provided(CatalogueService).rectifications
    try:
        service.withdraw(db(), actor=current_actor(), rectification_id=rectification_id)
    except (Conflict, Forbidden) as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("The proposal is taken back. The listing stays as it is."), "success")
    return redirect(url_for("catalogue.listing", listing_id=listing_id) + "#rectified")


def rectified(listing_id: str, *, is_own: bool) -> dict[str, Any]:
    """Return what the page of a listing shows of its rectifications."""
    found = provided(CatalogueService).rectifications.of_listing(db(), listing_id=listing_id, is_own=is_own)
    actor: Actor | None = current_actor()
    return {
        "rectified": [(one, changes(one.before, one.after), is_own and _may_approve(actor, one)) for one in found],
        "may_rectify": is_own and actor is not None and actor.has(Role.LAB_ADMINISTRATOR),
        "is_rectified_now": any(one.state == RectificationState.PROPOSED for one in found),
        "bases": {str(basis): label for basis, label in BASES.items()},
        "approvals_needed": APPROVALS_NEEDED,
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[Any, str, str]]:
    """Return each field that differs, by its name, as it was and as it is."""
    return [(FIELD_NAMES[name], _words(before[name]), _words(after[name])) for name in after]


def _may_approve(actor: Actor | None, one: ListingRectification) -> bool:
    if actor is None or one.state != RectificationState.PROPOSED or not actor.has(*KEEPERS):
        return False
    return actor.person_id not in (one.proposed_by, *one.approvers)


def _proposed(actor: Actor, listing_id: str, form: RectifyListingForm) -> str:
    return provided(CatalogueService).rectifications.propose(
        db(),
        actor=actor,
        listing_id=listing_id,
        basis=Basis(form.basis.data),
        words=form.reason.data or "",
        document_id=form.document.data or None,
    )


def _words(value: Any) -> str:
    """Return a value of a listing as a line of text; empty where nothing is stated."""
    if isinstance(value, list):
        return "; ".join(_words(each) for each in value)
    if isinstance(value, dict) and "right_id" in value:
        parts = (RIGHT_KINDS.get(value["kind"], value["kind"]), value["title"], value["office"], value["number"])
        return " ".join(str(part) for part in parts if part)
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part)
    return "" if value is None else str(value)
