"""The form that lets somebody in to look."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ipx.reviews.rules import LONGEST_REASON, Capacity
from ipx.technologies.records import TechnologyLine

WHOLE, CHOSEN = "whole", "chosen"
CAPACITIES = {
    Capacity.AUDITOR: _("External auditor"),
    Capacity.INVENTOR: _("Inventor"),
    Capacity.JOINT_OWNER: _("Joint owner"),
}


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """Who may look, at what, why, and until when."""

    email = StringField(_("E-mail address"), [InputRequired(_("Address is missing: who is to look?"))])
    capacity = RadioField(_("As"), default=Capacity.AUDITOR)
    scope = RadioField(_("What may be looked at"), default=CHOSEN)
    technologies = SelectMultipleField(_("Technologies"))
    reason = TextAreaField(
        _("Reason"),
        [InputRequired(_("Reason is missing: why has this person to see it?")), Length(max=LONGEST_REASON)],
    )
    until = DateField(_("Last day"), [InputRequired(_("Last day is missing: when does it end?"))])

    def __init__(self, technologies: Sequence[TechnologyLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.capacity.choices = {key: str(words) for key, words in CAPACITIES.items()}
        self.scope.choices = {
            CHOSEN: str(_("The technologies chosen below")),
            WHOLE: str(_("The whole organisation, with what is added later")),
        }
        self.technologies.choices = [(line.id, line.title) for line in technologies]

    def chosen(self) -> list[str] | None:
        """Return the technologies, None for the whole organisation; call it after the form was validated."""
        return None if self.scope.data == WHOLE else list(self.technologies.data or ())

    def last_day(self) -> date:
        """Return the last day; call it after the form was validated."""
        assert self.until.data is not None
        found: date = self.until.data
        return found
