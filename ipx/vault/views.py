"""Pages of a single document: what it is, its evidence, opening it, its receipts."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock
from ipx.evidence.bundle import COMMITMENT, FULL
from ipx.evidence.policy import DISCLOSERS
from ipx.evidence.records import CertificateWords, StampView
from ipx.evidence.rules import StampState
from ipx.evidence.service import EvidenceService
from ipx.settings import Settings
from ipx.vault import (
    access_views,
    browser_views,
    custody_views,
    erasure_views,
    find_views,
    preview_views,
    quarantine_views,
    recipient_views,
)
from ipx.vault.access_views import access_facts
from ipx.vault.answers import attachment, streamed
from ipx.vault.custody import Custody
from ipx.vault.declared_reading import handed_over
from ipx.vault.forms import DisclosureForm, OpenForm
from ipx.vault.marking import is_due
from ipx.vault.policy import check_may_know_of, check_may_read, may_see_receipts
from ipx.vault.records import Document, Grant, Reading, Receipt
from ipx.vault.rules import Form
from ipx.vault.service import VaultService
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, for_roles, public, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("vault", __name__)
custody_views.add_to(blueprint)
access_views.add_to(blueprint)
find_views.add_to(blueprint)
preview_views.add_to(blueprint)
quarantine_views.add_to(blueprint)
recipient_views.add_to(blueprint)
browser_views.add_to(blueprint)
_PLACE = "/documents/<document_id>"
blueprint.add_url_rule(f"{_PLACE}/erasure", view_func=erasure_views.erasure)
blueprint.add_url_rule(f"{_PLACE}/erasure", view_func=erasure_views.erase, methods=["POST"])
blueprint.add_url_rule(f"{_PLACE}/erasure/certificate", view_func=erasure_views.certificate_of_erasure)
blueprint.add_url_rule(f"{_PLACE}/holds", view_func=erasure_views.place_hold, methods=["POST"])
blueprint.add_url_rule(f"{_PLACE}/holds/<hold_id>/lift", view_func=erasure_views.lift_hold, methods=["POST"])


@blueprint.get("/documents/<document_id>")
@signed_in
def document(document_id: str) -> str:
    """Show a document's facts, who may open it, and to its owner who did."""
    found, reading = _known(document_id)
    return render_template("vault/document.html", **_page(found, reading))


@blueprint.route("/documents/<document_id>/open", methods=["GET", "POST"])
@signed_in
def open_document(document_id: str) -> Any:
    """Ask for the purpose, write the receipt, and hand the document over."""
    actor: Actor = current_actor()
    found, reading = _known(document_id)
    if not found.confidential:
        return redirect(url_for("vault.file", document_id=document_id))
    reading = check_may_read(actor, found, reading)
    if found.is_browser_sealed:
        return browser_views.open_sealed(found, reading)
    form = OpenForm()
    must_declare = provided(VaultService).sharing.needs_declaration(db(), actor=actor, document=found)
    if form.validate_on_submit():
        how, recipient = Form(form.form.data), form.recipient.data
        answer = handed_over(actor, found, form, declares=must_declare, how=how, recipient=recipient)
        if answer is not None:
            return answer
    page = render_template(
        "vault/open.html",
        document=found,
        reading=reading,
        form=form,
        must_declare=must_declare,
        owner=provided(AccountService).organisation(db(), found.organisation_id).name,
        is_marked=is_due(found, reading, Form.CLEAR),
    )
    return page, 422 if request.method == "POST" else 200


@blueprint.get("/documents/<document_id>/file")
@public
def file(document_id: str) -> Response:
    """Hand a public document or image over; an image is shown, everything else is downloaded."""
    found = provided(VaultService).public_file(db(), actor=current_actor(), document_id=document_id)
    facts = found.document
    release()
    return streamed(found.chunks(), name=facts.file_name, kind=facts.media_type, size=facts.size, inline=facts.is_image)


# ── evidence ─────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/documents/<document_id>/evidence")
@signed_in
def evidence(document_id: str) -> Any:
    """Show since when the document is provable, to whom, and how; of an erased one nothing is provable."""
    found = _own(document_id)
    if found.erased_at is not None:
        return redirect(url_for("vault.erasure", document_id=document_id))
    return _evidence_page(found, DisclosureForm())


@blueprint.post("/documents/<document_id>/disclosure")
@for_roles(*DISCLOSERS)
def disclose(document_id: str) -> Any:
    """Show the document's stamp to everybody."""
    found, form = _opened_here(document_id), DisclosureForm()
    if not form.validate_on_submit():
        return _evidence_page(found, form), 422
    actor: Actor = current_actor()
    provided(EvidenceService).disclosures.disclose(db(), actor=actor, stamp_id=found.stamp_id)
    flash(_("The time stamp is shown to everybody from now on."), "success")
    return redirect(url_for("vault.evidence", document_id=document_id))


@blueprint.post("/documents/<document_id>/disclosure/withdraw")
@for_roles(*DISCLOSERS)
def withdraw_disclosure(document_id: str) -> Any:
    """Show the document's stamp no more."""
    actor: Actor = current_actor()
    provided(EvidenceService).disclosures.withdraw(db(), actor=actor, stamp_id=_own(document_id).stamp_id)
    flash(_("The time stamp is not shown any more. Who has seen it or kept its proof has it still."), "success")
    return redirect(url_for("vault.evidence", document_id=document_id))


@blueprint.get("/documents/<document_id>/stamp")
@signed_in
def stamp(document_id: str) -> Any:
    """Show how far the stamp is: the part of a page that moves by itself, or JSON."""
    found, _reading = _known(document_id)
    view = _stamp(found)
    if wants_json():
        return jsonify(
            document=found.id,
            state=str(view.state),
            block=view.block_number,
            transaction=view.transaction,
            commitment=view.commitment.hex(),
            included_at=view.included_at.isoformat() if view.included_at else None,
        )
    return render_template("vault/_stamp.html", document=found, stamp=view)


@blueprint.get("/documents/<document_id>/bundle")
@signed_in
def bundle(document_id: str) -> Response:
    """Download the evidence bundle: its owner alone may, since it opens the commitment.

    Of a document that a browser sealed it discloses the commitment only; a browser with the key file puts the rest in.
    """
    found = _own(document_id)
    disclosure = COMMITMENT if found.is_browser_sealed else FULL
    content = provided(EvidenceService).bundle(db(), stamp_id=found.stamp_id, disclosure=disclosure)
    return attachment(content, name=_proof_name(found) + ".ipx-evidence.json", kind="application/json")


@blueprint.get("/documents/<document_id>/certificate")
@signed_in
def certificate(document_id: str) -> Response:
    """Download the certificate as a PDF with the bundle inside."""
    found = _opened_here(document_id)
    content = provided(EvidenceService).certificate(db(), stamp_id=found.stamp_id, words=_words(found))
    return attachment(content, name=_proof_name(found) + ".certificate.pdf", kind="application/pdf")


@blueprint.get("/documents/<document_id>/evidence.zip")
@signed_in
def package(document_id: str) -> Response:
    """Download bundle, certificate and verifier in one file."""
    found = _opened_here(document_id)
    content = provided(EvidenceService).package(db(), stamp_id=found.stamp_id, words=_words(found))
    return attachment(content, name=_proof_name(found) + ".evidence.zip", kind="application/zip")


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _known(document_id: str) -> tuple[Document, Reading | None]:
    """Return a document that the actor may know of, and why he may read it."""
    vault, actor = provided(VaultService), current_actor()
    found = vault.document(db(), document_id=document_id)
    reading = vault.may_read(db(), actor=actor, document_id=document_id)
    check_may_know_of(actor, found, reading)
    return found, reading


def _own(document_id: str) -> Document:
    """Return a document of the actor's organisation. Raises NotFound."""
    found, _reading = _known(document_id)
    actor: Actor = current_actor()
    if found.organisation_id != actor.organisation_id:
        raise NotFound(_("The evidence of a document is with its owner."))
    return found


def _opened_here(document_id: str) -> Document:
    """Return a document of the actor's organisation whose commitment we can open. Raises NotFound, Conflict."""
    found = _own(document_id)
    if found.is_browser_sealed:
        raise Conflict(
            _(
                "This document was sealed in a browser: we do not know what its commitment is made of. "
                "Complete the evidence bundle in your browser, with a key file."
            )
        )
    return found


def _words(found: Document) -> CertificateWords:
    settings = provided(Settings)
    return CertificateWords(
        title=_("Certificate of deposit"),
        document=found.file_name,
        organisation=provided(AccountService).organisation(db(), found.organisation_id).name,
        verify_url=f"{settings.public_url}/verify",
        is_simulated=settings.embedded,
    )


def _evidence_page(found: Document, form: DisclosureForm) -> str:
    actor: Actor = current_actor()
    evidence, stamp = provided(EvidenceService), _stamp(found)
    return render_template(
        "vault/evidence.html",
        opening=browser_views.opening_for_page(found),
        document=found,
        stamp=stamp,
        clock=evidence.second_clock(db(), batch_id=stamp.batch_id) if stamp.batch_id else None,
        form=form,
        disclosure=evidence.disclosures.find(db(), stamp_id=found.stamp_id),
        may_disclose=actor.has(*DISCLOSERS) and not found.is_browser_sealed,
    )


def _stamp(found: Document) -> StampView:
    return provided(EvidenceService).get_stamp(db(), found.stamp_id)


def _page(found: Document, reading: Reading | None) -> dict[str, Any]:
    vault, accounts = provided(VaultService), provided(AccountService)
    actor: Actor = current_actor()
    receipts = vault.receipts_of(db(), document_ids=[found.id])
    sees_all = may_see_receipts(actor, found)
    shown = receipts if sees_all else [r for r in receipts if r.organisation_id == actor.organisation_id]
    grants = vault.grants_of(db(), document_ids=[found.id]) if sees_all else []
    organisations = {r.organisation_id for r in shown} | {g.organisation_id for g in grants} | {found.organisation_id}
    view = _stamp(found)
    return {
        "document": found,
        "reading": reading,
        "is_own": sees_all,
        "receipts": shown,
        "grants": grants,
        "people": accounts.names(db(), _people_in(shown, grants, found)),
        **access_facts(found),
        "organisations": {key: accounts.organisation(db(), key).name for key in organisations},
        "inspection": vault.inspections.of(db(), found.id),
        "waiting": browser_views.waiting_of(found) if sees_all else [],
        "has_other_recipients": sees_all and browser_views.has_other_recipients(found),
        "has_key": browser_views.has_key(found),
        "stamp": view,
        "is_final": view.state is StampState.FINAL,
        "custody": provided(Custody).history_of(db(), cid=found.cid) if sees_all else [],
        **custody_views.words(),
        "moment_now": provided(Clock).now(),  # type: ignore[type-abstract]
    }


def _people_in(receipts: list[Receipt], grants: list[Grant], found: Document) -> list[str]:
    named = [person for grant in grants for person in (grant.person_id, grant.granted_by) if person]
    return [*(receipt.person_id for receipt in receipts), *named, found.created_by]


def _proof_name(found: Document) -> str:
    return found.file_name.rpartition(".")[0]
