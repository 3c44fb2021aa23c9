"""Forms of accounts: what a person types, before any rule is applied."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from ipx.accounts.rules import Role

ROLE_LABELS = {
    Role.RESEARCHER: _("Researcher: drafts technologies and deposits documents"),
    Role.LICENSING_MANAGER: _("Licensing manager: publishes, negotiates, signs and pays"),
    Role.LAB_ADMINISTRATOR: _("Lab administrator: sees history and receipts, curates records, reads no documents"),
    Role.OWNER: _("Owner: members and keys"),
}
ROLE_CHOICES = [SelectChoice(str(role), label) for role, label in ROLE_LABELS.items()]


class SignUpForm(FlaskForm):  # type: ignore[misc]
    """A new person with a new organisation."""

    name = StringField(_("Your name"), [InputRequired(_("Write your name.")), Length(max=200)])
    email = StringField(_("E-mail address"), [InputRequired(_("Write your e-mail address.")), Length(max=254)])
    organisation_name = StringField(
        _("Organisation"), [InputRequired(_("Write the name of your institute or company.")), Length(max=200)]
    )
    password = PasswordField(_("Password"), [InputRequired(_("Choose a password."))])


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Address and password."""

    email = StringField(_("E-mail address"), [InputRequired(_("Write your e-mail address."))])
    password = PasswordField(_("Password"), [InputRequired(_("Write your password."))])


class EmailForm(FlaskForm):  # type: ignore[misc]
    """An address to send a link to."""

    email = StringField(_("E-mail address"), [InputRequired(_("Write your e-mail address."))])


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password."""

    password = PasswordField(_("New password"), [InputRequired(_("Choose a password."))])


class NameForm(FlaskForm):  # type: ignore[misc]
    """How one is called."""

    name = StringField(_("Your name"), [InputRequired(_("Write your name.")), Length(max=200)])


class EmptyForm(FlaskForm):  # type: ignore[misc]
    """A button; carries the CSRF token."""


class RolesField(SelectMultipleField):
    """Roles as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class MemberForm(FlaskForm):  # type: ignore[misc]
    """A new member of the organisation."""

    name = StringField(_("Name"), [InputRequired(_("Write a name.")), Length(max=200)])
    email = StringField(_("E-mail address"), [InputRequired(_("Write an e-mail address.")), Length(max=254)])
    roles = RolesField(_("Roles"), choices=ROLE_CHOICES)


class RolesForm(FlaskForm):  # type: ignore[misc]
    """New roles of a member."""

    roles = RolesField(_("Roles"), choices=ROLE_CHOICES)


class TokenForm(FlaskForm):  # type: ignore[misc]
    """What a new token is called."""

    name = StringField(_("What is it for?"), [InputRequired(_("Write a name.")), Length(max=200)])
