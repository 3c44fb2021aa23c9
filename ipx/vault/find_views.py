"""Finding words inside a confidential document: the page opens it with a receipt and searches on the reader's device.

Nothing derived from the document's text is stored, indexed or sent back; the server learns neither words nor matches.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.vault.declared_reading import handed_over
from ipx.vault.forms import FindForm
from ipx.vault.policy import check_may_read
from ipx.vault.records import Document
from ipx.vault.rules import MIB, Form
from ipx.vault.service import VaultService
from ipx.web.guards import current_actor, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db

# A browser holds the file and its text in memory.
LARGEST = 128 * MIB
PDF, TEXTS = "application/pdf", ("application/json", "application/xml")


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the vault's."""
    blueprint.add_url_rule("/documents/<document_id>/find", view_func=find, methods=["GET", "POST"])


def is_searchable(found: Document) -> bool:
    """Tell whether a page can read its text: PDF and plain text up to a size that a browser holds."""
    kind = found.media_type.partition(";")[0]
    is_text = kind.startswith("text/") or kind in TEXTS
    return found.confidential and not found.is_browser_sealed and found.size <= LARGEST and (is_text or kind == PDF)


@signed_in
def find(document_id: str) -> Any:
    """Ask for the purpose; then hand the document to the page that asked, which searches it."""
    actor: Actor = current_actor()
    vault = provided(VaultService)
    found = vault.document(db(), document_id=document_id)
    check_may_read(actor, found, vault.may_read(db(), actor=actor, document_id=document_id))
    if not found.confidential:
        return redirect(url_for("vault.file", document_id=document_id))
    form, declares = FindForm(), vault.sharing.needs_declaration(db(), actor=actor, document=found)
    if is_searchable(found) and form.validate_on_submit():
        answer = handed_over(actor, found, form, declares=declares, how=Form.CLEAR)
        if answer is not None:
            return answer
    page = render_template(
        "vault/find.html",
        document=found,
        form=form,
        must_declare=declares,
        owner=provided(AccountService).organisation(db(), found.organisation_id).name,
        is_searchable=is_searchable(found),
        largest=LARGEST,
    )
    return page, 422 if request.method == "POST" else 200
