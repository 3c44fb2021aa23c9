"""Pages that take a table in: the table, its columns, a preview, and then the import.

The table travels with the form from step to step and is kept nowhere: it may hold numbers of unpublished applications,
or with whom somebody deals.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Response, render_template, request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from ipx.core.csv_mapping import ColumnMapping
from ipx.core.csv_table import Table
from ipx.core.errors import Invalid
from ipx.core.table_outcomes import RowChange, RowOutcome, errors_as_csv
from ipx.web.table_form import DATES, Filled, filled, guessed_columns
from ipx.web.transactions import release

TABLE, COLUMNS, PREVIEW, ERRORS, IMPORT = "table", "columns", "preview", "errors", "import"
MOST_SHOWN = 200
CHANGES = {
    RowChange.ADDED: _("added"),
    RowChange.CHANGED: _("changed"),
    RowChange.UNCHANGED: _("unchanged"),
    RowChange.REFUSED: _("refused"),
}

Act = Callable[[Table, ColumnMapping], Iterable[RowOutcome]]


class ButtonForm(FlaskForm):  # type: ignore[misc]
    """Holds the form token alone."""


@dataclass(frozen=True)
class TableImport:
    """What a page takes in. ``words``: fields whose cells are words of ours, each with its label; ``shown``: the member
    of an outcome that names what a row is about beside its technology, and its label. Labels are lazy texts.
    """

    into: str
    endpoint: str
    back: str
    title: Any
    lede: Any
    back_label: Any
    fields: Sequence[str]
    required: Sequence[str]
    labels: Mapping[str, Any]
    usual_names: Mapping[str, Sequence[str]]
    words: Mapping[str, Mapping[str, Any]]
    shown: tuple[str, Any]
    preview: Act
    take_in: Act

    def answer(self) -> Any:
        """Answer the page's request, whichever step it is at."""
        if request.method == "GET":
            return self._page(TABLE)
        steps = {PREVIEW: self._preview, ERRORS: self._errors, IMPORT: self._import}
        try:
            told = filled(request.form, into=self.into, fields=self.fields, values=self._values())
            return steps.get(request.form.get("step", ""), self._columns)(told)
        except Invalid as error:
            release()
            return self._page(TABLE, error=error.message), 422

    def _values(self) -> dict[str, dict[str, str]]:
        """Return which word of the table means which of ours, as chosen, by field."""
        chosen = {
            name: dict(zip(request.form.getlist(f"word-{name}"), request.form.getlist(f"meaning-{name}"), strict=False))
            for name in self.words
        }
        return {name: words for name, words in chosen.items() if words}

    def _columns(self, told: Filled) -> Any:
        sample = told.sample()
        chosen = told.mapping.columns or guessed_columns(sample.columns, self.usual_names)
        kept = {name: column for name, column in chosen.items() if column in sample.columns}
        return self._page(COLUMNS, replace(told, mapping=replace(told.mapping, columns=kept)), sample=sample)

    def _preview(self, told: Filled) -> Any:
        outcomes = list(self.preview(told.table(), told.mapping))
        return self._page(PREVIEW, told, outcomes=outcomes, foreign=self._foreign_words(told))

    def _errors(self, told: Filled) -> Response:
        found = self.preview(told.table(), told.mapping)
        answer = Response(errors_as_csv(found), mimetype="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f"attachment; filename={self.into}-errors.csv"
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    def _import(self, told: Filled) -> Any:
        return self._page(IMPORT, told, outcomes=list(self.take_in(told.table(), told.mapping)))

    def _foreign_words(self, told: Filled) -> dict[str, list[tuple[str, str]]]:
        """Return, by field, the words of the table that are none of ours, with what was chosen for them."""
        found = {}
        for name, labels in self.words.items():
            chosen = told.mapping.values.get(name, {})
            told_words = [word for word in told.words_of(name) if word.lower().replace(" ", "-") not in labels]
            words = [(word, chosen.get(word, "")) for word in told_words]
            if words:
                found[name] = words
        return found

    def _page(self, step: str, told: Filled | None = None, **more: Any) -> str:
        outcomes: list[RowOutcome] = more.get("outcomes", [])
        return render_template(
            "imports/page.html",
            page=self,
            step=step,
            told=told,
            table=told.text if told else request.form.get("table", ""),
            button=ButtonForm(),
            counts={change: sum(outcome.change is change for outcome in outcomes) for change in RowChange},
            refused=[outcome for outcome in outcomes if outcome.change is RowChange.REFUSED][:MOST_SHOWN],
            taken=[outcome for outcome in outcomes if outcome.change is not RowChange.REFUSED][:MOST_SHOWN],
            most_shown=MOST_SHOWN,
            change_labels=CHANGES,
            dates=DATES,
            example_day=date(2026, 11, 28),
            **more,
        )
