"""What existing licences leave to be licensed. Pure, and as careful as the conflict rule of licences.

Only exclusive and sole licences take something away, so only they show; who holds them, never.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ipx.licences.records import Licence
from ipx.licences.rules import Exclusivity, State

_ALIVE = (State.GRANTING, State.ACTIVE, State.SUSPENDED)


@dataclass(frozen=True)
class Taken:
    """Where nobody else can be licensed any more: everywhere, or in some countries (ISO 3166 codes)."""

    everywhere: bool
    countries: frozenset[str]

    def leaves(self, territory: Sequence[str]) -> bool:
        """Tell whether anything of a territory is left; () is the whole world."""
        if self.everywhere:
            return False
        return not territory or not set(territory) <= self.countries


def taken_from(licences: Sequence[Licence]) -> Taken:
    """Return what the licences that are alive take away."""
    excluding = [
        licence.terms
        for licence in licences
        if licence.state in _ALIVE and licence.terms.exclusivity is not Exclusivity.NON_EXCLUSIVE
    ]
    return Taken(
        everywhere=any(not terms.territory for terms in excluding),
        countries=frozenset(code for terms in excluding for code in terms.territory),
    )
