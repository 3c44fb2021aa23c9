"""The packs and how they are filled: what a pack fixes stays fixed, what it asks has to be answered.

A pack is a JSON file in ``data``: ``terms`` of version 2 without what is asked, and ``asked``: fields by their path,
each with a ``default`` that may be left, or an ``example`` of an answer that has to be given.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ipx.core.errors import NotFound
from ipx.licences.terms_v2.problems import InvalidTerms, Problem
from ipx.licences.terms_v2.rules import checked_terms
from ipx.licences.terms_v2.terms import FORMAT, LicenceTerms

_DATA = Path(__file__).with_name("data")
NAMES = (
    "exclusive-by-field",
    "sole",
    "express",
    "evaluation",
    "research-only",
    "option",
    "material-transfer",
    "inter-institutional",
    "test-bed-pilot",
    "easy-access",
    "start-up",
    "frand",
)
"""In the order in which they are shown."""


@dataclass(frozen=True)
class Asked:
    """A field that the parties decide. ``value``: the default, or where an answer is required an example of one."""

    path: str
    value: Any
    required: bool


@dataclass(frozen=True)
class Pack:
    """One pack. ``fixed``: the JSON of what it says itself."""

    name: str
    fixed: Mapping[str, Any]
    asked: Sequence[Asked]

    @property
    def example(self) -> LicenceTerms:
        """The terms with every default, and an example for every required answer."""
        return fill(self, {field.path: field.value for field in self.asked if field.required})

    @property
    def start(self) -> Mapping[str, Any]:
        """The JSON of what the pack says with every default, and without what is asked: where a form begins."""
        value: dict[str, Any] = {"format": FORMAT, **json.loads(json.dumps(self.fixed))}
        for field in self.asked:
            if not field.required:
                _put(value, field.path, field.value)
        return value

    def asks(self, path: str) -> bool:
        """Tell whether a field, or something in it, is asked; ``path`` may be that of a list's entry."""
        return any(path == field.path or _inside(path, field.path) or _inside(field.path, path) for field in self.asked)


@cache
def pack(name: str) -> Pack:
    """Return a pack. Raises NotFound."""
    if name not in NAMES:
        raise NotFound("There is no such pack of terms.")
    value = json.loads((_DATA / f"{name}.json").read_text("utf-8"))
    asked = tuple(
        Asked(field["path"], field.get("default", field.get("example")), "default" not in field)
        for field in value["asked"]
    )
    return Pack(name, value["terms"], asked)


def fill(chosen: Pack, answers: Mapping[str, Any]) -> LicenceTerms:
    """Return the pack's terms with the answers, by path, as JSON.

    Raises InvalidTerms for what is fixed, unanswered or wrong, all at once as far as it can be judged.
    """
    known = {field.path for field in chosen.asked}
    problems = [Problem(path, "this pack fixes it or does not have it.") for path in answers if path not in known]
    problems += [
        Problem(field.path, "this pack asks for it; give an answer.")
        for field in chosen.asked
        if field.required and answers.get(field.path) is None
    ]
    if problems:
        raise InvalidTerms(problems)
    value = dict(chosen.start)
    for field in chosen.asked:
        _put(value, field.path, answers.get(field.path, field.value))
    return checked_terms(value)


def _put(value: dict[str, Any], path: str, answer: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        value = value.setdefault(name, {})
    value[last] = answer


def _inside(path: str, outer: str) -> bool:
    return path.startswith((f"{outer}.", f"{outer}["))
