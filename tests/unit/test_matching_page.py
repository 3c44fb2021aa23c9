"""How a search is asked for, and how its results are made safe to show."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.catalogue.records import Listing
from ipx.core.ports import LISTINGS, NEEDS
from ipx.core.search_words import MATCH_END, MATCH_START
from ipx.matching.records import Found
from ipx.matching.result_page import marked, result_of
from ipx.matching.rules import LAST_PAGE, MOST_CHOICES, OPEN, Search


def test_search_when_facets_are_unknown_or_too_many_then_they_are_left_out():
    many = [str(number) for number in range(1_000)]
    asked = Search(kind=LISTINGS, facets={"shoe_size": ["42"], "territory": ["DE", "DE", ""], "organisation": many})
    cleaned = asked.cleaned()
    assert cleaned.facets["territory"] == ("DE",)
    assert len(cleaned.facets["organisation"]) == MOST_CHOICES
    assert set(cleaned.facets) == {"territory", "organisation"}


def test_search_when_the_page_is_out_of_reach_then_the_nearest_is_taken():
    assert Search(kind=LISTINGS, page=-3).cleaned().page == 1
    assert Search(kind=LISTINGS, page=10**9).cleaned().page == LAST_PAGE


def test_search_when_it_is_for_listings_then_knows_no_deadline():
    assert Search(kind=LISTINGS, deadline=OPEN).cleaned().deadline is None
    assert Search(kind=NEEDS, deadline=OPEN).cleaned().deadline == OPEN
    assert Search(kind=NEEDS, deadline="soon").cleaned().deadline is None


def test_fragment_when_it_holds_markup_then_only_our_marks_are_tags():
    fragment = f"<script>alert(1)</script> & {MATCH_START}copper{MATCH_END} “x”"
    assert marked(fragment) == "&lt;script&gt;alert(1)&lt;/script&gt; &amp; <mark>copper</mark> “x”"


@given(st.text(), st.text(), st.text())
def test_fragment_when_of_any_text_then_no_tag_but_mark_comes_out(before, match, after):
    shown = str(marked(before + MATCH_START + match + MATCH_END + after))
    assert "<" not in shown.replace("<mark>", "").replace("</mark>", "")


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        ("Use of \x02batteries\x03 H01M 10/54 B09B 3/35 Cell Works Ltd", "Use of \x02batteries\x03"),
        ("Use of \x02batteries\x03 H01M 10/54 B09B 3/35 Cell", "Use of \x02batteries\x03"),
        ("Use of \x02batteries\x03. Cell Works Ltd", "Use of \x02batteries\x03."),
        ("Use of \x02batteries\x03 by Cell Works Ltd", None),
        ("Use of glue H01M 10/54 B09B 3/35 \x02Cell\x03 Works Ltd", None),
        ("\x02Batteries\x03 of H01M kind", None),
    ],
)
def test_fragment_when_it_runs_into_classes_and_owner_then_ends_before_them(fragment, said):
    unstated: dict[str, Any] = {field.name: None for field in fields(Listing)}
    given = {"summary": "Text", "classes": ("H01M 10/54", "B09B 3/35"), "owner_name": "Cell Works Ltd"}
    found = result_of(Found(Listing(**{**unstated, **given}), (fragment,)))
    assert found["fragments"] == [marked(fragment if said is None else said)]
