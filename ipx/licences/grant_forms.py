"""Forms about grants made elsewhere, and about what people decide."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from ipx.licences.grant_words import EXCLUSIVITY, KINDS, RESERVED
from ipx.licences.records import DeclaredDraft
from ipx.licences.rules import Act
from ipx.licences.typed_grants import read_draft
from ipx.licences.words import ACTS


class BoxesField(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DeclareForm(FlaskForm):  # type: ignore[misc]
    """An agreement made elsewhere; the names are those of a file's columns."""

    kind = SelectField(_("What it is"))
    holder = StringField(_("With whom"), [Length(max=200)])
    exclusivity = SelectField(_("Exclusivity"))
    up_to = StringField(_("Up to how many licensees, if co-exclusive"), [Length(max=5)])
    acts = BoxesField(_("What the other side may do"))
    field = TextAreaField(_("Field of use"), [Length(max=2000)])
    codes = StringField(_("Classes of the field"), [Length(max=1000)])
    territory = StringField(_("Territory"), [InputRequired(_("Say where: worldwide, or codes.")), Length(max=1000)])
    start = StringField(_("First day"), [InputRequired(_("Say from which day it holds."))])
    end = StringField(_("Last day, or what ends it"), [InputRequired(_("Say until when it holds."))])
    reserved = BoxesField(_("What you kept"))
    rights = BoxesField(_("Rights"), validate_choice=False)  # the service knows which there are

    def __init__(self, rights: dict[str, str], **options: Any) -> None:
        super().__init__(**options)
        self.kind.choices = [(value, str(label)) for value, label in KINDS.items()]
        self.exclusivity.choices = [(value, str(label)) for value, label in EXCLUSIVITY.items()]
        self.acts.choices = [(str(act), str(ACTS[act])) for act in Act]
        self.reserved.choices = [(value, str(label)) for value, label in RESERVED.items()]
        self.rights.choices = list(rights.items())

    def draft(self) -> DeclaredDraft:
        """Return what was typed. Raises Invalid naming the field."""
        values = {name: ";".join(data) if isinstance(data, list) else data or "" for name, data in self.data.items()}
        return read_draft({name: value for name, value in values.items() if isinstance(value, str)})


class PressForm(FlaskForm):  # type: ignore[misc]
    """One button."""


class DecideForm(FlaskForm):  # type: ignore[misc]
    """What was weighed before terms were let through."""

    reason = TextAreaField(
        _("What you weighed"), [InputRequired(_("Write what you weighed; auditors read it.")), Length(max=2000)]
    )
