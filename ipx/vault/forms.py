"""Forms of documents: what a reader says before a document opens."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from ipx.core.errors import Conflict, Invalid
from ipx.vault.access_forms import DeclarationForm
from ipx.vault.rules import LONGEST_PURPOSE, Form


class OpenForm(DeclarationForm):
    """Purpose and form of a reading, and before the first one the reader's declaration."""

    purpose = StringField(
        _("Purpose"), [InputRequired(_("Purpose is missing: a few words are enough.")), Length(max=LONGEST_PURPOSE)]
    )
    form = RadioField(_("How"), default=str(Form.CLEAR))
    recipient = StringField(_("Your age public key"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.choices = {
            str(Form.CLEAR): str(_("Download in clear")),
            str(Form.AGE): str(_("Download sealed for my own key (.age)")),
        }


class FindForm(DeclarationForm):
    """Purpose of a reading that stays on its page, and before the first one the reader's declaration."""

    purpose = StringField(
        _("Purpose"), [InputRequired(_("Purpose is missing: a few words are enough.")), Length(max=LONGEST_PURPOSE)]
    )


class PageForm(DeclarationForm):
    """Purpose of looking at a page, and which, of ``most``; before the first reading the reader's declaration."""

    purpose = StringField(
        _("Purpose"), [InputRequired(_("Purpose is missing: a few words are enough.")), Length(max=LONGEST_PURPOSE)]
    )
    number = IntegerField(_("Page"), default=1)

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        message = str(_("There is no such page: write a number from 1 to %(most)s.")) % {"most": most}
        self.number.validators = [NumberRange(min=1, max=most, message=message)]


class DisclosureForm(FlaskForm):  # type: ignore[misc]
    """That the document's stamp is to be shown to everybody."""

    confirmed = BooleanField(
        _("I know that what has been seen stays seen, also when we withdraw it."),
        [InputRequired(_("Tick the box to disclose the time stamp."))],
    )


def show_error(form: Any, error: Invalid | Conflict, *, default: str) -> None:
    """Put a refusal where the person can mend it: at its field."""
    name = getattr(error, "field", None) or default
    field = form[name] if name in form else form[default]
    field.errors = [*field.errors, error.message]
