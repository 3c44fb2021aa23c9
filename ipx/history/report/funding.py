"""Encumbrances by law in a report: what follows from the money that the disclosures of a technology state.

It must never call one of them proven: a disclosure is the inventors' own word.
"""

from collections.abc import Iterator, Sequence

from ipx.history.report.records import Line, Period, Section
from ipx.inventions.funding import StatedFunding
from ipx.inventions.government_rights import Doubt, Encumbrance
from ipx.technologies.records import PublicTechnology

_DOUBTS = {
    Doubt.FUNDING_NOT_KNOWN: "the invention disclosure says that its funding is not known yet, so rights of a "
    "government or a sponsor are not known either.",
    Doubt.FEDERAL_NOT_KNOWN: "whether money of {funder} is of the US federal government is not stated, so rights by "
    "35 USC 202 to 204 are not known.",
}


def by_law(
    stated: Sequence[StatedFunding], technology: PublicTechnology, period: Period
) -> tuple[list[Line], list[str]]:
    """Return the encumbrances that funding brings, as stated by the date in question, and what nobody has answered."""
    lines = [line for one in stated for line in _lines(one, technology, period)]
    doubts = [
        f"{technology.title}: {_DOUBTS[doubt].format(funder=funder)}" for one in stated for doubt, funder in one.doubts
    ]
    return lines, doubts


def _lines(stated: StatedFunding, technology: PublicTechnology, period: Period) -> Iterator[Line]:
    day = stated.stated_at.date().isoformat()
    for found in stated.encumbrances:
        words = f"{found.words}{_source(found)}; as the invention disclosure of {day} states its funding"
        yield Line(Section.ENCUMBRANCE, technology.id, _funder(found), words, since=stated.stated_at)
    if stated.encumbrances and period.holds(stated.stated_at):
        yield Line(Section.CHANGE, technology.id, technology.title, "funding stated", since=stated.stated_at)


def _source(found: Encumbrance) -> str:
    return f" ({found.source})" if found.source else ""


def _funder(found: Encumbrance) -> str:
    return f"{found.funder}, {found.grant_number}" if found.grant_number else found.funder
