"""Answers a question from the index and puts the answer in order: the one way on which everything is searched.

It must never know which engine answers; engines give scores, and what is made of them is said in this package.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ipx.core.errors import Unavailable
from ipx.core.meaning_ports import Meaning, Space
from ipx.core.ports import SearchAnswer, SearchHit, SearchIndex, SearchQuery
from ipx.matching.ranking.blending import (
    COMPARED,
    blended,
    by_sentences,
    closeness,
    crowding_share,
    damped,
    damping,
    sentences_share,
)
from ipx.matching.ranking.candidates import CANDIDATES, gathered, newest, scored, unscored
from ipx.matching.ranking.passages import Sense, sense_of
from ipx.matching.ranking.questions import Question, by_presence, by_rarity, word_weights

log = logging.getLogger("ipx.matching")


@dataclass(frozen=True)
class Ranked(SearchAnswer):
    """A page in the order of the ranking. Of ``total``, ``having_words`` have the words that were asked for; the others
    are close in meaning alone. ``places``: of the best, which sentence comes closest to what was asked.
    """

    having_words: int = 0
    places: Mapping[str, int] = field(default_factory=dict)


class Ranker:
    """Searches by words, and where there is a model by meaning. Nothing is kept between two questions."""

    def __init__(self, *, index: SearchIndex, meaning: Meaning | None = None) -> None:
        self._index = index
        self._meaning = meaning

    def rank(self, query: SearchQuery, question: Question, *, space: Space | None = None) -> Ranked:
        """Return the page of ``query`` for ``question``, whose words replace those of the query.

        ``space`` holds the vectors of documents by their ids; without it, or without a model, words alone decide. With
        it what is close in meaning is found too, though it lacks the words, and is counted with the rest.
        A short question without meaning and a blank one are in the engine's own order. "Newest first" is of the same
        things. Raises Unavailable, Invalid.
        """
        asked = weighed(query, question)
        by_sentence = sentences_share(len(asked.weights)) > 0
        sense = self._sense(question, by_sentence=by_sentence) if space is not None and asked.weights else None
        if sense is not None and space is not None:
            return (self._newest if query.newest_first else self._by_both)(asked, space, sense)
        if query.newest_first or not (asked.weights and damping(len(asked.weights))):
            found = self._index.search(asked)
            return Ranked(found.hits, found.total, found.facets, having_words=found.total)
        first = self._index.search(replace(asked, offset=0, limit=CANDIDATES, with_fragments=False))
        hits = self._page(asked, damped(first.hits, words=len(asked.weights)))
        return Ranked(hits, first.total, first.facets, having_words=first.total)

    def words_and_meaning(
        self, query: SearchQuery, question: Question, *, space: Space | None = None
    ) -> list[tuple[str, float, float | None]]:
        """Return the best by words, and after them as many of the closest in meaning, with both scores apart.

        The second is the score in words, 0 for what lacks them, the third the cosine (not centred, so that it means the
        same tomorrow), None for what has no vector. Raises Unavailable, Invalid.
        """
        asked = weighed(replace(query, with_fragments=False), question)
        if not asked.weights:
            return []
        by_words = {hit.id: hit.score for hit in self.rank(asked, question).hits}
        sense = self._sense(question, by_sentence=False) if space is not None else None
        if sense is None or space is None:
            return [(key, score, None) for key, score in by_words.items()]
        close = [key for key, _ in space.nearest(sense.whole, limit=query.limit) if key not in by_words]
        worded = dict(damped(scored(self._index, asked, close), words=len(asked.weights)))
        rest = {hit.id: worded.get(hit.id, 0.0) for hit in unscored(self._index, asked, close).hits}
        cosines = space.cosines(sense.whole, [*by_words, *rest])
        return [(key, score, cosines.get(key)) for key, score in (by_words | rest).items()]

    def _sense(self, question: Question, *, by_sentence: bool) -> Sense | None:
        """Return what the question means; None, and a line in the log, when the model cannot be used: words remain."""
        try:
            return sense_of(self._meaning, question, by_sentence=by_sentence) if self._meaning else None
        except Unavailable as error:
            log.warning("search by meaning rests: %s", error.message)
            return None

    def _by_both(self, asked: SearchQuery, space: Space, sense: Sense) -> Ranked:
        counts = self._index.count_words(list(asked.weights))
        present = replace(asked, weights=by_presence(asked.weights, counts), presence=True)
        asked = replace(asked, weights=by_rarity(asked.weights, counts))
        found = gathered(self._index, asked, space, sense)
        if not asked.limit:  # only counted: nobody sees an order
            return Ranked((), found.answer.total, found.answer.facets, having_words=found.having_words)
        held = {hit.id: hit.score for hit in scored(self._index, present, [hit.id for hit in found.worded])}
        order = damped(found.worded, words=len(asked.weights)) + [(hit.id, 0.0) for hit in found.wordless]
        keys, words = [key for key, _ in order], len(asked.weights)
        crowding = space.crowding(keys) if crowding_share(words) else {}  # short questions, the most, take none off
        close = closeness(space.cosines(sense.whole, keys, centred=True), crowding, words=words)
        best = blended(order, held, close, words=words)
        closest = space.closest(sense.sentences, [key for key, _ in best[:COMPARED]])
        if closest:
            close = by_sentences(close, {key: one.cosine for key, one in closest.items()}, words=words)
            best = blended(order, held, close, words=words)
        hits = self._page(asked, best)
        places = {key: one.place for key, one in closest.items()}
        answer = found.answer
        return Ranked(hits, answer.total, answer.facets, having_words=found.having_words, places=places)

    def _newest(self, asked: SearchQuery, space: Space, sense: Sense) -> Ranked:
        answer, having_words = newest(self._index, asked, space, sense)
        closest = space.closest(sense.sentences, [hit.id for hit in answer.hits if not hit.fragments])
        places = {key: one.place for key, one in closest.items()}
        return Ranked(answer.hits, answer.total, answer.facets, having_words=having_words, places=places)

    def _page(self, asked: SearchQuery, order: Sequence[tuple[str, float]]) -> list[SearchHit]:
        """Return the page that is asked for: of ``order``, and after its end the engine's own."""
        page = order[asked.offset : asked.offset + asked.limit]
        return [*self._with_fragments(asked, page), *self._beyond(asked, order)]

    def _with_fragments(self, asked: SearchQuery, page: Sequence[tuple[str, float]]) -> list[SearchHit]:
        if not page or not asked.with_fragments:
            return [SearchHit(id=key, score=score) for key, score in page]
        ids = [key for key, _ in page]
        shown = self._index.search(replace(asked, ids=ids, offset=0, limit=len(ids), count_facets=()))
        fragments = {hit.id: hit.fragments for hit in shown.hits}
        # One without the words has no fragments; one that was taken out since the first look is left out by who
        # reads it from the database.
        return [SearchHit(id=key, score=score, fragments=fragments.get(key, ())) for key, score in page]

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
