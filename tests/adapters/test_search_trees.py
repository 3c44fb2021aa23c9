"""How every search index holds documents against a tree of conditions: the same hits on both engines."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipx.core.ports import LISTINGS, SearchQuery
from ipx.core.search_tree import AllOf, AnyOf, Begun, Near, Node, Phrase, Place, Symbol, Without, Words
from tests.adapters.search_probe import ENGINES, Index, found, listing, opened

SHELF = {
    "cell": ("Solid battery cell", "An electrolyte of lithium salts.", "City University", ["H", "H01", "H01M"]),
    "pump": ("Quiet pump", "A battery drives the pump without noise.", "Pump Works", ["F", "F04", "F04B"]),
    "salt": ("Molten salts", "Salts of lithium and of lead store heat.", "City of Ghent", ["F", "F28", "F28D"]),
}
WORDS = ["battery", "batteries", "pump", "salt", "lithium", "lead", "city", "nothing"]


@pytest.fixture(params=ENGINES, scope="module")
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened(request.param, tmp_path_factory.mktemp("trees")) as index:
        index.put(
            [
                listing(key, title=title, text=text, facets={"organisation": [owner], "cpc": symbols})
                for key, (title, text, owner, symbols) in SHELF.items()
            ]
        )
        yield index


def let_through(index: Index, tree: Node, **parts: Any) -> set[str]:
    return set(found(index, tree=tree, **parts))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Words("Batteries"), {"cell", "pump"}),
        (Words("battery", Place.TITLE), {"cell"}),
        (Words("lithium battery"), {"cell"}),
        (Words("city", Place.ORGANISATION), {"cell", "salt"}),
        (Words("works pump", Place.ORGANISATION), {"pump"}),
        (Words("city"), set()),
        (Words("!?"), set()),
        (Phrase("lithium salts"), {"cell"}),
        (Phrase("salts of lithium"), {"salt"}),
        (Phrase("cell an electrolyte"), set()),
        (Phrase("battery cell", Place.TITLE), {"cell"}),
        (Phrase("university city", Place.ORGANISATION), set()),
        (Phrase("City University", Place.ORGANISATION), {"cell"}),
        (Begun("batt"), {"cell"}),
        (Begun("solid bat"), {"cell"}),
        (Begun("cell solid"), {"cell"}),
        (Begun("lith"), set()),
        (Begun("cit", Place.ORGANISATION), {"cell", "salt"}),
        (Begun("pum", Place.ANYWHERE), {"pump"}),
        (Begun("  "), set()),
        (Near("baterry", 2), {"cell", "pump"}),
        (Near("lithum", 1), {"cell", "salt"}),
        (Near("uranium", 2), set()),
        (Symbol("h01m"), {"cell"}),
        (Symbol("F"), {"pump", "salt"}),
        (Symbol("F 04 B"), {"pump"}),
        (Symbol("/"), set()),
        (AllOf((Words("lithium"), Words("lead"))), {"salt"}),
        (AnyOf((Words("lead"), Words("noise"))), {"salt", "pump"}),
        (Without(Words("lithium")), {"pump"}),
        (AllOf((Without(Words("lead")), Without(Words("noise")))), {"cell"}),
        (Without(Without(Words("lead"))), {"salt"}),
        (AnyOf(()), set()),
        (AllOf(()), set()),
    ],
)
def test_a_tree_lets_through(index: Index, tree: Node, expected: set[str]) -> None:
    assert let_through(index, tree) == expected
    assert index.search(SearchQuery(kind=LISTINGS, tree=tree)).total == len(expected)


def test_words_beside_a_tree_put_its_hits_in_order_and_demand_nothing(index: Index) -> None:
    tree = AnyOf((Words("lithium"), Words("pump")))
    answer = index.search(SearchQuery(kind=LISTINGS, words="noise", tree=tree, count_facets=["organisation"]))
    assert answer.hits[0].id == "pump"
    assert answer.hits[0].score > answer.hits[1].score == answer.hits[2].score
    assert answer.total == 3
    assert {name for name, _ in answer.facets["organisation"]} == {owner for _, _, owner, _ in SHELF.values()}
    assert any("\x02noise\x03" in fragment for fragment in answer.hits[0].fragments)


def test_a_tree_and_filters_hold_together(index: Index) -> None:
    assert let_through(index, Words("lithium"), facets={"cpc": ["F28"]}) == {"salt"}
    assert let_through(index, Words("lithium"), except_ids=["salt"]) == {"cell"}


LEAVES = st.one_of(
    st.builds(Words, st.one_of(st.sampled_from(WORDS), st.text(max_size=20)), st.sampled_from(Place)),
    st.builds(Phrase, st.one_of(st.just("lithium salts"), st.text(max_size=20)), st.sampled_from(Place)),
    st.builds(Begun, st.text(max_size=10), st.sampled_from(Place)),
    st.builds(Symbol, st.text(max_size=8)),
)
TREES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(AllOf, st.lists(parts, min_size=1, max_size=4).map(tuple)),
        st.builds(AnyOf, st.lists(parts, min_size=1, max_size=4).map(tuple)),
        st.builds(Without, parts),
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
def test_any_tree_parts_the_documents_in_two(index: Index, tree: Node) -> None:
    begun = time.monotonic()
    inside, outside = let_through(index, tree), let_through(index, Without(tree))
    assert inside | outside == set(SHELF)
    assert not inside & outside
    assert time.monotonic() - begun < 5  # seconds
