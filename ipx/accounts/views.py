"""Pages of one's own account and of an organisation's members; those of signing up and in are in ``entrance_views``."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts import entrance_views, rotation_views, token_views
from ipx.accounts.answers import page, show
from ipx.accounts.forms import ROLE_LABELS, EmptyForm, MemberForm, NameForm, RolesForm
from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.languages import NAMES, spoken
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.signing_in import end_browser_session
from ipx.web.transactions import db, release

blueprint = Blueprint("accounts", __name__)
entrance_views.add_to(blueprint)
token_views.add_to(blueprint)
rotation_views.add_to(blueprint)


@blueprint.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> Any:
    """Show who one is here, and change one's name."""
    actor: Actor = current_actor()
    form = NameForm(name=actor.name)
    if form.validate_on_submit():
        try:
            provided(AccountService).rename(db(), person_id=actor.person_id, name=form.name.data or "")
        except Invalid as error:
            show(form, error, default="name")
        else:
            flash(_("Your name is changed."), "success")
            return redirect(url_for("accounts.account"))
    chain_account = provided(AccountService).account_of(db(), actor.organisation_id)
    return page("account.html", form, chain_account=chain_account, role_labels=ROLE_LABELS, languages=NAMES)


@blueprint.post("/account/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> Response:
    """End all sessions of the person, this one too."""
    actor: Actor = current_actor()
    provided(AccountService).end_sessions(db(), person_id=actor.person_id)
    end_browser_session()
    flash(_("You are signed out everywhere."), "success")
    return redirect(url_for("accounts.sign_in"))


@blueprint.get("/organisation")
@for_roles(Role.OWNER)
def organisation() -> str:
    """Show the members of the organisation."""
    actor: Actor = current_actor()
    accounts = provided(AccountService)
    return render_template(
        "accounts/organisation.html",
        members=accounts.members(db(), actor.organisation_id),
        chain_account=accounts.account_of(db(), actor.organisation_id),
    )


@blueprint.route("/organisation/members/new", methods=["GET", "POST"])
@for_roles(Role.OWNER)
@limited("30/hour")
def new_member() -> Any:
    """Invite a person into the organisation."""
    actor: Actor = current_actor()
    form = MemberForm()
    if form.validate_on_submit():
        try:
            provided(AccountService).add_member(
                db(),
                by=actor.by,
                organisation_id=actor.organisation_id,
                email=form.email.data or "",
                name=form.name.data or "",
                roles=_roles(form),
                language=spoken(),
            )
        except (Invalid, Conflict) as error:
            show(form, error, default="email")
        else:
            flash(_("An invitation is on its way to %(email)s.", email=form.email.data), "success")
            return redirect(url_for("accounts.organisation"))
    return page("new_member.html", form)


@blueprint.route("/organisation/members/<person_id>", methods=["GET", "POST"])
@for_roles(Role.OWNER)
def member(person_id: str) -> Any:
    """Change a member's roles."""
    actor: Actor = current_actor()
    accounts = provided(AccountService)
    found = accounts.member(db(), organisation_id=actor.organisation_id, person_id=person_id)
    form = RolesForm(roles=sorted(found.roles))
    if form.validate_on_submit():
        try:
            accounts.set_roles(
                db(), by=actor.by, organisation_id=actor.organisation_id, person_id=person_id, roles=_roles(form)
            )
        except (Invalid, Conflict) as error:
            show(form, error, default="roles")
        else:
            flash(_("The roles of %(name)s are changed.", name=found.name), "success")
            stays_owner = person_id != actor.person_id or Role.OWNER in _roles(form)
            return redirect(url_for("accounts.organisation" if stays_owner else "accounts.account"))
    return page("member.html", form, member=found, press=EmptyForm())


@blueprint.post("/organisation/members/<person_id>/remove")
@for_roles(Role.OWNER)
def remove_member(person_id: str) -> Response:
    """Take a person out of the organisation."""
    actor: Actor = current_actor()
    accounts = provided(AccountService)
    found = accounts.member(db(), organisation_id=actor.organisation_id, person_id=person_id)
    try:
        accounts.remove_member(db(), by=actor.by, organisation_id=actor.organisation_id, person_id=person_id)
    except Conflict as error:
        release()
        flash(error.message, "error")
        return redirect(url_for("accounts.member", person_id=person_id))
    if person_id == actor.person_id:
        end_browser_session()
        return redirect(url_for("accounts.sign_in"))
    flash(_("%(name)s is no member any more and is signed out everywhere.", name=found.name), "success")
    return redirect(url_for("accounts.organisation"))


def _roles(form: MemberForm | RolesForm) -> list[Role]:
    return [Role(role) for role in form.roles.data or []]
