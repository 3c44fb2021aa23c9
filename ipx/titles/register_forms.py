"""Forms of a rectification of the register: proposed, and signed elsewhere."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from ipx.titles.forms import document_choices
from ipx.titles.labels import BASES
from ipx.titles.records import Instrument

KEEP, ACCOUNT, WALLET, OTHER = "keep", "account", "wallet", "other"


class RegisterForm(FlaskForm):  # type: ignore[misc]
    """Why the register is to be put right, and whom it is to name."""

    basis = SelectField(_("What it rests on"))
    to = RadioField(_("Whom the register is to name"), [InputRequired(_("Say whom the register is to name."))])
    address = StringField(_("Address of that account"), [Optional()])
    document = SelectField(_("The document that shows it"), [Optional()])

    def __init__(self, instruments: list[Instrument], *, holder: str, account: str, wallet: str | None) -> None:
        super().__init__()
        self._addresses = {KEEP: holder, ACCOUNT: account, WALLET: wallet or ""}
        self.basis.choices = [(str(basis), str(label)) for basis, label in BASES.items()]
        self.to.choices = self._choices(holder, account, wallet)
        self.document.choices = document_choices(instruments)

    def chosen(self) -> str:
        """Return the address that the register is to name; empty where none was typed."""
        return self._addresses.get(self.to.data, self.address.data or "")

    def _choices(self, holder: str, account: str, wallet: str | None) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = [(KEEP, _("the present holder: only a note is made"))]
        if account != holder:
            found.append((ACCOUNT, _("the account that the exchange keeps for us")))
        if wallet not in (None, holder):
            found.append((WALLET, _("the wallet of our organisation")))
        return [*found, (OTHER, _("another account, such as the rightful owner’s"))]


class ElsewhereForm(FlaskForm):  # type: ignore[misc]
    """A signature that a rectifier made with a tool of its own."""

    address = StringField(_("The rectifier’s account"), [InputRequired(_("Say which account signed."))])
    signature = TextAreaField(_("Its signature"), [InputRequired(_("The signature is missing: 0x and hex digits."))])


class WalletForm(FlaskForm):  # type: ignore[misc]
    """What a wallet in this browser signed."""

    address = HiddenField(validators=[InputRequired()])
    signature = HiddenField(validators=[InputRequired()])


class SimulatedForm(FlaskForm):  # type: ignore[misc]
    """Which simulated rectifier signs."""

    rectifier = HiddenField(validators=[InputRequired()])
