"""What every search index must do with what it is given: put, remove, rebuild, under threads, in numbers.

One behaviour for tantivy always, and for Elasticsearch where IPX_TEST_ELASTICSEARCH_URL names one. How
queries are answered is in test_search_queries.py, what only the embedded folder has in test_search_folder.py.
"""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipx.adapters.elastic_bodies import LAYOUT
from ipx.core.errors import Conflict, Invalid, Unavailable
from ipx.core.ports import LISTINGS, NEEDS, SearchDocument, SearchQuery
from tests.adapters.search_probe import ENGINES, Index, elastic_index, found, listing, opened, shelf

NO_SERVER = "http://127.0.0.1:9"  # the discard port: nothing listens there


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    with opened(request.param, tmp_path) as index:
        yield index


# ── putting, replacing, removing ──────────────────────────────────────────────────────────────────


def test_put_is_visible_when_it_returns(index: Index) -> None:
    index.put([listing("a", title="Solid electrolyte")])
    assert found(index, "electrolyte") == ["a"]
    index.put([listing("b", title="Liquid electrolyte")])
    assert sorted(found(index, "electrolyte")) == ["a", "b"]


def test_an_empty_index_answers(index: Index) -> None:
    answer = index.search(SearchQuery(kind=LISTINGS, words="anything", count_facets=["status"]))
    assert (list(answer.hits), answer.total, list(answer.facets["status"])) == ([], 0, [])
    index.put([])
    assert index.check()


def test_put_replaces_the_whole_document(index: Index) -> None:
    index.put([listing("a", title="Old words", facets={"status": ["open"]}, numbers={"trl": 3})])
    index.put([listing("a", version=2, title="New words")])
    assert found(index, "old") == []
    assert found(index, "new") == ["a"]
    assert found(index, facets={"status": ["open"]}) == []
    assert index.search(SearchQuery(kind=LISTINGS)).total == 1


def test_the_same_version_replaces_and_an_older_one_is_ignored(index: Index) -> None:
    index.put([listing("a", version=5, title="Fifth")])
    index.put([listing("a", version=5, title="Fifth again"), listing("b", title="Other")])
    index.put([listing("a", version=4, title="Fourth")])
    assert found(index, "fifth again") == ["a"]
    assert found(index, "fourth") == []


def test_the_newest_version_of_one_batch_wins(index: Index) -> None:
    index.put([listing("a", version=v, title=f"Number n{v}x") for v in (2, 9, 3)])
    assert found(index, "n9x") == ["a"]
    assert index.search(SearchQuery(kind=LISTINGS)).total == 1


def test_a_removed_document_does_not_come_back_late(index: Index) -> None:
    index.put([listing("a", version=1, title="Gone")])
    index.remove(LISTINGS, "a", 3)
    index.put([listing("a", version=2, title="Gone")])
    index.put([listing("a", version=3, title="Gone")])
    assert found(index) == []
    index.put([listing("a", version=4, title="Back")])
    assert found(index, "back") == ["a"]


def test_a_removal_that_comes_first_or_too_late(index: Index) -> None:
    index.remove(LISTINGS, "a", 2)
    index.put([listing("a", version=1, title="Never seen"), listing("b", version=5, title="Stays")])
    index.remove(LISTINGS, "b", 4)
    assert found(index) == ["b"]


def test_kinds_are_apart(index: Index) -> None:
    index.put([listing("a", title="Pump"), listing("a", kind=NEEDS, title="Pump wanted")])
    index.remove(NEEDS, "a", 7)
    assert found(index, "pump") == ["a"]
    assert index.search(SearchQuery(kind=NEEDS, words="pump")).total == 0


@pytest.mark.parametrize(
    "document",
    [
        listing(""),
        listing("x" * 300),
        listing("a", version=-1),
        listing("a", kind="No Kind"),
        listing("a", facets={"Bad name": ["x"]}),
        listing("a", numbers={"trl": 2**63}),
    ],
)
def test_what_no_index_could_hold_is_refused(index: Index, document: SearchDocument) -> None:
    with pytest.raises(Invalid):
        index.put([document])


# ── rebuilding ────────────────────────────────────────────────────────────────────────────────────


def test_a_rebuild_holds_exactly_what_it_was_given(index: Index) -> None:
    assert index.needs_rebuild()
    assert not index.is_whole()
    index.put([listing("stale", title="Not in the database any more"), *shelf()])
    assert index.needs_rebuild()
    assert not index.is_whole()
    before = found(index, "device pressure", limit=60)
    assert index.rebuild(iter(shelf())) == 60
    assert not index.needs_rebuild()
    assert index.is_whole()
    assert found(index, "database") == []
    assert found(index, "device pressure", limit=60) == before
    assert index.rebuild(iter(())) == 0
    assert index.search(SearchQuery(kind=LISTINGS)).total == 0
    assert not index.needs_rebuild()


def test_removals_outlive_a_rebuild(index: Index) -> None:
    index.put([listing("a", version=1), listing("b", version=1)])
    index.remove(LISTINGS, "a", 9)
    assert index.rebuild(iter([listing("b", version=1)])) == 1
    index.put([listing("a", version=8)])
    assert found(index) == ["b"]


def test_puts_and_removals_during_a_rebuild_are_kept(index: Index) -> None:
    index.put([listing("a", version=1, title="Old"), listing("gone", version=1)])

    def rows() -> Iterator[SearchDocument]:
        yield listing("a", version=1, title="Old")
        index.put([listing("a", version=2, title="Changed meanwhile"), listing("new", title="Came meanwhile")])
        index.remove(LISTINGS, "gone", 2)
        assert sorted(found(index, "meanwhile")) == ["a", "new"]
        yield listing("gone", version=1)

    assert index.rebuild(rows()) == 2
    assert sorted(found(index, "meanwhile")) == ["a", "new"]
    assert sorted(found(index)) == ["a", "new"]


def test_searches_go_on_during_rebuilds(index: Index) -> None:
    index.put(shelf())
    stop = threading.Event()
    answers: list[int] = []
    errors: list[Exception] = []

    def search() -> None:
        while not stop.is_set():
            try:
                answers.append(index.search(SearchQuery(kind=LISTINGS, words="device", count_facets=["source"])).total)
            except Exception as error:  # noqa: BLE001  whatever it is, it is told below
                errors.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        assert index.rebuild(iter(shelf())) == 60
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert set(answers) == {60}


def test_a_rebuild_that_fails_leaves_the_old_index(index: Index) -> None:
    index.rebuild(iter(shelf()))

    def rows() -> Iterator[SearchDocument]:
        yield listing("half", title="Half")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        index.rebuild(rows())
    assert index.search(SearchQuery(kind=LISTINGS)).total == 60
    assert index.rebuild(iter(shelf()[:5])) == 5


# ── many ──────────────────────────────────────────────────────────────────────────────────────────


def test_3000_documents_are_put_quickly(index: Index) -> None:
    random.seed(7)
    vocabulary = [f"{a}{b}{c}" for a in ("ther", "pol", "quant", "ox") for b in ("mo", "i", "um") for c in "abcdefghij"]
    texts = [" ".join(random.choices(vocabulary, k=200)) for _ in range(3_000)]
    documents = [listing(f"d{n}", title=text[:40], summary=text[:200], text=text) for n, text in enumerate(texts)]
    begun = time.monotonic()
    index.put(documents)
    assert time.monotonic() - begun < 60  # seconds; far above what a loaded machine takes
    assert index.search(SearchQuery(kind=LISTINGS)).total == 3_000
    index.put([listing(d.id, version=2, title="Second edition") for d in documents])
    assert index.search(SearchQuery(kind=LISTINGS, words="second edition")).total == 3_000


def test_threads_write_and_search_at_once(index: Index) -> None:
    def write(name: str) -> None:
        for n in range(10):
            index.put([listing(f"{name}{n}", title="Parallel")])
            assert f"{name}{n}" in found(index, "parallel", limit=100)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert index.search(SearchQuery(kind=LISTINGS, words="parallel")).total == 40


# ── Elasticsearch alone ───────────────────────────────────────────────────────────────────────────


def test_a_server_that_is_down_is_unavailable() -> None:
    from ipx.adapters.elastic import ElasticIndex

    elastic = ElasticIndex(NO_SERVER, timeout=0.5)
    calls = [
        lambda: elastic.search(SearchQuery(kind=LISTINGS)),
        lambda: elastic.put([listing("a")]),
        lambda: elastic.remove(LISTINGS, "a", 1),
        lambda: elastic.rebuild(iter(())),
        elastic.needs_rebuild,
        elastic.is_whole,
        elastic.check,
    ]
    for call in calls:
        with pytest.raises(Unavailable):
            call()
    elastic.close()


@pytest.mark.real
def test_elasticsearch_leftovers_overtaking_and_an_index_that_vanishes() -> None:
    first = elastic_index()
    second = elastic_index(first._name)

    def overtaken() -> Iterator[SearchDocument]:
        yield listing("a", title="First rebuild")
        assert second.rebuild(iter([listing("a", title="Second rebuild")])) == 1

    with pytest.raises(Conflict):
        first.rebuild(overtaken())
    assert found(first, "second") == ["a"]
    # Deleted behind our back, it is made anew with our mapping, and asks for a rebuild.
    first.discard()
    assert second.needs_rebuild()
    assert not second.is_whole()
    assert found(second) == []
    second.put([listing("b", title="Batteries", facets={"status": ["open"]})])
    assert found(second, "battery", facets={"status": ["open"]}) == ["b"]
    assert second.needs_rebuild()
    second.rebuild(iter([listing("b")]))
    assert second.is_whole()
    # Of an older layout it is searched on until it is rebuilt.
    meta = {"layout": LAYOUT - 1, "complete": True}
    first._client.indices.put_mapping(index=first._name, meta=meta)
    assert first.needs_rebuild()
    assert first.is_whole()
    assert len(first._client.indices.get_alias(index=f"{first._name}*")) == 1
    first.discard()
    first.close()
    second.close()


# ── what is in it, for the comparison with the database ───────────────────────────────────────────


def test_entries_are_what_can_be_found_each_once_without_removals(index: Index) -> None:
    assert list(index.entries()) == []
    index.put([listing("a", version=1), listing("b-c", version=7), listing("a", version=2)])
    index.put([listing("n", version=4, kind=NEEDS), listing("a", version=3)])
    index.remove(LISTINGS, "gone", 9)
    found = sorted((entry.kind, entry.id, entry.version) for entry in index.entries())
    assert found == [(LISTINGS, "a", 3), (LISTINGS, "b-c", 7), (NEEDS, "n", 4)]
    index.rebuild(iter([listing("z", version=5)]))
    assert [(entry.id, entry.version) for entry in index.entries()] == [("z", 5)]


def test_a_rebuild_afresh_forgets_removals_so_that_a_database_put_back_is_found_again(index: Index) -> None:
    index.put([listing("a", version=5, title="Later edition")])
    index.remove(LISTINGS, "b", 6)
    older = [listing("a", version=2, title="Earlier edition"), listing("b", version=3, title="Published again")]
    index.rebuild(iter(older))
    assert found(index, "published") == [], "an ordinary rebuild keeps the mark of the removal"
    index.rebuild(iter(older), afresh=True)
    assert found(index, "earlier edition") == ["a"]
    assert found(index, "published") == ["b"]
