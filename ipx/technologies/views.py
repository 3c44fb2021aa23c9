"""Pages of an organisation's own technologies: list, draft, where it stands, rights, titles, uploads."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.contests.records import Contest
from ipx.contests.rules import Subject
from ipx.contests.service import ContestService
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.settings import Settings
from ipx.technologies import custody_views, json_forms, portfolio_views, record_views
from ipx.technologies.forms import (
    RIGHT_LABELS,
    STAGE_LABELS,
    ButtonForm,
    MatchForm,
    RightForm,
    TechnologyForm,
    filled,
    show_error,
)
from ipx.technologies.page import PageState, page_state
from ipx.technologies.policy import CURATORS, DRAFTERS, SIGNERS
from ipx.technologies.records import Right
from ipx.technologies.rules import holds
from ipx.technologies.service import TechnologyService
from ipx.vault.browser_deposits import BrowserDeposits, SealedUpload, largest_content
from ipx.vault.export_control import UNREVIEWED
from ipx.vault.media_types import endings
from ipx.vault.raw_uploads import Body, announced_length, asked_role, deposited, file_name
from ipx.vault.recipients import KEEPERS
from ipx.vault.rules import DocumentRole, limit_of
from ipx.vault.service import VaultService
from ipx.web.errors import wants_json
from ipx.web.fresh import needs_fresh_sign_in
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import db, release

LONGEST_ASKED = 200
"""Characters of what is looked for among one's own technologies."""

blueprint = Blueprint("technologies", __name__)
record_views.add_to(blueprint)
portfolio_views.add_to(blueprint)
custody_views.add_to(blueprint)


@blueprint.get("/technologies")
@signed_in
def index() -> str:
    """List the organisation's technologies, or those that what is asked stands in: no index has the drafts."""
    actor: Actor = current_actor()
    technologies = provided(TechnologyService)
    lines = technologies.technologies_of(db(), organisation_id=actor.organisation_id)
    documents = provided(VaultService).documents_by_subject(
        db(), subject_kind="technology", subject_ids=[line.id for line in lines]
    )
    asked = " ".join(request.args.get("q", "")[:LONGEST_ASKED].split())
    found = lines
    if asked:
        texts = technologies.texts_of(db(), organisation_id=actor.organisation_id)
        names = {line.id: [document.file_name for document in documents[line.id]] for line in lines}
        found = [line for line in lines if holds(asked, [texts[line.id], *names[line.id]])]
    return render_template(
        "technologies/index.html",
        lines=lines,
        found=found,
        asked=asked,
        documents=documents,
        labels=RIGHT_LABELS,
        may_draft=actor.has(*DRAFTERS),
        may_sign=actor.has(*SIGNERS),
    )


@blueprint.route("/technologies/new", methods=["GET", "POST"])
@for_roles(*DRAFTERS)
def new() -> Any:
    """Create a draft."""
    form = TechnologyForm()
    if form.validate_on_submit():
        try:
            technology = provided(TechnologyService).create(db(), actor=current_actor(), draft=form.draft())
        except Invalid as error:
            release()
            show_error(form, error, default="title")
        else:
            flash(_("The draft is saved. Now deposit the document that describes it."), "success")
            return redirect(url_for("technologies.show", technology_id=technology.id))
    return _form_page("form.html", form, technology=None)


@blueprint.get("/technologies/<technology_id>")
@signed_in
def show(technology_id: str) -> Any:
    """Show where a technology stands."""
    state = _state(technology_id)
    if wants_json():
        return jsonify(json_forms.technology(state))
    return render_template("technologies/show.html", contests=_contests_on(state), **_page(state))


@blueprint.get("/technologies/<technology_id>/state")
@signed_in
def state(technology_id: str) -> str:
    """Show the part of the page that moves by itself."""
    return render_template("technologies/_state.html", **_page(_state(technology_id)))


@blueprint.route("/technologies/<technology_id>/edit", methods=["GET", "POST"])
@for_roles(*DRAFTERS)
def edit(technology_id: str) -> Any:
    """Change what is said about a technology."""
    service, actor = provided(TechnologyService), current_actor()
    technology = service.technology(db(), actor=actor, technology_id=technology_id)
    form = TechnologyForm(data=None if request.method == "POST" else filled(technology))
    if form.validate_on_submit():
        try:
            service.revise(
                db(),
                actor=actor,
                technology_id=technology_id,
                draft=form.draft(),
                revision=form.known_revision(),
            )
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="title")
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("technologies.show", technology_id=technology_id))
    return _form_page("form.html", form, technology=technology)


# ── rights and titles ────────────────────────────────────────────────────────────────────────────


@blueprint.route("/technologies/<technology_id>/rights/new", methods=["GET", "POST"])
@for_roles(*DRAFTERS)
def new_right(technology_id: str) -> Any:
    """Add a right."""
    service, actor = provided(TechnologyService), current_actor()
    technology = service.technology(db(), actor=actor, technology_id=technology_id)
    form = RightForm(data=None if request.method == "POST" else {"title": technology.title})
    if form.validate_on_submit():
        try:
            service.add_right(db(), actor=actor, technology_id=technology_id, right=form.draft())
        except Invalid as error:
            release()
            show_error(form, error, default="title")
        else:
            flash(_("The right is added."), "success")
            return redirect(url_for("technologies.show", technology_id=technology_id) + "#rights")
    return _form_page("right.html", form, technology=technology, right=None)


@blueprint.route("/technologies/<technology_id>/rights/<right_id>", methods=["GET", "POST"])
@for_roles(*DRAFTERS)
def edit_right(technology_id: str, right_id: str) -> Any:
    """Change what is stated about a right."""
    right = _right(technology_id, right_id)
    form = RightForm(data=None if request.method == "POST" else {**right.particulars.__dict__})
    if form.validate_on_submit():
        try:
            provided(TechnologyService).revise_right(db(), actor=current_actor(), right_id=right_id, right=form.draft())
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="kind")
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("technologies.show", technology_id=technology_id) + "#rights")
    technology = provided(TechnologyService).technology(db(), actor=current_actor(), technology_id=technology_id)
    return _form_page("right.html", form, technology=technology, right=right)


@blueprint.post("/technologies/<technology_id>/titles")
@for_roles(*SIGNERS)
@needs_fresh_sign_in(back="technologies.show")
def record_titles(technology_id: str) -> Response:
    """Sign and queue the record of title of every right that has none."""
    service = provided(TechnologyService)
    titles = service.register_titles(db(), actor=current_actor(), technology_id=technology_id)
    if wants_json():
        return jsonify([json_forms.title(title) for title in titles])
    flash(_("The titles are signed and on their way to the register."), "success")
    return redirect(url_for("technologies.show", technology_id=technology_id) + "#rights")


@blueprint.route("/technologies/<technology_id>/rights/<right_id>/match", methods=["GET", "POST"])
@for_roles(*CURATORS)
def match(technology_id: str, right_id: str) -> Any:
    """State that a right matches the office's record."""
    right = _right(technology_id, right_id)
    form = MatchForm()
    if form.validate_on_submit() and form.date.data:
        try:
            provided(TechnologyService).match_office_record(
                db(), actor=current_actor(), right_id=right_id, date=form.date.data, source=form.source.data or ""
            )
        except Invalid as error:
            release()
            show_error(form, error, default="source")
        else:
            flash(_("The comparison is recorded."), "success")
            return redirect(url_for("technologies.show", technology_id=technology_id) + "#rights")
    return _form_page("match.html", form, technology_id=technology_id, right=right)


@blueprint.get("/technologies/<technology_id>/rights/<right_id>/instrument")
@for_roles(*DRAFTERS, *CURATORS)
def instrument(technology_id: str, right_id: str) -> str:
    """Ask for the instrument that a right's record rests on."""
    right = _right(technology_id, right_id)
    technology = provided(TechnologyService).technology(db(), actor=current_actor(), technology_id=technology_id)
    return render_template(
        "technologies/instrument.html",
        technology=technology,
        right=right,
        accept=endings(DocumentRole.INSTRUMENT),
        limit=limit_of(DocumentRole.INSTRUMENT, provided(Settings).upload_limit),
    )


# ── documents ────────────────────────────────────────────────────────────────────────────────────


@blueprint.put("/technologies/<technology_id>/documents")
@signed_in
def deposit(technology_id: str) -> Any:
    """Take a document in from the raw body; with ``?right=`` an instrument is attached to that right."""
    actor: Actor = current_actor()
    length, role, right_id = announced_length(), asked_role(), request.args.get("right")
    provided(TechnologyService).check_may_deposit(db(), actor=actor, technology_id=technology_id)
    if right_id:
        _right(technology_id, right_id)
    release()  # nothing is locked while bytes arrive
    document = deposited(actor, subject_kind="technology", subject_id=technology_id, role=role, length=length)
    if right_id:
        provided(TechnologyService).attach_instrument(db(), actor=actor, right_id=right_id, document_id=document.id)
    place = url_for("technologies.show", technology_id=technology_id)
    return jsonify(location=place, document=document.id), 201


@blueprint.get("/technologies/<technology_id>/documents/sealed")
@for_roles(*DRAFTERS)
def seal(technology_id: str) -> str:
    """Ask for a document that the browser seals."""
    actor: Actor = current_actor()
    technology = provided(TechnologyService).technology(db(), actor=actor, technology_id=technology_id)
    settings = provided(Settings)
    return render_template(
        "technologies/seal.html",
        technology=technology,
        recipients=provided(VaultService).sharing.recipients.active(db(), actor.organisation_id),
        owner=provided(AccountService).account_of(db(), actor.organisation_id).address.lower(),
        exchange=settings.public_url,
        limit=largest_content(settings.upload_limit),
        may_keep=actor.has(*KEEPERS),
    )


@blueprint.put("/technologies/<technology_id>/documents/sealed")
@for_roles(*DRAFTERS)
def deposit_sealed(technology_id: str) -> Any:
    """Take a document in that was sealed in a browser: note and age file, as one raw body."""
    actor: Actor = current_actor()
    length = announced_length()
    provided(TechnologyService).check_may_deposit(db(), actor=actor, technology_id=technology_id)
    release()  # nothing is locked while bytes arrive
    body = Body(length)
    upload = SealedUpload(
        actor=actor,
        subject_kind="technology",
        subject_id=technology_id,
        name=file_name(),
        length=length,
        stream=body,
        idempotency_key=request.headers.get("Idempotency-Key", ""),
        export_control=request.headers.get("X-Export-Control", UNREVIEWED),
    )
    try:
        document = provided(BrowserDeposits).deposit(upload)
    except Exception:
        body.drain()
        raise
    return jsonify(location=url_for("vault.document", document_id=document.id), document=document.id), 201


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _contests_on(state: PageState) -> list[Contest]:
    """Return what goes on about the titles of a technology."""
    rights = [right.id for right in state.technology.rights]
    return provided(ContestService).on(db(), kind=Subject.RIGHT, subject_ids=rights)


def _state(technology_id: str) -> PageState:
    return page_state(db(), provided(TechnologyService), actor=current_actor(), technology_id=technology_id)


def _page(state: PageState) -> dict[str, Any]:
    actor: Actor = current_actor()
    limit = provided(Settings).upload_limit
    return {
        "state": state,
        "technology": state.technology,
        "labels": RIGHT_LABELS,
        "stages": STAGE_LABELS,
        "button": ButtonForm(),
        "may_draft": actor.has(*DRAFTERS),
        "may_sign": actor.has(*SIGNERS),
        "may_curate": actor.has(*CURATORS),
        "uploads": {str(role): (endings(role), limit_of(role, limit)) for role in DocumentRole},
    }


def _right(technology_id: str, right_id: str) -> Right:
    right = provided(TechnologyService).right(db(), actor=current_actor(), right_id=right_id)
    if right.technology_id != technology_id:
        raise NotFound(_("There is no such right."))
    return right


def _form_page(template: str, form: Any, **context: Any) -> Any:
    """Return the page; 422 when the form was sent and cannot be taken."""
    status = 422 if request.method == "POST" else 200
    return render_template(f"technologies/{template}", form=form, **context), status
