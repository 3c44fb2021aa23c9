"""The form as a page shows it: sections, each field with its words, what was typed, and what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipx.core.money import CURRENCIES
from ipx.licences.packs.packs import Pack
from ipx.licences.packs.words import QUESTIONS
from ipx.licences.terms_form.choices import choices_of
from ipx.licences.terms_form.kinds import Control, Part, groups, parts_of
from ipx.licences.terms_form.labels import LABELS
from ipx.licences.terms_form.typed import Typed, read_typed, rows_in, typed_of
from ipx.licences.terms_v2.problems import InvalidTerms, Problem, below
from ipx.licences.wording.clauses import TITLES, clauses_of


@dataclass
class Entry:
    """One field, or a group of them (``parts``), or rows of groups. ``example``: an answer of others, never taken."""

    path: str
    label: str
    control: str
    value: str = ""
    values: Sequence[str] = ()
    currency: str = ""
    choices: Sequence[tuple[str, str]] = ()
    example: str = ""
    is_asked: bool = False
    parts: Sequence["Entry"] = ()
    errors: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of its control."""
        return "terms-" + self.path.replace(".", "-").replace("[", "-").replace("]", "")

    @property
    def everything(self) -> Iterator["Entry"]:
        """The entry and all below it."""
        yield self
        for part in self.parts:
            yield from part.everything

    @property
    def is_filled(self) -> bool:
        """Tell whether something stands in it, or is wrong with it."""
        own = any((self.value, self.values, self.errors))
        return own or any(part.is_filled for part in self.parts)


@dataclass(frozen=True)
class Form:
    """``asked``: what the pack leaves to the parties, on top. ``others``: what fits no field, in words."""

    asked: Sequence[Entry]
    sections: Sequence[Entry]
    others: Sequence[str]

    @property
    def wrong(self) -> list[Entry]:
        """The fields that something is wrong with, from top to bottom."""
        return [entry for top in (*self.asked, *self.sections) for entry in top.everything if entry.errors]


def form_of(typed: Typed, *, problems: Sequence[Problem] = (), pack: Pack | None = None) -> Form:
    """Return the form with what was typed and the problems at their fields."""
    shown = _Shown(typed, pack)
    sections = [shown.entry(part, part.name, str(TITLES[part.name])) for part in groups()]
    others = []
    for problem in problems:
        found = _nearest(sections, problem.path)
        if found is None:
            others.append(str(problem))
        else:
            found.errors.append(problem.message[:1].upper() + problem.message[1:])
    whole = Entry("", "", Control.GROUP, parts=sections)
    return Form(_taken_out(whole, shown.asked), whole.parts, others)


def said_by(typed: Typed, pack: Pack | None = None) -> dict[str, str]:
    """Return what each group says, in words; of a pack that nobody has answered yet, what it says itself."""
    try:
        terms = read_typed(typed, kept={})
    except InvalidTerms:
        if pack is None or typed != typed_of(pack.start):
            return {}
        terms = pack.example
    asks = pack.asks if pack else lambda path: False
    told = {clause.name: [s.text for s in clause.sentences if not asks(s.path)] for clause in clauses_of(terms)}
    return {name: " ".join(sentences) for name, sentences in told.items() if sentences}


class _Shown:
    """Builds entries out of what was typed."""

    def __init__(self, typed: Typed, pack: Pack | None) -> None:
        self._typed = typed
        self.asked = frozenset(field.path for field in pack.asked) if pack else frozenset()
        self._examples = typed_of(pack.example.to_json()) if pack else {}

    def entry(self, part: Part, path: str, label: str | None = None) -> Entry:
        question = QUESTIONS.get(path) if path in self.asked else None
        made = Entry(path, str(question or label or LABELS[part.key]), str(part.control), is_asked=path in self.asked)
        if part.control is Control.GROUP:
            made.parts = self._parts(part.kind, path)
        elif part.control is Control.ROWS:
            # One row more than there are: that is how another one is added, without a script.
            made.parts = [
                Entry(place, str(number + 1), Control.GROUP, parts=self._parts(part.kind, place))
                for number, place in enumerate(f"{path}[{n}]" for n in range(rows_in(self._typed, path) + 1))
            ]
        else:
            self._fill(made, part)
        return made

    def _parts(self, record: type, path: str) -> list[Entry]:
        return [self.entry(part, below(path, part.name)) for part in parts_of(record)]

    def _fill(self, made: Entry, part: Part) -> None:
        asked = part.control is Control.MONEY
        source = f"{made.path}.amount" if asked else made.path
        made.value = "" if part.control is Control.CHECKS else _first(self._typed, source)
        made.values = self._typed.get(made.path, ()) if part.control is Control.CHECKS else ()
        made.currency = _first(self._typed, f"{made.path}.currency") or _first(self._examples, f"{made.path}.currency")
        made.example = _first(self._examples, source) if made.is_asked else ""
        made.choices = _choices(part)


def _choices(part: Part) -> list[tuple[str, str]]:
    if part.control is Control.MONEY or (part.control is Control.CHOICE and part.kind is str):
        return [(code, code) for code in CURRENCIES]
    if part.control in (Control.CHOICE, Control.CHECKS):
        return choices_of(part.kind)
    return []


def _nearest(sections: Sequence[Entry], path: str) -> Entry | None:
    """Return the deepest entry that the path names or lies in."""
    entries: list[Entry] = [entry for section in sections for entry in section.everything]
    fitting = [one for one in entries if path == one.path or path.startswith((f"{one.path}.", f"{one.path}["))]
    return max(fitting, key=lambda entry: len(entry.path), default=None)


def _taken_out(entry: Entry, asked: frozenset[str]) -> list[Entry]:
    """Take what is asked out of a section, to be shown on top; a field is on the page once."""
    found: list[Entry] = []
    kept = []
    for part in entry.parts:
        if part.path in asked:
            found.append(part)
        else:
            found += _taken_out(part, asked) if part.control == Control.GROUP else []
            kept.append(part)
    entry.parts = [part for part in kept if part.parts or part.control not in (Control.GROUP, Control.ROWS)]
    return found


def _first(typed: Any, path: str) -> str:
    values = typed.get(path) or ("",)
    return str(values[0])
