"""Pages of invention disclosures: list, writing, the whole of one, its records. ``review_views`` has the rest."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.core import canonical
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.inventions import deadline_views, inventor_views, review_views
from ipx.inventions.answers import attachment, shown
from ipx.inventions.drafts import Problem, TypedSection
from ipx.inventions.forms import NewForm, section_form, show_problems, typed_in
from ipx.inventions.labels import ENTRY_LABELS, SECTION_HINTS, SECTION_LABELS
from ipx.inventions.policy import OFFICERS
from ipx.inventions.records import Invention
from ipx.inventions.rules import EDITABLE
from ipx.inventions.sections import BY_NAME, SECTIONS, Section
from ipx.inventions.service import InventionService
from ipx.web.guards import current_actor, signed_in
from ipx.web.services import provided
from ipx.web.transactions import commit, db, release

blueprint = Blueprint("inventions", __name__)
review_views.add_to(blueprint)
inventor_views.add_to(blueprint)
deadline_views.add_to(blueprint)
AUTOSAVE = "X-Autosave"


@blueprint.get("/inventions")
@signed_in
def index() -> str:
    """List the disclosures that the person may read."""
    lines = provided(InventionService).inventions(db(), actor=current_actor())
    return render_template("inventions/index.html", lines=lines, oversees=current_actor().has(*OFFICERS))


@blueprint.route("/inventions/new", methods=["GET", "POST"])
@signed_in
def new() -> Any:
    """Begin a disclosure."""
    form = NewForm()
    if form.validate_on_submit():
        try:
            found = provided(InventionService).begin(db(), actor=current_actor(), title=form.title.data or "")
        except Invalid as error:
            release()
            form.title.errors = [*form.title.errors, error.message]
        else:
            return redirect(url_for("inventions.write", invention_id=found, section="invention"))
    return render_template("inventions/new.html", form=form), 422 if request.method == "POST" else 200


@blueprint.get("/inventions/<invention_id>")
@signed_in
def show(invention_id: str) -> Any:
    """Show a disclosure: what it says, what it lacks, its bar dates, inventors, records and history."""
    return shown(_invention(invention_id))


@blueprint.route("/inventions/<invention_id>/write/<section>", methods=["GET", "POST"])
@signed_in
def write(invention_id: str, section: str) -> Any:
    """Write a section. Whatever is typed is kept; what cannot be taken is named, and kept too."""
    invention, about = _invention(invention_id), _section(section)
    _check_writable(invention)
    if request.method == "GET":
        typed = invention.draft.get(section, TypedSection())
        form = section_form(about, typed, more=1 if request.args.get("more") else 0)
        problems = [p for p in invention.content.problems if p.section == section]
        return _section_page(invention, about, form, problems), 200
    typed = typed_in(about, section_form(about, TypedSection()))
    problems = provided(InventionService).save_section(
        db(),
        actor=current_actor(),
        invention_id=invention_id,
        section=section,
        typed=typed,
        quietly=AUTOSAVE in request.headers,
    )
    if AUTOSAVE in request.headers:
        return jsonify(problems=len(problems))
    return _after_saving(invention, about, typed, problems)


@blueprint.post("/inventions/<invention_id>/submit")
@signed_in
def submit(invention_id: str) -> Any:
    """Submit it to the technology office."""
    try:
        provided(InventionService).submit(db(), actor=current_actor(), invention_id=invention_id)
    except Invalid:  # the page names each thing that has to be mended
        release()
        return shown(_invention(invention_id)), 422
    flash(_("Submitted. The record is on its way to its time stamp, and the inventors are asked."), "success")
    return redirect(url_for("inventions.show", invention_id=invention_id))


@blueprint.post("/inventions/<invention_id>/discard")
@signed_in
def discard(invention_id: str) -> Any:
    """Delete a draft."""
    provided(InventionService).discard(db(), actor=current_actor(), invention_id=invention_id)
    flash(_("The draft is deleted."), "success")
    return redirect(url_for("inventions.index"))


@blueprint.get("/inventions/<invention_id>/evidence")
@signed_in
def evidence(invention_id: str) -> Any:
    """Lead to the records with their stamps, where histories point."""
    return redirect(url_for("inventions.show", invention_id=invention_id) + "#records")


# ── records ──────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/inventions/<invention_id>/records/<int:number>.json")
@signed_in
def record(invention_id: str, number: int) -> Response:
    """Download a submission exactly as it was stamped."""
    content = provided(InventionService).record(db(), actor=current_actor(), invention_id=invention_id, number=number)
    return attachment(content, name=f"disclosure-{number}.json")


@blueprint.get("/inventions/<invention_id>/records/<int:number>.inventors.json")
@signed_in
def openings(invention_id: str, number: int) -> Response:
    """Download what the record's commitments to inventors are made of; null where personal data were erased."""
    found = provided(InventionService).openings(db(), actor=current_actor(), invention_id=invention_id, number=number)
    content = canonical.encode([canonical.decode(opening) if opening else None for opening in found])
    return attachment(content, name=f"disclosure-{number}.inventors.json")


@blueprint.get("/inventions/<invention_id>/records/<int:number>.evidence.json")
@signed_in
def bundle(invention_id: str, number: int) -> Response:
    """Download the evidence bundle of a submission."""
    content = provided(InventionService).bundle(db(), actor=current_actor(), invention_id=invention_id, number=number)
    return attachment(content, name=f"disclosure-{number}.ipx-evidence.json")


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _invention(invention_id: str) -> Invention:
    return provided(InventionService).invention(db(), actor=current_actor(), invention_id=invention_id)


def _section(name: str) -> Section:
    if name not in BY_NAME:
        raise NotFound(_("There is no such section."))
    return BY_NAME[name]


def _check_writable(invention: Invention) -> None:
    actor: Actor = current_actor()
    if actor.person_id != invention.created_by or invention.state not in EDITABLE:
        raise Conflict(_("This disclosure cannot be changed now. Open it to see where it stands."))


def _after_saving(invention: Invention, about: Section, typed: TypedSection, problems: list[Problem]) -> Any:
    """Go on, or stay where something has to be mended: what was typed is kept either way."""
    then = request.form.get("then", "")
    if then == "add":
        place = url_for("inventions.write", invention_id=invention.id, section=about.name, more=1)
        return redirect(f"{place}#entry-{len(typed.entries)}")
    if problems:
        commit()
        return _section_page(invention, about, section_form(about, typed), problems), 422
    following = _following(about)
    if then == "next" and following is not None:
        return redirect(url_for("inventions.write", invention_id=invention.id, section=following.name))
    return redirect(url_for("inventions.show", invention_id=invention.id))


def _following(about: Section) -> Section | None:
    place = SECTIONS.index(about)
    return SECTIONS[place + 1] if place + 1 < len(SECTIONS) else None


def _section_page(invention: Invention, about: Section, form: Any, problems: list[Problem]) -> str:
    show_problems(about, form, problems)
    return render_template(
        "inventions/write.html",
        invention=invention,
        section=about,
        sections=SECTIONS,
        labels=SECTION_LABELS,
        hint=SECTION_HINTS[about.name],
        entry_label=ENTRY_LABELS.get(about.name, ""),
        form=form,
        problems=problems,
        following=_following(about),
    )
