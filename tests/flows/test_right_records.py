"""The page of a right: its bibliography with INID codes, and its legal events, for its owner alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from ipx.audit.service import THE_EXCHANGE
from ipx.bibliography.legal_events import LegalEvent, checked_event
from ipx.bibliography.records import BibliographicRecord
from ipx.bibliography.service import BibliographyService
from ipx.bibliography.uspto.record import records
from ipx.core.errors import Invalid
from ipx.technologies.rules import RightDraft, RightKind
from ipx.technologies.service import TechnologyService
from tests.pages import Person
from tests.uspto_documents import grant
from tests.world import World

SAMPLES = Path(__file__).resolve().parents[1] / "uspto_samples"
PATENT = RightDraft(
    kind=RightKind.PATENT,
    title="Mid-dialog messages",
    office="US",
    number="8,930,559",
    kind_code="B2",
    granted_on=date(2015, 1, 6),
)
FEE = {"office": "us", "number": "8930559", "kind": "B2", "date": "2018-06-25", "category": "U", "text": "Fourth year"}


def taken_in(world: World, content: bytes) -> None:
    found = [each for each in records(BytesIO(content)) if isinstance(each, BibliographicRecord)]
    world.write(lambda session: world.service(BibliographyService).take_in(session, found, by=THE_EXCHANGE))


def told(world: World, *events: LegalEvent) -> list[bool]:
    log = world.service(BibliographyService).events
    return world.write(lambda session: log.take_in(session, events, by=THE_EXCHANGE))


def right(world: World, owner: Person, draft: RightDraft) -> str:
    """Add a right to a new technology; return the address of its record's page."""
    technologies, technology_id = (
        world.service(TechnologyService),
        world.technology(owner, rights=0, document=False, titles=False),
    )
    added = world.write(
        lambda session: technologies.add_right(session, actor=owner.actor, technology_id=technology_id, right=draft)
    )
    return f"/technologies/{technology_id}/rights/{added.id}/record"


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture(scope="module")
def patent(world: World, owner: Person) -> str:
    # Under numbers of its own: other tests import the samples themselves into the same exchange.
    sample = (SAMPLES / "US08930553.xml").read_bytes()
    taken_in(world, sample.replace(b"08930553", b"08930559").replace(b"13648029", b"13648999"))
    return right(world, owner, PATENT)


def test_the_first_page_with_its_codes_explained(owner: Person, patent: str) -> None:
    page = words(owner.get(patent).text)
    assert "US 8930559 B2" in page
    for line in (
        "(21) Number of the application 13648999",
        "(45) Granted on 2015-01-06",
        "(54) Title Managing mid-dialog session initiation protocol (SIP) messages",
        "(51) International classification IPC G06F 15/16 (2006.01; inventive)",
        "(71) Applicant International Business Machines Corporation (Armonk, NY, US)",
        "(65) Published before as US 20140101323 A1, 2014-04-10",
        "(56) Documents cited 21 entries",
        "Term adjustment (35 USC 154(b)) 129 days",
    ):
        assert line in page
    assert "US 7844851 B2, Cosmadopoulos et al., 2010-11, cited by the applicant" in page
    assert "Rosenberg, J. “Reconsituting Call State" in page.replace("&#34;", '"')


def test_legal_events_stand_in_the_order_of_their_days(world: World, owner: Person, patent: str) -> None:
    assert told(world, checked_event(FEE, source="events.csv")) == [True]
    assert told(world, checked_event({**FEE, "number": "8,930,559"}, source="another.csv")) == [False]
    later = checked_event(
        {**FEE, "date": "2019-03-01", "category": "R", "new_owner": "Halcyon Inc.", "text": ""}, source="events.csv"
    )
    of_another = checked_event({**FEE, "number": "8930560"}, source="events.csv")
    assert told(world, later, later, of_another) == [True, False, True]
    page = words(owner.get(patent).text)
    filed, granted = page.index("9 Oct 2012 Application filed"), page.index("6 Jan 2015 Right granted")
    fee, owner_changed = page.index("25 Jun 2018 Fee paid: Fourth year"), page.index("1 Mar 2019 Change of party data")
    published = page.index("10 Apr 2014 Document published")
    assert filed < published < granted < fee < owner_changed
    assert page.count("Fee paid") == 1
    assert "new owner: Halcyon Inc." in page


def test_an_application_is_found_by_its_number_and_shows_every_document(world: World, owner: Person) -> None:
    taken_in(world, grant("11500001").replace(b"14925737", b"15000777"))
    draft = RightDraft(kind=RightKind.APPLICATION, title="A thing", office="US", number="15/000,777")
    page = words(owner.get(right(world, owner, draft)).text)
    assert "US 11500001 B2" in page
    a_patent_of_these_digits = replace(draft, kind=RightKind.PATENT, number="15,000,777", granted_on=date(2024, 1, 2))
    assert "No record of this number" in owner.get(right(world, owner, a_patent_of_these_digits)).text


def test_what_is_missing_says_so(world: World, owner: Person) -> None:
    unpublished = RightDraft(kind=RightKind.APPLICATION, title="New", office="EP", number="26123456.7")
    page = owner.get(right(world, owner, unpublished)).text
    assert "The office has not published this application yet" in page
    assert "No legal event of this right is known here" in page


def test_others_do_not_see_the_page(world: World, owner: Person, patent: str) -> None:
    assert world.organisation("Stranger").get(patent).status_code == 404
    technology = patent.split("/rights/", maxsplit=1)[0]
    other = right(world, owner, PATENT)
    assert owner.get(technology + "/rights/" + other.split("/rights/")[1]).status_code == 404
    assert patent in owner.get(technology).text
    assert world.app.test_client().get(patent).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"office": "USA"}, "office"),
        ({"number": " -/ "}, "number"),
        ({"kind": "12"}, "kind"),
        ({"date": "25.06.2018"}, "date"),
        ({"date": "2018-02-30"}, "date"),
        ({"category": ""}, "category"),
        ({"category": "X"}, "category"),
        ({"effective_date": "soon"}, "effective_date"),
        ({"text": "x" * 2_001}, "text"),
    ],
)
def test_events_that_cannot_be_are_refused_with_their_field(changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked_event({**FEE, **changes}, source="events.csv")
    assert caught.value.field == field


def test_a_full_code_of_st27_tells_its_category() -> None:
    row = {**FEE, "category": "", "code": "A-3-3-R10-R18-oth-X000"}
    assert checked_event(row, source="kr.csv").category == "R"
