"""Listings and needs between their tables and the frozen forms that the room hands out. Decides nothing."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from ipx.catalogue.models import ListingRow, NeedRow, SourceRow
from ipx.catalogue.need_rules import Visibility
from ipx.catalogue.records import Listing, Measure, Need, PublicRight, Source
from ipx.catalogue.rules import Novelty, State
from ipx.licences.terms_v2.versions import read_any

Sources = Mapping[str, Source]

# Columns that are the record's fields as they are.
_LISTING_FIELDS = tuple(
    field.name
    for field in fields(Listing)
    if field.name not in ("state", "classes", "rights", "terms", "novelty", "source", "measure")
)
_NEED_LISTS = ("keywords", "classes", "territory")
_NEED_FIELDS = tuple(
    field.name for field in fields(Need) if field.name not in (*_NEED_LISTS, "source", "visibility", "state")
)


def source_of(row: SourceRow) -> Source:
    """Return a source."""
    return Source(key=row.key, name=row.name, url=row.url, licence=row.licence, statement=row.statement)


def listing_of(row: ListingRow, sources: Sources) -> Listing:
    """Return a listing; ``sources`` holds at least the one it names."""
    return Listing(
        **{name: getattr(row, name) for name in _LISTING_FIELDS},
        state=State(row.state),
        classes=tuple(row.classes),
        rights=tuple(_right_of(right) for right in row.rights),
        terms=read_any(row.terms) if row.terms else None,
        novelty=Novelty(row.novelty) if row.novelty else None,
        source=sources[row.source_key] if row.source_key else None,
        measure=Measure(**row.measure) if row.measure else None,
    )


def listing_values(listing: Listing) -> dict[str, Any]:
    """Return the columns of a listing."""
    return {
        **{name: getattr(listing, name) for name in _LISTING_FIELDS},
        "state": str(listing.state),
        "classes": list(listing.classes),
        "rights": [_right_values(right) for right in listing.rights],
        "terms": dict(listing.terms.to_json()) if listing.terms else None,
        "novelty": str(listing.novelty) if listing.novelty else None,
        "source_key": listing.source.key if listing.source else None,
        "measure": dict(listing.measure.__dict__) if listing.measure else None,
    }


def need_of(row: NeedRow, sources: Sources) -> Need:
    """Return a need as others see it: of an anonymous one not whose it is. ``sources`` holds at least its own."""
    need = _whole_need(row, sources[row.source_key] if row.source_key else None)
    return replace(need, organisation_id=None, owner_name="") if need.visibility is Visibility.ANONYMOUS else need


def own_need_of(row: NeedRow) -> Need:
    """Return a need as its own organisation sees it."""
    return _whole_need(row, None)


def need_values(need: Need) -> dict[str, Any]:
    """Return the columns of a need."""
    return {
        **{name: getattr(need, name) for name in _NEED_FIELDS},
        **{name: list(getattr(need, name)) for name in _NEED_LISTS},
        "visibility": str(need.visibility),
        "state": str(need.state),
        "source_key": need.source.key if need.source else None,
    }


def _whole_need(row: NeedRow, source: Source | None) -> Need:
    return Need(
        **{name: getattr(row, name) for name in _NEED_FIELDS},
        keywords=tuple(row.keywords),
        classes=tuple(row.classes),
        territory=tuple(row.territory),
        visibility=Visibility(row.visibility),
        state=State(row.state),
        source=source,
    )


def _right_values(right: PublicRight) -> dict[str, Any]:
    matched_on = right.matched_on.isoformat() if right.matched_on else None
    return {**right.__dict__, "matched_on": matched_on}


def _right_of(values: Mapping[str, Any]) -> PublicRight:
    matched_on = date.fromisoformat(values["matched_on"]) if values["matched_on"] else None
    return PublicRight(**{**values, "matched_on": matched_on})
