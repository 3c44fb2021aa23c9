"""Forms of technologies: what a person types, before any rule is applied."""

import re
from typing import Any

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from ipx.core.countries import COUNTRIES
from ipx.core.errors import Conflict, Invalid
from ipx.technologies.offices import OFTEN_CHOSEN, ORGANISATIONS
from ipx.technologies.records import Technology
from ipx.technologies.rules import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    Advantage,
    Draft,
    RightDraft,
    RightKind,
    Stage,
    read_number,
)

RIGHT_LABELS = {
    RightKind.APPLICATION: _("Patent application"),
    RightKind.PATENT: _("Patent"),
    RightKind.UTILITY_MODEL: _("Utility model"),
    RightKind.DESIGN: _("Design"),
    RightKind.KNOW_HOW: _("Know-how"),
    RightKind.SOFTWARE: _("Software"),
    RightKind.DATA_SET: _("Data set"),
    RightKind.MATERIAL: _("Material"),
}
STAGE_LABELS = {
    Stage.RESEARCH: _("Research"),
    Stage.INCUBATION: _("Incubation"),
    Stage.CONVERSION: _("Conversion"),
    Stage.PRODUCTION: _("Production"),
    Stage.OPERATION: _("Operation"),
}
TRL_LABELS = {
    1: _("1: basic principles observed"),
    2: _("2: concept formulated"),
    3: _("3: proof of concept"),
    4: _("4: validated in the laboratory"),
    5: _("5: validated in a relevant environment"),
    6: _("6: demonstrated in a relevant environment"),
    7: _("7: prototype in operation"),
    8: _("8: complete and qualified"),
    9: _("9: proven in operation"),
}


class TechnologyForm(FlaskForm):  # type: ignore[misc]
    """What is said about a technology. Title and problem are enough for a draft."""

    title = StringField(
        _("Title"), [InputRequired(_("Title is missing: say it as to a colleague.")), Length(max=LONGEST_TITLE)]
    )
    problem = TextAreaField(_("Problem solved"), [InputRequired(_("Problem is missing: a sentence is enough."))])
    summary = TextAreaField(_("Non-confidential summary"), [Optional(), Length(max=LONGEST_TEXT)])
    advantage_text = TextAreaField(_("Advantage over the best alternative"), [Optional()])
    advantage_number = StringField(_("Measured value"), [Optional()])
    advantage_unit = StringField(_("Unit"), [Optional()])
    advantage_compared_with = StringField(_("Compared with"), [Optional()])
    trl = SelectField(_("Technology readiness level"), [Optional()])
    stage = SelectField(_("Stage in the city’s life cycle"), [Optional()])
    classes = StringField(_("CPC or IPC classes"), [Optional()])
    revision = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trl.choices = {"": str(_("not stated")), **{str(level): str(label) for level, label in TRL_LABELS.items()}}
        self.stage.choices = {"": str(_("not stated")), **{str(one): str(STAGE_LABELS[one]) for one in Stage}}

    def known_revision(self) -> int | None:
        """Return which revision the person saw, None when the field was meddled with."""
        return int(self.revision.data) if self.revision.data and self.revision.data.isdecimal() else None

    def draft(self) -> Draft:
        """Return what was typed. Raises Invalid for a number that is none."""
        advantage = Advantage(
            text=self.advantage_text.data or "",
            number=read_number(self.advantage_number.data),
            unit=self.advantage_unit.data or "",
            compared_with=self.advantage_compared_with.data or "",
        )
        return Draft(
            title=self.title.data or "",
            problem=self.problem.data or "",
            summary=self.summary.data or "",
            advantage=advantage,
            trl=int(self.trl.data) if self.trl.data else None,
            classes=tuple(part for part in re.split(r"[,;\n]", self.classes.data or "") if part.strip()),
            stage=Stage(self.stage.data) if self.stage.data else None,
        )


class RightForm(FlaskForm):  # type: ignore[misc]
    """What is stated about one right."""

    kind = SelectField(_("Kind"))
    title = StringField(_("Title or name"), [InputRequired(_("Title is missing: give the right a title or a name."))])
    office = SelectField(_("Office"), [Optional()])
    number = StringField(_("Number"), [Optional()])
    kind_code = StringField(_("Kind code"), [Optional()])
    filed_on = DateField(_("Filed on"), [Optional()])
    published_on = DateField(_("Published on"), [Optional()])
    granted_on = DateField(_("Granted on"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = {str(kind): str(label) for kind, label in RIGHT_LABELS.items()}
        self.office.choices = office_choices()

    def draft(self) -> RightDraft:
        """Return what was typed."""
        return RightDraft(
            kind=RightKind(self.kind.data),
            title=self.title.data or "",
            office=self.office.data or None,
            number=self.number.data or None,
            kind_code=self.kind_code.data or None,
            filed_on=self.filed_on.data,
            published_on=self.published_on.data,
            granted_on=self.granted_on.data,
        )


class MatchForm(FlaskForm):  # type: ignore[misc]
    """A comparison with the office's record."""

    date = DateField(_("Day of the comparison"), [InputRequired(_("Day is missing: when did you look?"))])
    source = StringField(
        _("Where you saw it"), [InputRequired(_("Source is missing: name the register and its entry."))]
    )


class SignedMoveForm(FlaskForm):  # type: ignore[misc]
    """What a wallet signed about a title (0x and hex digits), and until when that counts (seconds since 1970)."""

    signature = HiddenField(validators=[InputRequired()])
    deadline = IntegerField(validators=[InputRequired()], widget=HiddenInput())


class ButtonForm(FlaskForm):  # type: ignore[misc]
    """A button; carries the CSRF token."""


def office_choices() -> dict[str, Any]:
    """Return offices by code and name, in groups: the often chosen ones first."""
    names = (get_locale() or Locale("en")).territories
    labels = {code: f"{names.get(code, code)} ({code})" for code in COUNTRIES}
    labels |= {code: f"{name} – {code}" for code, name in ORGANISATIONS.items()}
    ordered = sorted(labels.items(), key=lambda item: item[1].casefold())
    return {
        "": str(_("none, or not stated")),
        str(_("Often chosen")): {code: labels[code] for code in OFTEN_CHOSEN},
        str(_("All offices")): {code: label for code, label in ordered if code not in OFTEN_CHOSEN},
    }


def filled(technology: Technology) -> dict[str, Any]:
    """Return a technology as the form's fields."""
    advantage = technology.advantage
    return {
        "title": technology.title,
        "problem": technology.problem,
        "summary": technology.summary,
        "advantage_text": advantage.text,
        "advantage_number": "" if advantage.number is None else format(advantage.number, "f"),
        "advantage_unit": advantage.unit,
        "advantage_compared_with": advantage.compared_with,
        "trl": str(technology.trl or ""),
        "stage": str(technology.stage or ""),
        "classes": ", ".join(technology.classes),
        "revision": str(technology.revision),
    }


def show_error(form: Any, error: Invalid | Conflict, *, default: str) -> None:
    """Put a refusal where the person can mend it: at its field."""
    name = getattr(error, "field", None) or default
    field = form[name] if name in form else form[default]
    field.errors = [*field.errors, error.message]
