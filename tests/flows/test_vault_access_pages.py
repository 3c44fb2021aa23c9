"""Pages of access: stating export control, granting, ending, declaring, deciding about a name."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ipx.accounts.models import OrganisationRow
from ipx.accounts.rules import Role
from ipx.factory import create_app
from ipx.notices.models import MailRow
from ipx.vault.denied_party_file import DeniedPartyFile
from ipx.vault.service import VaultService
from ipx.wiring import Exchange
from tests.small_files import pdf, words_in
from tests.web_client import Person

PDF = pdf("The temperature is 412 K.")
SOON = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - any day soon


@pytest.fixture(scope="module")
def app(exchange: Exchange) -> Flask:
    return create_app(exchange)


@pytest.fixture
def ada(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app)


@pytest.fixture
def ben(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app)


@pytest.fixture
def document(ada: Person) -> str:
    place = str(ada.post("/technologies/new", title="Cell", problem="Heat", trl="", revision="").location)
    return str(ada.put(f"{place}/documents", PDF, "a.pdf", "application/pdf").json["document"])


@pytest.fixture
def denied(exchange: Exchange, tmp_path: Path) -> Iterator[Any]:
    """The list of this exchange as a file for the time of a test: call it with the names that are to be on it."""
    vault: Any = exchange.services[VaultService]
    path, kept = tmp_path / "denied.csv", vault.sharing.screenings._denied
    vault.sharing.screenings._denied = DeniedPartyFile(path)

    def write(*names: str) -> None:
        path.write_text("id,name\n" + "".join(f"L-{number},{name}\n" for number, name in enumerate(names)))

    write()
    yield write
    vault.sharing.screenings._denied = kept


def rename(exchange: Exchange, person: Person, name: str) -> None:
    with exchange.database.write() as session:
        session.get_one(OrganisationRow, person.actor.organisation_id).name = name


def grant(ada: Person, document: str, reader: Person, **changes: str) -> Any:
    asked = {"email": reader.email, "scope": "person", "reason": "evaluates it", "nda": "NDA 7", "until": SOON}
    return ada.post(f"/documents/{document}/grants/new", **{**asked, **changes})


def read(reader: Person, document: str, **more: str) -> Any:
    said = {"purpose": "due diligence", "form": "clear", "nationality": "IE", "end_use": "our pilot line", **more}
    return reader.post(f"/documents/{document}/open", page="/account", **said)


def review(ada: Person, document: str) -> None:
    assert ada.post(f"/documents/{document}/export-control", state="none").status_code == 302


def test_share_when_not_reviewed_then_the_page_says_so_and_after_the_review_it_opens(
    ada: Person, ben: Person, document: str
) -> None:
    assert "not reviewed" in ada.get(f"/documents/{document}").text.lower()
    refused = grant(ada, document, ben)
    assert refused.status_code == 422
    assert "is not reviewed for export control" in refused.text
    wrong = ada.post(f"/documents/{document}/export-control", state="listed", entry="whatever")
    assert wrong.status_code == 422
    assert 'id="entry-error"' in wrong.text
    assert ada.post(f"/documents/{document}/export-control", state="listed", entry="3e001").status_code == 302
    assert "3E001" in ada.get(f"/documents/{document}").text
    assert grant(ada, document, ben).status_code == 302
    answer = read(ben, document)
    assert "412 K" in words_in(answer.data)[0]
    answer.close()


def test_grant_then_the_owner_s_page_tells_all_of_it_and_ends_it(
    exchange: Exchange, app: Flask, ada: Person, ben: Person, document: str
) -> None:
    review(ada, document)
    grant(ada, document, ben)
    assert "A document was opened to you" in ben.get("/notices").text
    read(ben, document).close()
    lena = Person(exchange, app, roles=[Role.LAB_ADMINISTRATOR], of=ada.actor)
    for viewer in (ada, lena):
        page = viewer.get(f"/documents/{document}").text
        for said in ("evaluates it", "NDA 7", "due diligence", "our pilot line", "IE"):
            assert said in page, said
    assert "End it" not in lena.get(f"/documents/{document}").text
    seen_by_reader = ben.get(f"/documents/{document}").text
    assert "evaluates it" not in seen_by_reader
    assert "NDA 7" not in seen_by_reader
    place = ada.get(f"/documents/{document}").text.partition("/revoke")[0].rpartition('"')[2] + "/revoke"
    assert lena.post(place, page="/account").status_code == 403
    assert ben.post(place, page="/account").status_code == 404
    assert ada.post(place, page="/account").status_code == 302
    assert read(ben, document).status_code == 404
    assert "revoked" in ada.get(f"/documents/{document}").text


def test_open_when_read_before_then_does_not_ask_for_the_declaration_again(
    ada: Person, ben: Person, document: str
) -> None:
    review(ada, document)
    grant(ada, document, ben)
    assert 'name="nationality"' in ben.get(f"/documents/{document}/open").text
    refused = read(ben, document, end_use="")
    assert refused.status_code == 422
    assert 'id="end_use-error"' in refused.text
    read(ben, document).close()
    assert 'name="nationality"' not in ben.get(f"/documents/{document}/open").text
    assert 'name="nationality"' not in ada.get(f"/documents/{document}/open").text


@pytest.mark.parametrize("path", ["grants/new", "export-control"])
def test_pages_of_access_when_another_organisation_asks_then_are_not_there(
    ben: Person, document: str, path: str
) -> None:
    assert ben.get(f"/documents/{document}/{path}").status_code == 404
    assert ben.post(f"/documents/{document}/{path}", page="/account").status_code == 404


def test_grant_page_when_a_researcher_asks_then_is_forbidden(
    exchange: Exchange, app: Flask, ada: Person, document: str
) -> None:
    rita = Person(exchange, app, roles=[Role.RESEARCHER], of=ada.actor)
    assert rita.get(f"/documents/{document}/grants/new").status_code == 403
    assert rita.get(f"/documents/{document}/export-control").status_code == 403
    page = rita.get(f"/documents/{document}").text
    assert "Grant access" not in page
    assert f"/documents/{document}/open" not in page


def test_denied_when_a_party_resembles_a_name_then_the_administrator_is_told_by_mail_and_decides(
    exchange: Exchange, app: Flask, ada: Person, ben: Person, document: str, denied: Any
) -> None:
    review(ada, document)
    name = f"Quernmore Optics {uuid.uuid4().hex[:6]}"
    rename(exchange, ben, name)
    denied(name + " Holding")
    lena = Person(exchange, app, roles=[Role.LAB_ADMINISTRATOR], of=ada.actor)
    refused = grant(ada, document, ben)
    assert refused.status_code == 403
    assert "denied parties" in refused.text
    assert grant(ada, document, ben).status_code == 403
    with exchange.database.read() as session:
        mailed = session.scalars(select(MailRow.subject).where(MailRow.recipient == lena.email)).all()
    assert len([subject for subject in mailed if "denied-party" in subject]) == 1
    page = lena.get("/screenings").text
    assert name in page
    assert "Nothing was found" in ben.get("/screenings").text
    place = page.partition('action="/screenings/')[2].partition('"')[0]
    prefix = f"{place}-"
    decided = {f"{prefix}decision": "cleared", f"{prefix}reason": ""}
    assert lena.post(f"/screenings/{place}", page="/screenings", **decided).status_code == 422
    decided[f"{prefix}reason"] = "another address in the company register"
    assert ben.post(f"/screenings/{place}", page="/screenings", **decided).status_code == 404
    assert lena.post(f"/screenings/{place}", page="/screenings", **decided).status_code == 302
    assert grant(ada, document, ben).status_code == 302
    read(ben, document).close()
    denied(name)
    blocked = read(ben, document)
    assert blocked.status_code == 403
    assert "on the list" in ada.get("/screenings").text
    assert "due diligence" in ada.get(f"/documents/{document}").text  # of the first reading alone
    assert ada.get(f"/documents/{document}").text.count("due diligence") == 1


def test_denied_when_the_list_cannot_be_read_then_nothing_is_shared_and_the_reason_is_said(
    ada: Person, ben: Person, document: str, denied: Any, exchange: Exchange
) -> None:
    review(ada, document)
    grant(ada, document, ben)
    vault: Any = exchange.services[VaultService]
    vault.sharing.screenings._denied._path.write_text("nonsense")
    assert read(ben, document).status_code == 503
    own = read(ada, document)
    assert own.data == PDF  # who deposited it is not asked
    own.close()


def test_declarations_when_the_reader_looks_then_sees_his_own_and_can_delete_them(
    ada: Person, ben: Person, document: str
) -> None:
    review(ada, document)
    grant(ada, document, ben)
    assert "Nothing yet" in ben.get("/declarations").text
    read(ben, document).close()
    assert "/declarations" in ben.get(f"/documents/{document}/open").text
    page = ben.get("/declarations").text
    assert "our pilot line" in page
    assert "our pilot line" not in ada.get("/declarations").text
    place = page.partition('action="/declarations/')[2].partition('"')[0]
    assert ada.post(f"/declarations/{place}", page="/declarations").status_code == 302
    assert "our pilot line" in ben.get("/declarations").text
    assert ben.post(f"/declarations/{place}", page="/declarations").status_code == 302
    assert "Nothing yet" in ben.get("/declarations").text
    assert "our pilot line" not in ada.get(f"/documents/{document}").text
    assert 'name="nationality"' in ben.get(f"/documents/{document}/open").text


# ── finding words ────────────────────────────────────────────────────────────────────────────────


def test_find_when_asked_for_then_hands_the_document_to_the_page_with_a_receipt(
    ada: Person, ben: Person, document: str
) -> None:
    place = f"/documents/{document}/find"
    assert "data-find=" in ada.get(place).text
    refused = ada.post(place, purpose="x")
    assert refused.status_code == 422
    assert 'id="purpose-error"' in refused.text
    assert "Nobody yet" in ada.get(f"/documents/{document}").text
    answer = ada.post(place, purpose="how hot it gets")
    assert answer.data == PDF
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()
    assert "how hot it gets" in ada.get(f"/documents/{document}").text
    assert ben.get(place).status_code == 404
    assert ben.post(place, page="/account", purpose="how hot it gets").status_code == 404
    review(ada, document)
    grant(ada, document, ben)
    assert ben.post(place, purpose="how hot it gets").status_code == 422  # nothing is declared yet
    declared = ben.post(place, purpose="and how fast", nationality="IE", end_use="our pilot line")
    assert all(word in words_in(declared.data)[0] for word in ("412 K", ben.actor.name))
    declared.close()


def test_find_when_a_browser_cannot_read_the_type_then_says_so_and_opens_nothing(ada: Person) -> None:
    place = str(ada.post("/technologies/new", title="Cell", problem="Heat", trl="", revision="").location)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(64)
    image = ada.put(f"{place}/documents?role=confidential", picture, "a.png", "image/png").json["document"]
    assert "cannot be searched here" in ada.get(f"/documents/{image}/find").text
    assert ada.post(f"/documents/{image}/find", purpose="how hot it gets").status_code == 422
    assert "Nobody yet" in ada.get(f"/documents/{image}").text
