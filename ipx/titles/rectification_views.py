"""Pages on which an entry is put right: proposed, approved by others, taken back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.technologies.forms import RIGHT_LABELS, show_error
from ipx.titles.entries import Consent, Conveyance, Entry
from ipx.titles.forms import ConsentForm, ConveyanceForm, CoOwnershipForm, RectifyForm, filled
from ipx.titles.policy import KEEPERS
from ipx.titles.records import ChainOfTitle, EntryView, Instrument
from ipx.titles.rules import APPROVALS_NEEDED, Basis, RectificationState
from ipx.titles.service import TitleService
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, release

_PAGE = "/technologies/<technology_id>/rights/<right_id>/title"


def add_to(blueprint: Blueprint) -> None:
    """Add the addresses."""
    for rule, view, methods in (
        (f"{_PAGE}/entries/<entry_id>/rectify", rectify, ["GET", "POST"]),
        (f"{_PAGE}/rectifications/<rectification_id>/approve", approve, ["POST"]),
        (f"{_PAGE}/rectifications/<rectification_id>/withdraw", withdraw, ["POST"]),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=methods)


@for_roles(Role.LAB_ADMINISTRATOR)
def rectify(technology_id: str, right_id: str, entry_id: str) -> Any:
    """Propose that an entry is replaced or struck."""
    actor: Actor = current_actor()
    service = provided(TitleService)
    chain = service.chain_of_title(db(), actor=actor, right_id=right_id)
    view = chain.entry(entry_id)
    if view is None or view.is_register or chain.technology_id != technology_id:
        raise NotFound(_("There is no such entry."))
    instruments = service.instruments(db(), actor=actor, technology_id=technology_id)
    form, instead = RectifyForm(instruments), _instead_form(view, chain, instruments)
    is_sent = form.is_submitted()
    if form.validate_on_submit() and (form.strike.data or instead.validate()):
        try:
            service.propose_rectification(
                db(),
                actor=actor,
                right_id=right_id,
                entry_id=entry_id,
                basis=Basis(form.basis.data),
                words=form.reason.data or "",
                instead=None if form.strike.data else instead.entry(),
                document_id=form.proof.data or None,
            )
        except (Invalid, Conflict) as error:
            release()
            name = getattr(error, "field", None)
            show_error(form if name in form or name not in instead else instead, error, default="reason")
        else:
            flash(_("Proposed. It counts when others of your organisation have approved it."), "success")
            return redirect(url_for("titles.show", technology_id=technology_id, right_id=right_id) + "#rectifications")
    return render_template(
        "titles/rectify.html",
        form=form,
        instead=instead,
        sort=_sort_of(view.entry),
        view=view,
        chain=chain,
        labels=RIGHT_LABELS,
        needed=APPROVALS_NEEDED,
    ), 422 if is_sent else 200


@for_roles(*KEEPERS)
def approve(technology_id: str, right_id: str, rectification_id: str) -> Response:
    """Approve a rectification; the last approval that is needed carries it out."""
    try:
        state = provided(TitleService).rectifications.approve(
            db(), actor=current_actor(), rectification_id=rectification_id
        )
    except (Conflict, Forbidden) as error:
        release()
        flash(error.message, "error")
    else:
        done = state is RectificationState.CARRIED_OUT
        flash(
            _("It is carried out. The original stays to be seen.") if done else _("Your approval is kept."), "success"
        )
    return redirect(url_for("titles.show", technology_id=technology_id, right_id=right_id) + "#rectifications")


@for_roles(*KEEPERS)
def withdraw(technology_id: str, right_id: str, rectification_id: str) -> Response:
    """Take a proposal back."""
    try:
        provided(TitleService).rectifications.withdraw(db(), actor=current_actor(), rectification_id=rectification_id)
    except (Conflict, Forbidden) as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("The proposal is taken back. The entry counts as it did."), "success")
    return redirect(url_for("titles.show", technology_id=technology_id, right_id=right_id) + "#rectifications")


def _sort_of(entry: Entry) -> str:
    if isinstance(entry, Conveyance):
        return "conveyance"
    return "consent" if isinstance(entry, Consent) else "co-ownership"


def _instead_form(view: EntryView, chain: ChainOfTitle, instruments: list[Instrument]) -> Any:
    """Return the form of the entry, filled with what stands now."""
    said = filled(view.entry)
    if isinstance(view.entry, Conveyance):
        return ConveyanceForm(chain, instruments, data=said)
    return (
        ConsentForm(instruments, data=said)
        if isinstance(view.entry, Consent)
        else CoOwnershipForm(instruments, data=said)
    )
