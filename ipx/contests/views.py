"""Pages of contests: contest something, and the contest itself for its two sides."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.contests.forms import OUTCOMES, AnswerForm, ContestForm
from ipx.contests.policy import SPEAKERS
from ipx.contests.rules import Subject
from ipx.contests.service import ContestService
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.settings import Settings
from ipx.vault.raw_uploads import announced_length, deposited
from ipx.vault.rules import DocumentRole
from ipx.vault.service import VaultService
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("contests", __name__)


@blueprint.get("/contests")
@signed_in
def index() -> str:
    """List the contests of one's own organisation."""
    actor: Actor = current_actor()
    return render_template("contests/index.html", contests=_contests().of(db(), organisation_id=actor.organisation_id))


@blueprint.route("/contests/new/<kind>/<subject_id>", methods=["GET", "POST"])
@for_roles(*SPEAKERS)
def new(kind: str, subject_id: str) -> Any:
    """Contest something."""
    asked = next((one for one in Subject if one == kind), None)
    if asked is None:
        raise NotFound(_("There is nothing here that can be contested."))
    subject = _contests().subject(db(), kind=asked, subject_id=subject_id)
    form = ContestForm()
    if form.validate_on_submit():
        try:
            made = _contests().contest(
                db(), actor=current_actor(), kind=asked, subject_id=subject_id, words=form.words.data or ""
            )
        except (Invalid, Conflict) as error:
            release()
            form.words.errors = [error.message]
        else:
            flash(_("Contested. Everybody who sees the thing sees that it is."), "success")
            return redirect(url_for("contests.contest", contest_id=made.id), 303)
    return render_template("contests/new.html", subject=subject, form=form), 422 if form.errors else 200


@blueprint.get("/contests/<contest_id>")
@signed_in
def contest(contest_id: str) -> Any:
    """Show a contest to one of its sides."""
    return _page(contest_id, AnswerForm(formdata=None)), 200


@blueprint.post("/contests/<contest_id>/answer")
@for_roles(*SPEAKERS)
def answer(contest_id: str) -> Any:
    """Answer for one's own side."""
    form = AnswerForm()
    chosen = form.chosen()
    if chosen is None or not form.validate_on_submit():
        return _page(contest_id, form), 422
    try:
        _contests().answer(
            db(),
            actor=current_actor(),
            contest_id=contest_id,
            answer=chosen,
            outcome=form.stated(),
            words=form.words.data or "",
            document_id=form.document.data or None,
        )
    except Invalid as error:
        release()
        name = error.field if error.field in form else "words"
        form[name].errors = [error.message]
        return _page(contest_id, form), 422
    except (Conflict, Forbidden) as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("Recorded. The other side is told."), "success")
    return redirect(url_for("contests.contest", contest_id=contest_id), 303)


@blueprint.put("/contests/<contest_id>/ruling")
@for_roles(*SPEAKERS)
def upload_ruling(contest_id: str) -> Any:
    """Take a ruling in from the raw body, sealed; it counts for nothing until it is brought."""
    actor: Actor = current_actor()
    length = announced_length()
    _contests().check_may_bring_ruling(db(), actor=actor, contest_id=contest_id)
    release()  # nothing is locked while bytes arrive
    document = deposited(
        actor, subject_kind="contest", subject_id=contest_id, role=DocumentRole.INSTRUMENT, length=length
    )
    return jsonify(location=url_for("contests.contest", contest_id=contest_id), document=document.id), 201


def _contests() -> ContestService:
    return provided(ContestService)


def _page(contest_id: str, form: AnswerForm) -> str:
    actor: Actor = current_actor()
    view = _contests().view(db(), actor=actor, contest_id=contest_id)
    documents = provided(VaultService).documents_of(db(), subject_kind="contest", subject_id=contest_id)
    form.outcome.choices = [(str(one), str(words)) for one, words in OUTCOMES.items()]
    own = [one for one in documents if one.organisation_id == actor.organisation_id]
    form.document.choices = [(one.id, one.file_name) for one in own]
    return render_template(
        "contests/contest.html",
        view=view,
        contest=view.contest,
        form=form,
        press=AnswerForm(formdata=None),
        own=own,
        names={one.id: one.file_name for one in documents},
        outcomes=OUTCOMES,
        may_speak=actor.has(*SPEAKERS),
        limit=provided(Settings).upload_limit,
    )
