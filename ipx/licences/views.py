"""Pages of licences: what may I do, where, until when, and how is it proven."""

from typing import Any

from flask import Blueprint, jsonify, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from ipx.accounts.records import Actor
from ipx.chain.service import ChainService
from ipx.contests.records import Contest
from ipx.contests.rules import Subject
from ipx.contests.service import ContestService
from ipx.licences import book_views, check_views, import_views, pack_views
from ipx.licences.policy import DECIDERS
from ipx.licences.records import Licence
from ipx.licences.service import LicenceService
from ipx.licences.wording.clauses import clauses_of
from ipx.technologies.service import TechnologyService
from ipx.vault.service import DocumentRole, VaultService
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("licences", __name__)
book_views.add_to(blueprint)
check_views.add_to(blueprint)
import_views.add_to(blueprint)
pack_views.add_to(blueprint)


@blueprint.get("/licences")
@signed_in
def index() -> str:
    """List the licences that the organisation holds and gave."""
    actor: Actor = current_actor()
    found = provided(LicenceService).licences_of(db(), organisation_id=actor.organisation_id)
    return render_template(
        "licences/index.html",
        held=[licence for licence in found if licence.licensee_id == actor.organisation_id],
        may_declare=actor.has(*DECIDERS),
        given=[licence for licence in found if licence.licensor_id == actor.organisation_id],
    )


@blueprint.get("/licences/<licence_id>")
@signed_in
def licence(licence_id: str) -> Any:
    """Show one licence to one of its parties."""
    actor: Actor = current_actor()
    found = provided(LicenceService).licence(db(), actor=actor, licence_id=licence_id)
    transaction = provided(ChainService).transaction(db(), found.transaction_id)
    vault = provided(VaultService)
    documents = [
        document
        for document in vault.documents_of(db(), subject_kind="technology", subject_id=found.technology_id)
        if document.role is DocumentRole.CONFIDENTIAL
        and vault.may_read(db(), actor=actor, document_id=document.id) is not None
    ]
    if wants_json():
        return jsonify(
            id=found.id,
            state=found.state,
            token=found.token,
            holder=found.holder,
            transaction=transaction.hash,
            block=transaction.block_number,
            documents=[document.id for document in documents],
        )
    return render_template(
        "licences/licence.html",
        licence=found,
        contests=_contests_about(found),
        clauses=clauses_of(found.terms),
        documents=documents,
        transaction=transaction,
        agreement_link=_agreement_link(actor, found),
    )


def _agreement_link(actor: Actor, found: Licence) -> Any:
    """Return how the page names the agreement: it is the secret of those who signed it."""
    if found.was_handed_on and actor.organisation_id == found.licensee_id:
        return _("signed by the licensor and the licensee at that time")
    words = _("signed by both sides")
    return Markup('<a href="{}">{}</a>').format(url_for("deals.agreement", agreement_id=found.agreement_id), words)


def _contests_about(found: Licence) -> list[Contest]:
    """Return what goes on about the licence itself, and about the titles that it rests on."""
    contests = provided(ContestService)
    technology = provided(TechnologyService).public_view(db(), technology_id=found.technology_id)
    rights = [right.id for right in technology.rights]
    own = contests.at(db(), place=f"/licences/{found.id}/life")
    return own + contests.on(db(), kind=Subject.RIGHT, subject_ids=rights)
