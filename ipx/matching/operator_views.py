"""The operator's page of search: whether index and model answer, and how far the vectors are."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask_babel import format_decimal

from ipx.matching.service import SearchService
from ipx.web.errors import wants_json
from ipx.web.guards import operators
from ipx.web.services import provided
from ipx.web.transactions import db


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's."""
    blueprint.get("/operator/search")(operator)


@operators
def operator() -> Any:
    """Show how search is."""
    health = provided(SearchService).health(db())
    if wants_json():
        return jsonify(asdict(health))
    return render_template("operator/search.html", search=health, number=format_decimal)
