"""Pages of technologies, through HTTP: drafting, uploading, rights, titles, and what strangers get to see."""

import io
import re
import time
import zipfile
from typing import Any

import pytest
from flask import Flask

from ipx.accounts.rules import Role
from ipx.factory import create_app
from ipx.technologies.service import TechnologyService
from ipx.technologies.status import StatusLine, Step
from ipx.wiring import Exchange
from tests.small_files import pdf
from tests.web_client import Person

PDF = pdf("The temperature is 412 K.")
DRAFT = {"title": "Cold sintering", "problem": "Heat", "trl": "", "revision": ""}


@pytest.fixture(scope="module")
def app(exchange: Exchange) -> Flask:
    return create_app(exchange)


@pytest.fixture
def ada(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app)


def draft(person: Person, **more: str) -> str:
    answer = person.post("/technologies/new", **{**DRAFT, **more})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_list_when_empty_then_says_how_to_make_the_first_one(ada: Person) -> None:
    page = ada.get("/technologies").text
    assert "No technology yet" in page
    assert 'href="/technologies/new"' in page


def test_draft_when_only_title_and_problem_are_given_then_is_saved_and_names_the_next_step(ada: Person) -> None:
    place = draft(ada)
    page = ada.get(place).text
    assert "Cold sintering" in page
    assert "Next step" in page
    assert 'data-upload-url="' + place + '/documents?role=confidential"' in page


def test_drafts_when_looked_for_then_are_found_by_their_words_and_their_files_by_their_own_people(
    app: Flask, exchange: Exchange, ada: Person
) -> None:
    place = draft(ada, title="Plumbatic kiln", summary="Fires tiles of wollastonite.", classes="F27B 9/00")
    other = draft(ada, title="Another thing")
    assert ada.put(f"{place}/documents", PDF, "Furnace%20curves.pdf", "application/pdf").status_code == 201
    for asked in ("plumb", "WOLLASTONITE kiln", "F27B", "furnace curves"):
        found = ada.get(f"/technologies?q={asked}").text
        assert place in found, asked
        assert other not in found, asked
    assert place in ada.get("/technologies?q=%20").text
    nothing = ada.get("/technologies?q=kiln+zeppelin").text
    assert "None of yours has these words" in nothing
    assert place not in nothing
    stranger = Person(exchange, app)
    assert place not in stranger.get("/technologies?q=kiln").text
    public = app.test_client().get("/search?q=plumbatic", headers={"Accept": "application/json"})
    assert '"total":0' in public.text.replace(" ", "")


def test_draft_when_something_is_wrong_then_nothing_typed_is_lost(ada: Person) -> None:
    answer = ada.post("/technologies/new", **{**DRAFT, "classes": "nonsense", "summary": "A long text <b>"})
    assert answer.status_code == 422
    assert "is not a CPC or IPC symbol" in answer.text
    assert "A long text &lt;b&gt;" in answer.text
    assert 'value="nonsense"' in answer.text


def test_edit_when_somebody_saved_meanwhile_then_says_so_and_keeps_the_text(ada: Person) -> None:
    place = draft(ada)
    fields = {**DRAFT, "revision": "1"}
    assert ada.post(f"{place}/edit", **{**fields, "title": "Second"}).status_code == 302
    answer = ada.post(f"{place}/edit", **{**fields, "title": "Third"})
    assert answer.status_code == 422
    assert "Somebody changed this technology" in answer.text
    assert 'value="Third"' in answer.text


def test_upload_when_sent_as_a_raw_body_then_is_sealed_and_shown_with_its_stamp(ada: Person) -> None:
    place = draft(ada)
    answer = ada.put(f"{place}/documents", PDF, "Gr%C3%B6%C3%9Fe%20und%20mehr.pdf", "application/pdf")
    assert answer.status_code == 201, answer.text
    assert answer.json["location"] == place
    state = ada.get(place, json=True).json
    (document,) = state["documents"]
    assert (document["name"], document["confidential"]) == ("Größe und mehr.pdf", True)
    assert document["stamp"]["state"] == "sealed"
    page = ada.get(place).text
    assert "Sealed, timestamp pending" in page
    assert "data-live=" in page


def office() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "not a document")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind", "headers", "status"),
    [
        (b"", "a.pdf", "application/pdf", {}, 422),
        (b"MZ\x90\x00", "a.pdf", "application/pdf", {}, 422),
        (PDF, "a.exe", "application/pdf", {}, 422),
        (PDF, "a.pdf", "text/html", {}, 422),
        (office(), "a.docx", "", {}, 422),
        (PDF, "a.pdf", "application/pdf", {"X-Content-SHA256": "00" * 32}, 422),
        (PDF, "a.pdf", "application/pdf", {"Idempotency-Key": ""}, 422),
        (PDF, "a.pdf", "application/pdf", {"X-Document-Role": "secret"}, 422),
        (PDF, "", "application/pdf", {}, 422),
        (PDF, "a.pdf", "multipart/form-data; boundary=x", {}, 415),
        (PDF, "a.pdf", "application/pdf", {"X-CSRFToken": ""}, 400),
    ],
)
def test_upload_when_something_is_wrong_then_says_what_and_stores_nothing(
    ada: Person, content: bytes, name: str, kind: Any, headers: dict[str, str], status: int
) -> None:
    place = draft(ada)
    answer = ada.put(f"{place}/documents", content, name, kind, **headers)
    assert answer.status_code == status, answer.text
    assert answer.json["title"]
    assert answer.json["detail"]
    assert ada.get(place, json=True).json["documents"] == []


def test_upload_when_cut_off_then_says_so_and_stores_nothing(ada: Person) -> None:
    place = draft(ada)
    headers = {"X-CSRFToken": ada.token("/technologies"), "X-File-Name": "a.pdf", "Idempotency-Key": "12345678"}
    answer: Any = ada.client.open(
        f"{place}/documents",
        method="PUT",
        input_stream=io.BytesIO(PDF),
        headers={**headers, "Accept": "application/json"},
        environ_overrides={"CONTENT_LENGTH": str(len(PDF) + 10)},
    )
    assert answer.status_code == 422
    assert "cut off" in answer.json["detail"]
    assert ada.get(place, json=True).json["documents"] == []


def test_upload_when_repeated_with_its_key_then_there_is_one_document(ada: Person) -> None:
    place = draft(ada)
    for _ in range(2):
        answer = ada.put(f"{place}/documents", PDF, "a.pdf", "application/pdf", **{"Idempotency-Key": "same-key-1"})
        assert answer.status_code == 201
    assert len(ada.get(place, json=True).json["documents"]) == 1
    other = ada.put(f"{place}/documents", PDF + b"x", "a.pdf", "application/pdf", **{"Idempotency-Key": "same-key-1"})
    assert other.status_code == 409


def test_every_page_when_a_stranger_asks_then_there_is_no_such_thing(
    exchange: Exchange, app: Flask, ada: Person
) -> None:
    place = draft(ada)
    document = ada.put(f"{place}/documents", PDF, "a.pdf", "application/pdf").json["document"]
    ada.post(f"{place}/rights/new", kind="know-how", title="Recipe", office="")
    right = ada.get(place, json=True).json["rights"][0]["id"]
    eve = Person(exchange, app)
    pages = ["", "/edit", "/state", "/rights/new", f"/rights/{right}", f"/rights/{right}/instrument"]
    for path in [place + page for page in pages]:
        assert eve.get(path).status_code == 404, path
    for page in ("", "/open", "/evidence", "/bundle", "/certificate", "/stamp", "/file"):
        assert eve.get(f"/documents/{document}{page}").status_code == 404, page
    assert eve.put(f"{place}/documents", PDF, "a.pdf", "application/pdf").status_code == 404
    assert eve.post(f"{place}/titles", page="/technologies").status_code == 404
    anonymous = app.test_client()
    assert anonymous.get(place).status_code == 302
    assert anonymous.get(f"/documents/{document}").status_code == 302
    assert anonymous.get(f"/documents/{document}/file").status_code == 404


def test_rights_when_a_number_is_unpublished_then_the_page_says_that_it_is_confidential(ada: Person) -> None:
    place = draft(ada)
    answer = ada.post(f"{place}/rights/new", kind="application", title="Cell", office="EP", number="25 123 456.7")
    assert answer.status_code == 302
    page = ada.get(place).text
    assert "EP 25 123 456.7" in page
    assert "confidential until published" in page
    assert "no recordation at a patent office" in page


def test_right_when_something_is_wrong_then_the_message_stands_at_its_field(ada: Person) -> None:
    place = draft(ada)
    answer = ada.post(
        f"{place}/rights/new", kind="patent", title="Cell", office="", number="123", filed_on="2999-01-01"
    )
    assert answer.status_code == 422
    assert 'id="office-error"' in answer.text


def advance_until(exchange: Exchange, done: Any) -> None:
    for _ in range(120):
        exchange.relay.advance()
        exchange.batcher.advance()
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("the chain work did not come to its end")


def test_technology_when_everything_is_final_then_the_page_stops_asking_and_proofs_can_be_taken(
    exchange: Exchange, ada: Person
) -> None:
    place = draft(ada)
    document = ada.put(f"{place}/documents", PDF, "a.pdf", "application/pdf").json["document"]
    pending = ada.get(f"/documents/{document}/bundle", json=True)
    assert pending.status_code == 409
    ada.post(f"{place}/rights/new", kind="know-how", title="Recipe", office="")
    assert "Record the titles" in ada.get(place).text
    assert ada.post(f"{place}/titles", page=place).status_code == 302
    advance_until(exchange, lambda: ada.get(place, json=True).json["settled"])
    page = ada.get(place).text
    assert "data-live=" not in page
    assert re.search(r"Final, block \d+", page)
    assert "Title recorded, final" in page
    bundle = ada.get(f"/documents/{document}/bundle")
    assert bundle.json["format"] == "ipx/evidence/v2"
    assert "a.ipx-evidence.json" in bundle.headers["Content-Disposition"]
    certificate = ada.get(f"/documents/{document}/certificate")
    assert certificate.data.startswith(b"%PDF-")
    stamp = ada.get(f"/documents/{document}/stamp", json=True).json
    assert (stamp["state"], stamp["document"]) == ("final", document)
    assert "How is this proven?" in ada.get(f"/documents/{document}/evidence").text


def test_instrument_when_uploaded_for_a_right_then_its_evidence_grows(
    exchange: Exchange, app: Flask, ada: Person
) -> None:
    place = draft(ada)
    ada.post(f"{place}/rights/new", kind="patent", title="Cell", office="EP", number="3456789", granted_on="2025-01-15")
    right = ada.get(place, json=True).json["rights"][0]["id"]
    upload = f"{place}/documents?role=instrument&right={right}"
    assert ada.put(upload, PDF, "assignment.pdf", "application/pdf").status_code == 201
    assert ada.get(place, json=True).json["rights"][0]["evidence"] == "instrument"
    carl = Person(exchange, app, roles=[Role.LAB_ADMINISTRATOR], of=ada.actor)
    assert ada.get(f"{place}/rights/{right}/match").status_code == 403
    bad = carl.post(f"{place}/rights/{right}/match", date="2026-01-02", source="")
    assert bad.status_code == 422
    good = carl.post(f"{place}/rights/{right}/match", date="2026-01-02", source="European Patent Register")
    assert good.status_code == 302
    assert "matches the office’s record of 2 Jan 2026" in carl.get(place).text


def test_page_when_a_room_on_the_right_says_something_then_shows_it_as_a_step(exchange: Exchange, ada: Person) -> None:
    place = draft(ada)
    service = exchange.services[TechnologyService]
    assert isinstance(service, TechnologyService)
    mine = place.rsplit("/", 1)[1]
    service.status.add(
        lambda session, technology_id: (
            [StatusLine(Step.LISTED, is_done=True, text="On the market since today", href="/listings/1")]
            if technology_id == mine
            else []
        )
    )
    assert "On the market since today" in ada.get(place).text
    assert ada.get(place, json=True).json["steps"]["listed"] is True
