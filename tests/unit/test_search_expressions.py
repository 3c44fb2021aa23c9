"""Searches with fields and operators: what they demand, what is wrong with them, and that reading them ends."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core.search_tree import AllOf, AnyOf, Node, Phrase, Place, Symbol, Without, Words
from ipx.matching.expressions import (
    DEEPEST,
    LONGEST,
    MOST_TERMS,
    ExpressionError,
    Fault,
    bare_words,
    is_expression,
    read_expression,
)

TITLE, ORGANISATION = Place.TITLE, Place.ORGANISATION


@pytest.mark.parametrize(
    ("text", "tree", "words"),
    [
        ("battery", Words("battery"), "battery"),
        ("a b", AllOf((Words("a"), Words("b"))), "a b"),
        ("a AND b OR c", AnyOf((AllOf((Words("a"), Words("b"))), Words("c"))), "a b c"),
        ("a (b OR c)", AllOf((Words("a"), AnyOf((Words("b"), Words("c"))))), "a b c"),
        ("a NOT b", AllOf((Words("a"), Without(Words("b")))), "a"),
        ("NOT NOT a", Without(Without(Words("a"))), ""),
        ('“solid state” OR "ion"', AnyOf((Phrase("solid state"), Phrase("ion"))), "solid state ion"),
        ("Title:cell org:city", AllOf((Words("cell", TITLE), Words("city", ORGANISATION))), "cell"),
        ('org:"City of Ghent"', Phrase("City of Ghent", ORGANISATION), ""),
        ("title:(a OR NOT b)", AnyOf((Words("a", TITLE), Without(Words("b", TITLE)))), "a"),
        ("cpc:h01m", Symbol("h01m"), ""),
        ('cpc:"H01M 10/05"', Symbol("H01M 10/05"), ""),
        ("and or not", AllOf((Words("and"), Words("or"), Words("not"))), "and or not"),
        ("a:b title:c:d", AllOf((Words("a:b"), Words("c:d", TITLE))), "a:b c:d"),
    ],
)
def test_an_expression_is_read(text: str, tree: Node, words: str) -> None:
    found = read_expression(text)
    assert (found.tree, found.words) == (tree, words)


@pytest.mark.parametrize(
    ("text", "fault", "at"),
    [
        ('a "b', Fault.QUOTE, 3),
        ("a (b OR c", Fault.OPEN, 3),
        ("a) b", Fault.CLOSED, 2),
        ("a AND", Fault.NOTHING, 6),
        ("OR a", Fault.NOTHING, 1),
        ("a ()", Fault.NOTHING, 4),
        ("title:", Fault.NOTHING, 7),
        ("a AND ?!", Fault.NOTHING, 7),
        ("cpc:§", Fault.NOTHING, 5),
        ("cpc:12", Fault.SYMBOL, 5),
        ("x" * (LONGEST + 1), Fault.TOO_LONG, LONGEST + 1),
        ("a " * (MOST_TERMS + 1), Fault.TOO_MANY, 2 * MOST_TERMS + 1),
        ("(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), Fault.TOO_DEEP, DEEPEST + 2),
        ("NOT " * 100 + "a", Fault.TOO_DEEP, 4 * (DEEPEST + 1) + 1),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(text: str, fault: Fault, at: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_expression(text)
    assert (caught.value.fault, caught.value.at) == (fault, at)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("battery storage", False),
        ("AND", False),
        ("salt and pepper or not", False),
        ("METHOD AND APPARATUS FOR STORING OF HEAT", False),
        ('12" pipe', False),
        ("ratio a:b", False),
        ("subtitle:x", False),
        ("salt AND pepper", True),
        ("(a OR b)", True),
        ("NOT lead", True),
        ("org:city", True),
        ('a "solid state" cell', True),
    ],
)
def test_only_fields_operators_and_quotes_make_an_expression(text: str, expected: bool) -> None:
    assert is_expression(text) is expected


PIECES = st.sampled_from(
    ["(", ")", '"', "AND", "OR", "NOT", "title:", "cpc:", "org:", "a", "H01M", "\x00", "电池", " ", "\ud800"]
)


@given(st.one_of(st.text(max_size=2_000), st.lists(PIECES, max_size=400).map(" ".join), st.lists(PIECES).map("".join)))
def test_any_text_is_read_or_refused_with_a_place_in_bounded_time(text: str) -> None:
    begun = time.monotonic()
    is_expression(text)
    assert 1 <= place_of_fault(text) <= len(text) + 1
    assert time.monotonic() - begun < 1  # second


def place_of_fault(text: str) -> int:
    """Return where a text cannot be read; 1 for one that can."""
    try:
        read_expression(text)
    except ExpressionError as error:
        return error.at
    return 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title:(battery", "battery"),
        ('org:"City University" AND "solid state', "City University solid state"),
        ("NOT (AND OR) cpc:", ""),
        ("“salt melt” OR title: heat)", "salt melt heat"),
    ],
)
def test_what_cannot_be_read_still_asks_for_its_words(text: str, words: str) -> None:
    assert bare_words(text) == words
