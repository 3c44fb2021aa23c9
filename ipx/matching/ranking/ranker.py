"""Answers a question from the index and puts the answer in order: the one way on which everything is searched.

It must never know which engine answers; engines give scores, and what is made of them is said in this package.
"""

from collections.abc import Sequence
from dataclasses import replace

from ipx.core.ports import SearchAnswer, SearchHit, SearchIndex, SearchQuery
from ipx.matching.ranking.blending import damped, damping
from ipx.matching.ranking.questions import Question, word_weights

CANDIDATES = 300
"""The engine's best hits that are put in another order; what comes after them keeps the engine's."""


class Ranker:
    """Searches by words. Nothing is kept between two questions."""

    def __init__(self, *, index: SearchIndex) -> None:
        self._index = index

    def rank(self, query: SearchQuery, question: Question) -> SearchAnswer:
        """Return the page of ``query`` for ``question``, whose words replace those of the query.

        A short question, a blank one and "newest first" are the engine's own order. Raises Unavailable, Invalid.
        """
        asked = weighed(query, question)
        if query.newest_first or not damping(len(asked.weights)):
            return self._index.search(asked)
        first = self._index.search(replace(asked, offset=0, limit=CANDIDATES, with_fragments=False))
        order = damped(first.hits, words=len(asked.weights))
        page = order[query.offset : query.offset + query.limit]
        return replace(first, hits=[*self._with_fragments(asked, page), *self._beyond(asked)])

    def _with_fragments(self, asked: SearchQuery, page: Sequence[tuple[str, float]]) -> list[SearchHit]:
        if not page or not asked.with_fragments:
            return [SearchHit(id=key, score=score) for key, score in page]
        ids = [key for key, _ in page]
        shown = self._index.search(replace(asked, ids=ids, offset=0, limit=len(ids), count_facets=()))
        fragments = {hit.id: hit.fragments for hit in shown.hits}
        # One that was taken out since the first look is not shown any more.
        return [SearchHit(id=key, score=score, fragments=fragments[key]) for key, score in page if key in fragments]

    def _beyond(self, asked: SearchQuery) -> Sequence[SearchHit]:
        """Return the part of the page that lies after the candidates, as the engine has it."""
        end, begin = asked.offset + asked.limit, max(asked.offset, CANDIDATES)
        if end <= begin:
            return ()
        return self._index.search(replace(asked, offset=begin, limit=end - begin, count_facets=())).hits


def weighed(query: SearchQuery, question: Question) -> SearchQuery:
    """Return ``query`` with the words of ``question``; a text without a word finds nothing, a blank one everything."""
    words = " ".join(part for _, part in question.parts() if part.strip())
    return replace(query, words=words, weights=word_weights(question))
