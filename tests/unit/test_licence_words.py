"""Terms in the reader's language: in English the same words that the terms themselves have."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ipx.licences import terms as plain
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Royalty, Terms
from ipx.licences.words import in_words
from ipx.web import languages
from tests.unit.test_licence_terms import TERMS

FOLDER = Path(__file__).resolve().parents[2] / "frontend" / "translations"


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("words")
    languages.install(app, FOLDER)
    return app


def variants() -> list[Terms]:
    changes: list[dict[str, Any]] = [
        *({"exclusivity": kind} for kind in Exclusivity),
        *({"transfer": rule} for rule in TransferRule),
        *({"sublicensing": rule} for rule in Sublicensing),
        *({"end": TermEnd.FIXED, "months": months} for months in (1, 2, 12, 13, 25, 60)),
        {"end": TermEnd.PERPETUAL, "months": None},
        {"end": TermEnd.LAST_TO_EXPIRE, "months": None},
        {"acts": tuple(Act)},
        {"field_text": "", "field_codes": (), "territory": ()},
        {"royalty": Royalty(RoyaltyBase.GROSS, 1_250)},
        {"royalty": None, "upfront": replace(TERMS.upfront, amount=0), "notice_of_grant": True},
    ]
    return [replace(TERMS, **change) for change in changes]


@pytest.mark.parametrize("terms", variants())
def test_in_english_it_says_what_the_terms_say(app: Flask, terms: Terms) -> None:
    with app.test_request_context("/?lang=en"):
        assert in_words(terms) == plain.in_words(terms)


@pytest.mark.parametrize("terms", variants())
def test_in_chinese_no_line_is_left_out(app: Flask, terms: Terms) -> None:
    with app.test_request_context("/?lang=zh-Hans"):
        told = in_words(terms)
    assert len(told) == len(plain.in_words(terms))
    assert all(what and sentence for what, sentence in told)
    assert told[0][0] == "独占程度"
