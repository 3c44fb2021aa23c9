"""How one search is answered: what was typed, put right where it finds nothing, held against rights, and helped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

from sqlalchemy.orm import Session

from ipx.catalogue.search_documents import OURS, WORLD, day_seconds
from ipx.core.ports import NEEDS, SearchAnswer, SearchHit, SearchIndex, SearchQuery
from ipx.licences.algebra.conflicts import Answer
from ipx.matching.expressions import ExpressionError
from ipx.matching.free_rights import LOOKED_AT, SHOWN, FreeRights, Wanted, standing_of
from ipx.matching.helping import Relief, wider_searches
from ipx.matching.ranking.ranker import Ranked, Ranker, weighed
from ipx.matching.reading import Reading, read
from ipx.matching.rules import CLOSED, FACETS, OPEN, PAGE_SIZE, Search
from ipx.matching.spelling import Respelling, Spelling
from ipx.matching.vectors import VectorStore


@dataclass(frozen=True)
class Answered:
    """What a search found, with the parts of ``ResultPage`` that are not the things themselves.

    ``has_words``: something has the words that were asked for, or none were asked for. ``places``: of the best, which
    sentence comes closest to what was asked (``document_sentences``).
    """

    answer: SearchAnswer
    has_words: bool
    fault: ExpressionError | None = None
    respelt: Respelling | None = None
    reliefs: Sequence[Relief] = ()
    standings: Mapping[str, Answer] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    looked_at: int | None = None


class Searching:
    """Asks the index, and where rights are looked for the book of grants. Every method may raise Unavailable."""

    def __init__(
        self,
        *,
        index: SearchIndex,
        ranker: Ranker,
        vectors: VectorStore | None,
        spelling: Spelling,
        free_rights: FreeRights,
    ) -> None:
        self._index = index
        self._ranker = ranker
        self._vectors = vectors
        self._spelling = spelling
        self._free_rights = free_rights

    def answer(self, session: Session, search: Search, *, today: date) -> Answered:
        """Answer a cleaned search. Any text is valid."""
        reading = read(search.words)
        found = self._ask(session, search, reading, today)
        # What is close in meaning is no reason not to ask whether a word was meant otherwise.
        if not (found.answer.total and found.has_words):
            found = self._mended(session, search, reading, today) or found
        shown = Reading(found.respelt.words) if found.respelt else reading
        facets = {**found.answer.facets, **self._deadlines(session, search, shown, today)}
        reliefs = () if found.answer.total else self._reliefs(session, search, reading, today)
        return replace(found, answer=replace(found.answer, facets=facets), fault=reading.fault, reliefs=tuple(reliefs))

    def _ask(self, session: Session, search: Search, reading: Reading, today: date) -> Answered:
        if search.wanted is not None:
            return self._by_rights(session, search, search.wanted, reading, today)
        ranked = self._rank(session, reading.put_into(_query(search, today)), reading)
        return Answered(ranked, has_words=ranked.having_words > 0, places=ranked.places)

    def _rank(self, session: Session, query: SearchQuery, reading: Reading) -> Ranked:
        space = self._vectors.space(session, kind=query.kind) if self._vectors and reading.words else None
        return self._ranker.rank(query, reading.question, space=space)

    def _by_rights(self, session: Session, search: Search, wanted: Wanted, reading: Reading, today: date) -> Answered:
        """Compare the rights of the best LOOKED_AT listings that are offered here; pages are parts of what is left.

        Facets are counted among what is left; one that is chosen among what would be left without that choice, for
        which the best LOOKED_AT without it are compared as well: so many once, and once more for each chosen facet.
        """
        query = _offered_here(reading.put_into(_query(search, today)))
        first = self._best(session, query, reading)
        best = _ids(first)
        # Records of others are never compared, so choosing a source leaves no other to choose.
        without = {
            name: _ids(self._best(session, _without(query, name), reading))
            for name in search.facets
            if name != "source"
        }
        shown = self._shown(session, wanted, [*best, *chain.from_iterable(without.values())], today)
        left = [key for key in best if key in shown]
        page = left[query.offset : query.offset + query.limit]
        # What is left is left without the choice too, even where there is more than is compared.
        wider = {name: [*left, *(key for key in ids if key in shown)] for name, ids in without.items()}
        return Answered(
            SearchAnswer(self._hits(query, reading, page), total=len(left), facets=self._facets(query, left, wider)),
            has_words=first.having_words > 0,
            standings={key: shown[key] for key in page},
            places=first.places,
            looked_at=len(best) if first.total > len(best) else None,
        )

    def _best(self, session: Session, query: SearchQuery, reading: Reading) -> Ranked:
        """Return the hits whose rights are compared; nothing is counted but their total."""
        asked = replace(query, offset=0, limit=LOOKED_AT, with_fragments=False, count_facets=())
        return self._rank(session, asked, reading)

    def _shown(self, session: Session, wanted: Wanted, ids: Sequence[str], today: date) -> dict[str, Answer]:
        """Return those of these listings that are to be shown, with what the book of grants says of each."""
        answers = self._free_rights.judge(session, wanted=wanted, ids=list(dict.fromkeys(ids)), today=today)
        return {key: answer for key, answer in answers.items() if standing_of(answer) in SHOWN[wanted.show]}

    def _facets(
        self, query: SearchQuery, left: Sequence[str], wider: Mapping[str, Sequence[str]]
    ) -> dict[str, Sequence[tuple[str, int]]]:
        """Count the facets of ``query`` among what is left, and those that ``wider`` names among what it says."""
        others = [name for name in query.count_facets if name not in wider]
        counts: dict[str, Sequence[tuple[str, int]]] = {}
        for names, ids in [(others, left), *(([name], ids) for name, ids in wider.items())]:
            asked = SearchQuery(kind=query.kind, ids=list(dict.fromkeys(ids)), limit=0, count_facets=names)
            # To the engine no ids are no restriction.
            counts |= self._index.search(asked).facets if ids else dict.fromkeys(names, ())
        return counts

    def _hits(self, query: SearchQuery, reading: Reading, ids: Sequence[str]) -> Sequence[SearchHit]:
        """Return these documents in this order, with their fragments."""
        if not ids:
            return ()
        asked = weighed(replace(query, ids=ids, offset=0, limit=len(ids), count_facets=()), reading.question)
        hits = {hit.id: hit for hit in self._index.search(asked).hits}
        # What was found by its meaning alone is not found by its words again, and has no fragments.
        return [hits.get(key, SearchHit(id=key, score=0.0)) for key in ids]

    def _mended(self, session: Session, search: Search, reading: Reading, today: date) -> Answered | None:
        """Search for what was probably meant; None where nothing is to be put right, or that finds nothing either."""
        if search.exact or reading.tree is not None or not reading.words:
            return None
        respelt = self._spelling.mend(session, kind=search.kind, words=reading.words)
        if respelt is None:
            return None
        found = self._ask(session, search, Reading(respelt.words), today)
        return replace(found, respelt=respelt) if found.answer.total else None

    def _reliefs(self, session: Session, search: Search, reading: Reading, today: date) -> list[Relief]:
        wider = wider_searches(search, words="" if reading.tree else reading.words)
        counted = [replace(one, total=self._count(session, one.search, read(one.search.words), today)) for one in wider]
        return [one for one in counted if one.total]

    def _count(self, session: Session, search: Search, reading: Reading, today: date) -> int:
        """Return how many things a search finds in all."""
        query = reading.put_into(_query(search, today))
        if search.wanted is not None:
            best = _ids(self._best(session, _offered_here(query), reading))
            return len(self._shown(session, search.wanted, best, today))
        return self._rank(session, replace(query, offset=0, limit=0, count_facets=()), reading).total

    def _deadlines(
        self, session: Session, search: Search, reading: Reading, today: date
    ) -> dict[str, list[tuple[str, int]]]:
        """Count open and closed needs; the day moves, so this is a range and no facet of the index."""
        if search.kind != NEEDS:
            return {}
        either = [replace(search, page=1, deadline=value) for value in (OPEN, CLOSED)]
        return {"deadline": [(str(one.deadline), self._count(session, one, reading, today)) for one in either]}


def _query(search: Search, today: date) -> SearchQuery:
    since = {"closes": day_seconds(today)} if search.deadline == OPEN else {}
    until = {"closes": day_seconds(today) - 1} if search.deadline == CLOSED else {}
    return SearchQuery(
        kind=search.kind,
        words=search.words,
        facets={name: _widened(name, values) for name, values in search.facets.items()},
        at_least=since,
        at_most=until,
        offset=(search.page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
        newest_first=search.newest_first,
        count_facets=FACETS[search.kind],
    )


def _offered_here(query: SearchQuery) -> SearchQuery:
    return replace(query, facets={**query.facets, "source": [OURS]})


def _without(query: SearchQuery, name: str) -> SearchQuery:
    """Return ``query`` without what is chosen of the facet ``name``."""
    return replace(query, facets={facet: values for facet, values in query.facets.items() if facet != name})


def _ids(answer: SearchAnswer) -> list[str]:
    return [hit.id for hit in answer.hits]


def _widened(name: str, values: Sequence[str]) -> Sequence[str]:
    """Who looks for a country also finds what is offered worldwide."""
    return [*values, WORLD] if name == "territory" and WORLD not in values else values
