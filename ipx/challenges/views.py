"""Pages of calls: the public list, one call, its form. The other views of the room are added here."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.need_rules import NeedDraft, Visibility
from ipx.catalogue.rules import State as ListingState
from ipx.catalogue.service import CatalogueService
from ipx.challenges import entry_views, evaluation_views, organiser_views
from ipx.challenges.answers import page, show
from ipx.challenges.forms import FIRST_VALUES, CallForm, first_values
from ipx.challenges.policy import WRITERS
from ipx.challenges.records import CallDraft
from ipx.challenges.rules import State
from ipx.challenges.service import ChallengeService
from ipx.challenges.words import terms_in_words
from ipx.core.errors import Conflict, Invalid
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, for_roles, public
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("challenges", __name__)
entry_views.add_to(blueprint)
evaluation_views.add_to(blueprint)
organiser_views.add_to(blueprint)


@blueprint.get("/challenges")
@public
def index() -> Any:
    """List the public calls, and for somebody signed in what is his of them."""
    actor: Actor | None = current_actor()
    service = provided(ChallengeService)
    calls = service.calls.public(db())
    if wants_json():
        return jsonify(challenges=[{"id": c.id, "title": c.title, "state": c.state} for c in calls])
    mine = service.calls.of(db(), organisation_id=actor.organisation_id) if actor else []
    return page(
        "index.html",
        calls=calls,
        drafts=[call for call in mine if call.opened_at is None],
        entries=service.entries.entries_of(db(), actor=actor) if actor else [],
        panels=service.panel.challenges_of(db(), actor=actor) if actor else [],
    )


@blueprint.get("/challenges/<challenge_id>")
@public
def show_call(challenge_id: str) -> Any:
    """Show a call: what is sought, by when, how it is judged, on which terms."""
    actor: Actor | None = current_actor()
    service = provided(ChallengeService)
    call = service.calls.challenge(db(), actor=actor, challenge_id=challenge_id)
    if wants_json():
        return jsonify(
            id=call.id,
            title=call.title,
            state=call.state,
            deadline=call.deadline.isoformat(),
            terms=call.terms.to_json(),
            terms_sha256=call.terms_hash,
        )
    organises = actor is not None and actor.organisation_id == call.organisation_id
    entries = service.entries.entries_of(db(), actor=actor, challenge_id=call.id) if actor else []
    return page(
        "show.html",
        call=call,
        words=terms_in_words(call.terms),
        organises=organises and actor is not None and actor.has(Role.LICENSING_MANAGER),
        may_enter=not organises and (actor is None or actor.has(*WRITERS)),
        entries=entries,
        evaluates=actor is not None
        and call.id in [found for found, _title, _state in service.panel.challenges_of(db(), actor=actor)],
    )


@blueprint.route("/challenges/new", methods=["GET", "POST"])
@for_roles(Role.LICENSING_MANAGER)
def new() -> Any:
    """Begin a call."""
    actor: Actor = current_actor()
    form = _form(CallForm(data=FIRST_VALUES), actor)
    if form.validate_on_submit():
        try:
            call = _with_new_need(actor, form)
            made = provided(ChallengeService).calls.draft(db(), actor=actor, call=call)
        except (Invalid, Conflict) as error:
            show(form, error, default="title")
        else:
            flash(_("The draft is kept. Nobody else sees it until you open it."), "success")
            return redirect(url_for("challenges.organise", challenge_id=made))
    return page("write.html", form, call=None)


@blueprint.route("/challenges/<challenge_id>/write", methods=["GET", "POST"])
@for_roles(Role.LICENSING_MANAGER)
def write(challenge_id: str) -> Any:
    """Change a draft."""
    actor: Actor = current_actor()
    calls = provided(ChallengeService).calls
    call = calls.challenge(db(), actor=actor, challenge_id=challenge_id)
    if call.state is not State.DRAFT:
        return redirect(url_for("challenges.show_call", challenge_id=challenge_id))
    form = _form(CallForm(data=first_values(call)), actor)
    if form.validate_on_submit():
        try:
            draft = _with_new_need(actor, form)
            calls.revise(db(), actor=actor, challenge_id=challenge_id, call=draft)
        except (Invalid, Conflict) as error:
            show(form, error, default="title")
        else:
            flash(_("The draft is kept."), "success")
            return redirect(url_for("challenges.organise", challenge_id=challenge_id))
    return page("write.html", form, call=call)


def _form(form: CallForm, actor: Actor) -> CallForm:
    needs = provided(CatalogueService).needs_of(db(), organisation_id=actor.organisation_id)
    form.needs.choices = [
        (need.id, need.title)
        for need in needs
        if need.visibility is Visibility.PUBLIC and need.state is ListingState.PUBLISHED
    ]
    return form


def _with_new_need(actor: Actor, form: CallForm) -> CallDraft:
    """Return the call; a new need that was typed is posted with it. Raises Invalid."""
    call = form.call()
    title, text = (form.new_need_title.data or "").strip(), (form.new_need_text.data or "").strip()
    if not title and not text:
        return call
    try:
        need = provided(CatalogueService).post_need(
            db(), actor=actor, draft=NeedDraft(title=title, text=text, closes=call.deadline.date())
        )
    except Invalid as error:
        raise Invalid(error.message, field=f"new_need_{error.field}") from error
    return CallDraft(**{**call.__dict__, "need_ids": [*call.need_ids, need.id]})
