"""The door to matches. A reader gets of a need what he may see: private ones and names leave through nobody else."""

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.catalogue.records import Listing, Need
from ipx.catalogue.service import CatalogueService
from ipx.core.ports import LISTINGS, NEEDS, Clock
from ipx.db.durable import Durable
from ipx.licences.events import LicenceActivated
from ipx.matches.answers import Answers
from ipx.matches.fitting import body_of, telling_passage
from ipx.matches.models import AnswerRow, PairRow
from ipx.matches.policy import check_owns
from ipx.matches.ranking import Rankings, Scores
from ipx.matches.records import Feedback, Given, Match
from ipx.matches.rights import Rights
from ipx.matches.rules import Answer, PartName, Reason
from ipx.matches.scoring import Part, Split
from ipx.matches.telling import Telling
from ipx.matching.events import Indexed

RANK_NEED = "matches.rank_need"
RANK_FOR_LISTING = "matches.rank_for_listing"


class MatchService:
    """Ranks listings for needs, tells both sides, and takes the answers."""

    def __init__(
        self,
        *,
        catalogue: CatalogueService,
        durable: Durable,
        clock: Clock,
        rankings: Rankings,
        telling: Telling,
        answers: Answers,
    ) -> None:
        self._catalogue = catalogue
        self._durable = durable
        self._clock = clock
        self._rankings = rankings
        self._answers = answers
        self.telling = telling

    # ── when something changes ───────────────────────────────────────────────────────────────────

    def on_indexed(self, session: Session, indexed: Indexed) -> None:
        """Rank again what a change reaches, once the index has followed it."""
        key = f"{indexed.kind}:{indexed.id}:{indexed.version}"
        if indexed.kind == NEEDS:
            self._durable.enqueue(session, RANK_NEED, indexed.id, key=key)
        elif indexed.kind == LISTINGS:
            self._durable.enqueue(session, RANK_FOR_LISTING, indexed.id, str(indexed.version), key=key)

    def on_licence_activated(self, session: Session, activated: LicenceActivated) -> None:
        """Rank again what reaches a listing: fewer of its rights are free now."""
        found = self._catalogue.find_by_technology(session, technology_id=activated.technology_id)
        if found is not None:
            version = f"licence-{activated.licence_id}"
            self._durable.enqueue(session, RANK_FOR_LISTING, found.id, version, key=f"{found.id}:{version}")

    def rank_needs(self, session: Session, listing_id: str, version: str, found: list[str]) -> None:
        """Have those needs ranked that a listing reaches: found by its words, matched before, or private."""
        before = [pair.need_id for pair in self._rankings.pairs_of_listing(session, listing_id)]
        for need_id in dict.fromkeys([*found, *before, *self._catalogue.private_needs(session)]):
            self._durable.enqueue(session, RANK_NEED, need_id, key=f"{need_id}:{listing_id}:{version}")

    def keep_ranking(self, session: Session, need_id: str, scores: Scores) -> None:
        """Keep what was found for a need and tell both sides of what is new; in one transaction, so once."""
        need = self._rankings.keep(session, need_id, scores)
        if need is not None:
            self.telling.note(session, need, self._rankings.pairs_of_need(session, need_id))

    # ── what is asked ────────────────────────────────────────────────────────────────────────────

    def matches_of_need(self, session: Session, *, actor: Actor, need_id: str) -> list[Match]:
        """Return what fits a need of the actor's organisation, the best first. Raises NotFound."""
        need = self._catalogue.own_need(session, actor=actor, need_id=need_id)
        given = self._answers.of_need(session, need_id)
        pairs = {pair.listing_id: pair for pair in self._rankings.pairs_of_need(session, need_id)}
        listings = self._catalogue.listings(session, ids=list(pairs))
        return [_match(pairs[one.id], need, one, pairs[one.id].passage, given.get(one.id)) for one in listings]

    def matches_of_listing(self, session: Session, *, actor: Actor, listing_id: str) -> list[Match]:
        """Return the needs that a listing of the actor's organisation may meet, as everybody may see them.

        Raises NotFound.
        """
        listing = self._catalogue.listing(session, listing_id=listing_id)
        check_owns(actor, listing)
        given = self._answers.to_listing(session, listing_id)
        pairs = {pair.need_id: pair for pair in self._rankings.pairs_of_listing(session, listing_id)}
        today = self._clock.now().date()
        needs = [need for need in self._catalogue.needs(session, ids=list(pairs)) if need.is_open(today)]
        return [
            _match(pairs[need.id], need, listing, _passage_of(need, pairs[need.id]), given.get(need.id))
            for need in needs
        ]

    def feedback(self, session: Session, *, actor: Actor, listing_id: str) -> list[Feedback]:
        """Return the answers to a listing of the actor's organisation, the newest first. Raises NotFound."""
        check_owns(actor, self._catalogue.listing(session, listing_id=listing_id))
        given = self._answers.to_listing(session, listing_id)
        seen = {need.id: need for need in self._catalogue.needs(session, ids=list(given))}
        return [Feedback(seen.get(need_id), one) for need_id, one in given.items()]

    def answer(
        self,
        session: Session,
        *,
        actor: Actor,
        need_id: str,
        listing_id: str,
        answer: Answer,
        reason: Reason | None = None,
        text: str = "",
    ) -> AnswerRow:
        """Answer a match and tell the owner of the listing as soon as he may know (``Answers.give``)."""
        given = self._answers.give(
            session, actor=actor, need_id=need_id, listing_id=listing_id, answer=answer, reason=reason, text=text
        )
        self.telling.tell_answers_due(session)
        return given

    def named_need(self, session: Session, *, actor: Actor, listing_id: str) -> Need | None:
        """Return the public need that a deal of the actor's organisation on a listing began with, if any."""
        return self._answers.interested_need(session, organisation_id=actor.organisation_id, listing_id=listing_id)

    def overview(self, session: Session, *, actor: Actor) -> tuple[list[tuple[Need, int]], list[tuple[Listing, int]]]:
        """Return the organisation's needs and listings, each with its number of matches that it may see."""
        own = actor.organisation_id
        needs = [
            (need, len(self._rankings.pairs_of_need(session, need.id)))
            for need in self._catalogue.needs_of(session, organisation_id=own)
        ]
        listings = [
            (one, len(self.matches_of_listing(session, actor=actor, listing_id=one.id)))
            for one in self._catalogue.listings_of(session, organisation_id=own)
        ]
        return needs, listings


def _match(pair: PairRow, need: Need, listing: Listing, passage: str, given: Given | None) -> Match:
    parts = [Part(PartName(name), points, most) for name, points, most in pair.parts]
    return Match(
        need=need,
        listing=listing,
        split=Split(pair.score, parts),
        words=tuple(pair.words),
        passage=passage,
        rights=Rights(pair.rights) if pair.rights else None,
        gap=pair.gap,
        given=given,
    )


def _passage_of(need: Need, pair: PairRow) -> str:
    return telling_passage(body_of(need), pair.words)
