"""Conveyances for tests: written shortly, and at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from ipx.titles.entries import Conveyance, Giver
from ipx.titles.rules import ConveyanceKind

ADA, BOB, UNI, CORP = "Ada Lovelace", "Bob Noyce", "University of Exampleton", "Halcyon Materials Inc."
KINDS = [kind for kind in ConveyanceKind if kind is not ConveyanceKind.ACCOUNT_CHANGE]


def conveys(
    givers: str | list[str],
    receiver: str,
    on: str | None = "2020-01-10",
    kind: ConveyanceKind = ConveyanceKind.ASSIGNMENT,
    **changes: object,
) -> Conveyance:
    day = date.fromisoformat(on) if on else None
    names = [givers] if isinstance(givers, str) else givers
    made = Conveyance(kind=kind, givers=tuple(Giver(name, day) for name in names), receiver=receiver)
    return replace(made, **changes)  # type: ignore[arg-type]


PARTIES = [ADA, BOB, "Cid Campeador", UNI, CORP, "Delta GmbH"]
shares = st.one_of(st.none(), st.fractions(min_value=Fraction(1, 12), max_value=1, max_denominator=12))


@st.composite
def conveyances(draw: st.DrawFn) -> Conveyance:
    givers = draw(st.lists(st.sampled_from(PARTIES), min_size=1, max_size=3, unique=True))
    receiver = draw(st.sampled_from([name for name in PARTIES if name not in givers]))
    day = draw(st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2026, 1, 1))))
    recorded = draw(st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2026, 1, 1))))
    return Conveyance(
        kind=draw(st.sampled_from(KINDS)),
        givers=tuple(Giver(name, day) for name in givers),
        receiver=receiver,
        share=draw(shares),
        recorded_on=recorded,
        words=draw(st.sampled_from(["", "agrees to assign", "hereby assigns"])),
    )
