"""Forms of erasing a document and of legal holds."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from ipx.vault.erasure_rules import LONGEST_REASON


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a hold is placed or lifted."""

    reason = StringField(
        _("Reason"), [InputRequired(_("Reason is missing: a few words are enough.")), Length(max=LONGEST_REASON)]
    )


class EraseForm(ReasonForm):
    """Why a document is erased, its number typed again, and that it cannot be called back."""

    number = StringField(_("First eight characters of the document’s number"), [InputRequired(_("Type them again."))])
    confirmed = BooleanField(
        _("I know that nobody can bring the document back, and that its proof of date ends with it."),
        [InputRequired(_("Tick the box to have the document erased."))],
    )

    def __init__(self, *args: Any, document_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._expected = document_id[:8]

    def validate_number(self, field: Any) -> None:
        """Refuse another document's number: it is easy to erase the wrong one."""
        if (field.data or "").strip().lower() != self._expected:
            raise ValidationError(_("This is not this document’s number. It begins with %(it)s.", it=self._expected))
