"""Ranking after the transaction that changed something. Asks the index outside a transaction, keeps in one."""

from functools import partial

from ipx.catalogue.service import CatalogueService
from ipx.core.ports import LISTINGS, NEEDS, Clock
from ipx.db.durable import Durable, Workflow
from ipx.db.session import Database
from ipx.matches.fitting import question_about, question_of
from ipx.matches.rules import NEEDS_ASKED, OTHERS_KEPT, OURS_KEPT
from ipx.matches.service import RANK_FOR_LISTING, RANK_NEED, MatchService
from ipx.matching.service import SearchService

Found = list[tuple[str, float, float | None]]


class MatchWorkflows:
    """Durable flows of this room, and what it does every few minutes."""

    def __init__(
        self,
        *,
        durable: Durable,
        database: Database,
        clock: Clock,
        catalogue: CatalogueService,
        search: SearchService,
        matches: MatchService,
    ) -> None:
        self._durable = durable
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._search = search
        self._matches = matches

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {RANK_NEED: self.rank_need, RANK_FOR_LISTING: self.rank_for_listing}

    def rank_need(self, need_id: str) -> None:
        """Find what fits a need now, keep it, and tell both sides what is new."""
        scores = self._durable.outside(self._scores, need_id)
        self._durable.transaction(self._matches.keep_ranking, need_id, scores)

    def rank_for_listing(self, listing_id: str, version: str) -> None:
        """Find the needs that a changed listing may meet, and have each ranked anew."""
        found = self._durable.outside(self._needs_for, listing_id)
        self._durable.transaction(self._matches.rank_needs, listing_id, version, found)

    def look(self) -> bool:
        """Tell what has become due, and mail what was told: a chore. True when there may be more to do."""
        with self._database.write() as session:
            more = self._matches.telling.tell_due(session)
            more = self._matches.telling.tell_answers_due(session) or more
            return self._matches.telling.mail_due(session) or more

    def _scores(self, need_id: str) -> Found:
        # The text is read within the step: a private need's words are in no result that is kept.
        with self._durable.reading() as session:
            need = self._catalogue.find_whole_need(session, need_id=need_id)
            if need is None or not need.is_open(self._clock.now().date()):
                return []
            space = self._search.space(session, kind=LISTINGS)
            asked = partial(self._search.scores, kind=LISTINGS, question=question_of(need), space=space)
            found = [*asked(limit=2 * OTHERS_KEPT), *asked(limit=2 * OURS_KEPT, only_ours=True)]
        return list({one.id: (one.id, one.words, one.meaning) for one in found}.values())

    def _needs_for(self, listing_id: str) -> list[str]:
        with self._durable.reading() as session:
            found = self._catalogue.listings(session, ids=[listing_id])
            if not found or not found[0].takes_offers:
                return []
            space, question = self._search.space(session, kind=NEEDS), question_about(found[0])
            asked = partial(self._search.scores, kind=NEEDS, question=question, limit=NEEDS_ASKED, space=space)
            return list(dict.fromkeys(one.id for one in [*asked(only_ours=True), *asked()]))
