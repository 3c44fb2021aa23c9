"""Pages of documents that a browser sealed: opened there, their key handed over there, their evidence completed there.

None of them shows or takes anything that opens a document; they carry what is sealed for the one who asks.
"""

import base64
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock
from ipx.evidence.service import EvidenceService
from ipx.vault.answers import attachment
from ipx.vault.declared_reading import handed_over
from ipx.vault.forms import FindForm
from ipx.vault.policy import GRANTERS, check_is_own, check_may_read
from ipx.vault.recipients import KEEPERS
from ipx.vault.records import Document, Reading
from ipx.vault.refusals import noting_refusals
from ipx.vault.rules import Form
from ipx.vault.service import VaultService
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db, writes

LARGEST_BODY = 64 * 1024  # bytes of a hand-over


def add_to(blueprint: Blueprint) -> None:
    """Add the pages to the vault's."""
    add = blueprint.add_url_rule
    place = "/documents/<document_id>"
    add(f"{place}/key.age", view_func=sealed_key)
    add(f"{place}/opening.age", view_func=sealed_opening)
    add(f"{place}/hand-over", view_func=hand_over, methods=["GET", "POST"])


def open_sealed(found: Document, reading: Reading) -> Any:
    """Ask for the purpose; then hand the sealed file to the browser, which opens it with a key file."""
    actor: Actor = current_actor()
    vault = provided(VaultService)
    form, declares = FindForm(), vault.sharing.needs_declaration(db(), actor=actor, document=found)
    if form.validate_on_submit():
        answer = handed_over(actor, found, form, declares=declares, how=Form.AGE)
        if answer is not None:
            return answer
    is_own = actor.organisation_id == found.organisation_id
    opening = vault.sharing.hand_overs.opening_of(db(), document_id=found.id) if is_own else None
    stamp = provided(EvidenceService).get_stamp(db(), found.stamp_id)
    page = render_template(
        "vault/open_sealed.html",
        document=found,
        reading=reading,
        form=form,
        must_declare=declares,
        owner=provided(AccountService).organisation(db(), found.organisation_id).name,
        has_key=has_key(found),
        opening=_base64(opening),
        stamp=stamp,
        has_recipients=bool(provided(VaultService).sharing.recipients.active(db(), actor.organisation_id)),
        may_keep=actor.has(*KEEPERS),
    )
    return page, 422 if request.method == "POST" else 200


@signed_in
@writes
def sealed_key(document_id: str) -> Response:
    """Download the version's key, sealed for the reader's organisation, after the checks that the file itself needs."""
    found, actor = _readable(document_id)
    with noting_refusals():
        provided(VaultService).sharing.check_reader(db(), actor=actor, document=found)
    key = _key(found, actor)
    if key is None:
        raise NotFound(_("The key of this document was not handed over yet."))
    return attachment(key, name=f"{_stem(found)}.key.age", kind="application/octet-stream")


@signed_in
def sealed_opening(document_id: str) -> Response:
    """Download the receipt of the stamp, sealed for the owner's organisation."""
    found, actor = _readable(document_id)
    check_is_own(actor, found)
    opening = provided(VaultService).sharing.hand_overs.opening_of(db(), document_id=document_id)
    if opening is None:
        raise NotFound(_("There is nothing to open the commitment of this document."))
    return attachment(opening, name=f"{_stem(found)}.ipx-stamp.json.age", kind="application/octet-stream")


@for_roles(*GRANTERS)
@limited("120/hour")
def hand_over(document_id: str) -> Any:
    """Show who waits for the key, and keep it as this browser has sealed it for one of them."""
    actor: Actor = current_actor()
    vault = provided(VaultService)
    found = _sealed(vault.document(db(), document_id=document_id))
    check_is_own(actor, found)
    if request.method == "POST":
        _take_key(found, actor)
        return {"location": url_for("vault.hand_over", document_id=document_id)}, 201
    return render_template("vault/hand_over.html", **_hand_over_page(found, actor))


def waiting_of(found: Document) -> Sequence[str]:
    """Return the organisations that were granted a document and have no key of it."""
    if not found.is_browser_sealed or found.erased_at is not None:
        return []
    vault = provided(VaultService)
    grants = vault.grants_of(db(), document_ids=[found.id])
    return vault.sharing.hand_overs.waiting(db(), document=found, grants=grants)


def has_other_recipients(found: Document) -> bool:
    """Tell whether the owner's recipients have changed since a document was sealed."""
    return found.is_browser_sealed and provided(VaultService).sharing.hand_overs.has_other_recipients(
        db(), document=found
    )


def opening_for_page(found: Document) -> str:
    """Return the sealed receipt of a document's stamp in base64, empty for one that we sealed."""
    if not found.is_browser_sealed:
        return ""
    return _base64(provided(VaultService).sharing.hand_overs.opening_of(db(), document_id=found.id))


def has_key(found: Document) -> bool:
    """Tell whether the actor's organisation has a key of a document; of one that we sealed nobody needs one."""
    return not found.is_browser_sealed or _key(found, current_actor()) is not None


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _take_key(found: Document, actor: Actor) -> None:
    """Keep the key as this browser has sealed it: for a reader, or anew for the owner's own recipients."""
    vault, said = provided(VaultService), _said()
    recipients = said["recipients"].split()
    if said["organisation"] == actor.organisation_id:
        vault.sharing.hand_overs.reseal(
            db(),
            actor=actor,
            document=found,
            identity=said["identity"],
            opening=said.get("opening", ""),
            recipients=recipients,
        )
        flash(_("Sealed anew: every active key file of your organisation opens it."), "success")
        return
    vault.sharing.hand_overs.hand_over(
        db(),
        actor=actor,
        document=found,
        grants=vault.grants_of(db(), document_ids=[found.id]),
        organisation_id=said["organisation"],
        identity=said["identity"],
        recipients=recipients,
    )
    flash(_("Handed over. They were told; what they have now cannot be called back."), "success")


def _hand_over_page(found: Document, actor: Actor) -> dict[str, Any]:
    vault, accounts = provided(VaultService), provided(AccountService)
    now = provided(Clock).now()  # type: ignore[type-abstract]
    grants = vault.grants_of(db(), document_ids=[found.id])
    readers = sorted({g.organisation_id for g in grants if g.is_open(now)} - {found.organisation_id})
    recipients_of_owner = vault.sharing.recipients.active(db(), found.organisation_id)
    done = vault.sharing.hand_overs.of(db(), document_id=found.id, organisation_ids=readers)
    return {
        "document": found,
        "readers": readers,
        "recipients": {one: vault.sharing.recipients.active(db(), one) for one in readers},
        "done": {one: made for one, made in done.items() if made.is_open},
        "organisations": {one: accounts.organisation(db(), one).name for one in readers},
        "people": accounts.names(db(), [made.made_by for made in done.values()]),
        "key": _base64(_key(found, actor)),
        "opening": opening_for_page(found),
        "own_recipients": recipients_of_owner,
        "has_other_recipients": has_other_recipients(found),
    }


def _said() -> dict[str, str]:
    request.max_content_length = LARGEST_BODY
    body = request.get_json()
    names = ("organisation", "identity", "recipients")
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in names):
        raise Invalid(_("The page sent something that is no hand-over. Open it again."))
    return {name: text for name, text in body.items() if isinstance(text, str)}


def _readable(document_id: str) -> tuple[Document, Actor]:
    actor: Actor = current_actor()
    vault = provided(VaultService)
    found = vault.document(db(), document_id=document_id)
    check_may_read(actor, found, vault.may_read(db(), actor=actor, document_id=document_id))
    return _sealed(found), actor


def _sealed(found: Document) -> Document:
    if not found.is_browser_sealed:
        raise NotFound(_("This document was not sealed in a browser."))
    if found.erased_at is not None:
        raise Conflict(_("This document was erased: nobody can open it any more."))
    return found


def _key(found: Document, actor: Actor) -> bytes | None:
    hand_overs = provided(VaultService).sharing.hand_overs
    return hand_overs.key_for(db(), document=found, organisation_id=actor.organisation_id)


def _stem(found: Document) -> str:
    return found.file_name.removesuffix(".age")


def _base64(data: bytes | None) -> str:
    return base64.b64encode(data).decode() if data else ""
