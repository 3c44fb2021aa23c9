"""The report on the measures of secrecy: who may have it, and that it tells what is on record."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest
from flask import Flask
from reportlab.platypus import Paragraph, Table

from ipx.accounts.rules import Role
from ipx.audit.service import AuditService
from ipx.factory import create_app
from ipx.history import measures_paper
from ipx.history.service import HistoryService
from ipx.web.pdf_fonts import register_fonts
from ipx.wiring import Exchange
from tests.small_files import pdf, words_in
from tests.web_client import Person

PDF = pdf("The temperature is 412 K.")


@pytest.fixture(scope="module")
def app(exchange: Exchange) -> Flask:
    return create_app(exchange)


@pytest.fixture
def ada(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app)


@pytest.fixture
def document(ada: Person) -> str:
    place = str(ada.post("/technologies/new", title="Cell", problem="Heat", trl="", revision="").location)
    sent = ada.put(f"{place}/documents", PDF, "secret process.pdf", "application/pdf", **{"X-Export-Control": "3E001"})
    return str(sent.json["document"])


def share(ada: Person, ben: Person, document: str, reason: str) -> None:
    until = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - any day soon
    asked = {"email": ben.email, "scope": "person", "reason": reason, "nda": "NDA 7 of 3 Nov", "until": until}
    assert ada.post(f"/documents/{document}/grants/new", **asked).status_code == 302


def read(ben: Person, document: str, purpose: str) -> None:
    said = {"purpose": purpose, "form": "clear", "nationality": "IE", "end_use": "our pilot line"}
    answer = ben.post(f"/documents/{document}/open", **said)
    assert "412 K" in words_in(answer.data)[0]
    answer.close()


def words(exchange: Exchange, person: Person, document: str) -> str:
    """What the paper says, from the very flowables that are drawn."""
    history: Any = exchange.services[HistoryService]
    register_fonts()
    with exchange.database.read() as session:
        found = history._measures.measures(session, actor=person.actor, document_id=document)
    return " ".join(text for part in measures_paper._story(found) for text in texts_of(part))


def texts_of(part: Any) -> Iterator[str]:
    if isinstance(part, Paragraph):
        yield part.getPlainText()
    elif isinstance(part, Table):
        for row in part._cellvalues:  # type: ignore[attr-defined]
            for cell in row:
                yield from (text for one in (cell if isinstance(cell, list) else [cell]) for text in texts_of(one))


def test_report_then_tells_marking_grants_readings_and_ends(
    exchange: Exchange, app: Flask, ada: Person, document: str
) -> None:
    ben = Person(exchange, app)
    share(ada, ben, document, "evaluates <it> & more")
    read(ben, document, "due diligence of 材料")
    before = words(exchange, ada, document)
    for said in (
        "secret process.pdf",
        "3E001",
        "evaluates <it> & more",
        "NDA 7 of 3 Nov",
        "due diligence",
        "delivered",
    ):
        assert said in before, said
    assert "verified whole" in before
    assert "revoked" not in before
    place = ada.get(f"/documents/{document}").text.partition("/revoke")[0].rpartition('"')[2] + "/revoke"
    ada.post(place, page="/account")
    assert "revoked" in words(exchange, ada, document)


def test_report_when_not_reviewed_then_says_that_others_cannot_open_it(
    exchange: Exchange, ada: Person, document: str
) -> None:
    assert measures_paper.WAITS not in words(exchange, ada, document)
    ada.post(f"/documents/{document}/export-control", state="unreviewed")
    assert measures_paper.WAITS in words(exchange, ada, document)


def test_report_when_asked_for_then_is_a_pdf_and_taking_it_away_is_on_record(
    exchange: Exchange, app: Flask, ada: Person, document: str
) -> None:
    lena = Person(exchange, app, roles=[Role.LAB_ADMINISTRATOR], of=ada.actor)
    answer = lena.get(f"/history/documents/{document}/measures.pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Measures of secrecy: secret process.pdf"
    with exchange.database.read() as session:
        audit: Any = exchange.services[AuditService]
        (line,) = [line for line in audit.lines_of(session, [("document", document)]) if "measures" in line.action]
    assert line.actor_id == lena.actor.person_id


def test_report_when_others_ask_then_is_not_there(exchange: Exchange, app: Flask, ada: Person, document: str) -> None:
    place = f"/history/documents/{document}/measures.pdf"
    assert Person(exchange, app).get(place).status_code == 404
    assert Person(exchange, app, roles=[Role.RESEARCHER], of=ada.actor).get(place).status_code == 403
