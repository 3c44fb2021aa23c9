"""Pages of documents, through HTTP: opening with a purpose, receipts, images, and no plaintext on the disk."""

import http.client
import os
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from ipx.accounts.rules import Role
from ipx.factory import create_app
from ipx.vault.rules import SourceKind
from ipx.vault.service import VaultService
from ipx.wiring import Exchange
from tests.reading_apart import places_of
from tests.small_files import pdf, png, words_in
from tests.web_client import Person

PDF = pdf("The temperature is 412 K.")
PNG = png()
READER = pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def app(exchange: Exchange) -> Flask:
    return create_app(exchange)


@pytest.fixture
def ada(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app)


@pytest.fixture
def server(app: Flask) -> Iterator[BaseWSGIServer]:
    """A server on a real socket: the test client would hold bodies in memory."""
    made = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    thread.join(10)


@pytest.fixture
def place(ada: Person) -> str:
    return str(ada.post("/technologies/new", title="Cell", problem="Heat", trl="", revision="").location)


@pytest.fixture
def document(ada: Person, place: str) -> str:
    reviewed = {"X-Export-Control": "none"}
    return str(ada.put(f"{place}/documents", PDF, "a.pdf", "application/pdf", **reviewed).json["document"])


def test_open_when_a_purpose_is_given_then_hands_the_file_over_and_shows_the_receipt(
    ada: Person, document: str
) -> None:
    answer = ada.post(f"/documents/{document}/open", purpose="internal review", form="clear")
    assert answer.data == PDF
    assert answer.headers["Content-Length"] == str(len(PDF))
    assert answer.headers["Content-Disposition"] == "attachment; filename=a.pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    answer.close()
    page = ada.get(f"/documents/{document}").text
    assert "internal review" in page
    assert "delivered" in page


def test_open_when_asked_for_an_age_file_then_only_the_reader_s_key_opens_it(ada: Person, document: str) -> None:
    answer = ada.post(f"/documents/{document}/open", purpose="review", form="age", recipient=str(READER.to_public()))
    assert pyrage.decrypt(answer.data, [READER]) == PDF
    assert "a.pdf.age" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"purpose": ""}, "purpose"),
        ({"purpose": "x"}, "purpose"),
        ({"form": "age"}, "recipient"),
        ({"form": "pdf"}, "form"),
    ],
)
def test_open_when_the_form_is_incomplete_then_the_message_stands_at_its_field(
    ada: Person, document: str, sent: dict[str, str], field: str
) -> None:
    answer = ada.post(f"/documents/{document}/open", **{"purpose": "review", "form": "clear", **sent})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "Nobody yet" in ada.get(f"/documents/{document}").text


def test_open_when_the_reader_is_a_lab_administrator_then_sees_receipts_and_no_content(
    exchange: Exchange, app: Flask, ada: Person, document: str
) -> None:
    ada.post(f"/documents/{document}/open", purpose="internal review", form="clear").close()
    carl = Person(exchange, app, roles=[Role.LAB_ADMINISTRATOR], of=ada.actor)
    page = carl.get(f"/documents/{document}").text
    assert "internal review" in page
    assert f"/documents/{document}/open" not in page
    assert carl.get(f"/documents/{document}/open").status_code == 403
    refused = carl.post(f"/documents/{document}/open", page="/technologies", purpose="curiosity", form="clear")
    assert refused.status_code == 403


def test_open_when_another_organisation_was_granted_then_reads_and_sees_its_own_receipts_only(
    exchange: Exchange, app: Flask, ada: Person, document: str
) -> None:
    ada.post(f"/documents/{document}/open", purpose="a thing between us", form="clear").close()
    ben = Person(exchange, app)
    vault = exchange.services[VaultService]
    assert isinstance(vault, VaultService)
    with exchange.database.write() as session:
        vault.grant(
            session,
            by=ada.actor.by,
            document_id=document,
            organisation_id=ben.actor.organisation_id,
            source_kind=SourceKind.NDA,
            source_id=uuid.uuid4().hex,
        )
    asked = {"purpose": "due diligence", "form": "clear"}
    undeclared = ben.post(f"/documents/{document}/open", **asked)
    assert undeclared.status_code == 422
    assert 'id="nationality-error"' in undeclared.text
    declared = {"nationality": "IE", "end_use": "to assess a licence"}
    answer = ben.post(f"/documents/{document}/open", **asked, **declared)
    assert all(word in words_in(answer.data)[0] for word in ("412 K", ben.actor.name, ben.actor.organisation_name))
    answer.close()
    page = ben.get(f"/documents/{document}").text
    assert "due diligence" in page
    assert "a thing between us" not in page
    assert ben.get(f"/documents/{document}/evidence").status_code == 404
    assert "due diligence" in ada.get(f"/documents/{document}").text


def test_image_when_public_then_is_shown_inline_to_the_owner_and_to_all_once_listed(
    exchange: Exchange, app: Flask, ada: Person, place: str
) -> None:
    answer = ada.put(f"{place}/documents?role=image", PNG, "cell.png", "image/png")
    image = answer.json["document"]
    shown = ada.get(f"/documents/{image}/file")
    assert (shown.data, shown.content_type) == (PNG, "image/png")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert ada.get(f"/documents/{image}/open").status_code == 302
    assert app.test_client().get(f"/documents/{image}/file").status_code == 404
    vault = exchange.services[VaultService]
    assert isinstance(vault, VaultService)
    with exchange.database.write() as session:
        subject = {"subject_kind": "technology", "subject_id": place.rsplit("/", 1)[1]}
        vault.open_public_documents(session, by=ada.actor.by, **subject)
    assert app.test_client().get(f"/documents/{image}/file").data == PNG


class Watch(threading.Thread):
    """Looks for a word in every file below some folders, and in every file that this process has open, unlinked too."""

    def __init__(self, word: bytes, folders: list[Path]) -> None:
        super().__init__(daemon=True)
        self.word, self.folders = word, folders
        self.found: list[str] = []
        self.looks, self.over = 0, False

    def run(self) -> None:
        while not self.over:
            self.look()
            self.looks += 1

    def look(self) -> None:
        self.found += places_of(self.word, *self.folders, Path(f"/proc/{os.getpid()}/fd"))


def test_upload_when_twenty_megabytes_pass_then_no_file_ever_holds_them_in_clear(
    exchange: Exchange, ada: Person, place: str, server: BaseWSGIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a real socket, slowly enough for a watcher to read everything on the disk many times meanwhile."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    word = f"canary-{uuid.uuid4().hex}".encode()
    piece = (word + os.urandom(1000)).ljust(1 << 18, b".")
    content_length = len(PDF) + 80 * len(piece)
    watch = Watch(word, [exchange.settings.data_dir, tmp_path])
    watch.start()
    try:
        status, body = send(server, ada, place, slowly(piece), {"Content-Length": str(content_length)})
        assert status == 201, body
        document = str(ada.get(place, json=True).json["documents"][0]["id"])
        opened = ada.post(f"/documents/{document}/open", purpose="canary", form="clear")
        assert opened.data.count(word) == 80
        opened.close()
    finally:
        watch.over = True
        watch.join(30)
    watch.look()
    assert watch.looks >= 3
    assert watch.found == []


def test_upload_when_the_length_is_missing_then_asks_for_it(ada: Person, place: str, server: BaseWSGIServer) -> None:
    status, body = send(server, ada, place, iter([PDF]), {"Transfer-Encoding": "chunked"})
    assert status == 411, body
    assert ada.get(place, json=True).json["documents"] == []


def test_upload_when_the_connection_breaks_then_nothing_is_stored_and_the_page_stays(
    ada: Person, place: str, server: BaseWSGIServer
) -> None:
    connection = socket.create_connection(("127.0.0.1", server.port))
    head = [
        f"PUT {place}/documents HTTP/1.1",
        *(f"{k}: {v}" for k, v in headers_of(ada).items()),
        "Content-Length: 999",
    ]
    connection.sendall("\r\n".join([*head, "", ""]).encode() + PDF)
    connection.close()
    time.sleep(0.3)
    assert ada.get(place, json=True).json["documents"] == []


def send(server: BaseWSGIServer, person: Person, place: str, body: Any, more: dict[str, str]) -> tuple[int, bytes]:
    """Send a raw body over a real socket."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("PUT", f"{place}/documents", skip_host=True)
    for name, value in {**headers_of(person), **more}.items():
        connection.putheader(name, value)
    connection.endheaders()
    for piece in body:
        chunked = "Transfer-Encoding" in more
        connection.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
    if "Transfer-Encoding" in more:
        connection.send(b"0\r\n\r\n")
    answer = connection.getresponse()
    return answer.status, answer.read()


def headers_of(person: Person) -> dict[str, str]:
    cookie = person.client.get_cookie("ipx")
    assert cookie is not None
    return {
        "Host": "localhost",
        "Cookie": f"ipx={cookie.value}",
        "X-CSRFToken": person.token("/technologies"),
        "X-File-Name": "big.pdf",
        "Content-Type": "application/pdf",
        "Idempotency-Key": uuid.uuid4().hex,
        "Accept": "application/json",
    }


def slowly(piece: bytes) -> Iterator[bytes]:
    yield PDF
    for number in range(80):
        yield piece
        if number % 10 == 0:
            time.sleep(0.05)
