"""The form of terms: every field of the schema has a place and words, and nothing that is typed gets lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ipx.licences.packs.packs import NAMES, pack
from ipx.licences.terms_form.kinds import HIDDEN, Control, Part, groups, parts_of
from ipx.licences.terms_form.labels import LABELS
from ipx.licences.terms_form.sections import form_of
from ipx.licences.terms_form.typed import compacted, read_percent, read_typed, rows_in, typed_of
from ipx.licences.terms_v2.problems import InvalidTerms
from ipx.licences.terms_v2.rules import problems_of
from ipx.licences.terms_v2.terms import LicenceTerms, read_terms
from ipx.web import languages
from tests.terms_v2_strategies import TERMS
from tests.unit.test_terms_v2_rules import WHOLE, whole

FOLDER = Path(__file__).resolve().parents[2] / "frontend" / "translations"


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("form")
    languages.install(app, FOLDER)
    return app


def everything() -> Iterator[Part]:
    """Every field of every record that the form shows."""
    pending = list(groups())
    while pending:
        part = pending.pop()
        yield part
        if part.control in (Control.GROUP, Control.ROWS):
            pending += parts_of(part.kind)


def kept_of(terms: LicenceTerms) -> dict[str, Any]:
    return {name: value for name, value in terms.to_json().items() if name in HIDDEN}


def faults(typed: Any, kept: Any = None, answers: Sequence[str] = ()) -> dict[str, str]:
    with pytest.raises(InvalidTerms) as refused:
        read_typed(typed, kept=kept or {}, answers=answers)
    return {problem.path: problem.message for problem in refused.value.problems}


def test_every_field_of_the_schema_has_words_and_no_words_are_left_over() -> None:
    keys = {part.key for part in everything() if part not in groups()}
    assert keys == set(LABELS)


def test_every_choice_has_words(app: Flask) -> None:
    with app.test_request_context("/?lang=zh-Hans"):
        shown = form_of(typed_of(WHOLE))
        entries = [entry for section in shown.sections for entry in section.everything]
        lists = [entry for entry in entries if entry.control in (Control.CHOICE, Control.CHECKS)]
        assert len(lists) > 40
        assert all(words for entry in lists for _, words in entry.choices)
        assert len({entry.id for entry in entries}) == len(entries)


def test_the_whole_schema_is_typed_and_read_back() -> None:
    assert read_typed(typed_of(WHOLE), kept=WHOLE).to_json() == read_terms(WHOLE).to_json()


@given(TERMS)
def test_what_makes_sense_is_typed_and_read_back(terms: LicenceTerms) -> None:
    value = terms.to_json()
    trimmed = json.loads(json.dumps(value), object_hook=lambda record: {k: strip(v) for k, v in record.items()})
    if problems_of(terms) or any(trimmed.get(name) != value.get(name) for name in value):
        return  # a person's blanks at the ends of a text are taken off
    assert read_typed(typed_of(value), kept=kept_of(terms)).to_json() == value


def strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_is_filled_by_what_is_asked_and_nothing_else(app: Flask, name: str) -> None:
    chosen = pack(name)
    with app.test_request_context("/"):
        shown = form_of(typed_of(chosen.start), pack=chosen)
    asked = {entry.path for entry in shown.asked}
    assert asked == {field.path for field in chosen.asked}
    elsewhere = {entry.path for section in shown.sections for entry in section.everything}
    assert not asked & elsewhere
    typed = typed_of(chosen.start)
    wanted = [field.path for field in chosen.asked if field.required]
    if wanted:
        assert set(faults(typed, answers=wanted)) == set(wanted)
    example = typed_of(chosen.example.to_json())
    answers = {path: text for path, text in example.items() if any(path.startswith(one) for one in wanted)}
    assert read_typed(typed | answers, kept={}, answers=wanted) == chosen.example


def test_what_cannot_be_read_is_named_by_its_path_and_kept(app: Flask) -> None:
    typed = typed_of(whole()) | {
        "fees.upfront.amount": ["much"],
        "royalty.floor_bps": ["2.555"],
        "termination.breach_cure_days": ["thirty"],
        "fees.option_fee.amount": ["1"],
        "fees.option_fee.currency": ["XXX"],
    }
    found = faults(typed, WHOLE)
    assert set(found) == {
        "fees.upfront",
        "royalty.floor_bps",
        "termination.breach_cure_days",
        "fees.option_fee",
    }
    with app.test_request_context("/"):
        with pytest.raises(InvalidTerms) as refused:
            read_typed(typed, kept=WHOLE)
        shown = form_of(typed, problems=refused.value.problems)
    values = {entry.path: entry.value for entry in shown.wrong}
    assert values["fees.upfront"] == "much"
    assert values["termination.breach_cure_days"] == "thirty"
    assert shown.others == []


def test_faults_of_sense_stand_at_their_field(app: Flask) -> None:
    typed = typed_of(whole()) | {"term.end.event": ["months"], "term.end.months": [""], "term.end.date": [""]}
    with app.test_request_context("/"):
        with pytest.raises(InvalidTerms) as refused:
            read_typed(typed, kept=WHOLE)
        shown = form_of(typed, problems=refused.value.problems)
    assert any(entry.path.startswith("term.end") for entry in shown.wrong)
    assert all(entry.errors for entry in shown.wrong)


def test_blank_rows_go_and_the_others_are_counted_anew() -> None:
    sent = {
        "milestones[0].id": [""],
        "milestones[0].payment.currency": ["EUR"],
        "milestones[3].id": ["pilot"],
        "milestones[3].payment.amount": [" 5 "],
        "grant.acts": ["make", "use"],
    }
    typed = compacted(sent.items())
    assert rows_in(typed, "milestones") == 1
    assert typed["milestones[0].id"] == ["pilot"]
    assert typed["milestones[0].payment.amount"] == ["5"]
    assert typed["grant.acts"] == ["make", "use"]


@given(st.dictionaries(st.text(max_size=30), st.lists(st.text(max_size=10), max_size=3), max_size=8))
def test_whatever_is_sent_is_read_or_refused_with_a_path(sent: dict[str, list[str]]) -> None:
    assert all(isinstance(path, str) for path in faults(compacted(sent.items())))


@given(st.integers(0, 10_000))
def test_basis_points_are_typed_and_read_back(points: int) -> None:
    typed = typed_of({"royalty": {"base": "gross", "rate": {"share_bps": points}}})
    assert read_percent(typed["royalty.rate.share_bps"][0]) == points
