"""Where a challenge meets deals, and nowhere else: the pre-agreed licence terms, and the offer of an award."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.catalogue.service import CatalogueService
from ipx.challenges.models import ChallengeRow, EntryRow
from ipx.core.errors import Conflict
from ipx.deals.service import DealService
from ipx.licences.algebra.conflicts import Answer
from ipx.licences.records import Reservation
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.terms_v2.versions import read_any
from ipx.licences.words import in_words


class Licensing:
    """Opens the deal of an award."""

    def __init__(self, *, catalogue: CatalogueService, deals: DealService, licences: LicenceService) -> None:
        self._catalogue = catalogue
        self._deals = deals
        self._licences = licences

    def check_free(self, session: Session, *, technology_id: str, licence: Mapping[str, Any]) -> None:
        """Raise Conflict where an option for these terms would be hollow: something excludes them already. Until this
        transaction ends nobody else can decide about the technology."""
        self._licences.book.refuse_clash(session, technology_id=technology_id, terms=read_licence(licence))

    def compare(self, session: Session, *, technology_id: str, licence: Mapping[str, Any]) -> Answer:
        """Return whether these terms can be granted now beside what exists; the caller has checked who asks."""
        return self._licences.book.compare(session, technology_id=technology_id, terms=read_licence(licence))

    def open_deal(
        self,
        session: Session,
        *,
        actor: Actor,
        technology_id: str,
        licence: Mapping[str, Any],
        message: str,
        key: str,
    ) -> str:
        """Accept the undertaking of the technology and offer the pre-agreed terms; returns the offer's id.

        Raises Conflict when the technology is not listed any more, or its rights are not free for these terms.
        """
        listing = self._catalogue.find_by_technology(session, technology_id=technology_id)
        if listing is None:
            raise Conflict("The technology of this entry is not listed any more. Ask its owner to publish it again.")
        self._deals.ndas.accept(session, actor=actor, listing_id=listing.id)
        offer = self._deals.offers.make(
            session, actor=actor, listing_id=listing.id, message=message, submit_key=key, terms=read_licence(licence)
        )
        return offer.id


def reservations(session: Session, technology_ids: Sequence[str]) -> list[Reservation]:
    """Return the options of awards that run, for the book of grants. One that was called for is a deal by now."""
    query = (
        select(EntryRow, ChallengeRow)
        .join(ChallengeRow, ChallengeRow.id == EntryRow.challenge_id)
        .where(EntryRow.technology_id.in_(technology_ids), EntryRow.option_next_at.is_not(None))
    )
    return [_reservation(entry, row) for entry, row in session.execute(query)]


def _reservation(entry: EntryRow, row: ChallengeRow) -> Reservation:
    assert entry.option_ends_at is not None
    assert row.decided_at is not None
    return Reservation(
        id=entry.id,
        technology_id=entry.technology_id,
        holder=row.organiser_name,
        terms=read_licence(row.terms["licence"]),
        begins=row.decided_at,
        ends=entry.option_ends_at,
        link=f"/challenges/entries/{entry.id}",
    )


def read_licence(value: Mapping[str, Any]) -> LicenceTerms:
    """Return the licence terms inside the entry terms, of whichever version, as the newest. Raises Invalid."""
    return read_any(value)


def licence_words(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the licence terms inside the entry terms as (what, sentence)."""
    return in_words(read_licence(value))
