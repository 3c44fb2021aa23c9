"""How fast search answers among many listings, and what an index costs, on both engines side by side.

Run alone: python -m bench.search [LISTINGS] [LARGEST]. ``IPX_BENCH_JUDGED`` names the folder of judged files that the
listings are made of; Elasticsearch is measured where ``IPX_ELASTICSEARCH_URL`` names a server.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bench.recombined import Corpus, questions
from ipx.catalogue.search_documents import listing_document
from ipx.core.ports import LISTINGS, SearchDocument, SearchIndex, SearchQuery
from ipx.matching.ranking.questions import Question
from ipx.matching.ranking.ranker import Ranker
from ipx.matching.rules import FACETS
from ipx.outside import index_to_measure
from ipx.settings import read_settings

Row = tuple[str, str, str]
ENGINES = ("tantivy", "elastic")
LISTED, LARGEST = 100_000, 1_000_000
SMALLEST = 1_000
ASKED, NEEDS = 400, 100
TOP = 10
GROWTH = 3.0
"""Goal: how many times longer 99 of 100 answers may take among LARGEST than among SMALLEST."""


@dataclass(frozen=True)
class Spread:
    """Milliseconds within which 50, 95 and 99 of 100 answers came."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """Return the spread of what was taken."""
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(*(1000 * cuts[share - 1] for share in (50, 95, 99)))

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p95:.1f} / {self.p99:.1f} ms"


@dataclass(frozen=True)
class Measured:
    """One engine with so many listings: documents a second, and the spread of each way to ask."""

    listings: int
    per_second: float
    asked: Mapping[str, Spread]


def measure_engine(index: SearchIndex, corpus: Corpus, needs: Sequence[Question], *, listings: int) -> Measured:
    """Fill an empty index by a rebuild, then ask: typed words with and without facets, and whole needs."""
    documents: Iterator[SearchDocument] = (listing_document(one) for one in corpus.listings(listings))
    made = 0.0

    def timed() -> Iterator[SearchDocument]:
        """What making the listings takes is not the index's time."""
        nonlocal made
        while True:
            began = time.perf_counter()
            document = next(documents, None)
            made += time.perf_counter() - began
            if document is None:
                return
            yield document

    began = time.perf_counter()
    index.rebuild(timed())
    taken = time.perf_counter() - began - made
    ranker = Ranker(index=index)
    typed = [Question(text=words) for words in corpus.typed(ASKED)]
    plain = SearchQuery(kind=LISTINGS, limit=TOP)
    counted = SearchQuery(kind=LISTINGS, limit=TOP, count_facets=FACETS[LISTINGS])
    chosen = SearchQuery(kind=LISTINGS, limit=TOP, count_facets=FACETS[LISTINGS], facets={"status": ["granted"]})
    ways = (("typed", plain, typed), ("facets counted", counted, typed), ("one chosen", chosen, typed))
    asked = {name: _asked(ranker, query, some) for name, query, some in (*ways, ("whole needs", plain, needs)) if some}
    return Measured(listings, listings / taken, asked)


def _asked(ranker: Ranker, query: SearchQuery, some: Sequence[Question]) -> Spread:
    for question in some[: len(some) // 10]:  # what is read from the disk at first, and then no more
        ranker.rank(query, question)
    return Spread.of([_seconds(lambda one=question: ranker.rank(query, one)) for question in some])  # type: ignore[misc]


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    folder = Path(os.environ["IPX_BENCH_JUDGED"])
    corpus = Corpus.read(folder)
    needs = [Question(**{k: n[k] or "" for k in ("title", "objective", "text")}) for n in questions(folder, NEEDS)]
    for size in map(int, sys.argv[2:]):
        with index_to_measure(read_settings(os.environ), engine=sys.argv[1]) as index:
            found = measure_engine(index, corpus, needs, listings=size)
        print(
            sys.argv[1],
            size,
            f"{found.per_second:,.0f} documents/s",
            *(f"{k}: {v};" for k, v in found.asked.items()),
            flush=True,
        )
