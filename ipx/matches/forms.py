"""Forms of matches."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import Length, Optional

from ipx.matches.rules import LONGEST_WORDS, Reason
from ipx.matches.words import REASONS


class DeclineForm(FlaskForm):  # type: ignore[misc]
    """A no, with one of a few reasons."""

    reason = RadioField(_("Why not?"), [Optional()])  # the service says what is missing
    text = StringField(_("In a few words"), [Length(max=LONGEST_WORDS)])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.reason.choices = {str(reason): str(REASONS[reason]) for reason in Reason}

    def chosen(self) -> Reason | None:
        """Return the reason, None where none was chosen."""
        return Reason(self.reason.data) if self.reason.data in set(Reason) else None


class PressForm(FlaskForm):  # type: ignore[misc]
    """One button."""
