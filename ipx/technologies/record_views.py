"""The page of a right's bibliography and legal events."""

from datetime import date

from flask import Blueprint, render_template

from ipx.bibliography.inid_lines import inid_lines
from ipx.bibliography.words import CATEGORIES, PARTICULARS
from ipx.core.errors import NotFound
from ipx.technologies.forms import RIGHT_LABELS
from ipx.technologies.office_records import OfficeRecords
from ipx.technologies.service import TechnologyService
from ipx.web.guards import current_actor, signed_in
from ipx.web.render import day
from ipx.web.services import provided
from ipx.web.transactions import db


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's."""
    blueprint.add_url_rule("/technologies/<technology_id>/rights/<right_id>/record", view_func=office_record)


@signed_in
def office_record(technology_id: str, right_id: str) -> str:
    """Show what the office published about a right, and what happened to it."""
    actor = current_actor()
    right = provided(TechnologyService).right(db(), actor=actor, right_id=right_id)
    if right.technology_id != technology_id:
        raise NotFound("There is no such right.")
    found = provided(OfficeRecords).of_right(db(), actor=actor, right_id=right_id)
    return render_template(
        "technologies/office_record.html",
        right=right,
        technology_id=technology_id,
        documents=[(document, inid_lines(document.content)) for document in reversed(found.documents)],
        events=found.events,
        categories=CATEGORIES,
        particulars=PARTICULARS,
        labels=RIGHT_LABELS,
        as_day=_as_day,
    )


def _as_day(text: str) -> str:
    """Return a whole day as pages write it; a month or a year stays as it is."""
    return day(date.fromisoformat(text)) if len(text) == len("2026-11-28") else text
