"""The territory of terms as boxes: which countries, and what may be done there."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import reduce
from operator import or_

from ipx.licences.algebra.acts import SELLING_BITS, act_set
from ipx.licences.algebra.extent import Box
from ipx.licences.algebra.territory import NOWHERE, WORLDWIDE, Territory, area_of, is_country
from ipx.licences.rules import Act
from ipx.licences.terms_v2.grant import Place, PlaceUse
from ipx.licences.terms_v2.grant import Territory as Wording


def boxes_of(wording: Wording, acts: Iterable[Act], *, start: date, end: date | None) -> tuple[Box, ...]:
    """Return what may be done where, for a grant from ``start`` to ``end`` (the day after its last; None: no end).

    Where places are for making or selling alone, there are two boxes.
    """
    if wording.regions_as_of is not None:
        start, end = wording.regions_as_of, wording.regions_as_of + timedelta(days=1)
    sure, possible = act_set(acts)
    making, selling = (_area(wording, use, start, end) for use in (PlaceUse.MAKE, PlaceUse.SELL))
    if making == selling:
        return (Box(making, (sure, possible)),)
    split = (
        Box(making, (sure & ~SELLING_BITS, possible & ~SELLING_BITS)),
        Box(selling, (sure & SELLING_BITS, possible & SELLING_BITS)),
    )
    return tuple(box for box in split if box.territory.possible and box.acts[1])


def _area(wording: Wording, use: PlaceUse, start: date, end: date | None) -> Territory:
    """A country's own entry goes before its regions, and they go before worldwide; what is cut out stays out."""

    def together(wanted: Callable[[Place], bool]) -> Territory:
        areas = (area_of(place.code, start, end) for place in wording.places if wanted(place))
        return reduce(or_, areas, NOWHERE)

    def serves(place: Place) -> bool:
        return place.include and place.only in (None, use)

    named = together(lambda place: place.include and is_country(place.code))
    regions = together(lambda place: place.include and not is_country(place.code))
    own = together(lambda place: serves(place) and is_country(place.code))
    of_regions = together(lambda place: serves(place) and not is_country(place.code)).without(named)
    rest = WORLDWIDE.without(named | regions) if wording.worldwide else NOWHERE
    return (own | of_regions | rest).without(together(lambda place: not place.include))
