"""What is reserved by options that other rooms know of, such as those of awards, as grants. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from ipx.licences.algebra.grants import Grant
from ipx.licences.algebra.reading import grant_of
from ipx.licences.records import Reservation
from ipx.licences.terms_v2.grant import GrantKind

Reservations = Callable[[Session, Sequence[str]], Sequence[Reservation]]
"""Returns what is reserved now of technologies, given by their ids."""


def grant_reserved(reserved: Reservation) -> Grant:
    """Return a reservation as an option, for a licence that begins when it may be called for: now, or on its last day.

    An option counts as what it is an option for (docs/spec/grant-algebra.md).
    """
    first, last = (
        grant_of(reserved.terms, id=reserved.id, at=day, begins=day)
        for day in (reserved.begins.date(), reserved.ends.date())
    )
    return replace(first, portions=(*first.portions, *last.portions), kind=GrantKind.OPTION, holder=reserved.holder)
