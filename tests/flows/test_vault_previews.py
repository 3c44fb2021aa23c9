"""Pages as pictures: only for who may read, each with a receipt, and nothing of the file itself."""

from __future__ import annotations

import hashlib
import io
import re
import uuid
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from ipx.accounts.rules import Role
from ipx.factory import create_app
from ipx.vault.inspections import Inspections
from ipx.vault.models import InspectionRow
from ipx.vault.rules import SourceKind
from ipx.vault.service import VaultService
from ipx.wiring import Exchange
from tests.small_files import pdf, png
from tests.web_client import Person

PDF = pdf("The temperature is 412 K.", pages=3)


@pytest.fixture(scope="module")
def app(exchange: Exchange) -> Flask:
    return create_app(exchange)


@pytest.fixture
def ada(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app)


@pytest.fixture
def place(ada: Person) -> str:
    return str(ada.post("/technologies/new", title="Cell", problem="Heat", trl="", revision="").location)


@pytest.fixture
def document(ada: Person, place: str) -> str:
    return str(ada.put(f"{place}/documents", PDF, "a.pdf", "application/pdf").json["document"])


def ask(person: Person, document: str, **said: Any) -> Any:
    return person.post(f"/documents/{document}/pages", **{"purpose": "to see it", "number": "2", **said})


def address(answer: Any) -> str:
    found = re.search(r'<img class="document-image" src="([^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def receipts(exchange: Exchange, document: str) -> list[Any]:
    vault = exchange.services[VaultService]
    assert isinstance(vault, VaultService)
    with exchange.database.read() as session:
        return vault.receipts_of(session, document_ids=[document])


def give(exchange: Exchange, of: Person, document: str, to: Person) -> str:
    vault, source = exchange.services[VaultService], uuid.uuid4().hex
    assert isinstance(vault, VaultService)
    given = {"organisation_id": to.actor.organisation_id, "source_kind": SourceKind.NDA, "source_id": source}
    with exchange.database.write() as session:
        vault.grant(session, by=of.actor.by, document_id=document, **given)  # type: ignore[arg-type]
    return source


def test_a_page_is_a_locked_down_picture_with_a_receipt(exchange: Exchange, ada: Person, document: str) -> None:
    assert f"/documents/{document}/pages" in ada.get(f"/documents/{document}").text
    answer = ask(ada, document)
    assert answer.status_code == 200
    assert "Page 2 of 3" in answer.text
    assert receipts(exchange, document) == []
    shown = ada.get(address(answer))
    picture = Image.open(io.BytesIO(shown.data))
    assert (picture.format, max(picture.size)) == ("JPEG", 1600)
    headers = shown.headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Disposition"] == "inline; filename=page-2.jpg"
    shown.close()
    (left,) = receipts(exchange, document)
    assert left.purpose == "to see it (page 2 as a picture)"
    assert left.outcome == "complete"
    assert left.delivered_sha256 == hashlib.sha256(shown.data).hexdigest()


def test_each_picture_is_another_reading_with_other_marks(exchange: Exchange, ada: Person, document: str) -> None:
    where = address(ask(ada, document))
    first, second = ada.get(where), ada.get(where)
    assert first.data != second.data
    assert len(receipts(exchange, document)) == 2


def test_the_address_says_nothing_and_is_of_use_to_nobody_else(
    exchange: Exchange, app: Flask, ada: Person, document: str
) -> None:
    where = address(ask(ada, document, purpose="a very private reason"))
    assert "private" not in where
    ben = Person(exchange, app)
    assert ben.get(where).status_code == 404
    colleague = Person(exchange, app, roles=[Role.RESEARCHER], of=ada.actor)
    assert colleague.get(where).status_code == 404
    assert app.test_client().get(where).status_code == 302
    assert ada.get(where[:-9] + "AAAAAAAA=").status_code == 404
    assert receipts(exchange, document) == []


@pytest.mark.parametrize(
    "said", [{"number": "0"}, {"number": "4"}, {"number": "x"}, {"number": ""}, {"purpose": " "}, {"purpose": ""}]
)
def test_wrong_answers_are_named_and_show_nothing(exchange: Exchange, ada: Person, document: str, said: Any) -> None:
    answer = ada.post(f"/documents/{document}/pages", **{"purpose": "to see it", "number": "1", **said})
    assert answer.status_code == 422
    assert "<img class" not in answer.text
    assert f'id="{next(iter(said))}-error"' in answer.text


def test_revoked_between_page_and_picture_then_there_is_no_picture(
    exchange: Exchange, app: Flask, ada: Person, document: str
) -> None:
    ben = Person(exchange, app)
    assert ben.get(f"/documents/{document}/pages").status_code == 404
    ada.post(f"/documents/{document}/export-control", state="none")
    source = give(exchange, ada, document, ben)
    undeclared = ask(ben, document)
    assert undeclared.status_code == 422
    assert 'id="nationality-error"' in undeclared.text
    where = address(ask(ben, document, nationality="IE", end_use="our pilot line"))
    vault = exchange.services[VaultService]
    assert isinstance(vault, VaultService)
    with exchange.database.write() as session:
        vault.revoke(session, by=ada.actor.by, source_kind=SourceKind.NDA, source_id=source)
    assert ben.get(where).status_code == 404
    assert receipts(exchange, document) == []
    carl = Person(exchange, app, roles=[Role.LAB_ADMINISTRATOR], of=ada.actor)
    assert carl.get(f"/documents/{document}/pages").status_code == 403


def test_in_quarantine_nothing_is_shown_or_handed_over_and_the_page_says_why(
    exchange: Exchange, ada: Person, document: str
) -> None:
    where = address(ask(ada, document))
    with exchange.database.write() as session:
        row = session.get_one(InspectionRow, document)
        row.state, row.reason = "quarantined", "scan-limit"
    page = ada.get(f"/documents/{document}").text
    assert "In quarantine" in page
    assert f"/documents/{document}/pages" not in page
    assert f"/documents/{document}/open" not in page
    assert ada.get(where).status_code == 409
    assert ada.get(f"/documents/{document}/pages").status_code == 409
    answer = ada.post(f"/documents/{document}/open", purpose="to see it", form="clear")
    assert answer.status_code == 422
    assert "quarantine" in answer.text
    assert receipts(exchange, document) == []


def test_pictures_are_shown_and_what_has_no_pages_is_not(exchange: Exchange, ada: Person, place: str) -> None:
    image = ada.put(f"{place}/documents", png(50, 40), "a.png", "image/png").json["document"]
    shown = ada.get(address(ask(ada, image, number="1")))
    assert Image.open(io.BytesIO(shown.data)).size == (50, 40)
    for content, name, kind in ((b"text", "a.txt", "text/plain"), (b"%PDF-1.7\nno\n%%EOF", "b.pdf", "application/pdf")):
        other = ada.put(f"{place}/documents", content, name, kind).json["document"]
        assert "/pages" not in ada.get(f"/documents/{other}").text
        assert ada.get(f"/documents/{other}/pages").status_code == 409
    assert "without a look inside" in ada.get(f"/documents/{other}").text


def test_the_exchange_is_wired_with_what_looks_into_files(exchange: Exchange, ada: Person, document: str) -> None:
    vault = exchange.services[VaultService]
    assert isinstance(vault, VaultService)
    assert isinstance(vault.inspections, Inspections)
    with exchange.database.read() as session:
        found = vault.inspections.of(session, document)
    assert found is not None
    assert found.pages == 3
