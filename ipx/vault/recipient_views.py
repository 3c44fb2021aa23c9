"""The page of an organisation's recipients: their secret half is made in the browser and stays there."""

import base64
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid
from ipx.vault.forms import show_error
from ipx.vault.recipients import KEEPERS
from ipx.vault.service import VaultService
from ipx.web.fresh import is_fresh, needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db, release

_FRESH = needs_fresh_sign_in(
    back="vault.recipients",
    why=lazy_gettext("Please sign in again before you change for whom documents are sealed."),
)


class RecipientForm(FlaskForm):  # type: ignore[misc]
    """The public half of a key that the browser has made, and what its owner calls it."""

    label = StringField(
        lazy_gettext("Where the key file will be kept"),
        [InputRequired(lazy_gettext("Say where the key file will be kept.")), Length(max=100)],
    )
    understood = BooleanField(
        lazy_gettext("I know that nobody can replace this key file. Without it the documents are lost for ever."),
        [InputRequired(lazy_gettext("Tick the box to go on."))],
    )
    recipient = HiddenField(validators=[InputRequired(lazy_gettext("Press the button that makes the key first."))])


def add_to(blueprint: Blueprint) -> None:
    """Add the pages to the vault's."""
    place = "/organisation/recipients"
    add = blueprint.add_url_rule
    add(place, view_func=recipients, methods=["GET", "POST"])
    add(f"{place}/<recipient_id>/proof", view_func=prove_recipient, methods=["POST"])
    add(f"{place}/<recipient_id>/retire", view_func=retire_recipient, methods=["POST"])


@for_roles(*KEEPERS)
@limited("60/hour")
@_FRESH
def recipients() -> Any:
    """Show the organisation's recipients, and keep the public half of a new one."""
    form = RecipientForm()
    if form.validate_on_submit():
        try:
            provided(VaultService).sharing.recipients.make(
                db(), actor=current_actor(), recipient=form.recipient.data or "", label=form.label.data or ""
            )
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="label")
        else:
            flash(_("The public key is here. Now drop the key file, to show that you have it."), "success")
            return redirect(url_for("vault.recipients"))
    return _page(form)


@for_roles(*KEEPERS)
@limited("60/hour")
@_FRESH
def prove_recipient(recipient_id: str) -> Any:
    """Make a recipient active, since its key file was there."""
    answer = request.form.get("answer", "")
    try:
        provided(VaultService).sharing.recipients.prove(
            db(), actor=current_actor(), recipient_id=recipient_id, answer=answer
        )
    except (Invalid, Conflict) as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("The key file fits: documents can be sealed for it from now on."), "success")
    return redirect(url_for("vault.recipients"))


@for_roles(*KEEPERS)
@_FRESH
def retire_recipient(recipient_id: str) -> Response:
    """Seal nothing more for a recipient."""
    provided(VaultService).sharing.recipients.retire(db(), actor=current_actor(), recipient_id=recipient_id)
    flash(_("Retired. What was sealed for it before opens with its key file still: keep that file."), "success")
    return redirect(url_for("vault.recipients"))


def _page(form: RecipientForm) -> Any:
    actor: Actor = current_actor()
    found = provided(VaultService).sharing.recipients.of(db(), actor.organisation_id)
    page = render_template(
        "vault/recipients.html",
        form=form,
        recipients=found,
        challenges={one.id: base64.b64encode(one.challenge).decode() for one in found if one.challenge},
        people=provided(AccountService).names(db(), [one.made_by for one in found]),
        is_fresh=is_fresh(),
    )
    return page, 422 if request.method == "POST" else 200
