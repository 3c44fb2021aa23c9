"""Forms of contests."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import Length

from ipx.contests.rules import Answer, Outcome

OUTCOMES = {
    Outcome.STANDS: _("What is contested stands"),
    Outcome.FALLS: _("What is contested falls"),
}
_LONGEST = Length(max=2000, message=_("Write your reasons in 2,000 characters or fewer."))


class ContestForm(FlaskForm):  # type: ignore[misc]
    """Why something is contested."""

    words = TextAreaField(_("What is not so, and why"), [_LONGEST])


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """An answer. Which fields count depends on it."""

    answer = HiddenField(validators=[Length(max=40)])
    outcome = RadioField(_("Outcome"), validate_choice=False)
    document = SelectField(_("The uploaded ruling"), validate_choice=False)
    words = TextAreaField(_("In words"), [_LONGEST])

    def chosen(self) -> Answer | None:
        """Return the answer; None for one that there is not."""
        return next((one for one in Answer if one == self.answer.data), None)

    def stated(self) -> Outcome | None:
        """Return the outcome that was chosen, or None."""
        return next((one for one in Outcome if one == self.outcome.data), None)
