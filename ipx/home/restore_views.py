"""The operator's page of the last restored backup: what the exchange lacks since, until somebody has dealt with it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.core.ports import Clock
from ipx.db.restoring import find_report, put_report_away
from ipx.settings import Settings
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, operators
from ipx.web.services import provided
from ipx.web.transactions import commit, db

LACKS = {
    "batch": lazy_gettext("batch of time stamps that the chain has and whose stamps are lost"),
    "licence": lazy_gettext("licence that the chain has and no row tells of"),
    "title": lazy_gettext("record of title that the chain has and no row tells of"),
    "transaction": lazy_gettext("further transaction of ours that no row tells of"),
    "file": lazy_gettext("stored file that a document names and the store does not have"),
}


@operators
def restore() -> Any:
    """Show what the last restored backup lacks."""
    report = find_report(provided(Settings).data_dir)
    if wants_json():
        return jsonify(report or {})
    moments = {key: datetime.fromisoformat(report[key]) for key in ("taken_at", "restored_at")} if report else {}
    return render_template("operator/restore.html", report=report, moments=moments, words=LACKS)


@operators
def dealt_with() -> Response:
    """Put the report away: it is kept, and nobody is reminded of it any more."""
    actor: Actor = current_actor()
    folder = provided(Settings).data_dir
    report = find_report(folder)
    if report is not None:
        provided(AuditService).record(
            db(),
            action="exchange:restore:dealt_with",
            by=actor.by,
            subject_kind="backup",
            subject_id=report["backup"],
            details={"lacks": len(report["lacks"])},
        )
        commit()  # the line stands before the reminder goes; a crash in between only reminds once more
        put_report_away(folder, at=provided(Clock).now())  # type: ignore[type-abstract]
        flash(_("Put away. The report is kept in the data folder."), "success")
    return redirect(url_for("home.restore"))


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    blueprint.add_url_rule("/operator/restore", view_func=restore, methods=["GET"])
    blueprint.add_url_rule(
        "/operator/restore/dealt-with", endpoint="restore_dealt_with", view_func=dealt_with, methods=["POST"]
    )
