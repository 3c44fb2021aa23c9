"""The page of one's tokens. A token is shown once, in the answer to the request that made it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from ipx.accounts.answers import page, show
from ipx.accounts.forms import EmptyForm, TokenForm
from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid
from ipx.web.fresh import is_fresh, needs_fresh_sign_in
from ipx.web.guards import current_actor, signed_in
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db


@signed_in
@limited("30/hour")
@needs_fresh_sign_in(
    back="accounts.tokens",
    why=lazy_gettext("Please sign in again before you make a token: whoever has it acts for you."),
)
def tokens() -> Any:
    """Show one's tokens, and make a new one."""
    actor: Actor = current_actor()
    accounts = provided(AccountService)
    form = TokenForm()
    if form.validate_on_submit():
        try:
            made = accounts.create_token(db(), person_id=actor.person_id, name=form.name.data or "", by=actor.by)
        except (Invalid, Conflict) as error:
            show(form, error, default="name")
        else:
            return render_template("accounts/new_token.html", secret=made.secret)
    mine = accounts.tokens_of(db(), person_id=actor.person_id)
    return page("tokens.html", form, press=EmptyForm(), tokens=mine, is_fresh=is_fresh())


@signed_in
def revoke_token(token_id: str) -> Response:
    """End a token."""
    actor: Actor = current_actor()
    provided(AccountService).revoke_token(db(), person_id=actor.person_id, token_id=token_id, by=actor.by)
    flash(_("The token is revoked: nothing can be done with it any more."), "success")
    return redirect(url_for("accounts.tokens"))


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    blueprint.add_url_rule("/account/tokens", view_func=tokens, methods=["GET", "POST"])
    blueprint.add_url_rule("/account/tokens/<token_id>/revoke", view_func=revoke_token, methods=["POST"])
