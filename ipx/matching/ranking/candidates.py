"""What is put in order: the best by words, and what is close in meaning, with its words or without them.

It must never let what is found depend on a page or on a chosen facet: each page and each count is of the same things.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ipx.core.meaning_ports import Space
from ipx.core.ports import SearchAnswer, SearchHit, SearchIndex, SearchQuery
from ipx.core.search_words import MAX_COUNTS
from ipx.matching.ranking.passages import Sense

CANDIDATES = 300
"""Hits that are put in another order: the engine's best, and with meaning as many of the closest. What comes after
them keeps the engine's order."""
WORDLESS = 100
"""Of the closest, how many are found although they lack the words."""
CLOSE_ENOUGH, SENTENCE_CLOSE_ENOUGH = 0.5, 0.55
"""Cosines from which they are, as a whole or by one sentence: of a claim and any abstract, two or three pairs in a
thousand are as close."""


@dataclass(frozen=True)
class Candidates:
    """What is put in order. ``answer`` counts everything found, of which ``having_words`` have the words; ``wordless``
    are hits without score.
    """

    answer: SearchAnswer
    having_words: int
    worded: Sequence[SearchHit]
    wordless: Sequence[SearchHit]


def gathered(index: SearchIndex, asked: SearchQuery, space: Space, sense: Sense) -> Candidates:
    """Return what ``asked`` finds by its words and ``sense`` by its meaning, under the same filters.

    Raises Unavailable, Invalid.
    """
    first = index.search(replace(asked, offset=0, limit=CANDIDATES, with_fragments=False))
    known = {hit.id for hit in first.hits}
    nearest = space.nearest(sense.whole, limit=CANDIDATES)
    more = scored(index, asked, [key for key, _ in nearest if key not in known])
    close = [key for key in _close(space, sense, nearest[:WORDLESS]) if key not in known]
    # What has the words and not the chosen facets is counted by its words already.
    having = {hit.id for hit in (scored(index, replace(asked, facets={}), close) if asked.facets else more)}
    lacking = unscored(index, asked, [key for key in close if key not in having])
    answer = replace(first, total=first.total + lacking.total, facets=_added(first.facets, lacking.facets))
    return Candidates(answer, first.total, [*first.hits, *more], lacking.hits)


def newest(index: SearchIndex, asked: SearchQuery, space: Space, sense: Sense) -> tuple[SearchAnswer, int]:
    """Return the page of the same things as ``gathered`` finds, the newest first, and how many have the words.

    What lacks them has no fragments: one of the words alone, which it may have, is not why it was found.

    Raises Unavailable, Invalid.
    """
    close = _close(space, sense, space.nearest(sense.whole, limit=WORDLESS))
    having = {hit.id for hit in scored(index, replace(asked, facets={}), close)}
    lacking = [key for key in close if key not in having]
    found = {hit.id for hit in unscored(index, replace(asked, count_facets=()), lacking).hits}
    answer = index.search(replace(asked, also_ids=lacking))
    hits = [replace(hit, fragments=()) if hit.id in found else hit for hit in answer.hits]
    return replace(answer, hits=hits), answer.total - len(found)


def _close(space: Space, sense: Sense, nearest: Sequence[tuple[str, float]]) -> list[str]:
    """Return what of the nearest is found even where it lacks the words."""
    closest = space.closest(sense.sentences, [key for key, cosine in nearest if cosine < CLOSE_ENOUGH])
    by_sentence = {key for key, one in closest.items() if one.cosine >= SENTENCE_CLOSE_ENOUGH}
    return [key for key, cosine in nearest if cosine >= CLOSE_ENOUGH or key in by_sentence]


def scored(index: SearchIndex, asked: SearchQuery, ids: Sequence[str]) -> Sequence[SearchHit]:
    """Return those of ``ids`` that have the words and pass the filters, as the engine scores them."""
    if not ids:
        return ()
    only = replace(asked, ids=ids, offset=0, limit=len(ids), with_fragments=False, count_facets=())
    return index.search(only).hits


def unscored(index: SearchIndex, asked: SearchQuery, ids: Sequence[str]) -> SearchAnswer:
    """Return those of ``ids`` that pass the filters, whatever their words, and count their facets."""
    if not ids:
        return SearchAnswer(hits=[], total=0, facets={})
    return index.search(replace(asked, words="", weights={}, ids=ids, offset=0, limit=len(ids), with_fragments=False))


def _added(
    facets: Mapping[str, Sequence[tuple[str, int]]], more: Mapping[str, Sequence[tuple[str, int]]]
) -> dict[str, list[tuple[str, int]]]:
    sums = {name: dict(counts) for name, counts in facets.items()}
    for name, counts in more.items():
        cut = len(sums[name]) >= MAX_COUNTS
        for value, count in counts:
            # Of a facet that is cut, what is not among the most frequent is not counted at all.
            if value in sums[name] or not cut:
                sums[name][value] = sums[name].get(value, 0) + count
    return {name: sorted(one.items(), key=lambda pair: (-pair[1], pair[0])) for name, one in sums.items()}
