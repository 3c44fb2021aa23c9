"""What the index may know of a listing or a need: words and facets, from the public picture alone. Pure."""

from datetime import UTC, date, datetime

from ipx.catalogue.need_rules import Visibility
from ipx.catalogue.price_bands import price_band
from ipx.catalogue.records import Listing, Need
from ipx.core.ports import LISTINGS, NEEDS, SearchDocument
from ipx.core.search_tree import cpc_levels
from ipx.core.search_words import CPC
from ipx.licences.algebra.reading import countries_of
from ipx.licences.algebra.territory import codes_of
from ipx.licences.dues import fee_at_the_start
from ipx.licences.terms_v2.terms import LicenceTerms

OURS = "exchange"
"""Value of the facet ``source`` for what was published here."""
WORLD = "worldwide"
"""Value of the facet ``territory`` for terms without a list of countries."""
NEVER = 2**40
"""Stands for the closing day of a need that states none, in seconds; so it counts as open."""
LONGEST_FACET = 200

# TRL 1-3 is research, 4-6 development and trial, 7-9 demonstration and use (EU and ISO 16290 group them so).
BANDS = {"1-3": range(1, 4), "4-6": range(4, 7), "7-9": range(7, 10)}
_REGISTERED = frozenset(("patent", "application", "utility-model", "design"))
# The words of our own rights and of the sources that we import, brought to one; an unknown word has no facet.
_STATUS = {
    "granted": "granted",
    "Issued": "granted",
    "published": "pending",
    "unpublished": "pending",
    "Application": "pending",
}


def listing_document(listing: Listing) -> SearchDocument:
    """Return a listing for the index. Only its public picture is read, so nothing secret can get there."""
    numbers = {"published": _seconds(listing.published_at)}
    if listing.trl is not None:
        numbers["trl"] = listing.trl
    if listing.terms is not None:
        fee = fee_at_the_start(listing.terms)
        numbers["upfront"] = fee.amount if fee else 0
    return SearchDocument(
        id=listing.id,
        kind=LISTINGS,
        version=listing.version,
        title=listing.title,
        summary="" if listing.source else listing.summary,
        text=_listing_text(listing),
        facets={name: [value[:LONGEST_FACET] for value in values] for name, values in _facets(listing).items()},
        numbers=numbers,
    )


def need_document(need: Need) -> SearchDocument:
    """Return a need for the index: of an anonymous one without whose it is, of a private one never."""
    if need.visibility is Visibility.PRIVATE:
        raise ValueError("a private need has no place in the index")
    named = need.visibility is Visibility.PUBLIC
    return SearchDocument(
        id=need.id,
        kind=NEEDS,
        version=need.version,
        title=need.title,
        summary="",
        text="\n".join(
            [
                need.text,
                *([need.constraints] if need.constraints else []),
                ", ".join(need.keywords),
                need.programme or "",
                need.record_number or "",
            ]
        ),
        facets={
            "organisation": [need.owner_name[:LONGEST_FACET]] if named else [],
            "source": [need.source.key if need.source else OURS],
            "programme": [need.programme[:LONGEST_FACET]] if need.programme else [],
        },
        numbers={
            "published": _seconds(need.published_at),
            "closes": day_seconds(need.closes) if need.closes else NEVER,
        },
    )


def day_seconds(day: date) -> int:
    """Return the first second of a day (UTC) since 1970."""
    return _seconds(datetime(day.year, day.month, day.day, tzinfo=UTC))


def status_of(listing: Listing) -> str | None:
    """Return granted, pending or unregistered; None where the source says nothing of it."""
    found = {_STATUS.get(right.status or "") for right in listing.rights if right.kind in _REGISTERED}
    for status in ("granted", "pending"):
        if status in found:
            return status
    return "unregistered" if listing.rights and not found else None


def _listing_text(listing: Listing) -> str:
    measure = listing.measure
    parts = [
        listing.summary if listing.source else "",
        listing.problem,
        listing.advantage,
        f"{measure.number} {measure.unit} {measure.compared_with}" if measure else None,
        *(right.title for right in listing.rights if right.title != listing.title),
        *(right.number for right in listing.rights),
        listing.terms.field_of_use.text if listing.terms else None,
        " ".join(listing.classes),
        listing.record_number,
        listing.owner_name,
    ]
    return "\n".join(dict.fromkeys(part for part in parts if part))


def _facets(listing: Listing) -> dict[str, list[str]]:
    terms, status = listing.terms, status_of(listing)
    return {
        "organisation": [listing.owner_name],
        "source": [listing.source.key if listing.source else OURS],
        "status": [status] if status else [],
        "readiness": [name for name, band in BANDS.items() if listing.trl in band],
        "stage": [listing.stage] if listing.stage else [],
        "classes": sorted({part for symbol in listing.classes for part in (symbol[:1], symbol[:3])}),
        CPC: sorted({level for symbol in listing.classes for level in cpc_levels(symbol)}),
        "rights": sorted({right.kind for right in listing.rights}),
        "exclusivity": [str(terms.grant.exclusivity)] if terms else [],
        "price": [price_band(fee_at_the_start(terms))] if terms else [],
        "year": _year(listing),
        "territory": _territory(terms, listing.published_at.date()) if terms else [],
    }


def _year(listing: Listing) -> list[str]:
    """Return the year that a record states, or in which it was published here; a source that states none has none."""
    if listing.record_year is not None:
        return [str(listing.record_year)]
    return [] if listing.source else [str(listing.published_at.year)]


def _territory(terms: LicenceTerms, at: date) -> list[str]:
    """Return the countries of the territory, those of its regions too; the whole world is one word."""
    if terms.territory.worldwide:
        return [WORLD]
    return list(codes_of(countries_of(terms, at=at)))


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
