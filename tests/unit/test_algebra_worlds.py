"""The algebra against every world that the words of the grants allow (``tests/grant_worlds.py``)."""

from __future__ import annotations

import os
from itertools import product
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ipx.licences.algebra.acts import acts_of
from ipx.licences.algebra.conflicts import conflicts
from ipx.licences.algebra.files import grant_from, grants_of
from ipx.licences.algebra.remaining import Status, remaining, status_of
from ipx.licences.algebra.territory import CODES, codes_of
from ipx.licences.algebra.truth import Truth
from tests.grant_worlds import (
    ACTS,
    AT,
    BELOW,
    COUNTRIES,
    DAYS,
    LEAVES,
    REGIONS,
    WORLD,
    World,
    conflict_in,
    first_day,
    last_day,
    points,
    worlds,
)

EXAMPLES = int(os.environ.get("IPX_ALGEBRA_EXAMPLES", "100"))
MEANINGS = [frozenset(LEAVES[:1]), frozenset(LEAVES[1:3]), frozenset(LEAVES[3:]), frozenset(LEAVES)]


@st.composite
def territories(draw: st.DrawFn) -> dict[str, Any]:
    worldwide = draw(st.booleans())
    codes = draw(st.lists(st.sampled_from([*COUNTRIES, *REGIONS]), unique=True, max_size=3))
    places = []
    for code in codes:
        include = draw(st.booleans())
        only = draw(st.sampled_from([None, None, "make", "sell"])) if include else None
        if worldwide and include and only is None:
            continue  # said already
        places.append({"code": code, "include": include} | ({"only": only} if only else {}))
    if not worldwide and not any(place["include"] for place in places):
        places = [{"code": draw(st.sampled_from(COUNTRIES)), "include": True}]
    return {"worldwide": worldwide, "places": places}


@st.composite
def fields(draw: st.DrawFn, *, texts: tuple[str, ...]) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from(sorted(BELOW)), unique=True, max_size=3))
    codes = [{"scheme": "cpc", "code": code, "include": draw(st.booleans())} for code in chosen]
    text = draw(st.sampled_from(texts))
    if text:  # codes that include say the field themselves
        codes = [code for code in codes if not code["include"]]
    # A subgroup compares as its group, so cutting one out is open by rule; the worlds have no subgroups.
    codes = [code for code in codes if code["include"] or code["code"] != "H01M 10/0525"]
    return {"codes": codes} | ({"text": text} if text else {})


@st.composite
def terms(draw: st.DrawFn, *, texts: tuple[str, ...] = ("",), is_dated: bool = True) -> dict[str, Any]:
    first = draw(st.integers(0, 4))
    last = draw(st.integers(first, 8))
    start = {"event": "date", "date": first_day(first)}
    end: dict[str, Any] = draw(st.sampled_from([{"event": "date", "date": last_day(last)}, {"event": "perpetual"}]))
    if not is_dated:
        start = draw(st.sampled_from([start, {"event": "on-payment"}]))
        end = draw(st.sampled_from([end, {"event": "last-to-expire"}, {"event": "last-valid-claim"}]))
        assume(start["event"] == "date" or end["event"] != "date")
    how = draw(st.sampled_from(["exclusive", "sole", "co-exclusive", "non-exclusive"]))
    grant: dict[str, Any] = {
        "kind": "licence",
        "exclusivity": how,
        "acts": draw(st.lists(st.sampled_from(ACTS), unique=True, min_size=1)),
    }
    if how == "co-exclusive":
        grant["co_exclusive_up_to"] = draw(st.integers(2, 3))
    return {
        "format": "ipx/licence-terms/v2",
        "grant": grant,
        "field_of_use": draw(fields(texts=texts)),
        "territory": draw(territories()),
        "term": {"start": start, "end": end},
    }


def answered(proposed: dict[str, Any], existing: list[dict[str, Any]]) -> Truth:
    return conflicts(grant_from(proposed, id="new", at=AT), grants_of(existing, at=AT)).conflict


@settings(max_examples=EXAMPLES, deadline=None)
@given(terms(), st.lists(terms(), max_size=4))
def test_where_nothing_is_open_the_answer_is_that_of_counting_points(
    proposed: dict[str, Any], existing: list[dict[str, Any]]
) -> None:
    possible = list(worlds([proposed, *existing], MEANINGS))
    assume(possible)  # a grant of nothing at all is no grant
    expected = Truth.YES if conflict_in(proposed, existing, possible[0]) else Truth.NO
    assert answered(proposed, existing) is expected


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    terms(texts=("", "Cells", "Pumps"), is_dated=False),
    st.lists(terms(texts=("", "Cells"), is_dated=False), min_size=1, max_size=3),
)
def test_what_is_open_is_never_answered_against_a_world_that_the_words_allow(
    proposed: dict[str, Any], existing: list[dict[str, Any]]
) -> None:
    answers = {conflict_in(proposed, existing, world) for world in worlds([proposed, *existing], MEANINGS)}
    assume(answers)
    answer = answered(proposed, existing)
    if answer is Truth.YES:
        assert answers == {True}
    if answer is Truth.NO:
        assert answers == {False}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(terms(), max_size=4))
def test_what_remains_is_the_whole_world_without_the_points_of_those_who_exclude(
    existing: list[dict[str, Any]],
) -> None:
    world = World({}, {}, {})
    sets = {str(number): points(grant, number, world) for number, grant in enumerate(existing, start=1)}
    assume(all(sets.values()))
    pieces = remaining(grants_of(existing, at=AT), at=AT).pieces
    assert sum(piece.territory.bit_count() * piece.acts.bit_count() for piece in pieces) == len(CODES) * 7
    for spot in product(WORLD, ACTS):
        (piece,) = [one for one in pieces if spot[0] in codes_of(one.territory) and spot[1] in acts_of(one.acts)]
        there = {name for name, grant in sets.items() if spot in grant.spots}
        excluding = {name for name in there if existing[int(name) - 1]["grant"]["exclusivity"] != "non-exclusive"}
        assert {obstacle.grant.id for obstacle in piece.exclusive} == there
        assert {obstacle.grant.id for obstacle in piece.non_exclusive} == excluding
        takes_all = {name for name in there if sets[name].leaves == set(LEAVES) and sets[name].days == set(DAYS)}
        assert (status_of(piece.exclusive, at=AT) is Status.TAKEN) is bool(takes_all)
