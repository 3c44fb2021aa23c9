"""Hits of a query that asks for no total: the same as with it, on every engine."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ipx.adapters import tantivy_search
from ipx.core.ports import LISTINGS, NEEDS, SearchHit, SearchQuery
from tests.adapters.search_probe import ENGINES, Index, listing, opened

WORDS = [f"word{number}" for number in range(60)]
DOCUMENTS = 1_200


@pytest.fixture(scope="module", params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    dice = random.Random(7)
    with opened(request.param, tmp_path_factory.mktemp("without")) as index:
        shares = [1 / (place + 1) for place in range(len(WORDS))]
        index.rebuild(
            listing(
                f"n{number}",
                kind=NEEDS if number % 3 else LISTINGS,
                title=" ".join(dice.choices(WORDS, shares, k=4)),
                text=" ".join(dice.choices(WORDS, shares, k=dice.randint(5, 60))),
                facets={"status": [dice.choice("ab")]},
            )
            for number in range(DOCUMENTS)
        )
        yield index


@pytest.mark.parametrize("length", [1, 2, 3, 12, 40])
@pytest.mark.parametrize(("offset", "limit"), [(0, 10), (30, 10), (0, 300), (0, 1)])
def test_the_hits_are_the_same(index: Index, length: int, offset: int, limit: int) -> None:
    dice = random.Random(length * 1000 + offset + limit)
    for kind in (LISTINGS, NEEDS):
        words = [*dice.sample(WORDS, length), *(["word1.word2.word0"] if offset else [])]
        asked = SearchQuery(
            kind=kind, weights={word: dice.choice((1.0, 3.0)) for word in words}, offset=offset, limit=limit
        )
        one, other = index.search(asked), index.search(replace(asked, with_total=False))
        assert _plain(one.hits) == _plain(other.hits)
        assert offset + len(other.hits) <= other.total <= one.total or not other.hits


@pytest.mark.parametrize(
    "narrowed",
    [{"facets": {"status": ["a"]}}, {"except_ids": ["n0", "n3", "n6"]}, {"words": "word0 nowhere"}, {"words": ""}],
)
def test_filters_and_words_that_are_missing_count_as_before(index: Index, narrowed: dict[str, object]) -> None:
    asked = replace(SearchQuery(kind=LISTINGS, words="word1 word7", limit=20), **narrowed)  # type: ignore[arg-type]
    assert _plain(index.search(asked).hits) == _plain(index.search(replace(asked, with_total=False)).hits)


def test_where_the_words_are_many_their_number_is_not_required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a battery with a sail for boats that charge at sea in winter"
    with opened("tantivy", tmp_path) as index:
        index.put([listing(f"n{number}", text=text) for number in range(30)])
        index.put([listing(f"o{number}", text="a kettle" + 12 * " that boils") for number in range(500)])
        monkeypatch.delattr(tantivy_search, "_best")
        asked = SearchQuery(kind=LISTINGS, words=text, with_total=False)
        assert {hit.id[0] for hit in index.search(asked).hits} == {"n"}
        for everything in (replace(asked, with_total=True), replace(asked, limit=600, words=f"kettle {text}")):
            with pytest.raises(NameError):
                index.search(everything)


def test_few_words_are_asked_of_the_best_alone_unless_too_few_have_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = "a battery with a sail"
    with opened("tantivy", tmp_path) as index:
        index.put([listing(f"n{number}", text=both) for number in range(30)])
        index.put([listing(f"o{number}", kind=NEEDS, text=both) for number in range(3)])
        asked = SearchQuery(kind=LISTINGS, words="battery sail", with_total=False)
        monkeypatch.delattr(tantivy_search, "_best")
        assert {hit.id[0] for hit in index.search(asked).hits} == {"n"}
        index.put([listing(f"p{number}", title="sail", text="sail " * 12) for number in range(20)])
        index.put([listing(f"q{number}", text="a battery") for number in range(300)])
        with pytest.raises(NameError):
            index.search(asked)


def _plain(hits: Sequence[SearchHit]) -> list[tuple[str, float, int, Sequence[str]]]:
    return [(hit.id, round(hit.score, 3), hit.length, hit.fragments) for hit in hits]
