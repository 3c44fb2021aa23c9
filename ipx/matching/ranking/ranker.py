"""Answers a question from the index and puts the answer in order: the one way on which everything is searched.

It must never know which engine answers; engines give scores, and what is made of them is said in this package.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from ipx.core.errors import Unavailable
from ipx.core.meaning_ports import Meaning, Space, Vector
from ipx.core.ports import SearchAnswer, SearchHit, SearchIndex, SearchQuery
from ipx.matching.ranking.blending import blended, damped, damping
from ipx.matching.ranking.passages import question_vector
from ipx.matching.ranking.questions import Question, word_weights

log = logging.getLogger("ipx.matching")

CANDIDATES = 300
"""Hits that are put in another order: the engine's best, and with meaning as many of the closest. What comes after
them keeps the engine's order."""


class Ranker:
    """Searches by words, and where there is a model by meaning. Nothing is kept between two questions."""

    def __init__(self, *, index: SearchIndex, meaning: Meaning | None = None) -> None:
        self._index = index
        self._meaning = meaning

    def rank(self, query: SearchQuery, question: Question, *, space: Space | None = None) -> SearchAnswer:
        """Return the page of ``query`` for ``question``, whose words replace those of the query.

        ``space`` holds the vectors of documents by their ids; without it, or without a model, words alone decide. Only
        what has the words is found, and what is counted is the same either way.
        A short question without meaning, a blank one and "newest first" are the engine's own order. Raises Unavailable,
        Invalid.
        """
        asked = weighed(query, question)
        by_meaning = self._meaning is not None and space is not None and bool(asked.weights)
        if query.newest_first or not (by_meaning or damping(len(asked.weights))):
            return self._index.search(asked)
        first = self._index.search(replace(asked, offset=0, limit=CANDIDATES, with_fragments=False))
        order = self._ordered(asked, question, first, space)
        page = order[query.offset : query.offset + query.limit]
        return replace(first, hits=[*self._with_fragments(asked, page), *self._beyond(asked, order)])

    def _ordered(
        self, asked: SearchQuery, question: Question, first: SearchAnswer, space: Space | None
    ) -> list[tuple[str, float]]:
        vector = self._vector(question) if space else None
        if vector is None or space is None:
            return damped(first.hits, words=len(asked.weights))
        hits = list(first.hits)
        if first.total > len(hits):
            known = {hit.id for hit in hits}
            close = [key for key, _ in space.nearest(vector, limit=CANDIDATES) if key not in known]
            hits += self._scored(asked, close)
        order = damped(hits, words=len(asked.weights))
        return blended(order, space.cosines(vector, [key for key, _ in order]))

    def _vector(self, question: Question) -> Vector | None:
        """Return what the question means; None, and a line in the log, when the model cannot be used: words remain."""
        try:
            return question_vector(self._meaning, question) if self._meaning else None
        except Unavailable as error:
            log.warning("search by meaning rests: %s", error.message)
            return None

    def _scored(self, asked: SearchQuery, ids: Sequence[str]) -> Sequence[SearchHit]:
        """Return those of ``ids`` that have the words and pass the filters, as the engine scores them."""
        if not ids:
            return ()
        only = replace(asked, ids=ids, offset=0, limit=len(ids), with_fragments=False, count_facets=())
        return self._index.search(only).hits

    def _with_fragments(self, asked: SearchQuery, page: Sequence[tuple[str, float]]) -> list[SearchHit]:
        if not page or not asked.with_fragments:
            return [SearchHit(id=key, score=score) for key, score in page]
        ids = [key for key, _ in page]
        shown = self._index.search(replace(asked, ids=ids, offset=0, limit=len(ids), count_facets=()))
        fragments = {hit.id: hit.fragments for hit in shown.hits}
        # One that was taken out since the first look is not shown any more.
        return [SearchHit(id=key, score=score, fragments=fragments[key]) for key, score in page if key in fragments]

    def _beyond(self, asked: SearchQuery, order: Sequence[tuple[str, float]]) -> Sequence[SearchHit]:
        """Return the part of the page that lies after those in ``order``: the engine's hits without them."""
        begin, end = max(asked.offset, len(order)), asked.offset + asked.limit
        if end <= begin:
            return ()
        shown = [*asked.except_ids, *(key for key, _ in order)]
        rest = replace(asked, except_ids=shown, offset=begin - len(order), limit=end - begin, count_facets=())
        return self._index.search(rest).hits


def weighed(query: SearchQuery, question: Question) -> SearchQuery:
    """Return ``query`` with the words of ``question``; a text without a word finds nothing, a blank one everything."""
    words = " ".join(part for _, part in question.parts() if part.strip())
    return replace(query, words=words, weights=word_weights(question))
