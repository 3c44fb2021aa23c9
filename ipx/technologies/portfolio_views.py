"""The page that takes a portfolio in: the table, its columns, a preview, and then the import.

The table travels with the form from step to step and is kept nowhere: it may hold numbers of unpublished applications.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import lazy_gettext as _

from ipx.core.errors import Invalid
from ipx.technologies.forms import RIGHT_LABELS, ButtonForm
from ipx.technologies.policy import SIGNERS
from ipx.technologies.portfolio import Portfolios
from ipx.technologies.portfolio_form import DATES, Filled, filled, guessed_columns
from ipx.technologies.portfolio_outcomes import RowChange, RowOutcome, errors_as_csv
from ipx.technologies.portfolio_rows import FIELDS, REQUIRED
from ipx.technologies.rules import RightKind
from ipx.vault.answers import attachment
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, release

TABLE, COLUMNS, PREVIEW, ERRORS, IMPORT = "table", "columns", "preview", "errors", "import"
MOST_SHOWN = 200
FIELD_LABELS = {
    "technology": _("Title of the technology"),
    "problem": _("Problem solved"),
    "summary": _("Non-confidential summary"),
    "trl": _("Technology readiness level"),
    "classes": _("CPC or IPC classes"),
    "right_kind": _("Kind of right"),
    "right_title": _("Title of the right"),
    "office": _("Office"),
    "number": _("Number"),
    "kind_code": _("Kind code"),
    "filed_on": _("Filed on"),
    "published_on": _("Published on"),
    "granted_on": _("Granted on"),
}
CHANGES = {
    RowChange.ADDED: _("added"),
    RowChange.CHANGED: _("changed"),
    RowChange.UNCHANGED: _("unchanged"),
    RowChange.REFUSED: _("refused"),
}


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's."""
    blueprint.add_url_rule("/technologies/import", view_func=portfolio, methods=["GET", "POST"])


@for_roles(*SIGNERS)
def portfolio() -> Any:
    """Take a portfolio in, step by step."""
    if request.method == "GET":
        return _page(TABLE)
    try:
        told = filled(request.form, _words())
        return _STEPS.get(request.form.get("step", ""), _columns)(told)
    except Invalid as error:
        release()
        return _page(TABLE, error=error.message), 422


def _columns(told: Filled) -> Any:
    sample = told.sample()
    chosen = told.mapping.columns or guessed_columns(sample.columns)
    kept = {name: column for name, column in chosen.items() if column in sample.columns}
    return _page(COLUMNS, replace(told, mapping=replace(told.mapping, columns=kept)), sample=sample)


def _preview(told: Filled) -> Any:
    service = provided(Portfolios)
    outcomes = list(service.preview(db(), actor=current_actor(), table=told.table(), mapping=told.mapping))
    return _page(PREVIEW, told, outcomes=outcomes, words=_words_to_choose(told))


def _errors(told: Filled) -> Response:
    service = provided(Portfolios)
    found = service.preview(db(), actor=current_actor(), table=told.table(), mapping=told.mapping)
    return attachment(errors_as_csv(found), name="portfolio-errors.csv", kind="text/csv; charset=utf-8")


def _import(told: Filled) -> Any:
    service = provided(Portfolios)
    outcomes = list(service.take_in(db(), actor=current_actor(), table=told.table(), mapping=told.mapping))
    return _page(IMPORT, told, outcomes=outcomes)


_STEPS = {COLUMNS: _columns, PREVIEW: _preview, ERRORS: _errors, IMPORT: _import}


def _words() -> list[tuple[str, str]]:
    """Return which word of the table means which kind of right, as chosen."""
    return list(zip(request.form.getlist("word"), request.form.getlist("meaning"), strict=False))


def _words_to_choose(told: Filled) -> list[tuple[str, str]]:
    """Return the words of the table that are no kind of right by themselves, with what was chosen for them."""
    chosen = told.mapping.values.get("right_kind", {})
    known = {kind.value for kind in RightKind}
    return [(word, chosen.get(word, "")) for word in told.words_of("right_kind") if word.lower() not in known]


def _page(step: str, told: Filled | None = None, **more: Any) -> str:
    outcomes: list[RowOutcome] = more.get("outcomes", [])
    return render_template(
        "technologies/portfolio.html",
        step=step,
        button=ButtonForm(),
        told=told,
        table=told.text if told else request.form.get("table", ""),
        counts={change: sum(outcome.change is change for outcome in outcomes) for change in RowChange},
        refused=[outcome for outcome in outcomes if outcome.change is RowChange.REFUSED][:MOST_SHOWN],
        taken=[outcome for outcome in outcomes if outcome.change is not RowChange.REFUSED][:MOST_SHOWN],
        most_shown=MOST_SHOWN,
        fields=FIELDS,
        required=REQUIRED,
        field_labels=FIELD_LABELS,
        change_labels=CHANGES,
        right_labels=RIGHT_LABELS,
        dates=DATES,
        example_day=date(2026, 11, 28),
        **more,
    )
