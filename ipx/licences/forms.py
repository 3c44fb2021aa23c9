"""Forms of licences."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

MOST_CHARACTERS = 60_000
_SHORT = Length(max=MOST_CHARACTERS, message=_("Terms have 60,000 characters at most."))


class TermsForm(FlaskForm):  # type: ignore[misc]
    """Terms as data, to be checked, and an older version to compare them with."""

    terms = TextAreaField(_("Terms as JSON"), [InputRequired(_("Put the terms here, as JSON.")), _SHORT])
    before = TextAreaField(_("The version before"), [_SHORT])
