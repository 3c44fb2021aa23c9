"""The form of a need: what a person types, and what was typed as a draft. Applies no rule of its own."""

import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from ipx.catalogue.need_rules import LONGEST_CONSTRAINTS, NeedDraft, Visibility
from ipx.catalogue.records import Need
from ipx.catalogue.rules import LONGEST_NEED_TEXT, LONGEST_NEED_TITLE
from ipx.core.errors import Invalid
from ipx.core.money import CURRENCIES, exponent, parse_money

VISIBILITY = {
    Visibility.PUBLIC: _("Public, with our name"),
    Visibility.ANONYMOUS: _("Public, without our name"),
    Visibility.PRIVATE: _("Private"),
}
_LEVELS = {"": _("any"), **{str(level): str(level) for level in range(1, 10)}}


class NeedForm(FlaskForm):  # type: ignore[misc]
    """A need; ``version`` is the one that was opened."""

    title = StringField(_("What is sought"), [InputRequired(_("Write a title.")), Length(max=LONGEST_NEED_TITLE)])
    text = TextAreaField(_("The problem"), [InputRequired(_("Describe the problem.")), Length(max=LONGEST_NEED_TEXT)])
    visibility = RadioField(_("Who sees it?"))
    constraints = TextAreaField(_("Constraints"), [Length(max=LONGEST_CONSTRAINTS)])
    keywords = StringField(_("Keywords"), [Length(max=1500)])
    trl_min = SelectField(_("Readiness from"))
    trl_max = SelectField(_("Readiness to"))
    classes = StringField(_("CPC classes"), [Length(max=600)])
    territory = StringField(_("Countries"), [Length(max=600)])
    exclusive = BooleanField(_("Only an exclusive licence will do"))
    budget_min = StringField(_("Budget from"), [Length(max=30)])
    budget_max = StringField(_("Budget to"), [Length(max=30)])
    currency = SelectField(_("Currency"))
    closes = DateField(_("Open until"), [Optional()])
    version = IntegerField(validators=[Optional()], widget=HiddenInput())

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.visibility.choices = {str(value): str(label) for value, label in VISIBILITY.items()}
        self.trl_min.choices = self.trl_max.choices = {value: str(label) for value, label in _LEVELS.items()}
        self.currency.choices = {code: code for code in CURRENCIES}

    def draft(self) -> NeedDraft:
        """Return what was typed. Raises Invalid naming the field."""
        currency = self.currency.data
        return NeedDraft(
            title=self.title.data or "",
            text=self.text.data or "",
            visibility=Visibility(self.visibility.data),
            constraints=self.constraints.data or "",
            keywords=(self.keywords.data or "").split(","),
            trl_min=int(self.trl_min.data) if self.trl_min.data else None,
            trl_max=int(self.trl_max.data) if self.trl_max.data else None,
            classes=re.split(r"[,;\n]+", self.classes.data or ""),
            territory=re.split(r"[\s,;]+", self.territory.data or ""),
            exclusive=bool(self.exclusive.data),
            budget_min=_amount(self.budget_min.data, currency, "budget_min"),
            budget_max=_amount(self.budget_max.data, currency, "budget_max"),
            currency=currency,
            closes=self.closes.data,
        )


FIRST_VALUES: dict[str, Any] = {"visibility": str(Visibility.PUBLIC), "currency": "EUR", "trl_min": "", "trl_max": ""}
"""What an empty form proposes."""


def first_values(title: str) -> dict[str, Any]:
    """Return what a new form proposes to somebody who has just searched for ``title``; any text is valid."""
    return {**FIRST_VALUES, "title": " ".join(title.split())[:LONGEST_NEED_TITLE]}


def values_of(need: Need) -> dict[str, Any]:
    """Return a need as the form's fields show it."""
    return {
        "title": need.title,
        "text": need.text,
        "visibility": str(need.visibility),
        "constraints": need.constraints,
        "keywords": ", ".join(need.keywords),
        "trl_min": str(need.trl_min or ""),
        "trl_max": str(need.trl_max or ""),
        "classes": ", ".join(need.classes),
        "territory": ", ".join(need.territory),
        "exclusive": need.exclusive,
        "budget_min": _typed(need.budget_min, need.currency),
        "budget_max": _typed(need.budget_max, need.currency),
        "currency": need.currency or "EUR",
        "closes": need.closes,
        "version": need.version,
    }


def _amount(text: str | None, currency: str, field: str) -> int | None:
    if not (text or "").strip():
        return None
    try:
        return parse_money(text or "", currency).amount
    except Invalid as error:
        raise Invalid(error.message, field=field) from error


def _typed(amount: int | None, currency: str | None) -> str:
    if amount is None or currency is None:
        return ""
    return f"{Decimal(amount).scaleb(-exponent(currency)):f}"
