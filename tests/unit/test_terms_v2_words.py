"""Terms of version 2 in plain words: no field is silent, in any language, and nothing is said that was not agreed."""

import json
from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings

from ipx.licences.terms_v2.terms import LicenceTerms, read_terms
from ipx.licences.wording.clauses import TITLES, clauses_of, plain_text
from ipx.licences.wording.labels import _LISTS
from ipx.web import languages
from tests.terms_v2_strategies import TERMS
from tests.unit.test_terms_v2_rules import VECTORS, WHOLE

FOLDER = Path(__file__).resolve().parents[2] / "frontend" / "translations"
UNSHRUNK = (Phase.explicit, Phase.generate)  # shrinking whole terms takes minutes
OTHER: dict[type, Any] = {bool: lambda value: not value, int: lambda value: value + 1}
SPELLINGS = {
    "language": "fr",
    "kind": "A1",
    "jurisdiction": "FR",
    "governing_law": "FR",
    "currency": "USD",
    "tier_currency": "USD",
}


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("words")
    languages.install(app, FOLDER)
    return app


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value that is no object or list."""
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], (*path, key))
    else:
        yield path


def with_another(path: tuple[Any, ...]) -> LicenceTerms:
    """Return the whole example with one leaf changed to another value that the types allow."""
    value = json.loads(json.dumps(WHOLE))
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    for other in (other for other in candidates(old, path) if other != old):
        holder[path[-1]] = other
        try:
            return read_terms(value)
        except Exception:  # noqa: BLE001 - the next candidate may fit the type
            continue
    raise AssertionError(f"no other value for {path}")


def candidates(old: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    if isinstance(old, (bool, int)):
        yield OTHER[type(old)](old)
        yield old - 1
        return
    yield from (word for words in all_words() if old in words for word in words)
    if isinstance(path[-1], str) and path[-1] in SPELLINGS:
        yield SPELLINGS[path[-1]]
    yield from (old + "x", "FR", "IT", "2031-01-01", "ab" * 32, "33333333-3333-4333-8333-333333333333")


def all_words() -> Iterator[list[str]]:
    for kind in StrEnum.__subclasses__():
        if kind.__module__.startswith("ipx.licences"):
            yield [str(word) for word in kind]


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_no_term_is_silent(app: Flask, language: str) -> None:
    """Whatever is changed in the terms changes the words."""
    with app.test_request_context(f"/?lang={language}"):
        before = plain_text(read_terms(WHOLE))
        paths = (path for path in leaves(WHOLE) if path != ("format",))
        silent = [path for path in paths if plain_text(with_another(path)) == before]
    assert silent == []


def test_the_whole_example_reads_so(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        clauses = {
            clause.name: [sentence.text for sentence in clause.sentences] for clause in clauses_of(read_terms(WHOLE))
        }
    assert list(clauses) == list(TITLES)
    assert clauses["grant"] == [
        "A licence.",
        "Co-exclusive: 3 licensees at most, this one included.",
        "The licensee may: make, use, sell.",
        "Exclusive until 31 Dec 2032; after that non-exclusive.",
        "Reserved in spite of it: research, teaching.",
        "The grant can be revoked as agreed below.",
    ]
    assert clauses["territory"] == [
        "In the states of the European Patent Convention (EPC).",
        "Only to make and use, not to sell, in China (CN).",
        "Not in Türkiye (TR).",
        "Regions have the members of 1 Jan 2027.",
    ]
    assert clauses["royalty"][1:3] == ["From EUR 0.00 up to EUR 1,000,000.00: 4 %.", "From EUR 1,000,000.00 on: 3 %."]
    assert clauses["funding"][-1] == "Of what is left, once EUR 100,000.00 have been shared, University gets 20/100."


def test_what_was_not_agreed_is_not_said(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        text = plain_text(read_terms(json.loads(VECTORS["accepted"][0]["canonical"])))
    assert text == (
        "Grant\n- A licence.\n- Non-exclusive: others may be licensed too.\n- The licensee may: use.\n\n"
        "Field of use\n- For every field of use.\n\nTerritory\n- Worldwide.\n\n"
        "Term\n- It begins when both sides have signed.\n- It has no end."
    )


def test_every_word_of_a_list_has_its_label() -> None:
    for words in _LISTS:
        kind: Any = type(next(iter(words)))
        assert list(words) == list(kind), kind


def test_every_group_of_the_schema_has_its_clause() -> None:
    assert [field.name for field in fields(LicenceTerms)] == list(TITLES)


@settings(max_examples=12, deadline=None, phases=UNSHRUNK, suppress_health_check=list(HealthCheck))
@given(TERMS)
def test_all_terms_have_words_in_all_languages(app: Flask, terms: LicenceTerms) -> None:
    for language in ("en", "zh-Hans"):
        with app.test_request_context(f"/?lang={language}"):
            clauses = clauses_of(terms)
        assert all(sentence.text.strip() for clause in clauses for sentence in clause.sentences)
        paths = [sentence.path for clause in clauses for sentence in clause.sentences]
        assert len(set(paths)) == len(paths) or terms.milestones
