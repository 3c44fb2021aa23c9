"""A score out of 100 and its split into parts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ipx.matches.rules import WEIGHTS, PartName

FULL = 100


@dataclass(frozen=True)
class Part:
    """One part of a score: ``points`` of ``most``; both 0 where one side does not state what it takes."""

    name: PartName
    points: int
    most: int

    @property
    def is_stated(self) -> bool:
        """Tell whether the part counts."""
        return self.most > 0


@dataclass(frozen=True)
class Split:
    """A score and the parts that add up to it, in the order of ``PartName``."""

    score: int
    parts: Sequence[Part]


def split(values: Mapping[PartName, float | None]) -> Split:
    """Return the score of how well each part fits, from 0 (not at all) to 1; None: not stated, so it counts nothing.

    What the stated parts can reach at most makes 100. Raises ValueError for a value outside 0 to 1.
    """
    if any(value is not None and not 0 <= value <= 1 for value in values.values()):
        raise ValueError("each part fits from 0 to 1")
    most = _stretched([name for name in PartName if values.get(name) is not None])
    parts = [Part(name, round((values.get(name) or 0) * most.get(name, 0)), most.get(name, 0)) for name in PartName]
    return Split(sum(part.points for part in parts), parts)


def _stretched(stated: Sequence[PartName]) -> Mapping[PartName, int]:
    """Return whole numbers in the proportion of the weights that make 100 (largest remainders get what is left)."""
    total = sum(WEIGHTS[name] for name in stated)
    exact = {name: Fraction(FULL * WEIGHTS[name], total) for name in stated}
    most = {name: int(share) for name, share in exact.items()}
    left = FULL - sum(most.values()) if stated else 0
    by_remainder = sorted(stated, key=lambda name: (most[name] - exact[name], list(PartName).index(name)))
    for name in by_remainder[:left]:
        most[name] += 1
    return most
