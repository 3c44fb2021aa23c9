"""Forms of a disclosure, built from ``sections``: what a person types, kept as text."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import DateInput

from ipx.inventions.drafts import LONGEST_LINE, MOST_ENTRIES, Answer, Entry, Problem, TypedSection
from ipx.inventions.labels import ANSWER_LABELS, CHOICE_LABELS, FIELD_HINTS, FIELD_LABELS
from ipx.inventions.rules import Step
from ipx.inventions.sections import Field, Kind, Section


class DayField(StringField):
    """A day as it was typed; a day that is none is kept as well, so that it can be mended."""

    widget = DateInput()


class NewForm(FlaskForm):  # type: ignore[misc]
    """What a disclosure begins with."""

    title = StringField(_("Title"), [InputRequired(_("Title is missing: a few words are enough."))])


class WordsForm(FlaskForm):  # type: ignore[misc]
    """Words beside a step."""

    words = TextAreaField(_("Your words"), [Optional()])


class JudgeForm(WordsForm):
    """What the technology office decides."""

    step = RadioField(_("Decision"), [InputRequired(_("Choose what is decided."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step.choices = {
            str(Step.ACCEPTED): str(_("Accept")),
            str(Step.ASKED): str(_("Ask the inventors")),
            str(Step.RETURNED): str(_("Return to the inventors")),
            str(Step.DECLINED): str(_("Decline")),
        }


class InventorForm(FlaskForm):  # type: ignore[misc]
    """What an inventor answers by a mailed link."""

    answer = RadioField(_("Your answer"), [InputRequired(_("Choose an answer."))])
    words = TextAreaField(_("Your words"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answer.choices = {
            "yes": str(_("I confirm it: I am an inventor, and what is said of me is right")),
            "no": str(_("I dispute it")),
        }


class TechnologyForm(FlaskForm):  # type: ignore[misc]
    """What the technology says at first: it may be published, so nothing is copied from the disclosure."""

    title = StringField(_("Title"), [InputRequired(_("Title is missing: say it as to a colleague.")), Length(max=200)])
    problem = TextAreaField(_("Problem solved"), [InputRequired(_("Problem is missing: a sentence is enough."))])


class LinkForm(FlaskForm):  # type: ignore[misc]
    """Which technology the disclosure belongs to."""

    technology = SelectField(_("Technology"), [InputRequired(_("Choose a technology."))])


def section_form(section: Section, typed: TypedSection, *, more: int = 0) -> Any:
    """Return the form of a section filled with what was typed, with ``more`` blank entries at its end."""
    entries = [_filled(section, entry) for entry in typed.entries] + [{} for _more in range(more)]
    if not section.is_list:
        return _entry_class(section, FlaskForm)(data=entries[0] if entries else {})
    return _list_class(section)(data={"answer": str(typed.answer), "entries": entries or [{}]})


def typed_in(section: Section, form: Any) -> TypedSection:
    """Return what was typed into a form of ``section_form``; entries that are blank are left out."""
    names = [field.name for field in section.fields]
    if not section.is_list:
        return TypedSection(entries=(_values(form, names),))
    try:
        answer = Answer(form.answer.data or "")
    except ValueError:
        answer = Answer.UNKNOWN
    found = [_values(entry.form, names) for entry in form.entries.entries]
    entries = tuple(entry for entry in found if any(entry.values()))
    return TypedSection(Answer.LISTED if entries and answer is Answer.UNKNOWN else answer, entries)


def show_problems(section: Section, form: Any, problems: list[Problem]) -> None:
    """Put each problem at its field."""
    for problem in problems:
        if problem.entry is None or problem.field is None:
            continue
        place = form.entries.entries[problem.entry].form if section.is_list else form
        place[problem.field].errors = [*place[problem.field].errors, problem.message]


def _values(form: Any, names: list[str]) -> Entry:
    return {name: form[name].data or "" for name in names}


def _filled(section: Section, entry: Entry) -> dict[str, Any]:
    return {field.name: entry.get(field.name, "") for field in section.fields}


def _list_class(section: Section) -> type[Any]:
    """Build the form anew for each request: labels of choices speak the language of the page."""
    answers = {str(answer): str(label) for answer, label in ANSWER_LABELS.items()}
    fields = {
        "answer": RadioField(_("What do you know of it?"), choices=answers),
        "entries": FieldList(FormField(_entry_class(section, Form)), max_entries=MOST_ENTRIES + 1),
    }
    return type(f"{section.name}_list", (FlaskForm,), fields)


def _entry_class(section: Section, base: type[Any]) -> type[Any]:
    return type(section.name, (base,), {field.name: _control(section, field) for field in section.fields})


def _control(section: Section, field: Field) -> Any:
    key = (section.name, field.name)
    label, hint = FIELD_LABELS[key], FIELD_HINTS.get(key, "")
    if field.kind is Kind.CHOICES:
        choices = {choice: str(CHOICE_LABELS[choice]) for choice in field.choices}
        return SelectMultipleField(label, choices=choices, description=hint)
    if field.kind is Kind.CHOICE:
        known = {choice: str(CHOICE_LABELS[choice]) for choice in field.choices}
        return SelectField(label, choices={"": str(ANSWER_LABELS[Answer.UNKNOWN]), **known}, description=hint)
    if field.kind is Kind.TEXT:
        return TextAreaField(label, description=hint)
    if field.kind is Kind.DAY:
        return DayField(label, description=hint)
    return StringField(label, [Length(max=LONGEST_LINE)] if field.required else [], description=hint)
