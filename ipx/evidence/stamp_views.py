"""The page *Stamp a file*, and what it sends and asks: commitments and ids, never a file, its hash or its name."""

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid
from ipx.evidence.commitments import read_commitments
from ipx.evidence.service import EvidenceService
from ipx.settings import Settings
from ipx.web.guards import current_actor, signed_in
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db

LARGEST_BODY = 256 * 1024  # bytes; 1,000 commitments take 67 kB


@signed_in
def stamp() -> str:
    """Show the page; the file is read in the browser alone."""
    actor: Actor = current_actor()
    account = provided(AccountService).account_of(db(), actor.organisation_id)
    return render_template("evidence/stamp.html", owner=account.address.lower(), exchange=provided(Settings).public_url)


@signed_in
@limited("120/minute")
def give_commitments() -> Response:
    """Take commitments for the next batch; those that were given before are told of again."""
    request.max_content_length = LARGEST_BODY
    body = request.get_json()
    words = body.get("commitments") if isinstance(body, dict) else None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Invalid(_("The page sent something that is no list of commitments. Open it again."))
    actor: Actor = current_actor()
    accepted = provided(EvidenceService).accept(
        db(), by=actor.by, organisation_id=actor.organisation_id, commitments=read_commitments(words)
    )
    return jsonify(stamps=[found.record() for found in accepted.stamps])


@signed_in
def stamp_states() -> Response:
    """Tell how far the stamps are whose ids are asked for."""
    actor: Actor = current_actor()
    found = provided(EvidenceService).accepted_by_id(
        db(), organisation_id=actor.organisation_id, ids=request.args.getlist("id")
    )
    return jsonify(stamps=[stamp.record() for stamp in found])


@signed_in
def stamp_bundle(stamp_id: str) -> Response:
    """Give a stamp's evidence, disclosing the commitment only; the page puts the rest in."""
    actor: Actor = current_actor()
    [(_stamp, bundle)] = provided(EvidenceService).accepted_bundles(
        db(), organisation_id=actor.organisation_id, ids=[stamp_id]
    )
    if bundle is None:
        raise Conflict(_("The time stamp is still pending: the evidence can be had when it is in a block."))
    return Response(bundle, content_type="application/json")


def add_to(blueprint: Blueprint) -> None:
    """Add these addresses to the room's blueprint."""
    for rule, view, method in (
        ("/stamp", stamp, "GET"),
        ("/stamp/commitments", give_commitments, "POST"),
        ("/stamp/states", stamp_states, "GET"),
        ("/stamp/<stamp_id>/bundle", stamp_bundle, "GET"),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=[method])
