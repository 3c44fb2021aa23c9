"""Pages of access: grants by hand and their end, export control, names on the denied-party list."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid
from ipx.vault.access_forms import ORGANISATION, DecisionForm, ExportControlForm, GrantForm
from ipx.vault.forms import show_error
from ipx.vault.policy import (
    CLASSIFIERS,
    DECIDERS,
    GRANTERS,
    check_is_own,
    check_may_classify,
    check_may_grant,
    may_classify,
    may_grant,
)
from ipx.vault.records import Document
from ipx.vault.refusals import noting_refusals
from ipx.vault.rules import Decision
from ipx.vault.service import VaultService
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db, release

# Whether an address has an account is told to who may grant; nobody tries a list of them.
GRANTS = "120/hour"


def add_to(blueprint: Blueprint) -> None:
    """Add the pages to the vault's."""
    add = blueprint.add_url_rule
    place = "/documents/<document_id>"
    add(f"{place}/grants/new", view_func=new_grant, methods=["GET", "POST"])
    add(f"{place}/grants/<grant_id>/revoke", view_func=revoke_grant, methods=["POST"])
    add(f"{place}/export-control", view_func=export_control, methods=["GET", "POST"])
    add("/declarations", view_func=declarations)
    add("/declarations/<owner_id>/withdraw", view_func=withdraw_declaration, methods=["POST"])
    add("/screenings", view_func=screenings)
    add("/screenings/<screening_id>", view_func=decide, methods=["POST"])


@limited(GRANTS)
@for_roles(*GRANTERS)
def new_grant(document_id: str) -> Any:
    """Let a person, or the readers of an organisation, open a document."""
    actor: Actor = current_actor()
    found = _own(document_id)
    check_may_grant(actor, found)
    form = GrantForm()
    if form.validate_on_submit():
        try:
            with noting_refusals():
                provided(VaultService).sharing.grant(
                    db(),
                    actor=actor,
                    document_id=document_id,
                    email=form.email.data or "",
                    whole_organisation=form.scope.data == ORGANISATION,
                    reason=form.reason.data or "",
                    nda=form.nda.data or "",
                    until=form.last_day(),
                )
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="email")
        else:
            flash(_("Granted. Each reading leaves a receipt here, and you can end the access at any time."), "success")
            return redirect(url_for("vault.document", document_id=document_id) + "#access")
    page = render_template("vault/grant.html", document=found, form=form)
    return page, 422 if request.method == "POST" else 200


@for_roles(*GRANTERS)
def revoke_grant(document_id: str, grant_id: str) -> Response:
    """End a grant."""
    sharing = provided(VaultService).sharing
    sharing.revoke(db(), actor=current_actor(), document_id=document_id, grant_id=grant_id)
    flash(_("Ended, from the next request on; a transfer under way breaks off. A copy once taken stays taken."))
    return redirect(url_for("vault.document", document_id=document_id) + "#access")


@signed_in
def export_control(document_id: str) -> Any:
    """State what the document is for export control."""
    actor: Actor = current_actor()
    found = _own(document_id)
    check_may_classify(actor, found)
    form = ExportControlForm() if request.method == "POST" else ExportControlForm.of(found.export_control)
    if form.validate_on_submit():
        try:
            provided(VaultService).sharing.classify(
                db(), actor=actor, document_id=document_id, export_control=form.stated()
            )
        except Invalid as error:
            release()
            show_error(form, error, default="entry")
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("vault.document", document_id=document_id) + "#export-control")
    page = render_template("vault/export_control.html", document=found, form=form)
    return page, 422 if request.method == "POST" else 200


# ── what the reader declared himself ─────────────────────────────────────────────────────────────


@signed_in
def declarations() -> str:
    """Show a reader what he declared, and to whom."""
    actor: Actor = current_actor()
    found = provided(VaultService).sharing.declarations.by(db(), person_id=actor.person_id)
    accounts = provided(AccountService)
    owners = {owner_id: accounts.organisation(db(), owner_id).name for owner_id in found}
    return render_template("vault/declarations.html", declarations=found, owners=owners)


@signed_in
def withdraw_declaration(owner_id: str) -> Response:
    """Delete what the reader declared to one owner."""
    provided(VaultService).sharing.declarations.withdraw(db(), actor=current_actor(), owner_id=owner_id)
    flash(_("Deleted. You will be asked again before your next reading."), "success")
    return redirect(url_for("vault.declarations"))


# ── names on the denied-party list ───────────────────────────────────────────────────────────────


@for_roles(*CLASSIFIERS)
def screenings() -> str:
    """Show which names were found, and what was decided."""
    return _screenings_page()


@for_roles(*DECIDERS)
def decide(screening_id: str) -> Any:
    """Record the decision about a near match."""
    form = DecisionForm(prefix=screening_id)
    if not form.validate_on_submit():
        return _screenings_page({screening_id: form}), 422
    try:
        provided(VaultService).sharing.screenings.decide(
            db(),
            actor=current_actor(),
            screening_id=screening_id,
            clear=form.decision.data == Decision.CLEARED,
            reason=form.reason.data or "",
        )
    except (Invalid, Conflict) as error:
        release()
        show_error(form, error, default="reason")
        return _screenings_page({screening_id: form}), 422
    flash(_("The decision is recorded with your name."), "success")
    return redirect(url_for("vault.screenings"))


# ── for the document's own page ──────────────────────────────────────────────────────────────────


def access_facts(found: Document) -> dict[str, Any]:
    """Return what the owner's page shows about access: what the actor may do, and what readers declared."""
    actor: Actor = current_actor()
    sharing = provided(VaultService).sharing
    is_own = actor.organisation_id == found.organisation_id
    sees_declared = is_own and actor.has(*CLASSIFIERS)
    return {
        "may_grant": may_grant(actor, found),
        "may_classify": may_classify(actor, found),
        "may_screen": actor.has(*CLASSIFIERS),
        "declared": sharing.declarations.of(db(), owner_id=found.organisation_id) if sees_declared else {},
    }


def _own(document_id: str) -> Document:
    found = provided(VaultService).document(db(), document_id=document_id)
    check_is_own(current_actor(), found)
    return found


def _screenings_page(tried: Mapping[str, DecisionForm] | None = None) -> str:
    """Show all; ``tried``: the form that was sent, by its screening."""
    tried = tried or {}
    actor: Actor = current_actor()
    found = provided(VaultService).sharing.screenings.of(db(), owner_id=actor.organisation_id)
    deciders = [one.decided_by for one in found if one.decided_by]
    return render_template(
        "vault/screenings.html",
        screenings=found,
        forms={one.id: tried.get(one.id) or DecisionForm(formdata=None, prefix=one.id) for one in found},
        tried=tried,
        people=provided(AccountService).names(db(), deciders),
        may_decide=actor.has(*DECIDERS),
    )
