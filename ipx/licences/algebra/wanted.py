"""Rights that somebody looks for, as a grant that is not made: every act, from a day on, without an end."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_

from ipx.licences.algebra.acts import ALL_ACTS
from ipx.licences.algebra.extent import Box, Extent
from ipx.licences.algebra.fields import Code, field_of
from ipx.licences.algebra.grants import Grant, Portion
from ipx.licences.algebra.spans import days
from ipx.licences.algebra.territory import NOWHERE, WORLDWIDE, area_of
from ipx.licences.terms_v2.grant import Exclusivity

WANTED = "wanted"
"""What such a grant is called in answers."""


def wanted_grant(*, countries: Sequence[str], classes: Sequence[str], exclusive: bool, begins: date) -> Grant:
    """Return what is looked for: in these places (countries of ISO 3166-1, or regions with their members on
    that day; none: worldwide), for these CPC symbols (none: every field), exclusively or not.
    """
    day = begins + timedelta(days=1)
    where = reduce(or_, (area_of(code, begins, day) for code in countries), NOWHERE) if countries else WORLDWIDE
    extent = Extent(
        boxes=(Box(where, (ALL_ACTS, ALL_ACTS)),),
        field=field_of(codes=[Code("cpc", symbol) for symbol in classes]),
        span=days(begins, None),
    )
    how = Exclusivity.EXCLUSIVE if exclusive else Exclusivity.NON_EXCLUSIVE
    return Grant(id=WANTED, portions=(Portion(extent, how),))
