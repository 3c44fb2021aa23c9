"""The entries of a chain of title: conveyances, consents, and agreements between joint owners. Pure.

Frozen (docs/spec/chain-of-title.md). Dates are days; shares are exact fractions of the whole right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ipx.core.canonical import Json
from ipx.titles.rules import ConsentRule, ConveyanceKind, JointAct

FORMAT = "ipx/title-entry/v1"


@dataclass(frozen=True)
class Giver:
    """A party that conveys, and the day on which it signed; None while nobody has stated it."""

    name: str
    executed_on: date | None = None


@dataclass(frozen=True)
class Conveyance:
    """An instrument that conveys an interest, as its cover sheet states it (37 CFR 3.31(a)).

    ``share``: of the whole right, given by all givers together; None for everything that they hold.
    ``effective_on``: only where the instrument itself says another day than that of its signing (*nunc pro tunc*).
    ``is_exclusive``: of a licence; None where it is not stated. ``reference``: the office's, such as reel and frame.
    """

    kind: ConveyanceKind
    givers: tuple[Giver, ...]
    receiver: str
    receiver_address: str = ""
    share: Fraction | None = None
    effective_on: date | None = None
    recorded_on: date | None = None
    reference: str = ""
    words: str = ""
    correspondent: str = ""
    is_exclusive: bool | None = None

    @property
    def executed_on(self) -> date | None:
        """Return the day of the last signature, None unless every giver's is known."""
        days = [giver.executed_on for giver in self.givers]
        known = [day for day in days if day is not None]
        return max(known) if len(known) == len(days) else None

    @property
    def takes_effect(self) -> date | None:
        """Return the day from which it counts: as it says itself, else when signed, else when recorded."""
        return self.effective_on or self.executed_on or self.recorded_on


@dataclass(frozen=True)
class Consent:
    """A joint owner's consent to what another does."""

    by: str
    act: JointAct
    given_on: date
    words: str = ""


@dataclass(frozen=True)
class CoOwnership:
    """What joint owners agreed about licences and shares. An act that is not in it follows the country's rule."""

    parties: tuple[str, ...]
    rules: Mapping[JointAct, ConsentRule]
    executed_on: date | None
    words: str = ""


Entry = Conveyance | Consent | CoOwnership


def to_json(entry: Entry) -> dict[str, Json]:
    """Return an entry as canonical JSON takes it."""
    if isinstance(entry, Conveyance):
        return {"format": FORMAT, "entry": "conveyance", **_conveyance(entry)}
    if isinstance(entry, Consent):
        said: dict[str, Json] = {"by": entry.by, "act": str(entry.act), "given_on": entry.given_on.isoformat()}
        return {"format": FORMAT, "entry": "consent", **said, "words": entry.words}
    return {
        "format": FORMAT,
        "entry": "co-ownership",
        "parties": list(entry.parties),
        "rules": {str(act): str(rule) for act, rule in entry.rules.items()},
        "executed_on": _written(entry.executed_on),
        "words": entry.words,
    }


def from_json(content: Mapping[str, Json]) -> Entry:
    """Return the entry that was kept. What is kept was checked when it came."""
    kind = content["entry"]
    if kind == "conveyance":
        return _read_conveyance(content)
    if kind == "consent":
        return Consent(
            by=str(content["by"]),
            act=JointAct(str(content["act"])),
            given_on=date.fromisoformat(str(content["given_on"])),
            words=str(content["words"]),
        )
    rules = content["rules"]
    assert isinstance(rules, Mapping)
    return CoOwnership(
        parties=tuple(str(name) for name in _list(content["parties"])),
        rules={JointAct(act): ConsentRule(str(rule)) for act, rule in rules.items()},
        executed_on=_day(content["executed_on"]),
        words=str(content["words"]),
    )


def _conveyance(entry: Conveyance) -> dict[str, Json]:
    return {
        "kind": str(entry.kind),
        "givers": [{"name": giver.name, "executed_on": _written(giver.executed_on)} for giver in entry.givers],
        "receiver": entry.receiver,
        "receiver_address": entry.receiver_address,
        "share": None if entry.share is None else str(entry.share),
        "effective_on": _written(entry.effective_on),
        "recorded_on": _written(entry.recorded_on),
        "reference": entry.reference,
        "words": entry.words,
        "correspondent": entry.correspondent,
        "is_exclusive": entry.is_exclusive,
    }


def _read_conveyance(content: Mapping[str, Json]) -> Conveyance:
    share, exclusive = content["share"], content["is_exclusive"]
    return Conveyance(
        kind=ConveyanceKind(str(content["kind"])),
        givers=tuple(_giver(giver) for giver in _list(content["givers"])),
        receiver=str(content["receiver"]),
        receiver_address=str(content["receiver_address"]),
        share=None if share is None else Fraction(str(share)),
        effective_on=_day(content["effective_on"]),
        recorded_on=_day(content["recorded_on"]),
        reference=str(content["reference"]),
        words=str(content["words"]),
        correspondent=str(content["correspondent"]),
        is_exclusive=None if exclusive is None else bool(exclusive),
    )


def _giver(value: Json) -> Giver:
    assert isinstance(value, Mapping)
    return Giver(str(value["name"]), _day(value["executed_on"]))


def _list(value: Json) -> Sequence[Json]:
    assert isinstance(value, Sequence)
    return value


def _day(value: Json) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
