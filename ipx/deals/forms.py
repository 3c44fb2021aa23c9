"""Forms of deals."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, SelectMultipleField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget


class AcceptNdaForm(FlaskForm):  # type: ignore[misc]
    """The organisation's promise."""

    accepted = BooleanField(
        _("I accept this undertaking in the name of my organisation"),
        [InputRequired(_("Tick the box to accept the undertaking."))],
    )


class OfferForm(FlaskForm):  # type: ignore[misc]
    """An offer on the listed terms; ``submit_key`` makes a second press harmless, ``version`` says what was read."""

    message = TextAreaField(
        _("Message to the owner"), [Length(max=2000, message=_("Write your message in 2,000 characters or fewer."))]
    )
    submit_key = HiddenField(validators=[Length(max=100)])
    version = IntegerField(validators=[Optional()], widget=HiddenInput())


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """A no, with its reason."""

    reason = TextAreaField(
        _("Reason"),
        [
            InputRequired(_("Write a reason; it helps the other side.")),
            Length(max=1000, message=_("Write the reason in 1,000 characters or fewer.")),
        ],
    )


class SignForm(FlaskForm):  # type: ignore[misc]
    """A signature under the terms that the page shows."""

    commitment = HiddenField(validators=[Length(max=100)])
    confirmed = BooleanField(
        _("I have read the agreement and sign it in the name of my organisation"),
        [InputRequired(_("Tick the box to sign."))],
    )


class WalletSignForm(FlaskForm):  # type: ignore[misc]
    """What the organisation's own wallet signed (0x and hex digits), under the terms that the page shows."""

    commitment = HiddenField(validators=[InputRequired(), Length(max=100)])
    signature = HiddenField(validators=[InputRequired()])


class NdaSignatureForm(FlaskForm):  # type: ignore[misc]
    """What the organisation's own wallet signed under an undertaking (0x and hex digits)."""

    signature = HiddenField(validators=[InputRequired()])


class WhoSignsForm(FlaskForm):  # type: ignore[misc]
    """Whether the licensee's own wallet signs, or the exchange with an account that it keeps."""

    own_wallet = HiddenField(validators=[AnyOf(("yes", "no"))])


class PressForm(FlaskForm):  # type: ignore[misc]
    """One button."""


class DocumentsField(SelectMultipleField):
    """Documents as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DiscloseForm(FlaskForm):  # type: ignore[misc]
    """Which documents the company may read."""

    documents = DocumentsField(_("Documents"), validate_choice=False)  # the service knows which there are
