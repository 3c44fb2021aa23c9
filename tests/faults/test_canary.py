"""Marked documents go every way that there is through a running exchange, and `ipx vault canary` finds no mark of them:
not in database, log, blocks, index, logs, temporary files or backups, nor in what a crash leaves.

``IPX_CANARIES`` says how many (the long run: 1,000); one of them has 20 MiB, and files are looked at meanwhile.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest

from ipx.smoke.depositing import rights
from ipx.smoke.listing import found, publish
from tests.faults.depositor import Depositor
from tests.faults.plaintext import Secret, Watch
from tests.faults.running import IPX, Running, running

CANARIES = int(os.environ.get("IPX_CANARIES", "8"))
LARGE = 20 << 20
pytestmark = pytest.mark.timeout(300 + 5 * CANARIES)
READER = pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("canaries")) as exchange:
        yield exchange.start()


@pytest.fixture
def mark() -> str:
    """What all the documents of a test have in common."""
    return f"Canary:{secrets.token_hex(10)}"


def body_of(mark: str, number: int) -> bytes:
    """Return a document of some size that says its mark again and again; compressible, as documents are."""
    size = LARGE if number == 0 else 300 * (1 + number * number % 4001)
    line = f"{mark}-{number:04d} and how it is made\n".encode()
    return line * (size // len(line) + 1)


def command(exchange: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (str(IPX), *arguments), env=exchange.environment(), capture_output=True, text=True, check=False
    )


def canary(exchange: Running, mark: str, *options: str) -> dict[str, Any]:
    done = command(exchange, "vault", "canary", str(exchange.log.parent), mark, "--json", *options)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if found["found"] else 2 if found["skipped"] else 0), done.stderr
    return found


def test_no_mark_of_any_document_is_anywhere(
    exchange: Running, mark: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    depositor, folder = Depositor(exchange), exchange.log.parent
    backup, identity = folder / "backup", folder / "identity.txt"
    with Watch(Secret(mark.encode()), folder, pids=lambda: list(exchange.left())) as watching:
        documents = [depositor.deposit(body_of(mark, number)) for number in range(CANARIES)]
        for document in documents[:: max(1, CANARIES // 12)]:
            assert depositor.opens(document) == depositor.acknowledged[document]
            sealed = depositor.opens(document, form="age", recipient=str(READER.to_public()))
            assert pyrage.decrypt(sealed, [READER]) == depositor.acknowledged[document]
        depositor.await_final(seconds=60 + CANARIES)
        rights(depositor.story)
        publish(depositor.story)
        found(depositor.story)  # it is in the index
        stamps(depositor, body_of(mark, CANARIES), elsewhere)
        made = command(exchange, "backup", str(backup), "--identity-file", str(identity))
        assert made.returncode == 0, made.stderr
        exchange.kill_everything()
        exchange.start()
        erased = documents.pop()
        erases(depositor, erased)
    assert watching.rounds > 1
    assert not watching.found

    report = canary(exchange, mark, "--identity", str(identity))
    assert (report["found"], report["skipped"]) == ([], [])
    assert report["bytes"] > LARGE
    assert mark not in exchange.said()
    assert depositor.opens(documents[0]) == depositor.acknowledged[documents[0]]


def stamps(depositor: Depositor, body: bytes, folder: Path) -> None:
    """A file that never leaves its machine, which is not the exchange's."""
    made = command(
        depositor.exchange, "token", "create", "--email", f"institute-{depositor.story.suffix}@smoke.example"
    )
    assert made.returncode == 0, made.stderr
    file = folder / "method.txt"
    file.write_bytes(body)
    options = ("--url", depositor.exchange.url, "--token", made.stdout.strip(), "--wait", "included")
    done = command(depositor.exchange, "stamp", str(file), *options)
    assert done.returncode == 0, done.stderr


def erases(depositor: Depositor, document: str) -> None:
    place = f"/documents/{document}/erasure"
    form = depositor.browser.page(place).form(to=place)
    asked = {"reason": "It is over", "number": document[:8], "confirmed": "y"}
    answer = depositor.browser.post_form(form, asked)
    assert answer.status_code in (200, 303), answer.text


def test_a_public_document_is_found_so_the_search_would_find_a_leak(exchange: Running, mark: str) -> None:
    depositor = Depositor(exchange)
    depositor.deposit(body_of(mark, 3), X_Document_Role="public")
    report = canary(exchange, mark)
    assert report["found"]
    assert all("/blocks/" in found["file"] for found in report["found"])
