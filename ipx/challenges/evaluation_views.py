"""Pages of evaluators: the invitation, the declaration of ties, the list by codes, and one entry to score."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from ipx.accounts.records import Actor
from ipx.challenges.answers import page, say, show
from ipx.challenges.forms import PressForm, TiesForm
from ipx.challenges.records import Challenge
from ipx.challenges.rules import HIGHEST_SCORE, State
from ipx.challenges.service import ChallengeService
from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.web.guards import current_actor, signed_in
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db


@signed_in
@limited("30/minute")
def invitation(token: str) -> Any:
    """Show an invitation; take it up."""
    actor: Actor = current_actor()
    panel = provided(ChallengeService).panel
    form = PressForm()
    try:
        asked = panel.invitation(db(), token=token)
    except Invalid as error:
        return render_template("challenges/link_ended.html", reason=error.message), 404
    if form.validate_on_submit():
        try:
            challenge_id = panel.take_up(db(), actor=actor, token=token)
        except Conflict as error:
            say(error)
            return redirect(url_for("challenges.index"))
        flash(_("You are on the panel. We mail you when the evaluation begins."), "success")
        return redirect(url_for("challenges.evaluate", challenge_id=challenge_id))
    return page("invitation.html", form, asked=asked)


@signed_in
def evaluate(challenge_id: str) -> Any:
    """Ask for ties first, then list the entries by their codes."""
    actor: Actor = current_actor()
    service = provided(ChallengeService)
    evaluation = service.evaluation
    evaluation.evaluator_id(db(), actor=actor, challenge_id=challenge_id)
    form = TiesForm()
    if form.validate_on_submit():
        try:
            names = (form.ties.data or "").splitlines()
            evaluation.declare_ties(db(), actor=actor, challenge_id=challenge_id, names=names)
        except (Invalid, Conflict) as error:
            show(form, error, default="ties")
        else:
            return redirect(url_for("challenges.evaluate", challenge_id=challenge_id))
    call = service.calls.challenge(db(), actor=actor, challenge_id=challenge_id)
    return page(
        "evaluate.html",
        form,
        button=PressForm(),
        call=call,
        is_under_way=call.state is State.EVALUATING,
        has_declared=evaluation.has_declared(db(), actor=actor, challenge_id=challenge_id),
        assignments=evaluation.assignments(db(), actor=actor, challenge_id=challenge_id),
    )


@signed_in
def declare(entry_id: str) -> Any:
    """Declare about one entry, before seeing it or after."""
    actor: Actor = current_actor()
    evaluation = provided(ChallengeService).evaluation
    in_conflict = request.form.get("conflict") != "none"
    challenge_id = evaluation.challenge_of(db(), entry_id=entry_id)
    evaluation.evaluator_id(db(), actor=actor, challenge_id=challenge_id)
    try:
        evaluation.declare(db(), actor=actor, entry_id=entry_id, in_conflict=in_conflict)
    except Conflict as error:
        say(error)
    else:
        if not in_conflict:
            return redirect(url_for("challenges.score", entry_id=entry_id))
        flash(_("Noted. This entry stays closed to you, and a score of yours does not count."), "success")
    return redirect(url_for("challenges.evaluate", challenge_id=challenge_id))


@signed_in
def score(entry_id: str) -> Any:
    """Show one entry, without saying whose it is, and take its scores."""
    actor: Actor = current_actor()
    service = provided(ChallengeService)
    challenge_id = service.evaluation.challenge_of(db(), entry_id=entry_id)
    service.evaluation.evaluator_id(db(), actor=actor, challenge_id=challenge_id)
    call = service.calls.challenge(db(), actor=actor, challenge_id=challenge_id)
    try:
        blind = service.evaluation.blind_entry(db(), actor=actor, entry_id=entry_id)
    except (Conflict, Forbidden) as error:
        say(error)
        return redirect(url_for("challenges.evaluate", challenge_id=challenge_id))
    form = _score_form(call, blind.scores, blind.remark)
    if form.validate_on_submit():
        scores = [form[f"score_{number}"].data for number in range(len(call.criteria))]
        try:
            service.evaluation.score(
                db(), actor=actor, entry_id=entry_id, scores=scores, remark=form["remark"].data or ""
            )
        except (Invalid, Conflict) as error:
            show(form, error, default="remark")
        else:
            flash(_("Your scores of entry %(code)s are kept.", code=blind.code), "success")
            return redirect(url_for("challenges.evaluate", challenge_id=challenge_id))
    return page("score.html", form, button=PressForm(), call=call, entry=blind)


def add_to(blueprint: Blueprint) -> None:
    """Register the addresses."""
    both = ["GET", "POST"]
    blueprint.add_url_rule("/challenges/invitations/<token>", view_func=invitation, methods=both)
    blueprint.add_url_rule("/challenges/<challenge_id>/evaluate", view_func=evaluate, methods=both)
    blueprint.add_url_rule("/challenges/entries/<entry_id>/conflict", view_func=declare, methods=["POST"])
    blueprint.add_url_rule("/challenges/entries/<entry_id>/score", view_func=score, methods=both)


def _score_form(call: Challenge, scores: Any, remark: str) -> Any:
    """Return a form with a field for each criterion."""
    refusal = _("Write a whole number from 0 to %(most)s.", most=HIGHEST_SCORE)
    fields: dict[str, Any] = {
        f"score_{number}": IntegerField(
            _("%(name)s (%(weight)s %%)", name=criterion.name, weight=criterion.weight),
            [InputRequired(refusal), NumberRange(0, HIGHEST_SCORE, refusal)],
        )
        for number, criterion in enumerate(call.criteria)
    }
    fields["remark"] = TextAreaField(_("Remark to the organiser"), [Length(max=4_000)])
    kept = {f"score_{number}": one for number, one in enumerate(scores or ())}
    return type("ScoreForm", (FlaskForm,), fields)(data={**kept, "remark": remark})
