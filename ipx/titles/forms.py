"""Forms of a chain of title: what a person types, before any rule is applied."""

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from ipx.core.errors import Invalid
from ipx.titles.checks import read_share
from ipx.titles.entries import Consent, Conveyance, CoOwnership, Entry, Giver
from ipx.titles.labels import ACTS, BASES, KINDS, RULES
from ipx.titles.records import ChainOfTitle, Instrument
from ipx.titles.rules import ConsentRule, ConveyanceKind, JointAct

_DAY_AT_END = re.compile(r"^(?P<name>.*?)\s*[|;]\s*(?P<day>\S+)$")


class ConveyanceForm(FlaskForm):  # type: ignore[misc]
    """One instrument, with the items of a cover sheet."""

    kind = SelectField(_("What it is"))
    givers = TextAreaField(_("Who conveys"), [InputRequired(_("Say who conveys: one name in each line."))])
    receiver = StringField(_("Who receives"), [InputRequired(_("Say who receives the interest."))])
    receiver_address = TextAreaField(_("Address of who receives"), [Optional()])
    share = StringField(_("Share of the whole right"), [Optional()])
    executed_on = DateField(_("Signed on"), [Optional()])
    effective_on = DateField(_("Counts from"), [Optional()])
    recorded_on = DateField(_("Recorded at the office on"), [Optional()])
    reference = StringField(_("The office’s reference"), [Optional()])
    words = TextAreaField(_("What it says"), [Optional()])
    is_exclusive = SelectField(_("If it is a licence"), [Optional()])
    releases = SelectField(_("If it is a release: of what"), [Optional()])
    correspondent = TextAreaField(_("Name and address for letters about the recording"), [Optional()])
    document = SelectField(_("The document"), [Optional()])

    def __init__(self, chain: ChainOfTitle, instruments: list[Instrument], **options: Any) -> None:
        super().__init__(**options)
        self.kind.choices = [
            (str(kind), str(label)) for kind, label in KINDS.items() if kind is not ConveyanceKind.ACCOUNT_CHANGE
        ]
        self.is_exclusive.choices = [("", _("not stated")), ("yes", _("exclusive")), ("no", _("not exclusive"))]
        self.releases.choices = [("", _("the giver’s open security interests")), *_open_interests(chain)]
        self.document.choices = document_choices(instruments)

    def entry(self) -> Conveyance:
        """Return what was typed. Raises Invalid, naming the field."""
        return Conveyance(
            kind=ConveyanceKind(self.kind.data),
            givers=givers_of(self.givers.data or "", self.executed_on.data),
            receiver=self.receiver.data or "",
            receiver_address=self.receiver_address.data or "",
            share=read_share(self.share.data),
            effective_on=self.effective_on.data,
            recorded_on=self.recorded_on.data,
            reference=self.reference.data or "",
            words=self.words.data or "",
            correspondent=self.correspondent.data or "",
            is_exclusive={"yes": True, "no": False}.get(self.is_exclusive.data or ""),
        )


class ConsentForm(FlaskForm):  # type: ignore[misc]
    """A joint owner's consent."""

    by = StringField(_("Who consents"), [InputRequired(_("Say which joint owner consents."))])
    act = SelectField(_("To what"))
    given_on = DateField(_("Given on"), [InputRequired(_("Day is missing: when was the consent given?"))])
    words = TextAreaField(_("What it says"), [Optional()])
    document = SelectField(_("The document"), [Optional()])

    def __init__(self, instruments: list[Instrument], **options: Any) -> None:
        super().__init__(**options)
        self.act.choices = [(str(act), str(label)) for act, label in ACTS.items()]
        self.document.choices = document_choices(instruments)

    def entry(self) -> Consent:
        """Return what was typed."""
        assert self.given_on.data is not None
        return Consent(
            by=self.by.data or "",
            act=JointAct(self.act.data),
            given_on=self.given_on.data,
            words=self.words.data or "",
        )


class CoOwnershipForm(FlaskForm):  # type: ignore[misc]
    """What joint owners agreed."""

    parties = TextAreaField(_("Joint owners"), [InputRequired(_("Name the joint owners, one in each line."))])
    executed_on = DateField(_("Signed on"), [Optional()])
    non_exclusive_licence = SelectField(ACTS[JointAct.NON_EXCLUSIVE_LICENCE], [Optional()])
    exclusive_licence = SelectField(ACTS[JointAct.EXCLUSIVE_LICENCE], [Optional()])
    assign_share = SelectField(ACTS[JointAct.ASSIGN_SHARE], [Optional()])
    words = TextAreaField(_("What it says"), [Optional()])
    document = SelectField(_("The document"), [Optional()])

    def __init__(self, instruments: list[Instrument], **options: Any) -> None:
        super().__init__(**options)
        rules = [(str(rule), str(RULES[rule])) for rule in ConsentRule if rule is not ConsentRule.NOT_KNOWN]
        for act in JointAct:
            self[act.replace("-", "_")].choices = [("", _("not agreed: the country’s rule")), *rules]
        self.document.choices = document_choices(instruments)

    def entry(self) -> CoOwnership:
        """Return what was typed."""
        chosen = {act: self[act.replace("-", "_")].data for act in JointAct}
        return CoOwnership(
            parties=tuple(line for line in (self.parties.data or "").splitlines() if line.strip()),
            rules={act: ConsentRule(rule) for act, rule in chosen.items() if rule},
            executed_on=self.executed_on.data,
            words=self.words.data or "",
        )


class RectifyForm(FlaskForm):  # type: ignore[misc]
    """Why an entry is put right, and whether anything stands in its place."""

    basis = SelectField(_("What it rests on"))
    reason = TextAreaField(_("What was wrong"), [InputRequired(_("Say what was wrong, in a sentence."))])
    proof = SelectField(_("The document that shows it"), [Optional()])
    strike = BooleanField(_("Strike the entry; nothing stands in its place"))

    def __init__(self, instruments: list[Instrument], **options: Any) -> None:
        super().__init__(**options)
        self.basis.choices = [(str(basis), str(label)) for basis, label in BASES.items()]
        self.proof.choices = document_choices(instruments)


class PressForm(FlaskForm):  # type: ignore[misc]
    """One button."""


def filled(entry: Entry) -> dict[str, Any]:
    """Return an entry as the fields of its form."""
    said = dict(entry.__dict__)
    if isinstance(entry, Conveyance):
        day = entry.executed_on
        lines = [g.name if g.executed_on in (day, None) else f"{g.name} | {g.executed_on}" for g in entry.givers]
        exclusive = {True: "yes", False: "no", None: ""}[entry.is_exclusive]
        share = "" if entry.share is None else str(entry.share)
        return {**said, "givers": "\n".join(lines), "executed_on": day, "is_exclusive": exclusive, "share": share}
    if isinstance(entry, CoOwnership):
        rules = {act.replace("-", "_"): str(entry.rules.get(act, "")) for act in JointAct}
        return {**said, **rules, "parties": "\n".join(entry.parties)}
    return said


def document_choices(instruments: list[Instrument]) -> list[tuple[str, Any]]:
    """Return the deposited instruments to choose from."""
    return [("", _("none: declared only")), *((each.document_id, each.file_name) for each in instruments)]


def givers_of(text: str, executed_on: date | None) -> tuple[Giver, ...]:
    """Return one giver for each line; ``Ada Doe | 2024-03-01`` signed on a day of her own. Raises Invalid."""
    return tuple(_giver(line.strip(), executed_on) for line in text.splitlines() if line.strip())


def _giver(line: str, executed_on: date | None) -> Giver:
    found = _DAY_AT_END.match(line)
    if found is None:
        return Giver(line, executed_on)
    try:
        return Giver(found["name"], date.fromisoformat(found["day"]))
    except ValueError as error:
        raise Invalid("Write the day after the bar as 2024-03-01.", field="givers") from error


def _open_interests(chain: ChainOfTitle) -> list[tuple[str, str]]:
    found = [one for one in chain.chain.interests if one.kind is ConveyanceKind.SECURITY_INTEREST]
    return [(one.entry_id, one.holder) for one in found if one.released_by is None and ":" not in one.entry_id]
