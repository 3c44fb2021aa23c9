"""Forms of the catalogue: what a person types, before any rule is applied."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from ipx.catalogue import typed_terms as typed
from ipx.catalogue.rules import Novelty
from ipx.catalogue.typed_terms import SOME, WORLDWIDE
from ipx.core.money import CURRENCIES
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Royalty, make_terms
from ipx.licences.terms_v2.price import Period
from ipx.licences.terms_v2.terms import LicenceTerms

_LATER = {"no": _("Not allowed"), "consent": _("With our consent"), "free": _("Allowed")}
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "novelty": {Novelty.FILED: _("Filed"), Novelty.CLEARED: _("Not filed, cleared as non-enabling")},
    "exclusivity": {
        Exclusivity.NON_EXCLUSIVE: _("Non-exclusive"),
        Exclusivity.SOLE: _("Sole"),
        Exclusivity.EXCLUSIVE: _("Exclusive"),
    },
    "acts": {
        Act.MAKE: _("Make"),
        Act.HAVE_MADE: _("Have made"),
        Act.USE: _("Use"),
        Act.SELL: _("Sell"),
        Act.OFFER: _("Offer for sale"),
        Act.IMPORT: _("Import"),
        Act.PRACTISE: _("Practise the method"),
        Act.COPY: _("Copy"),
        Act.MODIFY: _("Modify"),
    },
    "reach": {WORLDWIDE: _("Worldwide"), SOME: _("Some countries")},
    "end": {
        TermEnd.LAST_TO_EXPIRE: _("Until the last licensed patent expires"),
        TermEnd.FIXED: _("A fixed term"),
        TermEnd.PERPETUAL: _("Without end"),
    },
    "currency": {code: code for code in CURRENCIES},
    "royalty_base": {RoyaltyBase.NET_SALES: _("net sales"), RoyaltyBase.GROSS: _("gross sales")},
    "statements": {
        Period.MONTHLY: _("every month"),
        Period.QUARTERLY: _("every quarter"),
        Period.HALF_YEARLY: _("every half-year"),
        Period.YEARLY: _("every year"),
    },
    "transfer": _LATER,
    "sublicensing": _LATER,
}


class ActsField(SelectMultipleField):
    """Acts as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class StatementForm(FlaskForm):  # type: ignore[misc]
    """The statement that goes before publishing."""

    novelty = RadioField(
        _("Has a patent application been filed?"),
        [InputRequired(_("State whether it is filed, or cleared as non-enabling."))],
    )
    filed_on = DateField(_("Filing date"), [Optional()])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name in self._fields.keys() & CHOICES.keys():
            self[name].choices = {str(value): str(label) for value, label in CHOICES[name].items()}


class PublishForm(StatementForm):
    """The statement and the terms that most licences need."""

    exclusivity = RadioField(_("Exclusivity"), [InputRequired(_("Choose exclusive, sole or non-exclusive."))])
    acts = ActsField(_("What the licensee may do"))
    field_text = TextAreaField(_("Field of use"), [Length(max=500)])
    field_codes = StringField(_("CPC classes of the field"), [Length(max=300)])
    reach = RadioField(_("Territory"), [InputRequired(_("Choose worldwide, or name the countries."))])
    territory = StringField(_("Countries"), [Length(max=1000)])
    end = RadioField(_("Term"), [InputRequired(_("Choose when the licence ends."))])
    months = StringField(_("Length in months"), [Length(max=6)])
    upfront = StringField(_("Upfront fee"), [InputRequired(_("Write the upfront fee, 0 if there is none."))])
    currency = SelectField(_("Currency"))
    royalty = StringField(_("Running royalty in per cent"), [Length(max=10)])
    royalty_base = SelectField(_("Share of"))
    statements = SelectField(_("Royalty stated and paid"))
    transfer = SelectField(_("Transfer of the licence"))
    sublicensing = SelectField(_("Sublicences"))
    governing_law = StringField(
        _("Governing law"), [InputRequired(_("Name the governing law, such as “Switzerland”.")), Length(max=100)]
    )
    notice_of_grant = BooleanField(_("Publish the grant when a licence is given"))

    def terms(self) -> LicenceTerms:
        """Return the checked terms. Raises Invalid naming the field."""
        rate = typed.read_basis_points(self.royalty.data)
        stated = make_terms(
            exclusivity=Exclusivity(self.exclusivity.data),
            acts=tuple(Act(act) for act in self.acts.data or ()),
            field_text=" ".join((self.field_text.data or "").split()),
            field_codes=typed.read_classes(self.field_codes.data),
            territory=typed.read_countries(self.reach.data, self.territory.data),
            end=TermEnd(self.end.data),
            months=typed.read_months(self.months.data),
            upfront=typed.read_upfront(self.upfront.data, self.currency.data),
            royalty=None if rate is None else Royalty(RoyaltyBase(self.royalty_base.data), rate),
            transfer=TransferRule(self.transfer.data),
            sublicensing=Sublicensing(self.sublicensing.data),
            governing_law=" ".join((self.governing_law.data or "").split()),
            notice_of_grant=bool(self.notice_of_grant.data),
        )
        return typed.listed_terms(stated, statements=self.statements.data)


class PressForm(FlaskForm):  # type: ignore[misc]
    """One button."""
