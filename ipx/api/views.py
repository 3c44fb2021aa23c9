"""The addresses of the API, its description for programs (OpenAPI 3.1) and its page for people."""

import json
from pathlib import Path

from flask import Blueprint, Response, jsonify, render_template
from flask_wtf.csrf import CSRFProtect

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.api import stamps
from ipx.settings import Settings
from ipx.web.guards import current_actor, public, with_token
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("api", __name__)
stamps.add_to(blueprint)
DESCRIPTION = Path(__file__).with_name("openapi.json")


@blueprint.get("/api")
@public
def guide() -> str:
    """Explain the API to people."""
    return render_template("api/guide.html", settings=provided(Settings))


@blueprint.get("/api/v1/openapi.json")
@public
def description() -> Response:
    """Describe the API to programs."""
    document = json.loads(DESCRIPTION.read_text("utf-8"))
    return jsonify({**document, "servers": [{"url": provided(Settings).public_url + "/api/v1"}]})


@blueprint.get("/api/v1/me")
@with_token
def me() -> Response:
    """Tell for whom the token acts, and the account that belongs into the organisation's commitments."""
    actor: Actor = current_actor()
    account = provided(AccountService).account_of(db(), actor.organisation_id)
    return jsonify(
        person={"id": actor.person_id, "name": actor.name},
        organisation={"id": actor.organisation_id, "name": actor.organisation_name},
        roles=sorted(actor.roles),
        account=account.address.lower(),
    )


def exempt_api(csrf: CSRFProtect) -> None:
    """Requests to the API carry a token of their own and no cookie, so nobody's browser can be made to send them."""
    csrf.exempt(blueprint)
