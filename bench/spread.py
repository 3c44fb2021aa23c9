"""How long answers took, as shares of them: a mean hides those who wait."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import TypeVar

Asked = TypeVar("Asked")


@dataclass(frozen=True)
class Spread:
    """Milliseconds within which 50, 95 and 99 of 100 answers came."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """Return the spread of two or more answers."""
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(*(1000 * cuts[share - 1] for share in (50, 95, 99)))

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p95:.1f} / {self.p99:.1f} ms"


def timed(act: Callable[[Asked], object], asked: Asked, *, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds of ``clock`` that ``act`` takes."""
    began = clock()
    act(asked)
    return clock() - began
