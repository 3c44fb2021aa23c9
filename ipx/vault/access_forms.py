"""Forms of access: a grant, its end, what a document is for export control, a decision about a name."""

from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from ipx.core.countries import COUNTRIES
from ipx.vault.export_control import UNLISTED, UNREVIEWED, is_reviewed
from ipx.vault.rules import LONGEST_PURPOSE, Decision

PERSON, ORGANISATION = "person", "organisation"
LISTED = "listed"


class GrantForm(FlaskForm):  # type: ignore[misc]
    """Who may read, why, and until when."""

    email = StringField(_("E-mail address of the reader"), [InputRequired(_("Address is missing: who is to read it?"))])
    scope = RadioField(_("Who may open it"), default=PERSON)
    reason = TextAreaField(
        _("Reason"),
        [InputRequired(_("Reason is missing: why has this reader to know it?")), Length(max=LONGEST_PURPOSE)],
    )
    nda = StringField(_("Confidentiality undertaking"), [Optional(), Length(max=LONGEST_PURPOSE)])
    until = DateField(_("Last day"), [InputRequired(_("Last day is missing: when does the access end?"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope.choices = {
            PERSON: str(_("This person alone")),
            ORGANISATION: str(_("Every reader of this person’s organisation")),
        }

    def last_day(self) -> date:
        """Return the last day; call it after the form was validated."""
        assert self.until.data is not None
        found: date = self.until.data
        return found


class ExportControlForm(FlaskForm):  # type: ignore[misc]
    """What the document is for export control."""

    state = RadioField(_("Export control"))
    entry = StringField(_("Entry of the list"), [Optional(), Length(max=40)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state.choices = {
            UNREVIEWED: str(_("Not reviewed yet")),
            UNLISTED: str(_("Reviewed: on no list")),
            LISTED: str(_("Reviewed: named by an entry of a list")),
        }

    def stated(self) -> str:
        """Return what the vault takes: *unreviewed*, *none*, or the entry."""
        return (self.entry.data or "") if self.state.data == LISTED else str(self.state.data)

    @classmethod
    def of(cls, export_control: str) -> "ExportControlForm":
        """Return the form filled with what is stated now."""
        if export_control == UNLISTED or not is_reviewed(export_control):
            return cls(state=export_control)
        return cls(state=LISTED, entry=export_control)


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """Whether a name that resembles one of the list is another party."""

    decision = RadioField(_("Decision"), [InputRequired(_("Decision is missing: another party, or the same?"))])
    reason = TextAreaField(
        _("Reason"), [InputRequired(_("Reason is missing: on what does it rest?")), Length(max=LONGEST_PURPOSE)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decision.choices = {
            str(Decision.CLEARED): str(_("Another party: may be let in")),
            str(Decision.REFUSED): str(_("The same party, or in doubt: stays refused")),
        }


class DeclarationForm(FlaskForm):  # type: ignore[misc]
    """What a reader says before the first reading of an owner's documents."""

    nationality = SelectField(_("Nationality"), default="")
    second_nationality = SelectField(_("Second nationality"), [Optional()], default="")
    end_use = StringField(_("End use"), [Length(max=LONGEST_PURPOSE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nationality.choices = [("", str(_("choose"))), *_countries()]
        self.second_nationality.choices = [("", str(_("none"))), *_countries()]

    def nationalities(self) -> list[str]:
        """Return the chosen codes."""
        return [code for code in (self.nationality.data, self.second_nationality.data) if code]


def _countries() -> list[tuple[str, str]]:
    locale = get_locale()
    names = locale.territories if locale else {}
    return sorted(((code, str(names.get(code, code))) for code in COUNTRIES), key=lambda country: country[1].casefold())
