"""Stamping over the API: commitments in, states and bundles out. No file, no hash of a file and no name comes here."""

import json

from flask import Blueprint, Response

from ipx.accounts.records import Actor
from ipx.api.requests import (
    answer,
    answer_once,
    cursor_after,
    only_arguments,
    page_size,
    read_body,
    read_cursor,
    texts,
)
from ipx.core.errors import Conflict
from ipx.evidence.service import EvidenceService, read_commitments
from ipx.web.guards import current_actor, with_token
from ipx.web.services import provided
from ipx.web.transactions import db

PENDING = "The time stamp is still pending: the evidence can be had when it is in a block."


@with_token
def create_stamps() -> Response:
    """Take commitments for the next batch."""
    return answer_once(_create)


def _create() -> tuple[int, dict[str, object]]:
    commitments = read_commitments(texts(read_body("commitments"), "commitments"))
    actor: Actor = current_actor()
    accepted = provided(EvidenceService).accept(
        db(), by=actor.by, organisation_id=actor.organisation_id, commitments=commitments
    )
    stamps = [
        {"id": stamp.id, "commitment": stamp.commitment.hex(), "state": str(stamp.state)} for stamp in accepted.stamps
    ]
    return 201 if accepted.new else 200, {"stamps": stamps}


@with_token
def list_stamps() -> Response:
    """List the organisation's commitments, newest first."""
    only_arguments(("limit", "cursor"))
    limit = page_size()
    found = provided(EvidenceService).accepted(
        db(), organisation_id=_organisation(), before=read_cursor(), limit=limit + 1
    )
    shown = found[:limit]
    following = cursor_after(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
    return answer({"stamps": [stamp.record() for stamp in shown], "next": following})


@with_token
def show_stamp(stamp_id: str) -> Response:
    """Tell how far a stamp is."""
    found = provided(EvidenceService).accepted_by_id(db(), organisation_id=_organisation(), ids=[stamp_id])
    return answer(found[0].record())


@with_token
def look_up_stamps() -> Response:
    """Tell how far many stamps are."""
    ids = texts(read_body("ids"), "ids")
    found = provided(EvidenceService).accepted_by_id(db(), organisation_id=_organisation(), ids=ids)
    return answer({"stamps": [stamp.record() for stamp in found]})


@with_token
def show_bundle(stamp_id: str) -> Response:
    """Give a stamp's evidence, as the bytes that it is signed by."""
    [(_, bundle)] = provided(EvidenceService).accepted_bundles(db(), organisation_id=_organisation(), ids=[stamp_id])
    if bundle is None:
        raise Conflict(PENDING)
    return Response(bundle, content_type="application/json")


@with_token
def collect_bundles() -> Response:
    """Give the evidence of many stamps; null for those that are in no block yet."""
    ids = texts(read_body("ids"), "ids")
    found = provided(EvidenceService).accepted_bundles(db(), organisation_id=_organisation(), ids=ids)
    bundles = [
        {"id": stamp.id, "state": str(stamp.state), "bundle": None if bundle is None else json.loads(bundle)}
        for stamp, bundle in found
    ]
    return answer({"bundles": bundles})


def _organisation() -> str:
    actor: Actor = current_actor()
    return actor.organisation_id


def add_to(blueprint: Blueprint) -> None:
    """Add these addresses to the room's blueprint."""
    for rule, view, method in (
        ("/stamps", create_stamps, "POST"),
        ("/stamps", list_stamps, "GET"),
        ("/stamps/<stamp_id>", show_stamp, "GET"),
        ("/stamps/<stamp_id>/bundle", show_bundle, "GET"),
        ("/stamps/status", look_up_stamps, "POST"),
        ("/stamps/bundles", collect_bundles, "POST"),
    ):
        blueprint.add_url_rule(f"/api/v1{rule}", view_func=view, methods=[method])
