"""Deadlines through HTTP, and the report for iEdison."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.audit.models import AuditRow
from ipx.factory import create_app
from ipx.wiring import Exchange
from tests.invention_pages import SECRET, begin, invention_id, inventors, submitted, write
from tests.pages import words_of
from tests.web_client import Person


@pytest.fixture(scope="module")
def app(exchange: Exchange) -> Flask:
    return create_app(exchange)


@pytest.fixture
def ada(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app, roles=(Role.RESEARCHER,))


@pytest.fixture
def luis(exchange: Exchange, app: Flask, ada: Person) -> Person:
    return Person(exchange, app, roles=(Role.LICENSING_MANAGER,), of=ada.actor)


def funded(person: Person) -> str:
    place = begin(person)
    write(person, place, "inventors", **inventors({"name": "Ada van der Berg"}, {"name": "Eva Horn"}))
    funding = {"entries-0-funder": "NSF", "entries-0-grant_number": "DMR-26-1", "entries-0-us_federal": "yes"}
    assert write(person, place, "funding", **funding).status_code == 302
    talk = {"entries-0-what": "Talk in Bergen", "entries-0-on": "2026-01-31", "entries-0-confidential": "no"}
    assert write(person, place, "publications", **talk).status_code == 302
    assert person.post(f"{place}/submit", page=place).status_code == 302
    return place


def test_deadlines_when_a_disclosure_sets_some_then_officers_see_them_with_source_and_researchers_do_not(
    ada: Person, luis: Person
) -> None:
    place = funded(ada)
    page = luis.get("/deadlines").text
    words = words_of(page)
    assert "31 Jan 2027 · United States: year of grace" in words.replace(" days left", "").replace("  ", " ")
    assert "2 Dec 2026" in words  # sixty days before
    assert "Bayh-Dole: elect title" in words
    assert "37 CFR 401.14(c)(2)" in words
    assert f'href="{place}"' in page
    assert ada.get("/deadlines").status_code == 403


def test_deadlines_of_rights_when_stated_then_lead_to_the_right(luis: Person) -> None:
    place = str(luis.post("/technologies/new", title="A glaze", problem="Cracks", trl="", revision="").location)
    right = {
        "kind": "application",
        "title": "Glaze application",
        "office": "EP",
        "number": "EP99123456",
        "filed_on": "2026-05-31",
    }
    assert luis.post(f"{place}/rights/new", **right).status_code == 302
    page = words_of(luis.get("/deadlines").text)
    assert "31 May 2027 · File abroad with priority" in page
    assert "31 May 2028 · Europe: next renewal fee" in page
    assert "31 May 2046 · The patent ends at the latest" in page


def test_iedison_when_federally_funded_then_the_report_has_its_shape_and_leaves_a_line(
    ada: Person, luis: Person, exchange: Exchange
) -> None:
    place = funded(ada)
    report = luis.get(f"{place}/iedison.json").json
    assert report["inventionTitle"] == SECRET
    assert report["firstPublicationDate"] == "01/31/2026"
    assert [(one["firstName"], one["lastName"]) for one in report["inventors"]] == [
        ("Ada van der", "Berg"),
        ("Eva", "Horn"),
    ]
    assert [(one["agency"], one["grantNumber"]) for one in report["fundingAgreements"]] == [("NSF", "DMR-26-1")]
    assert ada.get(f"{place}/iedison.json").status_code == 403
    assert luis.get(f"{submitted(ada)}/iedison.json").status_code == 409
    with exchange.database.read() as session:
        query = select(AuditRow).where(AuditRow.subject_id == invention_id(place))
        assert "invention:iedison:exported" in [line.action for line in session.scalars(query)]
