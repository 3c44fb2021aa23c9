"""The operator's page of keys: which root key is in use, and how far rotations are."""

from typing import Any

from flask import Blueprint, jsonify, render_template
from flask_babel import format_decimal

from ipx.accounts.records import Rotation
from ipx.accounts.rotation import KeyRotations
from ipx.accounts.service import AccountService
from ipx.web.errors import wants_json
from ipx.web.guards import operators
from ipx.web.services import provided
from ipx.web.transactions import db


@operators
def operator_keys() -> Any:
    """Show the rotations of keys, those under way first."""
    found = provided(KeyRotations).overview(db())
    if wants_json():
        return jsonify(
            {
                "root_key": found.root_key,
                "organisation_keys": found.organisation_keys,
                "under_other_root_keys": found.under_other_root_keys,
                "rotations": [_plain(rotation) for rotation in found.rotations],
            }
        )
    accounts = provided(AccountService)
    owners = {rotation.organisation_id for rotation in found.rotations if rotation.organisation_id}
    names = {owner: accounts.organisation(db(), owner).name for owner in owners}
    return render_template("operator/keys.html", keys=found, names=names, number=format_decimal)


def _plain(rotation: Rotation) -> dict[str, Any]:
    moments = {"began_at": rotation.began_at.isoformat(), "ended_at": None}
    if rotation.ended_at is not None:
        moments["ended_at"] = rotation.ended_at.isoformat()
    return {**rotation.__dict__, **moments}


def add_to(blueprint: Blueprint) -> None:
    """Add this page to the room's blueprint."""
    blueprint.add_url_rule("/operator/keys", view_func=operator_keys)
