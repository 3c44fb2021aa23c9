"""The operator's page of quarantine: which documents wait, why, and their way out. Shows no name of any of them."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict
from ipx.vault.records import Inspection
from ipx.vault.service import VaultService
from ipx.web.errors import wants_json
from ipx.web.fresh import needs_fresh_sign_in
from ipx.web.guards import current_actor, operators
from ipx.web.services import provided
from ipx.web.transactions import db

_FRESH = lazy_gettext("Please sign in again before you let a document out of quarantine: readers get it from then on.")
REASONS = {
    "limit": lazy_gettext("took more time or memory than a document should"),
    "scan-limit": lazy_gettext("larger than what the virus scanner looks through"),
    "scanner-away": lazy_gettext("the virus scanner did not answer; it is asked again every few minutes"),
    "harmful": lazy_gettext("a later look found harmful content"),
}


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's blueprint."""
    blueprint.add_url_rule("/operator/quarantine", view_func=quarantine, methods=["GET"])
    blueprint.add_url_rule("/operator/quarantine/<document_id>/release", view_func=release, methods=["POST"])


@operators
def quarantine() -> Any:
    """Show what is in quarantine, the oldest first."""
    waiting = [_line(found) for found in provided(VaultService).inspections.quarantined(db())]
    if wants_json():
        return jsonify([{**line, "since": line["since"].isoformat()} for line in waiting])
    return render_template("operator/quarantine.html", waiting=waiting, reasons=REASONS)


@operators
@needs_fresh_sign_in(back="vault.quarantine", why=_FRESH)
def release(document_id: str) -> Response:
    """Let a document out on the operator's responsibility; its owner is told."""
    actor: Actor = current_actor()
    try:
        provided(VaultService).inspections.release(db(), by=actor.by, document_id=document_id)
    except Conflict as error:  # somebody else was faster
        flash(error.message, "info")
    else:
        flash(_("The document is out of quarantine, and its owner is told. The audit log names you."), "success")
    return redirect(url_for("vault.quarantine"))


def _line(found: Inspection) -> dict[str, Any]:
    owner_id = provided(VaultService).document(db(), document_id=found.document_id).organisation_id
    return {
        "document": found.document_id,
        "organisation": provided(AccountService).organisation(db(), owner_id).name,
        "reason": found.reason,
        "scanner": found.scanner,
        "since": found.looked_at,
    }
