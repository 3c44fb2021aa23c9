"""A redline holds both versions, word by word, and shows every change of the terms."""

from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ipx.licences.redline import Change, Line, Piece, RedlinedClause, redline, words_of_change
from ipx.licences.terms_v2.terms import LicenceTerms, read_terms
from ipx.licences.wording.clauses import clauses_of
from ipx.web import languages
from tests.unit.test_terms_v2_rules import WHOLE, whole

FOLDER = Path(__file__).resolve().parents[2] / "frontend" / "translations"
TEXTS = st.text(st.sampled_from("ab 1.,%许可方 \n"), max_size=40)


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("words")
    languages.install(app, FOLDER)
    return app


def said(line: Line, *changes: Change) -> str:
    return "".join(piece.text for piece in line.pieces if piece.change in changes)


def changed(clauses: tuple[RedlinedClause, ...]) -> dict[str, list[Line]]:
    return {clause.name: [line for line in clause.lines if line.is_changed] for clause in clauses if clause.is_changed}


@given(TEXTS, TEXTS)
def test_the_pieces_make_both_texts_again(old: str, new: str) -> None:
    pieces = words_of_change(old, new)
    assert "".join(piece.text for piece in pieces if piece.change is not Change.INSERTED) == old
    assert "".join(piece.text for piece in pieces if piece.change is not Change.DELETED) == new
    assert old != new or all(piece.change is Change.KEPT for piece in pieces)


def test_a_text_too_long_to_compare_is_replaced_whole() -> None:
    old, new = "one " * 400, "one " * 399 + "two "
    assert words_of_change(old, new) == (Piece(Change.DELETED, old), Piece(Change.INSERTED, new))
    assert Piece(Change.INSERTED, " two") in words_of_change(old[-800:], new[-800:])


def versions() -> list[tuple[LicenceTerms, LicenceTerms]]:
    base, patent = read_terms(WHOLE), WHOLE["subject"]["patents"][0]
    others = [
        whole(grant__exclusivity="exclusive", grant__co_exclusive_up_to=None),
        whole(royalty=None, minimums__creditable=False),
        whole(subject__patents=[{**patent, "number": "7654321"}, patent]),
        whole(field_of_use={}),
    ]
    return [pair for other in others for pair in ((base, read_terms(other)), (read_terms(other), base))]


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize(("old", "new"), versions())
def test_a_redline_holds_all_that_either_version_says(
    app: Flask, language: str, old: LicenceTerms, new: LicenceTerms
) -> None:
    with app.test_request_context(f"/?lang={language}"):
        lines = [line for clause in redline(old, new) for line in clause.lines]
        before, after = ([s.text for c in clauses_of(terms) for s in c.sentences] for terms in (old, new))
    told_before = [said(line, Change.KEPT, Change.DELETED) for line in lines]
    told_after = [said(line, Change.KEPT, Change.INSERTED) for line in lines]
    # A paired sentence of which nothing is kept is a deletion and an insertion in one line.
    assert sorted(text for text in told_before if text) == sorted(before)
    assert sorted(text for text in told_after if text) == sorted(after)


def test_the_same_terms_have_no_red_line(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert not any(clause.is_changed for clause in redline(read_terms(WHOLE), read_terms(WHOLE)))


def test_a_change_of_one_number_marks_that_number_alone(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        found = changed(redline(read_terms(WHOLE), read_terms(whole(termination__breach_cure_days=90))))
    assert list(found) == ["termination"]
    (line,) = found["termination"]
    assert line.path == "termination.breach_cure_days"
    assert [(piece.change, piece.text) for piece in line.pieces if piece.change is not Change.KEPT] == [
        (Change.DELETED, " 60"),
        (Change.INSERTED, " 90"),
    ]


def test_a_patent_put_in_front_leaves_the_other_one_as_it_is(app: Flask) -> None:
    old, new = versions()[4]
    with app.test_request_context("/?lang=en"):
        found = changed(redline(old, new))
    (line,) = found["subject"]
    assert [piece.change for piece in line.pieces] == [Change.INSERTED]
    assert "7654321" in line.pieces[0].text


def test_a_clause_that_went_out_is_deleted_whole(app: Flask) -> None:
    old, new = versions()[2]
    with app.test_request_context("/?lang=en"):
        lines = changed(redline(old, new))["royalty"]
    assert all(piece.change is Change.DELETED for line in lines for piece in line.pieces)
