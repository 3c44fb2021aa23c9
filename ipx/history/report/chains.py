"""What a report says of chains of title: gaps that need names, and joint owners who have to be asked. Pure.

It is our own record as of the report's day, by all that is entered today; the words say so. Inventors have no day.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from ipx.titles.consents import Requirement
from ipx.titles.holdings import Gap
from ipx.titles.records import ChainOfTitle


def chain_exceptions(chains: Sequence[ChainOfTitle], *, day: date) -> Iterator[str]:
    """Yield an exception for each gap, of the rights about whose origin anything is stated."""
    for chain in chains:
        if not (chain.inventors or chain.chain.steps):
            continue
        name = f"{chain.right.particulars.title}: chain of title on {day.isoformat()}, by what is entered today"
        yield from (f"{name}, {_gap(gap)}." for gap in chain.chain.gaps)
        yield from (f"{name}, {_needed(each)}." for each in chain.requirements.values() if each.is_open)


def _gap(gap: Gap) -> str:
    about = ", ".join(part for part in (gap.party, gap.other, gap.day.isoformat() if gap.day else "") if part)
    return str(gap.code).replace("_", " ") + (f": {about}" if about else "")


def _needed(needed: Requirement) -> str:
    act, asked = str(needed.act).replace("-", " "), ", ".join(needed.missing)
    return f"to {act}, {asked} must be asked ({needed.source or 'no rule is known'})"
