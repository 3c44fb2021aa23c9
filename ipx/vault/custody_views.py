"""The operator's page of the stored files: stores, alarms, audits. Changes nothing; commands do."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask_babel import lazy_gettext as _

from ipx.vault.custody import Custody
from ipx.vault.custody_rules import AlarmKind, Cause, CustodyState
from ipx.web.errors import wants_json
from ipx.web.guards import operators
from ipx.web.services import provided
from ipx.web.transactions import db

STORES = {"folder": _("the folder of blocks"), "kubo": _("the Kubo node")}
STATES = {
    CustodyState.INTACT: _("whole"),
    CustodyState.MISSING: _("missing"),
    CustodyState.DAMAGED: _("damaged"),
    CustodyState.REMOVED: _("taken out"),
}
CAUSES = {
    Cause.AUDIT: _("read to its end by an audit"),
    Cause.REPAIR: _("repaired from another store"),
    Cause.COPY: _("copied from another store, and read back"),
    Cause.MOVE: _("moved between stores"),
}
ALARMS = {
    AlarmKind.UNREACHABLE: _("A store cannot be used"),
    AlarmKind.FILES: _("Stored files are missing or damaged"),
}


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's blueprint."""
    blueprint.add_url_rule("/operator/custody", view_func=custody, methods=["GET"])


def words() -> dict[str, Any]:
    """Return what templates need to speak of custody."""
    return {"store_words": STORES, "state_words": STATES, "cause_words": CAUSES}


@operators
def custody() -> Any:
    """Show how the stored files are, by the last audits."""
    overview = provided(Custody).overview(db())
    if wants_json():
        return jsonify(asdict(overview))
    return render_template("operator/custody.html", custody=overview, alarm_words=ALARMS, **words())
