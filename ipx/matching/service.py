"""The door to search. Public listings and needs only; the database is the truth, the index a way to find it."""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date

from sqlalchemy.orm import Session

from ipx.catalogue.events import ListingChanged, NeedChanged
from ipx.catalogue.records import Listing, Need
from ipx.catalogue.search_documents import OURS, listing_document, need_document
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Unavailable
from ipx.core.meaning_ports import Meaning, Space
from ipx.core.ports import LISTINGS, NEEDS, SearchDocument, SearchIndex, SearchQuery
from ipx.core.search_words import plain
from ipx.db.durable import Durable
from ipx.licences.service import LicenceService
from ipx.matching.comparing import IndexComparison, compared
from ipx.matching.free_rights import FreeRights
from ipx.matching.ranking.blending import SHORTEST, damping
from ipx.matching.ranking.passages import document_sentences
from ipx.matching.ranking.questions import Question, word_weights
from ipx.matching.ranking.ranker import Ranker
from ipx.matching.records import Found, ResultPage, Scored, SearchHealth
from ipx.matching.rules import LAST_PAGE, PAGE_SIZE, Search
from ipx.matching.searching import Searching
from ipx.matching.spelling import Spelling
from ipx.matching.suggestions import Suggestions
from ipx.matching.tallies import Tallies
from ipx.matching.vectors import VectorStore

log = logging.getLogger("ipx.matching")

INDEX_LISTING = "matching.index_listing"
REBUILD = "matching.rebuild"
REBUILD_AFRESH = "matching.rebuild_afresh"
EMBED_MISSING = "matching.embed_missing"
ALIKE = 10
"""Listings that are shown as being like one."""


class SearchService:
    """Searches, and asks for the index to be brought up to date."""

    def __init__(
        self,
        *,
        index: SearchIndex,
        meaning: Meaning | None,
        catalogue: CatalogueService,
        licences: LicenceService,
        tallies: Tallies,
        durable: Durable,
    ) -> None:
        self._index = index
        self._meaning = meaning
        self._ranker = Ranker(index=index, meaning=meaning)
        self.vectors = None if meaning is None else VectorStore(meaning)
        self._searching = Searching(
            index=index,
            ranker=self._ranker,
            vectors=self.vectors,
            spelling=Spelling(index=index, catalogue=catalogue),
            free_rights=FreeRights(licences=licences, catalogue=catalogue),
        )
        self.tallies = tallies
        self.suggestions = Suggestions(index=index, catalogue=catalogue)
        self._catalogue = catalogue
        self._durable = durable

    def search(self, session: Session, search: Search, *, today: date) -> ResultPage:
        """Answer a search; with the index down, the newest of everything, marked ``resting``. Any text is valid."""
        search = search.cleaned()
        try:
            self._check_whole()
            answered = self._searching.answer(session, search, today=today)
        except Unavailable as error:
            log.warning("search rests: %s", error.message)
            return self._newest(session, search)
        answer = answered.answer
        found = self._found(session, search.kind, [hit.id for hit in answer.hits])
        fragments = {hit.id: hit.fragments for hit in answer.hits}
        return ResultPage(
            search=search,
            found=[_result(thing, fragments[thing.id], answered.places.get(thing.id)) for thing in found],
            total=answer.total,
            pages=_pages(answer.total),
            facets=answer.facets,
            fault=answered.fault,
            respelt=answered.respelt,
            reliefs=answered.reliefs,
            standings=answered.standings,
            looked_at=answered.looked_at,
        )

    def space(self, session: Session, *, kind: str) -> Space | None:
        """Return the vectors of a kind, for ``scores``; None without a model."""
        return self.vectors.space(session, kind=kind) if self.vectors else None

    def like(self, session: Session, *, listing_id: str) -> list[Found]:
        """Return the listings most like one, by its own words and meaning, the closest first.

        Raises NotFound for one that is not public, Unavailable.
        """
        listing = self._catalogue.published(session, listing_id=listing_id)
        self._check_whole()
        # Not whose it is, nor its classes: two listings of one owner are not alike by that.
        said = (listing.problem, listing.advantage, listing.summary)
        question = Question(title=listing.title, text="\n".join(part for part in said if part))
        query = SearchQuery(kind=LISTINGS, except_ids=[listing_id], limit=ALIKE, with_total=False)
        space = self.space(session, kind=LISTINGS)
        hits = self._ranker.rank(query, question, space=space).hits
        fragments = {hit.id: hit.fragments for hit in hits}
        return [Found(one, fragments[one.id]) for one in self._found(session, LISTINGS, list(fragments))]

    def scores(
        self, *, kind: str, question: Question, limit: int, space: Space | None, only_ours: bool = False
    ) -> list[Scored]:
        """Return what answers a question best: ``limit`` by words, and the ``limit`` closest in meaning.

        Each with scores that can be compared between questions. In words: the ranker's, divided by what the words of
        the question count together, for the shortest text: about the mean BM25 of one word; 0 for what lacks them. In
        meaning: the cosine; None where there is no vector. The one place where matches get these scores.
        ``only_ours`` leaves imported records out. Raises Unavailable.
        """
        weights = word_weights(question)
        ours = {"source": [OURS]} if only_ours else {}
        query = SearchQuery(kind=kind, facets=ours, limit=limit, with_total=False)
        scale = SHORTEST ** damping(len(weights)) / (sum(weights.values()) or 1.0)
        found = self._ranker.words_and_meaning(query, question, space=space)
        return [Scored(key, words * scale, cosine) for key, words, cosine in found]

    def rebuild(self, session: Session, *, afresh: bool = False) -> int:
        """Build the index anew from the database; return the number of documents. ``afresh``: as in the port.

        ``session`` must not have read anything yet: what changes after its first look reaches the index by itself,
        what changed before must be in what it sees. Raises Unavailable, Conflict (a rebuild is under way).
        """
        return self._index.rebuild(self._catalogue.all_search_documents(session), afresh=afresh)

    def compare(self, session: Session) -> IndexComparison:
        """Compare the index with what is public in the database. Raises Unavailable.

        A listing that changes meanwhile may show as a difference, and does no longer when compared again.
        """
        return compared(self._catalogue.all_search_documents(session), self._index.entries())

    def ask_for_rebuild(self, session: Session, *, key: str, afresh: bool = False) -> None:
        """Have a worker rebuild the index after this transaction; the same key asks once."""
        self._durable.enqueue(session, REBUILD_AFRESH if afresh else REBUILD, key, key=key)

    def heal(self, session: Session, *, moment: str) -> bool:
        """Ask for a rebuild when the index is new, damaged or of another layout; ``moment`` keeps two askings apart."""
        if not self._index.needs_rebuild():
            return False
        self.ask_for_rebuild(session, key=f"heal:{moment}")
        return True

    def heal_meaning(self, session: Session, *, moment: str) -> bool:
        """Ask for the vectors that are missing; ``moment`` keeps two askings apart. Whether anything was asked."""
        if self.vectors is None:
            return False
        made, public = self.progress(session)
        if made >= public:
            return False
        self._durable.enqueue(session, EMBED_MISSING, moment, key=f"meaning:{moment}")
        return True

    def warm(self, session: Session) -> None:
        """Load the model and the vectors that are searched, which takes a second or two. Raises Unavailable."""
        if self._meaning is None or self.vectors is None:
            return
        self._meaning.check()
        for kind in (LISTINGS, NEEDS):
            self.vectors.space(session, kind=kind)

    def progress(self, session: Session) -> tuple[int, int]:
        """Return how many public things have their vector, and how many there are."""
        public = sum(self._catalogue.count(session, kind=kind) for kind in (LISTINGS, NEEDS))
        return (self.vectors.made(session) if self.vectors else 0), public

    def health(self, session: Session) -> SearchHealth:
        """Return how search is, for the operator. Raises nothing: what is down says so."""
        index, index_is_well = _said(self._index.check)
        model, model_is_well = _said(self._meaning.check) if self._meaning else (None, True)
        made, public = self.progress(session)
        return SearchHealth(
            index=index,
            index_is_well=index_is_well,
            is_complete=index_is_well and not self._index.needs_rebuild(),
            model=model,
            model_is_well=model_is_well,
            made=min(made, public),
            public=public,
        )

    def lacking(self, session: Session, *, limit: int) -> list[tuple[str, str]]:
        """Return kind and id of public things whose present version has no vector yet, at most ``limit``."""
        if self.vectors is None:
            return []
        with closing(self._catalogue.all_search_documents(session)) as documents:
            return self.vectors.lacking(session, documents, limit=limit)

    def on_listing_changed(self, session: Session, changed: ListingChanged) -> None:
        """Have the index follow a listing."""
        self._enqueue(session, LISTINGS, changed.listing_id, changed.version)

    def on_need_changed(self, session: Session, changed: NeedChanged) -> None:
        """Have the index follow a need."""
        self._enqueue(session, NEEDS, changed.need_id, changed.version)

    def document(self, session: Session, kind: str, id: str) -> SearchDocument | None:
        """Return what the index may know of a thing now, or None when it must forget it."""
        return self._catalogue.search_document(session, kind=kind, id=id)

    def write(self, document: SearchDocument | None, kind: str, id: str, version: int) -> None:
        """Put a document into the index, or take the thing out. An older version never wins. Raises Unavailable."""
        if document is None:
            self._index.remove(kind, id, version)
        else:
            self._index.put([document])

    def _check_whole(self) -> None:
        """Raise Unavailable where the index was lost: what it does not find then tells nothing."""
        if not self._index.is_whole():
            raise Unavailable("The search index waits for a rebuild.")

    def _enqueue(self, session: Session, kind: str, id: str, version: int) -> None:
        self._durable.enqueue(session, INDEX_LISTING, kind, id, str(version), key=f"{kind}:{id}:{version}")

    def _found(self, session: Session, kind: str, ids: Sequence[str]) -> Sequence[Listing | Need]:
        if kind == LISTINGS:
            return self._catalogue.listings(session, ids=ids)
        return self._catalogue.needs(session, ids=ids)

    def _newest(self, session: Session, search: Search) -> ResultPage:
        offset = (search.page - 1) * PAGE_SIZE
        newest: Sequence[Listing | Need]
        if search.kind == LISTINGS:
            newest = self._catalogue.newest_listings(session, limit=PAGE_SIZE, offset=offset)
        else:
            newest = self._catalogue.newest_needs(session, limit=PAGE_SIZE, offset=offset)
        total = self._catalogue.count(session, kind=search.kind)
        found = [Found(thing) for thing in newest]
        return ResultPage(search=search, found=found, total=total, pages=_pages(total), resting=True)


def _said(check: Callable[[], str]) -> tuple[str, bool]:
    """Return what a part says of itself, or its trouble, and whether it is well."""
    try:
        return check(), True
    except Unavailable as error:
        return error.message, False


def _result(thing: Listing | Need, fragments: Sequence[str], place: int | None) -> Found:
    """Return a result; one without the words shows the sentence at ``place``, which means what was asked."""
    if fragments or place is None:
        return Found(thing, fragments)
    document = listing_document(thing) if isinstance(thing, Listing) else need_document(thing)
    # The text may be newer than its vectors, and shorter.
    said = "".join(document_sentences(document)[place : place + 1])
    # The title is a text's first sentence, or the beginning of it, and is shown anyway.
    return Found(thing, meant=said.removeprefix(" ".join(plain(document.title).split())).lstrip(". "))


def _pages(total: int) -> int:
    return min(-(-total // PAGE_SIZE), LAST_PAGE)
