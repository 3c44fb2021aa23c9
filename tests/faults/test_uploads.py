"""Bad, slow, doubled and cut-off uploads to the running server: each is answered clearly, none leaves a trace."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from io import BytesIO
from typing import Any

import pytest

from tests.faults.depositor import TEXT, Depositor
from tests.faults.running import Running, running, until

LIMIT = 3 << 20


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("uploads"), IPX_UPLOAD_LIMIT=str(LIMIT)) as exchange:
        yield exchange.start()


@pytest.fixture(scope="module")
def depositor(exchange: Running) -> Depositor:
    return Depositor(exchange)


@pytest.fixture(autouse=True)
def nothing_is_left(depositor: Depositor) -> Iterator[None]:
    """After every test: exactly what was acknowledged is there, and no file was left half written."""
    yield
    assert sorted(depositor.documents()) == sorted(depositor.acknowledged)
    incoming = depositor.exchange.data / "blocks" / "incoming"
    until(lambda: not list(incoming.iterdir()), 10, lambda: str(list(incoming.iterdir())))
    stored = list((depositor.exchange.data / "blocks" / "files").glob("*/*"))
    assert len(stored) == len(depositor.acknowledged)


def archive() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        target.writestr("run.sh", "echo hello")
    return made.getvalue()


BAD: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    "empty": (b"", {}, 422, "empty"),
    "too large": (TEXT * (LIMIT // len(TEXT) + 1), {}, 413, str(LIMIT)),
    "forbidden type": (
        b"MZ" * 500,
        {"X_File_Name": "run.exe", "Content_Type": "application/x-msdownload"},
        422,
        ".exe",
    ),
    "lying name": (b"MZ\x90\0" * 500, {"X_File_Name": "paper.pdf", "Content_Type": "application/pdf"}, 422, ".pdf"),
    "lying text": (b"\x7fELF\0\0" * 500, {}, 422, "text"),
    "archive as document": (archive(), {"X_File_Name": "method.docx", "Content_Type": "application/zip"}, 422, ""),
    "html as image": (b"<html><script>", {"X_File_Name": "a.png", "X_Document_Role": "image"}, 422, ""),
    "script in picture": (b"<svg onload=alert(1)>", {"X_File_Name": "a.svg", "X_Document_Role": "image"}, 422, ""),
    "other fingerprint": (TEXT, {"X_Content_SHA256": "0" * 64}, 422, "fingerprint"),
    "no fingerprint at all": (TEXT, {"X_Content_SHA256": "not hex"}, 422, ""),
    "no key": (TEXT, {"Idempotency_Key": ""}, 422, "Idempotency-Key"),
    "key with spaces": (TEXT, {"Idempotency_Key": "a b"}, 422, "Idempotency-Key"),
    "no name": (TEXT, {"X_File_Name": ""}, 422, "name"),
    "path as name": (TEXT, {"X_File_Name": "..%2F..%2Fetc%2Fpasswd"}, 422, ""),
    "unknown role": (TEXT, {"X_Document_Role": "secret"}, 422, "X-Document-Role"),
    "no form token": (TEXT, {"X_CSRFToken": "nonsense"}, 400, ""),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_upload_is_refused_with_a_reason(depositor: Depositor, case: str) -> None:
    body, headers, status, word = BAD[case]
    answer = depositor.put(body, token=depositor.token(), **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert len(answer.json()["detail"]) > 15
    assert word in answer.json()["detail"]


def test_the_largest_allowed_upload_is_taken(depositor: Depositor) -> None:
    depositor.deposit((TEXT * (LIMIT // len(TEXT) + 1))[:LIMIT])


# ── lines that are not as they should be ─────────────────────────────────────────────────────────


@contextmanager
def line_to(depositor: Depositor, **headers: str) -> Iterator[http.client.HTTPConnection]:
    """Open a connection and send the head of an upload."""
    with closing(http.client.HTTPConnection("127.0.0.1", depositor.exchange.port, timeout=30)) as line:
        line.putrequest("PUT", depositor.address)
        for name, value in depositor.headers(token=depositor.token(), **headers).items():
            line.putheader(name, value)
        line.endheaders()
        yield line


def answer_of(line: http.client.HTTPConnection) -> tuple[int, Any]:
    with line.getresponse() as answer:
        return answer.status, json.loads(answer.read())


def test_without_a_length_it_is_refused(depositor: Depositor) -> None:
    with line_to(depositor) as line:
        status, said = answer_of(line)
    assert (status, "Content-Length" in said["detail"]) == (411, True)


def test_in_chunks_it_is_refused(depositor: Depositor) -> None:
    with line_to(depositor, Transfer_Encoding="chunked") as line:
        line.send(b"5\r\nhello\r\n0\r\n\r\n")
        status, said = answer_of(line)
    assert (status, "chunked" in said["detail"]) == (411, True)


@pytest.mark.parametrize("length", ["-1", "abc", "99999999999999999999999", "1,2"])
def test_a_length_that_is_none_is_refused(depositor: Depositor, length: str) -> None:
    with line_to(depositor, Content_Length=length) as line, line.getresponse() as answer:
        assert answer.status in (400, 411, 413)


def test_cut_off_half_way_nothing_is_kept_and_the_same_key_may_be_used_again(depositor: Depositor) -> None:
    key, body = uuid.uuid4().hex, TEXT * 30_000
    with line_to(depositor, Content_Length=str(len(body)), Idempotency_Key=key) as line:
        line.send(body[: len(body) // 2])
    time.sleep(0.3)
    assert sorted(depositor.documents()) == sorted(depositor.acknowledged)
    depositor.deposit(body, Idempotency_Key=key)


def test_slow_clients_do_not_keep_others_waiting_and_their_uploads_arrive(depositor: Depositor) -> None:
    bodies = [TEXT * 100 + bytes(f"{number}", "ascii") for number in range(8)]
    with ExitStack() as stack:
        lines = [stack.enter_context(line_to(depositor, Content_Length=str(len(body)))) for body in bodies]
        for part in range(4):
            for line, body in zip(lines, bodies, strict=True):
                step = len(body) // 4 + 1
                line.send(body[part * step : (part + 1) * step])
            began = time.monotonic()
            depositor.browser.page("/account")
            assert time.monotonic() - began < 5
        for line, body in zip(lines, bodies, strict=True):
            status, said = answer_of(line)
            assert status == 201, said
            depositor.acknowledged[said["document"]] = body
            assert depositor.opens(said["document"]) == body


def test_the_same_upload_twice_at_once_is_one_document(depositor: Depositor) -> None:
    body, key, token = TEXT * 1000, uuid.uuid4().hex, depositor.token()
    answers: list[Any] = []

    def send() -> None:
        answers.append(depositor.put(body, token=token, Idempotency_Key=key))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    (document,) = {answer.json()["document"] for answer in answers}
    depositor.acknowledged[document] = body
    other = depositor.put(body + b"!", token=token, Idempotency_Key=key)
    assert other.status_code == 409


def test_the_same_content_from_two_deposits_is_two_documents_with_a_stamp_each(depositor: Depositor) -> None:
    body = b"The very same words.\n" * 50
    first, second = depositor.deposit(body), depositor.deposit(body)
    found = depositor.await_final()
    assert found[first]["stamp"]["commitment"] != found[second]["stamp"]["commitment"]
    assert found[first]["cid"] != found[second]["cid"]
    assert hashlib.sha256(depositor.opens(first)).digest() == hashlib.sha256(depositor.opens(second)).digest()
