"""Pages of the organiser: open, cancel, the panel, the entries, the shortlist and the award."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.challenges.answers import page, say, show
from ipx.challenges.forms import InviteForm, PostponeForm, PressForm, ReasonForm
from ipx.challenges.records import Decision
from ipx.challenges.rules import Outcome
from ipx.challenges.service import ChallengeService
from ipx.core.errors import Conflict, Invalid
from ipx.web.fresh import needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db


@for_roles(Role.LICENSING_MANAGER)
def organise(challenge_id: str) -> Any:
    """Show the organiser how far his call is, and what he can do next."""
    return _desk(challenge_id)


@for_roles(Role.LICENSING_MANAGER)
def open_call(challenge_id: str) -> Any:
    """Make a draft public."""
    done = _("The challenge is open. Everybody can read it, and enter until the deadline.")
    return _press(challenge_id, provided(ChallengeService).calls.open, done)


@for_roles(Role.LICENSING_MANAGER)
def begin_evaluation(challenge_id: str) -> Any:
    """Let the panel look into the entries."""
    done = _("The evaluation has begun. The evaluators are told by mail.")
    return _press(challenge_id, provided(ChallengeService).evaluation.begin, done)


@for_roles(Role.LICENSING_MANAGER)
def cancel(challenge_id: str) -> Any:
    """Cancel, with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _desk(challenge_id, reason=form)
    try:
        provided(ChallengeService).calls.cancel(
            db(), actor=current_actor(), challenge_id=challenge_id, reason=form.reason.data or ""
        )
    except (Invalid, Conflict) as error:
        show(form, error, default="reason")
        return _desk(challenge_id, reason=form)
    flash(_("The challenge is cancelled, and everybody concerned is told."), "success")
    return redirect(url_for("challenges.organise", challenge_id=challenge_id))


@for_roles(Role.LICENSING_MANAGER)
def postpone(challenge_id: str) -> Any:
    """Put the deadline off for everybody."""
    form, calls, actor = PostponeForm(), provided(ChallengeService).calls, current_actor()
    if not form.validate_on_submit():
        return _desk(challenge_id, later=form)
    try:
        zone = calls.challenge(db(), actor=actor, challenge_id=challenge_id).zone
        calls.postpone(db(), actor=actor, challenge_id=challenge_id, deadline=form.instant(zone))
    except (Invalid, Conflict) as error:
        show(form, error, default="deadline")
        return _desk(challenge_id, later=form)
    flash(_("The deadline is put off for everybody, and entrants and evaluators are told."), "success")
    return redirect(url_for("challenges.organise", challenge_id=challenge_id))


@for_roles(Role.LICENSING_MANAGER)
def invite(challenge_id: str) -> Any:
    """Invite an evaluator."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _desk(challenge_id, invitation=form)
    try:
        provided(ChallengeService).panel.invite(
            db(), actor=current_actor(), challenge_id=challenge_id, email=form.email.data or ""
        )
    except (Invalid, Conflict) as error:
        show(form, error, default="email")
        return _desk(challenge_id, invitation=form)
    flash(_("The invitation is on its way."), "success")
    return redirect(url_for("challenges.organise", challenge_id=challenge_id))


@for_roles(Role.LICENSING_MANAGER)
def remove_evaluator(challenge_id: str, evaluator_id: str) -> Any:
    """Take somebody off the panel."""
    try:
        provided(ChallengeService).panel.remove(
            db(), actor=current_actor(), challenge_id=challenge_id, evaluator_id=evaluator_id
        )
    except Conflict as error:
        say(error)
    return redirect(url_for("challenges.organise", challenge_id=challenge_id))


@for_roles(Role.LICENSING_MANAGER)
def read_entry(entry_id: str) -> Any:
    """Show an entry to the organiser; whose it is from the shortlist on."""
    judged, text = provided(ChallengeService).awards.text(db(), actor=current_actor(), entry_id=entry_id)
    return page("read.html", entry=judged, text=text)


@for_roles(Role.LICENSING_MANAGER)
def shortlist(challenge_id: str) -> Any:
    """Choose the shortlist."""
    chosen = request.form.getlist("entries")

    def choose(session: Any, *, actor: Actor, challenge_id: str) -> None:
        provided(ChallengeService).awards.shortlist(session, actor=actor, challenge_id=challenge_id, entry_ids=chosen)

    return _press(challenge_id, choose, _("The shortlist is made. Those on it are told, and names are shown now."))


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="challenges.organise")
def award(challenge_id: str) -> Any:
    """Decide about every entry, with reasons; the deals of the awards begin."""
    chosen = set(request.form.getlist("awarded"))
    decisions = {
        name.removeprefix("reason_"): Decision(
            Outcome.AWARDED if name.removeprefix("reason_") in chosen else Outcome.DECLINED, reason
        )
        for name, reason in request.form.items()
        if name.startswith("reason_")
    }
    try:
        provided(ChallengeService).awards.award(
            db(), actor=current_actor(), challenge_id=challenge_id, decisions=decisions
        )
    except (Invalid, Conflict) as error:
        say(error)
        return _desk(challenge_id, typed={entry_id: one.reason for entry_id, one in decisions.items()}, chosen=chosen)
    flash(_("Decided. Every entrant is told, with the reasons."), "success")
    return redirect(url_for("challenges.organise", challenge_id=challenge_id))


@for_roles(Role.LICENSING_MANAGER)
@needs_fresh_sign_in(back="challenges.read_entry")
def call_for_licence(entry_id: str) -> Any:
    """Use the option of an award."""
    try:
        offer_id = provided(ChallengeService).awards.call_for_licence(db(), actor=current_actor(), entry_id=entry_id)
    except Conflict as error:
        say(error)
        return redirect(url_for("challenges.read_entry", entry_id=entry_id))
    flash(_("The deal has begun on the pre-agreed terms."), "success")
    return redirect(url_for("deals.offer", offer_id=offer_id))


def add_to(blueprint: Blueprint) -> None:
    """Register the addresses."""
    one = "/challenges/<challenge_id>"
    blueprint.add_url_rule(f"{one}/organise", view_func=organise)
    blueprint.add_url_rule("/challenges/entries/<entry_id>/read", view_func=read_entry)
    for path, view in (
        (f"{one}/open", open_call),
        (f"{one}/postpone", postpone),
        (f"{one}/cancel", cancel),
        (f"{one}/evaluation", begin_evaluation),
        (f"{one}/evaluators", invite),
        (f"{one}/evaluators/<evaluator_id>/remove", remove_evaluator),
        (f"{one}/shortlist", shortlist),
        (f"{one}/award", award),
        ("/challenges/entries/<entry_id>/licence", call_for_licence),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=["POST"])


def _press(challenge_id: str, step: Callable[..., None], done: str) -> Any:
    """Take a step and say how it went."""
    try:
        step(db(), actor=current_actor(), challenge_id=challenge_id)
    except (Conflict, Invalid) as error:
        say(error)
    else:
        flash(done, "success")
    return redirect(url_for("challenges.organise", challenge_id=challenge_id))


def _desk(
    challenge_id: str,
    *,
    invitation: InviteForm | None = None,
    reason: ReasonForm | None = None,
    later: PostponeForm | None = None,
    typed: dict[str, str] | None = None,
    chosen: set[str] | None = None,
) -> Any:
    desk = provided(ChallengeService).awards.desk(db(), actor=current_actor(), challenge_id=challenge_id)
    return page(
        "organise.html",
        PressForm(),
        desk=desk,
        call=desk.challenge,
        invitation=invitation or InviteForm(formdata=None),
        reason=reason or ReasonForm(formdata=None),
        later=later or PostponeForm(formdata=None),
        typed=typed or {},
        chosen=chosen or set(),
    )
