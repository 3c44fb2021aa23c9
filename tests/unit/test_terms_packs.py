"""Packs are sound terms, keep what they fix, and ask what they must; doubts of competition law come with a source."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ipx.core.errors import NotFound
from ipx.licences.competition import doubts_of
from ipx.licences.packs.packs import NAMES, fill, pack
from ipx.licences.packs.words import QUESTIONS, STORIES
from ipx.licences.terms_v2.problems import InvalidTerms
from ipx.licences.terms_v2.terms import LicenceTerms, read_terms
from ipx.licences.wording.clauses import clauses_of
from ipx.web import languages
from tests.unit.test_terms_v2_rules import WHOLE, whole

FOLDER = Path(__file__).resolve().parents[2] / "frontend" / "translations"


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("words")
    languages.install(app, FOLDER)
    return app


def required(name: str) -> dict[str, Any]:
    return {field.path: field.value for field in pack(name).asked if field.required}


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_is_sound_once_its_questions_are_answered(name: str) -> None:
    terms = pack(name).example
    value = json.loads(terms.canonical())
    for group, part in pack(name).fixed.items():
        assert contains(value[group], part) or not part, group


def contains(value: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return all(contains(value.get(key), item) for key, item in part.items())
    return bool(sorted(value) == sorted(part) if isinstance(part, list) else value == part)


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_asks_until_it_is_answered(name: str) -> None:
    answers = required(name)
    assert answers
    with pytest.raises(InvalidTerms) as refusal:
        fill(pack(name), {})
    assert {problem.path for problem in refusal.value.problems} == set(answers)


def test_what_a_pack_fixes_cannot_be_answered() -> None:
    with pytest.raises(InvalidTerms) as refusal:
        fill(pack("express"), {**required("express"), "grant.exclusivity": "exclusive"})
    assert refusal.value.field == "grant.exclusivity"


def test_a_wrong_answer_is_refused_at_its_field() -> None:
    with pytest.raises(InvalidTerms) as refusal:
        fill(pack("express"), {**required("express"), "term.end.months": 0})
    assert refusal.value.field == "term.end.months"


def test_answers_change_nothing_in_the_pack() -> None:
    answers = {**required("express"), "term.end.months": 12}
    assert fill(pack("express"), answers).term.end.months == 12
    assert pack("express").example.term.end.months == 60


def test_an_unknown_pack_is_not_there() -> None:
    with pytest.raises(NotFound):
        pack("../packs")


def test_every_pack_has_its_story_and_every_question_its_words() -> None:
    assert list(STORIES) == list(NAMES)
    assert sorted(QUESTIONS) == sorted({field.path for name in NAMES for field in pack(name).asked})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_no_pack_raises_a_doubt_of_competition_law(app: Flask, name: str, language: str) -> None:
    with app.test_request_context(f"/?lang={language}"):
        assert doubts_of(pack(name).example) == ()
        paths = [sentence.path for clause in clauses_of(pack(name).example) for sentence in clause.sentences]
    assert any(pack(name).asks(path) for path in paths)
    assert not all(pack(name).asks(path) for path in paths)


def doubts(app: Flask, terms: LicenceTerms, **more: Any) -> dict[str, str]:
    with app.test_request_context("/?lang=en"):
        return {doubt.path: doubt.source for doubt in doubts_of(terms, **more)}


def test_the_whole_example_raises_none(app: Flask) -> None:
    assert doubts(app, read_terms(WHOLE)) == {}


@pytest.mark.parametrize(
    ("changes", "path", "source"),
    [
        ({"royalty__know_how_only_bps": None}, "royalty", "Kimble"),  # a tail for know-how at the full rate
        (
            {
                "royalty__know_how_only_bps": None,
                "term": {"start": {"event": "on-payment"}, "end": {"event": "perpetual"}},
            },
            "royalty",
            "Brulotte",
        ),
        ({"improvements__grant_back": "exclusive"}, "improvements.grant_back", "5(1)(a)"),
        ({"improvements__grant_back": "assignment"}, "improvements.grant_back", "5(1)(a)"),
        ({"termination__challenge": True, "grant__exclusivity": "exclusive"}, "termination.challenge", "Lear"),
        ({"standards__frand": False}, "standards.frand", "C-170/13"),
        ({"field_of_use__text": "Batteries, sold at a fixed price of EUR 10"}, "", "4(1)(a)"),
    ],
)
def test_a_doubt_names_its_field_and_source(app: Flask, changes: dict[str, Any], path: str, source: str) -> None:
    found = doubts(app, read_terms(whole(**changes)))
    assert list(found) == [path]
    assert source in found[path]


def test_ending_a_non_exclusive_grant_for_a_challenge_is_doubted_in_two_places(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        found = doubts_of(read_terms(whole(termination__challenge=True)))
    assert [doubt.rests_on_regulation for doubt in found] == [True, False]


def test_a_royalty_past_the_last_patent_is_doubted_when_its_expiry_is_known(app: Flask) -> None:
    terms = read_terms(whole(royalty__know_how_only_bps=None, term__know_how_tail_months=None))
    assert doubts(app, terms, last_expiry=date(2036, 12, 31)) == {}
    assert list(doubts(app, terms, last_expiry=date(2036, 12, 30))) == ["royalty"]
