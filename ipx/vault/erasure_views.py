"""The page on which a document is held or erased, and afterwards the certificate of it."""

from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock
from ipx.evidence.service import EvidenceService
from ipx.settings import Settings
from ipx.vault.answers import attachment
from ipx.vault.backup_copies import BackupCopies
from ipx.vault.erasure_forms import EraseForm, ReasonForm
from ipx.vault.erasure_paper import CertificateOfErasure, draw_certificate
from ipx.vault.erasure_rules import Stage
from ipx.vault.erasures import Erasures
from ipx.vault.forms import show_error
from ipx.vault.holds import Holds
from ipx.vault.policy import ERASERS, HOLDERS, check_may_know_of
from ipx.vault.records import Document
from ipx.vault.service import VaultService
from ipx.web.fresh import needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

_FRESH = lazy_gettext("Please sign in again before a document is erased: it cannot be brought back.")


@signed_in
def erasure(document_id: str) -> str:
    """Show what holds a document, how it is erased, or how far its erasure is."""
    return _page(_own(document_id))


@for_roles(*ERASERS)
@needs_fresh_sign_in(back="vault.erasure", why=_FRESH)
def erase(document_id: str) -> Any:
    """Have a document erased."""
    found, actor = _own(document_id), current_actor()
    form = EraseForm(document_id=document_id)
    if form.validate_on_submit():
        try:
            provided(Erasures).ask(db(), actor=actor, document_id=document_id, reason=form.reason.data or "")
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="reason")
        else:
            return redirect(url_for("vault.erasure", document_id=document_id), 303)
    return _page(found, erase_form=form), 422


@for_roles(*HOLDERS)
def place_hold(document_id: str) -> Any:
    """Put a legal hold on a document."""
    found, form = _own(document_id), ReasonForm(prefix="hold")
    if form.validate_on_submit():
        try:
            provided(Holds).place(db(), actor=current_actor(), document_id=document_id, reason=form.reason.data or "")
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="reason")
        else:
            flash(_("The legal hold is on. Nobody can have the document erased until it is lifted."), "success")
            return redirect(url_for("vault.erasure", document_id=document_id), 303)
    return _page(found, hold_form=form), 422


@for_roles(*HOLDERS)
def lift_hold(document_id: str, hold_id: str) -> Any:
    """End a legal hold."""
    found, form = _own(document_id), ReasonForm(prefix=_lift_prefix(hold_id))
    if hold_id not in {hold.id for hold in provided(Holds).of(db(), document_id=document_id)}:
        raise NotFound(_("There is no such hold."))
    if form.validate_on_submit():
        try:
            provided(Holds).lift(db(), actor=current_actor(), hold_id=hold_id, reason=form.reason.data or "")
        except Invalid as error:
            release()
            show_error(form, error, default="reason")
        else:
            flash(_("The legal hold is lifted."), "success")
            return redirect(url_for("vault.erasure", document_id=document_id), 303)
    return _page(found, lift_form=(hold_id, form)), 422


@signed_in
def certificate_of_erasure(document_id: str) -> Response:
    """Download the certificate of a finished erasure as a PDF."""
    found = _own(document_id)
    erased = provided(Erasures).find(db(), document_id=document_id)
    remains = provided(BackupCopies).remains_of(db(), erasure=erased) if erased else None
    if erased is None or remains is None or erased.stage is not Stage.DONE:
        raise Conflict(_("The erasure has not come to its end; the certificate can be had afterwards."))
    accounts = provided(AccountService)
    people = accounts.names(db(), [erased.asked_by] if erased.asked_by else [])
    facts = CertificateOfErasure(
        document=found,
        organisation=accounts.organisation(db(), found.organisation_id).name,
        asked_by=people.get(erased.asked_by or "", ""),
        erasure=erased,
        remains=remains,
        commitment=provided(EvidenceService).get_stamp(db(), found.stamp_id).commitment,
        database=provided(Settings).database_url.partition(":")[0].partition("+")[0],
        made_at=provided(Clock).now(),  # type: ignore[type-abstract]
    )
    return attachment(draw_certificate(facts), name=f"erasure-{found.id[:8]}.pdf", kind="application/pdf")


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _own(document_id: str) -> Document:
    """Return a document of the actor's organisation. Raises NotFound."""
    actor: Actor = current_actor()
    found = provided(VaultService).document(db(), document_id=document_id)
    check_may_know_of(actor, found, None)
    return found


def _lift_prefix(hold_id: str) -> str:
    return f"lift-{hold_id[:8]}"


def _page(
    found: Document,
    *,
    erase_form: EraseForm | None = None,
    hold_form: ReasonForm | None = None,
    lift_form: tuple[str, ReasonForm] | None = None,
) -> str:
    actor: Actor = current_actor()
    erased = provided(Erasures).find(db(), document_id=found.id)
    holds = provided(Holds).of(db(), document_id=found.id)
    moment = provided(Clock).now()  # type: ignore[type-abstract]
    grants = provided(VaultService).grants_of(db(), document_ids=[found.id])
    people = {hold.placed_by for hold in holds} | {hold.lifted_by for hold in holds} | {erased and erased.asked_by}
    return render_template(
        "vault/erasure.html",
        document=found,
        erasure=erased,
        remains=provided(BackupCopies).remains_of(db(), erasure=erased) if erased else None,
        holds=holds,
        is_held=any(hold.lifted_at is None for hold in holds),
        readers=len({grant.organisation_id for grant in grants if grant.is_open(moment)}),
        people=provided(AccountService).names(db(), [person for person in people if person]),
        may_erase=actor.has(*ERASERS),
        may_hold=actor.has(*HOLDERS),
        erase_form=erase_form or EraseForm(document_id=found.id),
        hold_form=hold_form or ReasonForm(prefix="hold"),
        lift_forms={
            **{hold.id: ReasonForm(prefix=_lift_prefix(hold.id)) for hold in holds},
            **dict([lift_form] if lift_form else []),
        },
        backup_days=provided(Settings).backup_days,
        moment_now=moment,
    )
