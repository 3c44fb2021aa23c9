"""Ranking the listings for a need, and keeping the best. Nobody is told here."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ipx.catalogue.records import Listing, Need
from ipx.catalogue.service import CatalogueService
from ipx.core.ports import Clock
from ipx.licences.service import LicenceService
from ipx.matches.fitting import (
    body_of_listing,
    budget_fit,
    classes_fit,
    common_words,
    meaning_fit,
    offered,
    readiness_fit,
    readiness_gap,
    telling_passage,
    words_fit,
)
from ipx.matches.models import PairRow, RankingRow
from ipx.matches.rights import Rights, rights_fit
from ipx.matches.rules import OTHERS_KEPT, OURS_KEPT, WORTH_SHOWING, PartName
from ipx.matches.scoring import split
from ipx.matching.records import Scored

Scores = Sequence[Sequence[object]]
"""Ids of listings with their scores in words and in meaning, as a workflow's step returns them (``Scored``)."""


class Rankings:
    """The matches of needs, as they are kept."""

    def __init__(self, *, catalogue: CatalogueService, licences: LicenceService, clock: Clock) -> None:
        self._catalogue = catalogue
        self._licences = licences
        self._clock = clock

    def keep(self, session: Session, need_id: str, scores: Scores) -> Need | None:
        """Replace a need's matches by those found now; return the need, None when nothing may match it.

        ``scores`` are of listings that may have changed or gone since: what is compared is their present picture.
        """
        need = self._catalogue.find_whole_need(session, need_id=need_id)
        if need is None:
            return None
        self._lock(session, need)
        if not need.is_open(self._clock.now().date()):
            session.execute(delete(PairRow).where(PairRow.need_id == need_id))
            return None
        kept = self._best(session, need, _read(scores))
        ids = [row.listing_id for row in kept]
        session.execute(delete(PairRow).where(PairRow.need_id == need_id, PairRow.listing_id.not_in(ids)))
        for row in kept:
            session.merge(row)
        session.flush()
        return need

    def pairs_of_need(self, session: Session, need_id: str) -> list[PairRow]:
        """Return a need's matches, the best first."""
        query = select(PairRow).where(PairRow.need_id == need_id)
        return list(session.scalars(query.order_by(PairRow.score.desc(), PairRow.listing_id)))

    def pairs_of_listing(self, session: Session, listing_id: str) -> list[PairRow]:
        """Return a listing's matches, the best first; private needs among them, which its owner may not see."""
        query = select(PairRow).where(PairRow.listing_id == listing_id)
        return list(session.scalars(query.order_by(PairRow.score.desc(), PairRow.need_id)))

    def _lock(self, session: Session, need: Need) -> None:
        """Let nobody else rank this need until the transaction ends."""
        insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(RankingRow).values(need_id=need.id, need_version=need.version).on_conflict_do_nothing())
        row = session.get_one(RankingRow, need.id, with_for_update=True)
        row.need_version, row.ranked_at = need.version, self._clock.now()
        session.flush()

    def _best(self, session: Session, need: Need, scores: Mapping[str, Scored]) -> list[PairRow]:
        listings = self._catalogue.listings(session, ids=list(scores))
        others = [
            one for one in listings if need.organisation_id is None or one.organisation_id != need.organisation_id
        ]
        rows = [self._pair(session, need, one, scores[one.id]) for one in others]
        rows = [row for row in rows if row.score >= WORTH_SHOWING]
        rows.sort(key=lambda row: (-row.score, row.listing_id))
        takes = {one.id for one in others if one.takes_offers}
        ours = [row for row in rows if row.listing_id in takes][:OURS_KEPT]
        # What cannot be licensed here is shown to a company that seeks, but not matched with public calls.
        records = [row for row in rows if row.listing_id not in takes and need.organisation_id][:OTHERS_KEPT]
        return [*ours, *records]

    def _pair(self, session: Session, need: Need, listing: Listing, scored: Scored) -> PairRow:
        terms = offered(listing.terms, at=self._clock.now().date()) if listing.terms else None
        free: tuple[float, Rights] | None = None
        if terms is not None and listing.technology_id is not None:
            left = self._licences.book.remaining(session, technology_id=listing.technology_id)
            free = rights_fit(left, terms, territory=need.territory, exclusive=need.exclusive)
        values = {
            PartName.WORDS: words_fit(scored.words),
            PartName.MEANING: meaning_fit(scored.meaning),
            PartName.CLASSES: classes_fit(need.classes, listing.classes),
            PartName.READINESS: readiness_fit(need.trl_min, need.trl_max, listing.trl),
            PartName.RIGHTS: free[0] if free else None,
            PartName.BUDGET: budget_fit(need, terms),
        }
        found, words = split(values), common_words(need, listing)
        stated = listing.trl is not None and (need.trl_min is not None or need.trl_max is not None)
        return PairRow(
            need_id=need.id,
            listing_id=listing.id,
            score=found.score,
            parts=[[str(part.name), part.points, part.most] for part in found.parts],
            words=list(words),
            passage=telling_passage(body_of_listing(listing), words),
            rights=str(free[1]) if free else None,
            gap=readiness_gap(need.trl_min, need.trl_max, listing.trl) if stated and listing.trl else None,
            listing_version=listing.version,
        )


def _read(scores: Scores) -> dict[str, Scored]:
    """Return the scores by the listing's id; a step that ended before meaning was a part has none."""
    read: dict[str, Scored] = {}
    for key, words, *rest in scores:
        meaning = rest[0] if rest else None
        read[str(key)] = Scored(str(key), float(str(words)), None if meaning is None else float(str(meaning)))
    return read
