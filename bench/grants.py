"""How long a proposed grant takes to be compared with those of one technology, and what is left to be told.

Run alone: python -m bench.grants. The grants are read from their terms before the clock starts, as a service has them;
reading them is measured apart.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from ipx.licences.algebra.conflicts import conflicts
from ipx.licences.algebra.files import grant_from, grants_of
from ipx.licences.algebra.remaining import remaining
from ipx.licences.algebra.territory import CODES

AT = date(2027, 1, 1)
COUNTS = (10, 1_000, 10_000)
RUNS = 7
GOAL_MS = 50  # for 10,000 grants


@dataclass(frozen=True)
class GrantTimes:
    """Median milliseconds for so many grants; ``overlaps``: how many of them the proposed one clashes with."""

    grants: int
    checked: float
    remaining: float
    read: float
    overlaps: int


def measure_grants(count: int) -> GrantTimes:
    """Measure one number of grants: of every kind, in some countries or regions, for some classes, for some years."""
    chance = random.Random(count)
    existing: list[Any] = [some_terms(chance, first=2020 + chance.randrange(8)) for _ in range(count)]
    proposed = grant_from(some_terms(chance, first=2027, exclusivity="exclusive"), id="proposed", at=AT)
    begun = time.perf_counter()
    grants = grants_of(existing, at=AT)
    read = (time.perf_counter() - begun) * 1000
    return GrantTimes(
        grants=count,
        checked=_median(lambda: conflicts(proposed, grants)),
        remaining=_median(lambda: remaining(grants, at=AT)),
        read=read,
        overlaps=len(conflicts(proposed, grants).overlaps),
    )


def rows_of_grants() -> list[tuple[str, str, str]]:
    """Return the rows of the table of all measurements."""
    return [
        (
            f"conflict check, {times.grants:,} grants",
            f"goal {GOAL_MS} ms at 10,000" if times.grants == COUNTS[-1] else "",
            _figures(times),
        )
        for times in map(measure_grants, COUNTS)
    ]


def _figures(times: GrantTimes) -> str:
    left = f"what is left: {times.remaining:.0f} ms; reading them from JSON: {times.read:.0f} ms"
    return f"{times.checked:.2f} ms, {times.overlaps:,} clash; {left}"


def some_terms(chance: random.Random, *, first: int, exclusivity: str | None = None) -> dict[str, Any]:
    """Return terms of version 2: three out of four name countries or a region, two out of three name classes."""
    how = exclusivity or chance.choice(("exclusive", "sole", "non-exclusive", "non-exclusive"))
    places = chance.sample(CODES, 3) if chance.random() < 0.5 else [chance.choice(("EU", "EPC", "EFTA", "USMCA"))]
    worldwide = chance.random() < 0.25
    symbol = f"{chance.choice('ABCH')}{chance.randrange(1, 30):02d}{chance.choice('BCM')} {chance.randrange(1, 90)}/00"
    codes = [{"scheme": "cpc", "code": symbol, "include": True}]
    start = date(first, 1 + chance.randrange(12), 1)
    return {
        "format": "ipx/licence-terms/v2",
        "grant": {"kind": "licence", "exclusivity": how, "acts": chance.sample(("make", "use", "sell"), 2)},
        "field_of_use": {"codes": codes if chance.random() < 0.66 else []},
        "territory": {
            "worldwide": worldwide,
            "places": [] if worldwide else [{"code": code, "include": True} for code in places],
        },
        "term": {
            "start": {"event": "date", "date": start.isoformat()},
            "end": {"event": "date", "date": (start + timedelta(days=365 * 8)).isoformat()},
        },
    }


def _median(act: Callable[[], object]) -> float:
    """Return the median milliseconds of several runs."""
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


if __name__ == "__main__":
    for row in rows_of_grants():
        print(*row, sep=" | ")
