"""Publishing: the statement about novelty, the terms in a short form or whole, the preview, the listing."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.field_errors import show_error
from ipx.catalogue.forms import PublishForm, StatementForm
from ipx.catalogue.listing_context import listing_context
from ipx.catalogue.records import Listing
from ipx.catalogue.rules import Novelty
from ipx.catalogue.service import CatalogueService
from ipx.catalogue.typed_terms import FIRST_VALUES, values_of
from ipx.core.errors import Conflict, Invalid
from ipx.licences.competition import EU_EXPIRY, doubts_of
from ipx.licences.packs.packs import NAMES, Pack, pack
from ipx.licences.packs.words import STORIES
from ipx.licences.terms_form.sections import form_of, said_by
from ipx.licences.terms_form.typed import Typed, compacted, read_typed, typed_of
from ipx.licences.terms_v2.problems import InvalidTerms, Problem
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.records import Technology
from ipx.technologies.service import TechnologyService
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, release


@for_roles(Role.LICENSING_MANAGER)
def publish(technology_id: str) -> Any:
    """Ask for the statement and the short form of terms, preview the real page, publish. ``step`` says which of these.

    Terms that say more than the short form can show are shown whole, on the other page.
    """
    actor, technology, before = _about(technology_id)
    form = PublishForm(data=_first_values(before))
    if request.method == "GET" and before is not None and before.terms is not None and not _is_short(before.terms):
        return redirect(url_for("catalogue.publish_terms", technology_id=technology_id))
    if request.form.get("step") != "edit" and form.validate_on_submit():
        try:
            return _preview_or_publish(actor, technology_id, form, form.terms)
        except (Invalid, Conflict) as error:
            release()
            show_error(form, error, default="novelty")
    status = 422 if form.errors else 200
    return render_template("catalogue/publish.html", form=form, technology=technology, listing=before), status


@for_roles(Role.LICENSING_MANAGER)
def publish_terms(technology_id: str) -> Any:
    """The same with every field of the terms: beginning with a pack, or with what is listed now."""
    actor, technology, before = _about(technology_id)
    form, chosen = StatementForm(data=_statement(before)), _pack()
    listed = before.terms.to_json() if before is not None and before.terms is not None else {}
    start = chosen.start if chosen is not None else listed
    if not start:
        return render_template("catalogue/choose_pack.html", technology=technology, stories=STORIES.items())
    typed = compacted(request.form.lists()) if request.method == "POST" else typed_of(start)
    answers = [field.path for field in chosen.asked if field.required] if chosen else []
    problems: tuple[Problem, ...] = ()
    if request.method == "POST" and request.form.get("step") != "edit":
        is_stated = form.validate_on_submit()
        try:
            terms = read_typed(typed, kept=start, answers=answers)
            if is_stated:
                return _preview_or_publish(actor, technology_id, form, lambda: terms)
        except InvalidTerms as error:
            problems = error.problems
        except (Invalid, Conflict) as error:
            show_error(form, error, default="novelty")
        release()
    return _whole_form(form, technology, typed, problems, chosen)


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    for rule, view in (("publish", publish), ("publish/terms", publish_terms)):
        blueprint.add_url_rule(f"/technologies/<technology_id>/{rule}", view_func=view, methods=["GET", "POST"])


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _about(technology_id: str) -> tuple[Actor, Technology, Listing | None]:
    actor: Actor = current_actor()
    technology = provided(TechnologyService).technology(db(), actor=actor, technology_id=technology_id)
    return actor, technology, provided(CatalogueService).find_by_technology(db(), technology_id=technology_id)


def _preview_or_publish(
    actor: Actor, technology_id: str, form: StatementForm, read_terms: Callable[[], LicenceTerms]
) -> Any:
    catalogue = provided(CatalogueService)
    statement: dict[str, Any] = {
        "actor": actor,
        "technology_id": technology_id,
        "terms": read_terms(),
        "novelty": Novelty(form.novelty.data),
        "filed_on": form.filed_on.data,
    }
    if request.form.get("step") == "preview":
        draft = catalogue.preview(db(), **statement)
        kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("step", "csrf_token")]
        context = listing_context(draft) | {"expiry": EU_EXPIRY}
        context["doubts"] = doubts_of(draft.terms) if draft.terms else ()
        return render_template("catalogue/preview.html", kept=kept, form=form, **context)
    published = catalogue.publish(db(), **statement)
    flash(_("Published. It can be found in a moment."), "success")
    return redirect(url_for("catalogue.listing", listing_id=published.id))


def _whole_form(
    form: StatementForm,
    technology: Technology,
    typed: Typed,
    problems: tuple[Problem, ...],
    chosen: Pack | None,
) -> Any:
    page = render_template(
        "catalogue/publish_terms.html",
        form=form,
        technology=technology,
        terms_form=form_of(typed, problems=problems, pack=chosen),
        said=said_by(typed, chosen),
        pack=chosen,
        story=STORIES[chosen.name] if chosen else None,
    )
    return page, 422 if form.errors or problems else 200


def _pack() -> Pack | None:
    wanted = request.args.get("pack", "")
    return pack(wanted) if wanted in NAMES else None


def _is_short(terms: LicenceTerms) -> bool:
    """Tell whether the short form would publish just these terms again."""
    try:
        return PublishForm(formdata=None, data=values_of(terms)).terms() == terms
    except (Invalid, ValueError):
        return False


def _statement(before: Listing | None) -> dict[str, object]:
    return {"novelty": str(before.novelty or ""), "filed_on": before.filed_on} if before is not None else {}


def _first_values(before: Listing | None) -> dict[str, object]:
    if before is None or before.terms is None:
        return FIRST_VALUES
    return {**values_of(before.terms), **_statement(before)}
