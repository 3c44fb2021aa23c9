"""Encumbrances that the money behind an invention brings: by US statute, and by a funder's own terms. Pure.

It says what an inventor stated and which rights follow from that; whether the statute applies to a funding agreement
is for a lawyer. It must never say that there are none because nobody has answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ipx.inventions.drafts import Answer, Content, Entry

_LICENCE = (
    "licence of the US government by law: non-exclusive, not transferable, irrevocable, paid up, to practise the "
    "invention, or have it practised for the United States, throughout the world"
)
_MARCH_IN = (
    "march-in right of the funding agency by law: it may ask for a licence to somebody responsible, or grant one, "
    "where the invention is not brought into use or needs of health, safety or public use are not met"
)
_MANUFACTURE = (
    "US manufacture by law: an exclusive right to use or sell in the United States only where products are made "
    "substantially there, unless the agency waives it"
)
BY_STATUTE = (
    (_LICENCE, "35 USC 202(c)(4); 37 CFR 401.14(b)"),
    (_MARCH_IN, "35 USC 203; 37 CFR 401.14(j)"),
    (_MANUFACTURE, "35 USC 204; 37 CFR 401.14(i)"),
)
"""What Bayh-Dole attaches to a subject invention, each with its source."""
BY_AGREEMENT = {
    "government-licence": "licence of the government by the terms of the funding",
    "local-manufacture": "duty to manufacture locally by the terms of the funding",
    "sponsor-option": "option of the sponsor by the terms of the funding",
}


class Doubt(StrEnum):
    """What is not known about the money behind an invention."""

    FUNDING_NOT_KNOWN = "funding-not-known"
    FEDERAL_NOT_KNOWN = "federal-not-known"


@dataclass(frozen=True)
class Encumbrance:
    """A right of somebody else. ``source``: the statute, empty where the funder's own terms say it."""

    funder: str
    grant_number: str
    words: str
    source: str = ""


def encumbrances_of(content: Content) -> list[Encumbrance]:
    """Return the rights of others that a disclosure's funding brings, in the order in which it names the funders."""
    return [found for entry in content.entries("funding") for found in _of_funding(entry)]


def doubts_of(content: Content) -> list[tuple[Doubt, str]]:
    """Return what nobody has answered yet, with the funder that it is about; empty for the whole section."""
    if content.sections["funding"].answer is Answer.UNKNOWN:
        return [(Doubt.FUNDING_NOT_KNOWN, "")]
    return [
        (Doubt.FEDERAL_NOT_KNOWN, str(entry["funder"]))
        for entry in content.entries("funding")
        if entry["us_federal"] not in ("yes", "no")
    ]


def _of_funding(entry: Entry) -> Iterator[Encumbrance]:
    funder, number = str(entry["funder"]), str(entry["grant_number"])
    is_federal = entry["us_federal"] == "yes"
    if is_federal:
        for words, source in BY_STATUTE:
            yield Encumbrance(funder, number, words, source)
    for name, words in BY_AGREEMENT.items():
        stated = name in entry["obligations"]
        if stated and not (is_federal and name == "government-licence"):
            yield Encumbrance(funder, number, words)
