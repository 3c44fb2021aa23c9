"""How far two words are apart, and the levels of a class: what mended words and classes rest on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core.search_tree import cpc_levels
from ipx.matching.spelling import distance

LETTERS = st.text(alphabet="abc", max_size=7)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("battery", "battery", 0), ("baterry", "battery", 2), ("batetry", "battery", 1), ("lithum", "lithium", 1),
     ("ab", "ba", 1), ("abc", "cab", 2), ("cell", "sell", 1), ("", "ab", 2)],
)  # fmt: skip
def test_a_distance_counts_letters_changed_added_left_out_or_swapped(one: str, other: str, expected: int) -> None:
    assert distance(one, other, most=3) == expected


@given(LETTERS, LETTERS, st.integers(0, 3))
def test_a_distance_is_that_of_the_recursive_definition_up_to_a_limit(one: str, other: str, most: int) -> None:
    assert distance(one, other, most=most) == min(defined(one, other), most + 1)
    assert distance(one, other, most=most) == distance(other, one, most=most)


def defined(one: str, other: str) -> int:
    """Return the optimal string alignment distance, straight from its definition."""
    if not one or not other:
        return len(one) + len(other)
    best = min(
        defined(one[:-1], other) + 1,
        defined(one, other[:-1]) + 1,
        defined(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    )
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        best = min(best, defined(one[:-2], other[:-2]) + 1)
    return best


def test_a_symbol_has_every_level_above_it_and_what_is_none_has_none() -> None:
    assert cpc_levels("h01m 10/0525") == ("H", "H01", "H01M", "H01M10", "H01M10/0525")
    assert cpc_levels("H01") == ("H", "H01")
    assert [cpc_levels(text) for text in ("", "/", "10", "H01M/", "é", "H 01 /", "a-b")] == [()] * 7
    assert [cpc_levels(text) for text in ("ZZZ", "foo", "title", "H1", "Z01M", "H01MM", "H01M10/x")] == [()] * 7


@given(st.text(max_size=20))
def test_levels_of_any_text_begin_with_one_another(text: str) -> None:
    levels = cpc_levels(text)
    assert all(later.startswith(earlier) for earlier, later in pairwise(levels))
