"""How fast search answers among many listings, and what an index costs, on both engines side by side.

Run alone: python -m bench.search [engines | growth | pages | meant | meaning]... (all of them without a word).
``IPX_BENCH_JUDGED`` names the folder of judged files that the listings are made of; Elasticsearch is measured where
``IPX_ELASTICSEARCH_URL`` names a server.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.recombined import Corpus, needs_of
from bench.search_pages import Pages, fill, measure_meant, measure_pages
from bench.spread import Spread, timed
from ipx.catalogue.search_documents import listing_document
from ipx.core.ports import LISTINGS, SearchDocument, SearchIndex, SearchQuery
from ipx.matching.ranking.passages import meanings_of
from ipx.matching.ranking.questions import Question
from ipx.matching.ranking.ranker import Ranker
from ipx.matching.rules import FACETS
from ipx.outside import index_to_measure, model_of_meaning
from ipx.settings import read_settings

Row = tuple[str, str, str]
Say = Callable[[str], None]
ENGINES = ("tantivy", "elastic")
LISTED = 100_000
SIZES = (1_000, 10_000, 100_000, 1_000_000)
SHORT = 3
"""Sentences of a listing where growth is measured: the same at every size."""
ASKED, NEEDS, TOP = 400, 60, 10
TOP_TEN = "typed words, best ten alone"
EMBEDDED, MEANT = 512, 2_000
GROWTH, FRESH = 3.0, 1_000.0
"""Goals: how much longer 99 of 100 top tens may take among a million than among a thousand; milliseconds."""


@dataclass(frozen=True)
class Measured:
    """One engine with so many listings: documents a second, and each way to ask. ``busy``: the same for typed words in
    seconds of the thread that asks, without what waits."""

    per_second: float
    asked: Mapping[str, Spread]
    busy: Mapping[str, Spread]


def rows_of_search(folder: Path, say: Say, parts: Sequence[str] = ()) -> list[Row]:
    """Return the rows of ``parts``, all by default; none where ``IPX_BENCH_JUDGED`` is not set."""
    judged = os.environ.get("IPX_BENCH_JUDGED")
    if not judged:
        return []
    known = {"engines": _engines, "growth": _growth, "pages": _pages, "meant": _meant, "meaning": _meaning}
    folder.mkdir(parents=True, exist_ok=True)
    return [row for name in parts or known for row in known[name](Path(judged), folder, say)]


def measure_engine(index: SearchIndex, corpus: Corpus, needs: Sequence[Question], *, listings: int) -> Measured:
    """Fill an empty index by a rebuild, then ask: typed words, with facets, and whole needs."""
    documents = _Documents(listing_document(one) for one in corpus.listings(listings))
    began = time.perf_counter()
    index.rebuild(iter(documents))
    seconds = time.perf_counter() - began - documents.seconds
    typed = [Question(text=words) for words in corpus.typed(ASKED)]
    plain = SearchQuery(kind=LISTINGS, limit=TOP)
    counted = SearchQuery(kind=LISTINGS, limit=TOP, count_facets=FACETS[LISTINGS])
    chosen = SearchQuery(kind=LISTINGS, limit=TOP, count_facets=FACETS[LISTINGS], facets={"status": ["granted"]})
    best = SearchQuery(kind=LISTINGS, limit=TOP, with_total=False)
    ways = {
        "typed words": (plain, typed),
        TOP_TEN: (best, typed),
        "facets counted": (counted, typed),
        "and one chosen": (chosen, typed),
        "whole needs": (plain, needs),
        "whole needs, best ten alone": (best, needs),
    }
    asked = {name: _asked(index, query, some) for name, (query, some) in ways.items() if some}
    shown = {"typed words": plain, TOP_TEN: best}
    busy = {name: _asked(index, query, typed, clock=time.thread_time) for name, query in shown.items()}
    return Measured(listings / seconds, asked, busy)


class _Documents:
    """Documents, and the seconds that making them took, which are not the index's."""

    def __init__(self, documents: Iterator[SearchDocument]) -> None:
        self._documents = documents
        self.seconds = 0.0

    def __iter__(self) -> Iterator[SearchDocument]:
        while True:
            began = time.perf_counter()
            document = next(self._documents, None)
            self.seconds += time.perf_counter() - began
            if document is None:
                return
            yield document


def _asked(
    index: SearchIndex, query: SearchQuery, some: Sequence[Question], *, clock: Callable[[], float] = time.perf_counter
) -> Spread:
    ranker = Ranker(index=index)
    for question in some[: len(some) // 10]:  # what is read from the disk at first, and then no more
        ranker.rank(query, question)
    return Spread.of([timed(lambda one: ranker.rank(query, one), question, clock=clock) for question in some])


def _engines(judged: Path, folder: Path, say: Say) -> list[Row]:
    corpus, needs = Corpus.read(judged), needs_of(judged, NEEDS)
    rows = []
    for engine in _present():
        say(f"searching {LISTED:,} listings, {engine}")
        with index_to_measure(read_settings(os.environ), engine=engine) as index:
            found = measure_engine(index, corpus, needs, listings=LISTED)
        rows.append((f"{engine}: {LISTED:,} listings indexed", "", f"{found.per_second:,.0f} documents/s"))
        rows += [(f"{engine}, {LISTED:,} listings: {name}", "", f"{took}") for name, took in found.asked.items()]
    return rows


def _growth(judged: Path, folder: Path, say: Say) -> list[Row]:
    corpus = Corpus.read(judged, most_sentences=SHORT)
    rows = []
    for engine in _present():
        first: Mapping[str, Spread] = {}
        for size in SIZES:
            say(f"searching {size:,} short listings, {engine}")
            with index_to_measure(read_settings(os.environ), engine=engine) as index:
                found = measure_engine(index, corpus, (), listings=size)
            took = found.busy if engine == ENGINES[0] else {name: found.asked[name] for name in found.busy}
            first = first or took
            rows += [_of_growth(f"{engine}, {size:,} short listings: {name}", took[name], first[name]) for name in took]
            rows.append((f"{engine}: {size:,} short listings indexed", "", f"{found.per_second:,.0f} documents/s"))
    return rows


def _of_growth(what: str, took: Spread, first: Spread) -> Row:
    ratio = took.p99 / first.p99
    return what, f"{ratio:.1f} × that of {SIZES[0]:,} (goal for the best ten: under {GROWTH:.0f})", str(took)


def _pages(judged: Path, folder: Path, say: Say) -> list[Row]:
    corpus = Corpus.read(judged)
    say(f"putting {LISTED:,} listings into a database")
    fill(folder, corpus, listings=LISTED)
    rows = []
    for engine in _present():
        say(f"asking for pages of search, {engine}")
        settings = {} if engine == ENGINES[0] else {"IPX_ELASTICSEARCH_URL": os.environ["IPX_ELASTICSEARCH_URL"]}
        rows += _of_pages(engine, measure_pages(folder, corpus, **settings))
    return rows


def _of_pages(engine: str, found: Pages) -> list[Row]:
    rows: list[Row] = [
        (f"{engine}: page of search, {LISTED:,} listings, {name}", "", str(took)) for name, took in found.asked.items()
    ]
    goal = f"goal: 99 % under {FRESH:.0f} ms"
    rows.append((f"{engine}: from the answer to a new need until it is found", goal, str(found.fresh)))
    rows.append((f"{engine}: the process that serves pages and works behind them", "", f"{found.memory:.0f} MiB"))
    return rows


def _meant(judged: Path, folder: Path, say: Say) -> list[Row]:
    corpus, folder = Corpus.read(judged), folder / "meant"
    folder.mkdir()
    say(f"embedding {MEANT:,} listings in a running exchange, and asking for pages")
    fill(folder, corpus, listings=MEANT)
    seconds, took = measure_meant(folder, corpus)
    return [
        (f"{MEANT:,} listings embedded by a running exchange", "", f"{MEANT / seconds:.1f} a second"),
        (f"page of search by words and meaning, {MEANT:,} listings", "", str(took)),
    ]


def _meaning(judged: Path, folder: Path, say: Say) -> list[Row]:
    documents = [listing_document(one) for one in Corpus.read(judged).listings(EMBEDDED)]
    rows = []
    for threads in (1, 2):
        say(f"embedding {EMBEDDED} listings on {threads} cores")
        model = model_of_meaning(threads=threads)
        model.check()
        seconds = timed(lambda some, model=model: meanings_of(model, some), documents)  # type: ignore[misc]
        figures = f"{EMBEDDED / seconds:.0f} a second: 10,000 in {10_000 * seconds / EMBEDDED / 60:.1f} minutes"
        rows.append((f"listings embedded, {threads} thread{'s' if threads > 1 else ''}", "goal: minutes", figures))
    return rows


def _present() -> Sequence[str]:
    return ENGINES if os.environ.get("IPX_ELASTICSEARCH_URL") else ENGINES[:1]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ipx-bench-") as scratch:
        for row in rows_of_search(Path(scratch), lambda what: print(f"… {what}", file=sys.stderr), sys.argv[1:]):
            print(" | ".join(row), flush=True)
