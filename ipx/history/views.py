"""Pages of history: who described, listed, licensed and read what, when, and how it is proven."""

import secrets
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_babel import lazy_gettext as _

from ipx.accounts.records import Actor
from ipx.core.ports import Clock
from ipx.evidence.log_head import AUDIT, RECEIPTS
from ipx.evidence.log_proofs import HeadView
from ipx.history.policy import VIEWERS
from ipx.history.records import TimelineLine
from ipx.history.rules import ExportForm, Kind
from ipx.history.service import HistoryService
from ipx.settings import Settings
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, writes

blueprint = Blueprint("history", __name__)

KIND_LABELS = {
    Kind.TECHNOLOGY: _("Description"),
    Kind.DEPOSIT: _("Deposit"),
    Kind.ANCHOR: _("Anchor"),
    Kind.TITLE: _("Record of title"),
    Kind.LISTING: _("Listing"),
    Kind.NDA: _("Undertaking"),
    Kind.OFFER: _("Offer"),
    Kind.SIGNATURE: _("Agreement"),
    Kind.PAYMENT: _("Payment"),
    Kind.GRANT: _("Grant"),
    Kind.LIFE: _("Life of the licence"),
    Kind.ACCESS: _("Access"),
    Kind.READ: _("Reading"),
    Kind.EXPORT: _("Export"),
}
LOG_NAMES = {AUDIT: _("Audit log"), RECEIPTS: _("Receipts of readings")}


@blueprint.get("/history")
@for_roles(*VIEWERS)
def index() -> Any:
    """List the organisation's technologies, and say whether the audit log is whole."""
    service, actor = provided(HistoryService), current_actor()
    technologies = service.technologies(db(), actor=actor)
    chains = service.check_chains(db(), actor=actor)
    if wants_json():
        return jsonify(
            technologies=[{"id": line.id, "title": line.title} for line in technologies],
            audit=chains.audit.__dict__,
            receipts=chains.receipts.__dict__,
        )
    return render_template("history/index.html", technologies=technologies, chains=chains, checked_at=_now())


@blueprint.get("/history/audit")
@for_roles(*VIEWERS)
def audit() -> Any:
    """Verify both hash chains now, and say in plain words what that means."""
    service, actor = provided(HistoryService), current_actor()
    chains = service.check_chains(db(), actor=actor)
    heads = service.heads.newest(db(), actor=actor)
    if wants_json():
        return jsonify(
            audit=chains.audit.__dict__,
            receipts=chains.receipts.__dict__,
            heads={log: [_told(view) for view in views] for log, views in heads.items()},
        )
    if request.headers.get("HX-Target") == "audit-state":
        return render_template("history/_audit_state.html", chains=chains)
    return render_template("history/audit.html", chains=chains, checked_at=_now(), heads=heads, logs=LOG_NAMES)


@blueprint.get("/history/audit/heads/<uuid:head_id>.<any('json', 'ipx-evidence.json'):form>")
@for_roles(*VIEWERS)
def head(head_id: UUID, form: str) -> Response:
    """Hand over the record of an anchored head, or its evidence bundle: the proof of inclusion."""
    heads, actor = provided(HistoryService).heads, current_actor()
    make = heads.record if form == "json" else heads.bundle
    return _download(make(db(), actor=actor, head_id=str(head_id)), f"log-head-{head_id}.{form}")


@blueprint.get("/history/audit/<log>-proof.json")
@for_roles(*VIEWERS)
def proof(log: str) -> Response:
    """Hand over the proof that a later head (``last``) continues an earlier one (``first``)."""
    first, last = request.args.get("first") or None, request.args.get("last") or None
    made = provided(HistoryService).heads.proof(db(), actor=current_actor(), log=log, first_id=first, last_id=last)
    return _download(made, f"{log}-proof.json")


@blueprint.get("/history/technologies/<uuid:technology_id>")
@for_roles(*VIEWERS)
def technology(technology_id: UUID) -> str:
    """Show the timeline of a technology; ``kind`` and ``until`` narrow it."""
    history = provided(HistoryService).history(
        db(), actor=current_actor(), technology_id=str(technology_id), is_simulated=_is_simulated()
    )
    chosen, until = request.args.getlist("kind"), _day(request.args.get("until", ""))
    shown = [line for line in history.lines if _fits(line, chosen, until)]
    return render_template(
        "history/technology.html",
        history=history,
        lines=shown,
        counts=Counter(line.kind for line in history.lines),
        labels=KIND_LABELS,
        chosen=chosen,
        until=until,
        forms=list(ExportForm),
    )


@blueprint.get("/history/technologies/<uuid:technology_id>.<any(csv, json, pdf):form>")
@for_roles(*VIEWERS)
@writes
def export(technology_id: UUID, form: str) -> Response:
    """Hand the whole history over as a file; that this was done is a line of it from now on."""
    actor: Actor = current_actor()
    made = provided(HistoryService).export(
        db(), actor=actor, technology_id=str(technology_id), form=ExportForm(form), is_simulated=_is_simulated()
    )
    response = Response(made.body, content_type=made.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=made.file_name)
    return response


@blueprint.get("/history/report.<any(csv, json, pdf):form>")
@for_roles(*VIEWERS)
@writes
def report(form: str) -> Response:
    """Hand over the audit report of a technology, or of all; that this was done is on record from now on."""
    chosen, reports = request.args.get("technology", ""), provided(HistoryService).reports
    made = reports.export(
        db(),
        actor=current_actor(),
        technology_id=chosen or None,
        period=reports.period(_day(request.args.get("from", "")), _day(request.args.get("as_of", ""))),
        sample=_sample(request.args.get("sample", type=int), request.args.get("seed", type=int)),
        form=ExportForm(form),
    )
    response = Response(made.body, content_type=made.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=made.file_name)
    return response


@blueprint.get("/history/documents/<uuid:document_id>/measures.pdf")
@for_roles(*VIEWERS)
@writes
def measures(document_id: UUID) -> Response:
    """Hand over the report on the measures that keep a document secret; that this was done is on record from now on."""
    made = provided(HistoryService).measures(db(), actor=current_actor(), document_id=str(document_id))
    response = Response(made.body, content_type=made.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=made.file_name)
    return response


def _download(body: bytes, name: str) -> Response:
    response = Response(body, content_type="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _told(view: HeadView) -> dict[str, Any]:
    return {
        "id": view.id,
        "lines": view.head.lines,
        "head": view.head.head,
        "root": view.head.root.hex(),
        "state": str(view.state),
        "block": view.block_number,
        "bundle": url_for("history.head", head_id=view.id, form="ipx-evidence.json"),
        "record": url_for("history.head", head_id=view.id, form="json"),
    }


def _fits(line: TimelineLine, kinds: list[str], until: date | None) -> bool:
    return (not kinds or line.kind in kinds) and (until is None or line.at.astimezone(UTC).date() <= until)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _sample(count: int | None, seed: int | None) -> tuple[int, int] | None:
    if count is None or count < 1:
        return None
    return count, secrets.randbits(32) if seed is None else seed


def _is_simulated() -> bool:
    settings = provided(Settings)
    return settings.embedded and settings.chain_url is None


def _now() -> datetime:
    return provided(Clock).now()  # type: ignore[type-abstract]
