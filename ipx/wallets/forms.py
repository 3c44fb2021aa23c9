"""Forms of wallets: what comes back from a wallet in the browser, and which one an owner chooses."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired, Length

from ipx.wallets.sign_in_message import LONGEST


class PressForm(FlaskForm):  # type: ignore[misc]
    """A button; carries the CSRF token."""


class AddressForm(FlaskForm):  # type: ignore[misc]
    """Which account of a wallet is going to sign."""

    address = HiddenField("address", [InputRequired(), Length(max=42)])


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What was signed, and the signature (0x and hex digits)."""

    message = HiddenField("message", [InputRequired(), Length(max=LONGEST)])
    signature = HiddenField("signature", [InputRequired()])


class DealsForm(FlaskForm):  # type: ignore[misc]
    """Whether the organisation's wallet takes licences and signs for them."""

    signs = BooleanField(_("Draw up our agreements as a licensee for this wallet"))


class NameWalletForm(FlaskForm):  # type: ignore[misc]
    """The wallet that is to be the organisation's."""

    wallet = RadioField(_("Wallet"), validators=[InputRequired(_("Choose a wallet."))])
