"""The page Verify, and what our node says of one transaction when the page asks."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext as _

from ipx.core.errors import Invalid
from ipx.core.ports import Block, ChainGateway, Log
from ipx.evidence import stamp_views, transparency_views
from ipx.evidence.package import VERIFIER, verifier
from ipx.evidence.service import EvidenceService
from ipx.web.guards import public
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("evidence", __name__)
stamp_views.add_to(blueprint)
transparency_views.add_to(blueprint)


@blueprint.get("/verify")
@public
def verify() -> str:
    """Show the page; everything is checked in the browser, no file is sent."""
    return render_template("verify/verify.html")


@blueprint.get("/verify.py")
@public
def verifier_alone() -> Response:
    """Hand the verifier over that needs nobody: one file, for Python 3.8 or later."""
    response = Response(verifier(), content_type="text/x-python; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=VERIFIER)
    return response


@blueprint.get("/verify/chain")
@public
@limited("120/minute", methods=["GET"])
def chain() -> Response:
    """Tell what our node knows of an anchor. Who trusts nobody asks another node with ``ipx verify --rpc``."""
    transaction = request.args.get("transaction", "")
    if not re.fullmatch(r"0x[0-9a-f]{64}", transaction):
        raise Invalid(_("A transaction is named by 0x and 64 lowercase hexadecimal digits."), field="transaction")
    gateway = provided(ChainGateway)  # type: ignore[type-abstract]
    receipt = gateway.receipt(transaction)
    if receipt is None or not receipt.succeeded:
        return jsonify(found=False)
    number = receipt.block_number
    block = gateway.block(number)
    anchors = [log for log in gateway.logs(number, number) if (log.transaction, log.event) == (transaction, "Anchored")]
    if block is None or block.hash != receipt.block_hash or not anchors:
        return jsonify(found=False)
    return jsonify(_told(gateway, block, anchors[0]))


@blueprint.get("/stamps/<stamp_id>")
@public
@limited("120/minute", methods=["GET"])
def disclosed(stamp_id: str) -> str:
    """Show a stamp that its owner disclosed, and its place among the disclosed ones of the same content."""
    shown = provided(EvidenceService).disclosures.shown(db(), stamp_id=stamp_id)
    return render_template("evidence/disclosed.html", shown=shown)


@blueprint.get("/stamps/<stamp_id>/bundle")
@public
@limited("60/minute", methods=["GET"])
def disclosed_bundle(stamp_id: str) -> Response:
    """Hand over the evidence bundle of a disclosed stamp, opening included."""
    evidence = provided(EvidenceService)
    evidence.disclosures.shown(db(), stamp_id=stamp_id)
    answer = Response(evidence.bundle(db(), stamp_id=stamp_id), mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{stamp_id}.ipx-evidence.json")
    return answer


def _told(gateway: ChainGateway, block: Block, anchor: Log) -> dict[str, Any]:
    arguments = anchor.arguments
    return {
        "found": True,
        "chain_id": gateway.chain_id,
        "sender": arguments["sender"],
        "contract": anchor.address,
        "root": _bare(arguments["root"]),
        "size": arguments["size"],
        "head": _bare(arguments["head"]),
        "block_number": block.number,
        "block_hash": block.hash,
        "block_time": block.timestamp,
        "final": block.number <= gateway.final_height(),
    }


def _bare(word: object) -> str:
    return str(word).removeprefix("0x")
