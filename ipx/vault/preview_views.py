"""Pages of a document as pictures, for who may read it: nothing of the file itself reaches the browser.

The page with the form writes nothing. The picture's address holds an encrypted pass for one person, document, page and
purpose; asking for it is a reading with a receipt of its own, decided anew.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import Blueprint, Response, current_app, render_template, request

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.vault.answers import streamed
from ipx.vault.declared_reading import keep_declaration
from ipx.vault.forms import PageForm, show_error
from ipx.vault.policy import check_may_read
from ipx.vault.records import Document
from ipx.vault.refusals import noting_refusals
from ipx.vault.rules import Form, clean_purpose
from ipx.vault.service import VaultService
from ipx.web.guards import current_actor, signed_in
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import commit, db, writes

LIVES = timedelta(minutes=2)


@dataclass(frozen=True)
class Pass:
    """What one picture is asked for; ``page`` from 1 on."""

    document_id: str
    person_id: str
    purpose: str
    page: int


@signed_in
def pages(document_id: str) -> Any:
    """Ask for purpose and page, and show the page."""
    actor: Actor = current_actor()
    found, count = _shown(document_id, actor)
    form, picture = PageForm(most=count), None
    must_declare = provided(VaultService).sharing.needs_declaration(db(), actor=actor, document=found)
    if request.method == "POST" and form.validate_on_submit():
        try:
            purpose = clean_purpose(form.purpose.data or "")
            if must_declare:
                keep_declaration(actor, found, form)
                must_declare = False
        except Invalid as error:
            show_error(form, error, default="purpose")
        else:
            picture = _sealed(Pass(found.id, actor.person_id, purpose, form.number.data or 1))
    status = 422 if request.method == "POST" and picture is None else 200
    page = render_template(
        "vault/pages.html",
        document=found,
        form=form,
        picture=picture,
        count=count,
        must_declare=must_declare,
        owner=provided(AccountService).organisation(db(), found.organisation_id).name,
    )
    return page, status


@signed_in
@writes
def picture(document_id: str, token: str) -> Response:
    """Write the receipt, and hand one page over as a picture."""
    actor: Actor = current_actor()
    asked = _opened(token)
    if (asked.document_id, asked.person_id) != (document_id, actor.person_id):
        raise NotFound("There is no such page.")
    _shown(document_id, actor)
    with noting_refusals():
        delivery = provided(VaultService).read(
            db(), actor=actor, document_id=document_id, purpose=asked.purpose, form=Form.CLEAR, page=asked.page
        )
    commit()  # the receipt stands before the first byte leaves
    return streamed(delivery.chunks(), name=delivery.file_name, kind=delivery.media_type, size=None, inline=True)


def add_to(blueprint: Blueprint) -> None:
    """Add these addresses to the room's blueprint."""
    blueprint.add_url_rule("/documents/<document_id>/pages", view_func=pages, methods=["GET", "POST"])
    limit = limited("1200/hour", methods=("GET",))
    blueprint.add_url_rule("/documents/<document_id>/pages/<token>", view_func=limit(picture), methods=["GET"])


def _shown(document_id: str, actor: Actor) -> tuple[Document, int]:
    """Return a document that the actor may read, and how many pages can be shown. Raises as policy, Conflict."""
    vault = provided(VaultService)
    found = vault.document(db(), document_id=document_id)
    check_may_read(actor, found, vault.may_read(db(), actor=actor, document_id=document_id))
    inspection = vault.inspections.check_served(db(), document_id)
    if not found.confidential or inspection is None or not inspection.pages:
        raise Conflict("The pages of this document cannot be shown. Open it instead.")
    return found, inspection.pages


def _sealed(asked: Pass) -> str:
    """Return it encrypted: a purpose is personal, and addresses end up in logs."""
    return _fernet().encrypt(json.dumps(asked.__dict__).encode()).decode()


def _opened(token: str) -> Pass:
    try:
        fields = json.loads(_fernet().decrypt(token.encode(), ttl=int(LIVES.total_seconds())))
    except InvalidToken as error:
        raise NotFound("This picture is not there any more. Ask for the page again.") from error
    return Pass(**fields)


def _fernet() -> Fernet:
    secret = f"ipx-page/{current_app.config['SECRET_KEY']}".encode()
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret).digest()))
