"""Confidential documents never touch a disk in clear: not while they come, not afterwards, not when they leave."""

from __future__ import annotations

import hashlib
import http.client
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from tests.faults.depositor import Depositor
from tests.faults.plaintext import Secret, Watch
from tests.faults.running import Running, running

SIZE = 20 << 20
HEAD = b"A confidential description.\n"


class Slow:
    """A body that takes ``seconds`` to send, so that there is time to watch."""

    def __init__(self, content: bytes, seconds: float) -> None:
        self._content, self._at, self._pause = content, 0, seconds / 40

    def __len__(self) -> int:
        return len(self._content)

    def read(self, size: int = -1) -> bytes:
        step = len(self._content) // 40
        if self._at // step != (self._at + size) // step:
            time.sleep(self._pause)
        piece = self._content[self._at : self._at + size]
        self._at += len(piece)
        return piece


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("watched")) as exchange:
        yield exchange.start()


@pytest.fixture(scope="module")
def depositor(exchange: Running) -> Depositor:
    return Depositor(exchange)


@pytest.fixture
def secret() -> Secret:
    return Secret(b"Marked:" + secrets.token_hex(12).encode())


def body_of(secret: Secret, size: int = SIZE) -> bytes:
    line = secret.word + b" and how it is made\n"
    return HEAD + line * (size // len(line))


def watch(exchange: Running, secret: Secret) -> Watch:
    return Watch(secret, exchange.log.parent, pids=lambda: list(exchange.left()))


def test_a_deposit_of_20_mib_and_its_readings_leave_nothing_in_clear(
    exchange: Running, depositor: Depositor, secret: Secret
) -> None:
    body, key = body_of(secret), pyrage.x25519.Identity.generate()
    with watch(exchange, secret) as watching:
        token = depositor.token()
        sha256 = hashlib.sha256(body).hexdigest()
        answer = depositor.put(Slow(body, 4), token=token, X_Content_SHA256=sha256)
        assert answer.status_code == 201, answer.text
        document = answer.json()["document"]
        depositor.acknowledged[document] = body
        assert depositor.opens(document) == body
        sealed = depositor.opens(document, form="age", recipient=str(key.to_public()))
        assert pyrage.decrypt(sealed, [key]) == body
        depositor.await_final()
    assert watching.rounds > 3
    assert not watching.found
    assert secret.word.decode() not in exchange.said()


def test_an_upload_that_is_cut_off_leaves_nothing_at_all(
    exchange: Running, depositor: Depositor, secret: Secret
) -> None:
    body, before = body_of(secret, 8 << 20), stored(exchange)
    headers = depositor.headers(token=depositor.token(), Content_Length=str(len(body)))
    with watch(exchange, secret) as watching:
        line = http.client.HTTPConnection("127.0.0.1", exchange.port)
        line.putrequest("PUT", depositor.address)
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders()
        line.send(body[: 5 << 20])
        time.sleep(0.5)
        line.close()
        time.sleep(0.5)
    assert not watching.found
    assert stored(exchange) == before
    assert list(depositor.documents()) == list(depositor.acknowledged)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_form_with_a_file_is_refused_before_anything_of_it_is_kept(
    exchange: Running, depositor: Depositor, secret: Secret, method: str
) -> None:
    token = depositor.token()
    files = {"file": ("method.txt", Slow(body_of(secret, 4 << 20), 1).read(4 << 20), "text/plain")}
    with watch(exchange, secret) as watching:
        answer = depositor.browser.request(
            method, depositor.address, files=files, headers={"X-CSRFToken": token, "Accept": "application/json"}
        )
    assert answer.status_code in (405, 413, 415), answer.text
    assert not watching.found


def test_a_public_document_is_found_so_the_watch_would_find_a_leak(
    exchange: Running, depositor: Depositor, secret: Secret
) -> None:
    with watch(exchange, secret) as watching:
        document = depositor.deposit(body_of(secret, 1 << 20), X_Document_Role="public")
    assert watching.found
    del depositor.acknowledged[document]


def test_the_watch_sees_deleted_files_that_are_still_open(secret: Secret, tmp_path: Path) -> None:
    with tempfile.TemporaryFile(dir=tmp_path) as hidden:
        hidden.write(b"x" * 5_000_000 + secret.word)
        hidden.flush()
        assert Watch(secret, tmp_path, pids=lambda: [os.getpid()]).look()
    for disguise in secret.disguises:
        (tmp_path / "disguised").write_bytes(b"\0" * 7 + disguise)
        assert Watch(secret, tmp_path).look()


def stored(exchange: Running) -> list[str]:
    return sorted(str(path) for path in (exchange.data / "blocks").rglob("*"))
