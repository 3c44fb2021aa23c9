"""Pages of a technology's grants for its owner: what is left, agreements made elsewhere, what people decided."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import Clock
from ipx.licences.grant_forms import DeclareForm, PressForm
from ipx.licences.grant_words import declared_line, left_lines
from ipx.licences.policy import DECIDERS, READERS
from ipx.licences.service import LicenceService
from ipx.technologies.records import Technology
from ipx.technologies.service import TechnologyService
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, release


@for_roles(*READERS)
def grants(technology_id: str) -> str:
    """Show what is left to grant, and everything that it rests on."""
    technology = _technology(technology_id)
    return render_template(
        "licences/grants.html",
        **_left(technology),
        decisions=provided(LicenceService).book.decisions_on(db(), technology_id=technology.id),
        may_declare=current_actor().has(*DECIDERS),
        form=PressForm(),
    )


@for_roles(*READERS)
def grants_part(technology_id: str) -> str:
    """Show, as a part of the technology's page, what is left to grant in short."""
    return render_template("licences/grants_part.html", **_left(_technology(technology_id)))


@for_roles(*DECIDERS)
def declare(technology_id: str) -> Any:
    """Take down an agreement made elsewhere."""
    technology = _technology(technology_id)
    form = DeclareForm({right.id: right.particulars.title for right in technology.rights})
    if form.validate_on_submit():
        try:
            provided(LicenceService).declarations.declare(
                db(), actor=current_actor(), technology_id=technology.id, draft=form.draft()
            )
        except (Invalid, Conflict) as error:
            release()
            name = getattr(error, "field", None)
            form[name if name in form else "kind"].errors = [error.message]
        else:
            flash(_("The agreement is declared, and counts from now on."), "success")
            return redirect(url_for("licences.grants", technology_id=technology.id))
    return render_template("licences/declare.html", technology=technology, form=form), 422 if form.errors else 200


@for_roles(*DECIDERS)
def end_declared(technology_id: str, declared_id: str) -> Response:
    """Note that an agreement made elsewhere is over."""
    provided(LicenceService).declarations.end(
        db(), actor=current_actor(), technology_id=technology_id, declared_id=declared_id
    )
    flash(_("It is noted that this agreement is over."), "success")
    return redirect(url_for("licences.grants", technology_id=technology_id))


@for_roles(*DECIDERS)
def state_complete(technology_id: str) -> Response:
    """State that all agreements made elsewhere are declared."""
    provided(LicenceService).declarations.state(db(), actor=current_actor(), technology_id=technology_id)
    flash(_("Your statement is recorded. Answers now say: free as declared by you today."), "success")
    return redirect(url_for("licences.grants", technology_id=technology_id))


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's."""
    place = "/technologies/<technology_id>/grants"
    blueprint.add_url_rule(place, view_func=grants)
    blueprint.add_url_rule(f"{place}/part", view_func=grants_part)
    blueprint.add_url_rule(f"{place}/new", view_func=declare, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{place}/statement", view_func=state_complete, methods=["POST"])
    blueprint.add_url_rule(f"{place}/<declared_id>/end", view_func=end_declared, methods=["POST"])


def _technology(technology_id: str) -> Technology:
    actor: Actor = current_actor()
    return provided(TechnologyService).technology(db(), actor=actor, technology_id=technology_id)


def _left(technology: Technology) -> dict[str, Any]:
    """Return what is left of a technology, and what was declared about it."""
    licences = provided(LicenceService)
    at = provided(Clock).now().date()  # type: ignore[type-abstract]
    entries = licences.declarations.entries_on(db(), technology_id=technology.id)
    return {
        "technology": technology,
        "lines": left_lines(licences.book.remaining(db(), technology_id=technology.id)),
        "entries": [declared_line(entry, at=at) for entry in entries],
        "reserved": licences.book.reserved(db(), technology_ids=[technology.id]),
        "statement": licences.declarations.latest_statement(db(), technology_id=technology.id),
    }
