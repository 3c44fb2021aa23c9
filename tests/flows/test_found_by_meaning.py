"""What is close in meaning and lacks the words is found, counted and paged like the rest, on both engines."""

from collections.abc import Iterator

import numpy as np
import pytest

from ipx.adapters.minilm.model import MiniLM
from ipx.adapters.minilm.space import DIMENSIONS, MatrixSpace, as_numbers, as_vector
from ipx.core.ports import LISTINGS, SearchQuery
from ipx.matching.ranking.candidates import CANDIDATES, WORDLESS
from ipx.matching.ranking.passages import sense_of
from ipx.matching.ranking.questions import Question
from ipx.matching.ranking.ranker import Ranked, Ranker
from tests.adapters.search_probe import ENGINES, Index, listing, opened

QUESTION = Question(text="rotor blade")
WORDED, CLOSE, FAR = 340, 130, 40
MODEL = MiniLM(threads=1)


@pytest.fixture(scope="module", params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with opened(request.param, tmp_path_factory.mktemp("meant")) as index:
        facets = lambda n: {"source": ["ours" if n % 3 else "theirs"]}  # noqa: E731
        worded = [listing(f"w{n}", text="rotor blade " + "x " * (n % 50), facets=facets(n)) for n in range(WORDED)]
        close = [listing(f"c{n}", text=f"sail {n}", facets=facets(n)) for n in range(CLOSE)]
        far = [listing(f"f{n}", text=f"song {n}", facets=facets(n)) for n in range(FAR)]
        index.rebuild(iter([*worded, *close, *far]))
        yield index


@pytest.fixture(scope="module")
def space() -> MatrixSpace:
    """Hold the close ones at cosines of about .9, the far ones at about 0, and a third of the worded ones at .7."""
    asked = sense_of(MODEL, QUESTION, by_sentence=False)
    assert asked is not None
    numbers, space = as_numbers(asked.whole), MatrixSpace()
    for prefix, count, part in (("c", CLOSE, 0.9), ("f", FAR, 0.0), ("w", WORDED, 0.7)):
        for n in range(0, count, 3 if prefix == "w" else 1):
            noise = np.random.default_rng([ord(prefix), n]).normal(size=DIMENSIONS)
            noise -= numbers * float(noise @ numbers)
            noise /= np.linalg.norm(noise)
            space.put({f"{prefix}{n}": as_vector(part * numbers + (1 - part**2) ** 0.5 * noise)})
    return space


def test_what_lacks_the_words_is_found_and_no_page_repeats_or_leaves_out(index: Index, space: MatrixSpace) -> None:
    ranker = Ranker(index=index, meaning=MODEL)
    total = WORDED + WORDLESS
    pages = [_ranked(ranker, space, offset=offset, limit=37) for offset in range(0, total, 37)]
    found = [hit.id for page in pages for hit in page.hits]
    assert {page.total for page in pages} == {total}
    assert len(found) == len(set(found)) == total
    assert sum(name.startswith("c") for name in found) == WORDLESS
    assert not any(name.startswith("f") for name in found)
    assert sum(name.startswith("w") for name in found) == WORDED
    assert found.index("w0") < found.index(next(name for name in found if name.startswith("c")))
    assert [hit.id for hit in _ranked(ranker, space, limit=CANDIDATES).hits] == found[:CANDIDATES]


def test_each_count_is_what_its_choice_then_finds(index: Index, space: MatrixSpace) -> None:
    ranker = Ranker(index=index, meaning=MODEL)
    everything = _ranked(ranker, space, count_facets=("source",))
    counts = dict(everything.facets["source"])
    assert sum(counts.values()) == everything.total
    for value, count in counts.items():
        chosen = _ranked(ranker, space, count_facets=("source",), facets={"source": [value]}, limit=CANDIDATES)
        assert chosen.total == count
        assert dict(chosen.facets["source"]) == counts
        assert all((int(hit.id[1:]) % 3 == 0) == (value == "theirs") for hit in chosen.hits)


def test_newest_first_is_of_the_same_things(index: Index, space: MatrixSpace) -> None:
    ranker = Ranker(index=index, meaning=MODEL)
    for facets in ({}, {"source": ["theirs"]}):
        counted = {"facets": facets, "count_facets": ("source",)}
        best = _ranked(ranker, space, limit=1_000, **counted)
        pages = [_ranked(ranker, space, offset=n, limit=150, newest_first=True, **counted) for n in (0, 150, 300, 450)]
        found = [hit.id for page in pages for hit in page.hits]
        assert sorted(found) == sorted(hit.id for hit in best.hits)
        assert {(page.total, page.having_words) for page in pages} == {(best.total, best.having_words)}
        assert all(
            {k: dict(v) for k, v in page.facets.items()} == {k: dict(v) for k, v in best.facets.items()}
            for page in pages
        )


def test_without_the_model_only_what_has_the_words_is_found(index: Index, space: MatrixSpace) -> None:
    by_words = _ranked(Ranker(index=index), space, limit=CANDIDATES)
    assert by_words.total == WORDED
    assert {hit.id[0] for hit in by_words.hits} == {"w"}


def test_scores_in_words_and_in_meaning_are_told_apart(index: Index, space: MatrixSpace) -> None:
    ranker = Ranker(index=index, meaning=MODEL)
    query = SearchQuery(kind=LISTINGS, limit=20, facets={"source": ["ours"]})
    found = {key: (words, cosine) for key, words, cosine in ranker.words_and_meaning(query, QUESTION, space=space)}
    worded, close = ([key for key in found if key[0] == kind] for kind in "wc")
    assert len(worded) == 20
    # The twenty closest are asked for; those of another source are left out.
    assert 5 <= len(close) < 20
    assert all(int(key[1:]) % 3 for key in found)
    assert all(found[key][0] > 0 for key in worded)
    assert all(found[key][0] == 0 and found[key][1] == pytest.approx(0.9, abs=0.01) for key in close)
    by_words = ranker.words_and_meaning(query, QUESTION, space=None)
    assert [(key, words) for key, words, _ in by_words] == [(key, found[key][0]) for key in worded]
    assert {cosine for _, _, cosine in by_words} == {None}


def _ranked(ranker: Ranker, space: MatrixSpace, limit: int = 20, **parts: object) -> Ranked:
    return ranker.rank(SearchQuery(kind=LISTINGS, limit=limit, **parts), QUESTION, space=space)  # type: ignore[arg-type]
