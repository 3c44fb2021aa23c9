"""Forms of the life of a licence. One step, one form: ``kind`` and what it answers stand in hidden fields."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from ipx.life.rules import Ground, Kind, Proposal

GROUNDS = {
    Ground.BREACH: _("Breach of the agreement"),
    Ground.NON_PAYMENT: _("Something due was not paid"),
    Ground.DILIGENCE: _("Diligence was missed"),
    Ground.MINIMUM: _("The minimum royalty was not reached"),
}
PROPOSALS = {
    Proposal.SUSPEND: _("Suspend the licence"),
    Proposal.RESUME: _("Let the licence go on"),
    Proposal.CONVERT: _("Make it non-exclusive"),
    Proposal.RENEW: _("Prolong the term"),
    Proposal.TERMINATE: _("End the licence now"),
}


class ActSignatureForm(FlaskForm):  # type: ignore[misc]
    """What a side's own wallet signed (0x and hex digits), and until when it counts, in seconds since 1970."""

    deadline = IntegerField(validators=[InputRequired()], widget=HiddenInput())
    signature = HiddenField(validators=[InputRequired()])


class StepForm(FlaskForm):  # type: ignore[misc]
    """A step. Which fields count depends on its kind."""

    kind = HiddenField(validators=[Length(max=40)])
    answers = HiddenField(validators=[Length(max=40)])
    ground = RadioField(_("Why"), validate_choice=False)
    proposal = RadioField(_("What you propose"), validate_choice=False)
    months = IntegerField(
        _("By how many months"),
        [Optional(), NumberRange(1, 1200, message=_("Write by how many months, from 1 to 1,200."))],
    )
    words = TextAreaField(
        _("What happened"), [Length(max=2000, message=_("Write what happened in 2,000 characters or fewer."))]
    )

    def step_kind(self) -> Kind | None:
        """Return the kind of step; None for one that there is not."""
        return next((kind for kind in Kind if kind == self.kind.data), None)

    def chosen(self) -> dict[str, object]:
        """Return what was chosen, as ``LifeService.act`` takes it."""
        return {
            "words": self.words.data or "",
            "answers": self.answers.data or None,
            "ground": next((one for one in Ground if one == self.ground.data), None),
            "proposal": next((one for one in Proposal if one == self.proposal.data), None),
            "months": self.months.data,
        }


class DutyForm(FlaskForm):  # type: ignore[misc]
    """What a side says about something that is due: ``kind`` of step, ``duty``: its key."""

    kind = HiddenField(validators=[InputRequired(), Length(max=40)])
    duty = HiddenField(validators=[InputRequired(), Length(max=200)])
    words = TextAreaField(_("What happened"), [Length(max=2000)])


class HandOnForm(FlaskForm):  # type: ignore[misc]
    """Who is to take a licence over."""

    email = StringField(
        _("E-mail address of a licensing manager there"),
        [InputRequired(_("Write the address of a licensing manager of the organisation that is to take it over."))],
    )
    words = TextAreaField(
        _("What the others should know"), [Length(max=2000, message=_("Write it in 2,000 characters or fewer."))]
    )


class HandingAnswerForm(FlaskForm):  # type: ignore[misc]
    """The licensor's word: yes or no."""

    answer = HiddenField(validators=[InputRequired()])


HOLDERS = {
    "account": _("An account that the exchange keeps, made for this licence alone"),
    "wallet": _("Our own wallet: only it can then hand the licence on or give it back"),
}


class TakeOverForm(FlaskForm):  # type: ignore[misc]
    """Taking a licence over, and what is to hold it."""

    confirmed = BooleanField(
        _("We take this licence over, with what it asks of its holder from then on."),
        [InputRequired(_("Confirm that your organisation takes the licence over."))],
    )
    holder = RadioField(_("What holds it"), default="account")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.holder.choices = {value: str(label) for value, label in HOLDERS.items()}
