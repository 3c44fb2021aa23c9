"""Reading the catalogue. Everything here is public, but a withdrawn listing: that is for its owner to see.

Private needs, and whose an anonymous one is, never leave this file; their owner asks ``NeedDesk``.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ipx.catalogue.listed_step import listed_step
from ipx.catalogue.models import ListingRow, NeedRow, SourceRow
from ipx.catalogue.need_rules import Visibility
from ipx.catalogue.records import Listing, Need, Source, SourceCount
from ipx.catalogue.rows import listing_of, need_of, source_of
from ipx.catalogue.rules import State
from ipx.catalogue.search_documents import listing_document, need_document
from ipx.core.errors import NotFound
from ipx.core.ports import LISTINGS, SearchDocument
from ipx.technologies.status import StatusLine

AT_ONCE = 500
"""Rows that are held at once where all are read."""
_PUBLISHED = ListingRow.state == State.PUBLISHED
_READABLE = (NeedRow.state == State.PUBLISHED) & (NeedRow.visibility != Visibility.PRIVATE)
"""Needs that everybody may read. Every question below that is asked for others than the owner has it."""


class Shelves:
    """The part of the catalogue's door that only reads."""

    # ── listings ─────────────────────────────────────────────────────────────────────────────────

    def listing(self, session: Session, *, listing_id: str) -> Listing:
        """Return a listing in any state. Raises NotFound."""
        return listing_of(listing_row(session, listing_id), _sources(session))

    def published(self, session: Session, *, listing_id: str) -> Listing:
        """Return a listing that everybody may see. Raises NotFound, also when it was withdrawn."""
        listing = self.listing(session, listing_id=listing_id)
        if listing.state is not State.PUBLISHED:
            raise NotFound("This listing has been withdrawn.")
        return listing

    def find_by_technology(self, session: Session, *, technology_id: str) -> Listing | None:
        """Return the listing of a technology in any state, if it ever had one."""
        row = find_row(session, technology_id)
        return listing_of(row, {}) if row else None

    def listings(self, session: Session, *, ids: Sequence[str]) -> list[Listing]:
        """Return those of these listings that are published, in the order of ``ids``."""
        query = select(ListingRow).where(ListingRow.id.in_(ids), _PUBLISHED)
        found = {listing.id: listing for listing in _all(session, query)}
        return [found[key] for key in ids if key in found]

    def technologies_of(self, session: Session, *, ids: Sequence[str]) -> dict[str, str]:
        """Return the technology of each of these listings that is published and has one here."""
        query = select(ListingRow.id, ListingRow.technology_id).where(ListingRow.id.in_(ids), _PUBLISHED)
        return {key: technology for key, technology in session.execute(query) if technology is not None}

    def newest_listings(
        self, session: Session, *, limit: int, offset: int = 0, only_offered: bool = False
    ) -> list[Listing]:
        """Return published listings, the newest first; ``only_offered`` leaves imported records out."""
        query = select(ListingRow).where(_PUBLISHED)
        if only_offered:
            query = query.where(ListingRow.source_key.is_(None))
        return _all(session, _newest(query).limit(limit).offset(offset))

    def listings_of(self, session: Session, *, organisation_id: str) -> list[Listing]:
        """Return an organisation's listings in any state, the newest first."""
        return _all(session, _newest(select(ListingRow).where(ListingRow.organisation_id == organisation_id)))

    def status_lines(self, session: Session, technology_id: str) -> list[StatusLine]:
        """Return the step *listed* for the page of a technology (``technologies.status``)."""
        return [listed_step(technology_id, self.find_by_technology(session, technology_id=technology_id))]

    # ── needs ────────────────────────────────────────────────────────────────────────────────────

    def need(self, session: Session, *, need_id: str) -> Need:
        """Return a need as everybody may see it. Raises NotFound, also for private ones and those withdrawn."""
        row = session.scalar(select(NeedRow).where(NeedRow.id == need_id, _READABLE))
        if row is None:
            raise NotFound("There is no such need.")
        return need_of(row, _sources(session))

    def needs(self, session: Session, *, ids: Sequence[str]) -> list[Need]:
        """Return those of these needs that everybody may see, in the order of ``ids``."""
        sources = _sources(session)
        rows = session.scalars(select(NeedRow).where(NeedRow.id.in_(ids), _READABLE))
        found = {row.id: need_of(row, sources) for row in rows}
        return [found[key] for key in ids if key in found]

    def newest_needs(self, session: Session, *, limit: int, offset: int = 0) -> list[Need]:
        """Return the needs that everybody may see, the newest first."""
        sources = _sources(session)
        query = select(NeedRow).where(_READABLE).order_by(NeedRow.published_at.desc(), NeedRow.id)
        return [need_of(row, sources) for row in session.scalars(query.limit(limit).offset(offset))]

    # ── all of it ────────────────────────────────────────────────────────────────────────────────

    def count(self, session: Session, *, kind: str) -> int:
        """Return how many listings, or how many needs, everybody may see."""
        listings = select(func.count()).select_from(ListingRow).where(_PUBLISHED)
        needs = select(func.count()).select_from(NeedRow).where(_READABLE)
        return session.scalar(listings if kind == LISTINGS else needs) or 0

    def sources(self, session: Session) -> list[SourceCount]:
        """Return the sources of imported records and how many of each are here, by name."""
        listings, needs = _counts(session, ListingRow.source_key), _counts(session, NeedRow.source_key)
        rows = session.scalars(select(SourceRow).order_by(SourceRow.name))
        return [SourceCount(source_of(row), listings.get(row.key, 0), needs.get(row.key, 0)) for row in rows]

    def search_document(self, session: Session, *, kind: str, id: str) -> SearchDocument | None:
        """Return what the index may know, or None when it must know nothing: withdrawn, private, or not there."""
        if kind == LISTINGS:
            row = session.scalar(select(ListingRow).where(ListingRow.id == id, _PUBLISHED))
            return listing_document(listing_of(row, _sources(session))) if row else None
        need = session.scalar(select(NeedRow).where(NeedRow.id == id, _READABLE))
        return need_document(need_of(need, _sources(session))) if need else None

    def all_search_documents(self, session: Session) -> Generator[SearchDocument, None, None]:
        """Yield everything for the index without holding it; reads nothing before it is first advanced.

        Who does not read to the end closes it, or the database keeps a cursor open.
        """
        sources = _sources(session)
        listings = select(ListingRow).where(_PUBLISHED).order_by(ListingRow.id)
        with session.scalars(listings.execution_options(yield_per=AT_ONCE)) as rows:
            for row in rows:
                yield listing_document(listing_of(row, sources))
        needs = select(NeedRow).where(_READABLE).order_by(NeedRow.id)
        with session.scalars(needs.execution_options(yield_per=AT_ONCE)) as found:
            for need in found:
                yield need_document(need_of(need, sources))


def listing_row(session: Session, listing_id: str, *, lock: bool = False) -> ListingRow:
    """Return a listing's row. Raises NotFound."""
    row = session.get(ListingRow, listing_id, with_for_update=lock or None)
    if row is None:
        raise NotFound("There is no such listing.")
    return row


def find_row(session: Session, technology_id: str, *, lock: bool = False) -> ListingRow | None:
    """Return the one row of a technology, if it ever had one; ``lock`` makes others wait to change it."""
    query = select(ListingRow).where(ListingRow.technology_id == technology_id)
    return session.scalar(query.with_for_update() if lock else query)


def _newest(query: Select[ListingRow]) -> Select[ListingRow]:
    return query.order_by(ListingRow.published_at.desc(), ListingRow.id)


def _all(session: Session, query: Select[ListingRow]) -> list[Listing]:
    sources = _sources(session)
    return [listing_of(row, sources) for row in session.scalars(query)]


def _sources(session: Session) -> Mapping[str, Source]:
    """Return all sources by key; there are a handful."""
    return {row.key: source_of(row) for row in session.scalars(select(SourceRow))}


def _counts(session: Session, key: InstrumentedAttribute[str | None]) -> Mapping[Any, int]:
    query = select(key, func.count()).where(key.is_not(None)).group_by(key)
    return dict(session.execute(query).all())
