"""Whether a licence can be granted beside those that exist. Pure, and deliberately too careful.

Two licences stand in each other's way when one of them is exclusive or sole and their territories meet. Fields of use
are not compared yet, so different fields count as meeting: it refuses too much rather than too little. The grant
algebra that compares territory, field, time and acts replaces this rule.
"""

from collections.abc import Sequence
from datetime import datetime

from ipx.core.errors import Conflict
from ipx.licences.records import Licence
from ipx.licences.rules import Exclusivity, State
from ipx.licences.terms import Terms

_ALIVE = (State.GRANTING, State.ACTIVE, State.SUSPENDED)


def refuse_conflict(proposed: Terms, existing: Sequence[Licence], *, now: datetime) -> None:
    """Raise Conflict when a licence stands in the way.

    The text tells nothing about that licence: the other side reads it too, and sealed licences are secrets.
    """
    for licence in existing:
        if licence.state in _ALIVE and not licence.is_over(now) and _meet(proposed, licence.terms):
            raise Conflict(
                "Another licence of this technology stands in the way: both cannot be in force for the same territory."
            )


def _meet(one: Terms, other: Terms) -> bool:
    if Exclusivity.NON_EXCLUSIVE == one.exclusivity == other.exclusivity:
        return False
    return not one.territory or not other.territory or bool(set(one.territory) & set(other.territory))
