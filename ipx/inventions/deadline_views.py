"""The officers' pages of deadlines, and the report for iEdison."""

import json
from typing import Any

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict
from ipx.core.ports import Clock
from ipx.inventions import labels
from ipx.inventions.answers import attachment
from ipx.inventions.deadline_labels import DUTY_ASSUMPTIONS, DUTY_LABELS
from ipx.inventions.iedison import create_invention_request
from ipx.inventions.known_bars import is_us_federal
from ipx.inventions.policy import OFFICERS
from ipx.inventions.service import InventionService
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, writes


def add_to(blueprint: Blueprint) -> None:
    """Add the addresses."""
    blueprint.add_url_rule("/deadlines", view_func=deadlines)
    blueprint.add_url_rule("/inventions/<invention_id>/iedison.json", view_func=iedison)


@for_roles(*OFFICERS)
def deadlines() -> str:
    """List the deadlines of rights and disclosures, each with its source and assumption."""
    return render_template(
        "inventions/deadlines.html",
        found=provided(InventionService).reminders.of(db(), actor=current_actor()),
        names={**labels.RULE_LABELS, **DUTY_LABELS},
        assumptions={**labels.RULE_ASSUMPTIONS, **DUTY_ASSUMPTIONS},
        today=provided(Clock).now().date(),  # type: ignore[type-abstract]
    )


@writes
@for_roles(*OFFICERS)
def iedison(invention_id: str) -> Response:
    """Download a disclosure in the shape that iEdison takes; that it was taken away leaves an audit line."""
    actor: Actor = current_actor()
    service: Any = provided(InventionService)
    found = service.invention(db(), actor=actor, invention_id=invention_id)
    if not found.submissions or not is_us_federal(found.content):
        raise Conflict(_("iEdison takes inventions made with money of the US federal government; none is stated here."))
    service.note_export(db(), actor=actor, invention_id=invention_id)
    content = json.dumps(create_invention_request(found), ensure_ascii=False, indent=1).encode()
    return attachment(content, name="iedison-invention.json")
