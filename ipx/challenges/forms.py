"""Forms of challenges: what a person types, before any rule is applied."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from ipx.challenges.records import CallDraft, Challenge
from ipx.challenges.rules import MOST_CRITERIA, Criterion, Scenario, read_deadline
from ipx.challenges.terms import AwardKind, Ownership, make_entry_terms
from ipx.challenges.typed_licence import licence_of, values_of
from ipx.challenges.words import AWARDS, OWNERSHIP, SCENARIOS
from ipx.core.errors import Invalid
from ipx.core.money import CURRENCIES
from ipx.licences.rules import Exclusivity

CRITERIA = range(1, MOST_CRITERIA + 1)


class ChecksField(SelectMultipleField):
    """Checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class CallForm(FlaskForm):  # type: ignore[misc]
    """A call with its criteria, deadline and entry terms."""

    title = StringField(_("What is sought"), [InputRequired(_("Write a title.")), Length(max=200)])
    text = TextAreaField(_("The challenge"), [InputRequired(_("Describe the challenge.")), Length(max=20_000)])
    scenario = SelectField(_("Scenario of the smart city"))
    needs = ChecksField(_("Needs it bundles"), validate_choice=False)  # the service knows which there are
    new_need_title = StringField(_("A new need"), [Length(max=200)])
    new_need_text = TextAreaField(_("Its problem"), [Length(max=20_000)])
    deadline = StringField(_("Deadline for entries"), [InputRequired(_("Write the deadline as day and time."))])
    zone = StringField(_("Time zone"), [InputRequired(_("Name the time zone, such as UTC or Europe/Berlin."))])
    ownership = RadioField(_("Ownership"), [InputRequired(_("Say who owns what."))])
    confidential_months = IntegerField(
        _("Entries stay confidential, in months"), [InputRequired(_("Write the number of months."))]
    )
    award = RadioField(_("The award"), [InputRequired(_("Say what the award gives."))])
    option_days = IntegerField(_("Days of the option"), [Optional()])
    exclusivity = SelectField(_("Licence"))
    field_text = StringField(_("Field of use"), [Length(max=500)])
    territory = StringField(_("Countries"), [Length(max=1000)])
    months = IntegerField(_("Length in months"), [InputRequired(_("Write the number of months."))])
    upfront = StringField(_("Upfront fee"), [InputRequired(_("Write the upfront fee, 0 if there is none."))])
    currency = SelectField(_("Currency"))
    royalty = StringField(_("Running royalty in per cent of net sales"), [Length(max=10)])
    governing_law = StringField(
        _("Governing law"), [InputRequired(_("Name the governing law, such as “Switzerland”.")), Length(max=100)]
    )
    further = TextAreaField(_("More conditions"), [Length(max=4_000)])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.scenario.choices = [("", _("None of them")), *((str(one), SCENARIOS[one]) for one in Scenario)]
        self.ownership.choices = [(str(one), OWNERSHIP[one]) for one in Ownership]
        self.award.choices = [(str(one), AWARDS[one]) for one in AwardKind]
        self.exclusivity.choices = [
            (str(Exclusivity.NON_EXCLUSIVE), _("Non-exclusive")),
            (str(Exclusivity.SOLE), _("Sole")),
            (str(Exclusivity.EXCLUSIVE), _("Exclusive")),
        ]
        self.currency.choices = [(code, code) for code in CURRENCIES]

    def rows(self) -> list[tuple[Any, Any]]:
        """Return the rows of the criteria: name and weight."""
        return [(self[f"criterion_{number}"], self[f"weight_{number}"]) for number in CRITERIA]

    def call(self) -> CallDraft:
        """Return the checked call. Raises Invalid naming the field."""
        award = AwardKind(self.award.data)
        terms = make_entry_terms(
            ownership=Ownership(self.ownership.data),
            confidential_months=self.confidential_months.data,
            award=award,
            option_days=self.option_days.data,
            licence=licence_of(self),
            further=(self.further.data or "").replace("\r\n", "\n").strip(),
        )
        return CallDraft(
            title=self.title.data or "",
            text=self.text.data or "",
            scenario=Scenario(self.scenario.data) if self.scenario.data else None,
            deadline=read_deadline((self.deadline.data or "").replace(" ", "T"), (self.zone.data or "").strip()),
            zone=(self.zone.data or "").strip(),
            criteria=[_criterion(name, weight) for name, weight in self.rows() if name.data or weight.data],
            terms=terms,
            need_ids=self.needs.data or (),
        )


for _number in CRITERIA:
    setattr(CallForm, f"criterion_{_number}", StringField(_("Criterion"), [Length(max=100)]))
    setattr(CallForm, f"weight_{_number}", IntegerField(_("Weight in per cent"), [Optional()]))

FIRST_VALUES: dict[str, object] = {
    "zone": "UTC",
    "ownership": str(Ownership.ENTRANT),
    "award": str(AwardKind.LICENCE),
    "confidential_months": 24,
    "exclusivity": str(Exclusivity.NON_EXCLUSIVE),
    "months": 60,
    "currency": "EUR",
    "criterion_1": "Fit to the problem",
    "weight_1": 50,
    "criterion_2": "Readiness",
    "weight_2": 30,
    "criterion_3": "Cost over its life",
    "weight_3": 20,
}
"""What an empty form proposes."""


def first_values(call: Challenge) -> dict[str, object]:
    """Return a draft as the form's fields show it."""
    terms = call.terms
    rows = {f"criterion_{number}": one.name for number, one in enumerate(call.criteria, 1)}
    weights = {f"weight_{number}": one.weight for number, one in enumerate(call.criteria, 1)}
    return {
        **values_of(terms.licence),
        **rows,
        **weights,
        "title": call.title,
        "text": call.text,
        "scenario": str(call.scenario or ""),
        "needs": [need.id for need in call.needs],
        "deadline": call.deadline.astimezone(ZoneInfo(call.zone)).strftime("%Y-%m-%d %H:%M"),
        "zone": call.zone,
        "ownership": str(terms.ownership),
        "confidential_months": terms.confidential_months,
        "award": str(terms.award),
        "option_days": terms.option_days,
        "further": terms.further,
    }


class AcceptForm(FlaskForm):  # type: ignore[misc]
    """The organisation's acceptance of the entry terms; ``seen`` is the hash of what the page showed."""

    seen = HiddenField(validators=[Length(max=100)])
    accepted = BooleanField(
        _("I accept these entry terms in the name of my organisation"),
        [InputRequired(_("Tick the box to accept the entry terms."))],
    )


class BeginForm(FlaskForm):  # type: ignore[misc]
    """Which technology is entered."""

    technology = SelectField(_("Technology"), [InputRequired(_("Choose a technology."))], validate_choice=False)


class EntryForm(FlaskForm):  # type: ignore[misc]
    """An entry: whatever is typed is kept."""

    title = StringField(_("Title of the entry"))
    text = TextAreaField(_("What you propose"))


class InviteForm(FlaskForm):  # type: ignore[misc]
    """An address."""

    email = StringField(_("E-mail address"), [InputRequired(_("Write the e-mail address.")), Length(max=254)])


class PostponeForm(FlaskForm):  # type: ignore[misc]
    """A later deadline, by the clock of the call's place."""

    deadline = StringField(_("New deadline"), [InputRequired(_("Write the deadline as day and time."))])

    def instant(self, zone: str) -> datetime:
        """Return the instant. Raises Invalid."""
        return read_deadline((self.deadline.data or "").strip().replace(" ", "T"), zone)


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """A cancellation, with its reason."""

    reason = TextAreaField(
        _("Reason"), [InputRequired(_("Write a reason; everybody concerned reads it.")), Length(max=2000)]
    )


class TiesForm(FlaskForm):  # type: ignore[misc]
    """Organisations that an evaluator has an interest in, one a line."""

    ties = TextAreaField(_("Organisations you have ties with"), [Length(max=10_000)])
    confirmed = BooleanField(
        _("I have named all that I know of"), [InputRequired(_("Tick the box; name none if there is none."))]
    )


class PressForm(FlaskForm):  # type: ignore[misc]
    """One button."""


def _criterion(name: Any, weight: Any) -> Criterion:
    if not (name.data or "").strip() or weight.data is None:
        raise Invalid("A criterion needs a name and a weight; clear the row, or complete it.", field=name.name)
    return Criterion(" ".join(name.data.split()), weight.data)
