"""Applicants, inventors, owners, agents and examiners, named as they were filed."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ipx.bibliography.records import Party
from ipx.bibliography.uspto.reading import sequence_of, text_at, text_of

APPLICANT, INVENTOR, OWNER, AGENT, APPLICANT_AND_INVENTOR = "71", "72", "73", "74", "75"
_GIVEN, _FAMILY = ("first-name", "middle-name"), ("prefix", "last-name", "suffix")


@dataclass(frozen=True)
class Parties:
    """Who is named on the first page. An applicant who is the inventor stands in both lists, as INID 75."""

    applicants: tuple[Party, ...]
    inventors: tuple[Party, ...]
    owners: tuple[Party, ...]
    agents: tuple[Party, ...]
    examiners: tuple[str, ...]
    designated_states: tuple[str, ...]


def parties_of(page: Element) -> Parties:
    """Return the parties of a document of any version."""
    applicants = [party for each in _applicants(page) for party in _parties(each, _inid_of_applicant(each))]
    inventors = [party for each in _inventors(page) for party in _parties(each, INVENTOR)]
    both = [party for party in applicants if party.inid == APPLICANT_AND_INVENTOR]
    return Parties(
        applicants=tuple(applicants),
        inventors=(*both, *inventors),
        owners=tuple(party for each in page.findall("assignees/assignee") for party in _parties(each, OWNER)),
        agents=tuple(party for each in _agents(page) for party in _parties(each, AGENT)),
        examiners=tuple(name for each in page.findall("examiners/*") if (name := _person_name(each))),
        designated_states=_designated_states(page),
    )


def normalised(name: str) -> str:
    """Return a name for comparing: Latin letters without marks, upper case, no punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in plain.upper()).split())


def _applicants(page: Element) -> Iterator[Element]:
    yield from page.findall("us-parties/us-applicants/us-applicant")
    yield from page.findall("parties/applicants/applicant")


def _inventors(page: Element) -> Iterator[Element]:
    for name in ("us-parties", "parties"):
        yield from page.findall(f"{name}/inventors/inventor")
        yield from page.findall(f"{name}/inventors/deceased-inventor")
    yield from page.findall("us-deceased-inventor")


def _agents(page: Element) -> Iterator[Element]:
    yield from page.findall("us-parties/agents/agent")
    yield from page.findall("parties/agents/agent")


def _inid_of_applicant(element: Element) -> str:
    return APPLICANT_AND_INVENTOR if element.get("app-type") == "applicant-inventor" else APPLICANT


def _parties(element: Element, inid: str) -> Iterator[Party]:
    """Yield a party for each address book, or for the element itself where names stand in it directly."""
    for book in element.findall("addressbook") or [element]:
        name = _name(book)
        if name is not None:
            yield _party(element, book, inid, name)


def _party(element: Element, book: Element, inid: str, name: str) -> Party:
    return Party(
        inid=inid,
        sequence=sequence_of(element),
        name=name,
        normalised=normalised(name),
        first_name=_joined(book, _GIVEN),
        last_name=_joined(book, _FAMILY),
        organisation=text_at(book, "orgname"),
        city=text_at(book, "address/city"),
        state=text_at(book, "address/state"),
        country=text_at(book, "address/country"),
        residence=text_at(element, "residence/country"),
        nationality=text_at(element, "nationality/country"),
        role=text_at(book, "role") or text_at(element, "role"),
        deceased="deceased" in element.tag,
    )


def _name(book: Element) -> str | None:
    """Return organisation or person; a person who stands with his firm keeps his own name."""
    return _person_name(book) or text_at(book, "orgname") or text_at(book, "name") or text_at(book, "text")


def _person_name(book: Element) -> str | None:
    return _joined(book, (*_FAMILY[:1], *_GIVEN, *_FAMILY[1:]))


def _joined(book: Element, names: tuple[str, ...]) -> str | None:
    return " ".join(part for name in names if (part := text_at(book, name))) or None


def _designated_states(page: Element) -> tuple[str, ...]:
    found = [text_of(each) for states in page.iter("designated-states") for each in states.iter("country")]
    return tuple(dict.fromkeys(state for state in found if state))
