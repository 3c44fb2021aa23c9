"""What the owner of a document takes away, over HTTP, and what a stranger can check with it and nothing else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ipx.evidence import verify
from ipx.factory import create_app
from ipx.outside import embedded_chain
from ipx.wiring import Exchange
from tests.small_files import pdf
from tests.web_client import Person

PDF = pdf("The temperature is 412 K.")


@pytest.fixture(scope="module")
def app(exchange: Exchange) -> Flask:
    return create_app(exchange)


@pytest.fixture(scope="module")
def ada(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app)


@pytest.fixture(scope="module")
def document(exchange: Exchange, ada: Person) -> str:
    place = str(ada.post("/technologies/new", title="Cell", problem="Heat", trl="", revision="").location)
    made = str(ada.put(f"{place}/documents", PDF, "a.pdf", "application/pdf").json["document"])
    for _ in range(600):
        exchange.relay.advance()
        exchange.batcher.advance()
        exchange.block_proofs.advance()
        if ada.get(f"/documents/{made}/stamp", json=True).json["state"] == "final":
            return made
        time.sleep(0.1)
    raise AssertionError("the stamp did not become final")


def test_the_zip_is_checked_by_the_program_in_it_against_any_node(
    exchange: Exchange, ada: Person, document: str, tmp_path: Path
) -> None:
    answer = ada.get(f"/documents/{document}/evidence.zip")
    assert answer.content_type == "application/zip"
    assert "a.evidence.zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
        package.extractall(tmp_path)
    (tmp_path / "a.pdf").write_bytes(PDF)
    node = embedded_chain(exchange.settings).url()
    for evidence in ("evidence.ipx-evidence.json", "certificate.pdf"):
        command = [sys.executable, "-I", "-S", "verify.py", evidence, "--file", "a.pdf", "--json"]
        command += ["--rpc", node, "--require", "chain"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        verdict = json.loads(done.stdout)
        assert [step["step"] for step in verdict["steps"] if step["ok"] is None] == ["time_stamp"]
        assert verdict["summary"].startswith("Genuine: this file existed on ")
    assert str(exchange.settings.public_url) in (tmp_path / "README.txt").read_text("utf-8")


def test_bundles_carry_the_header_of_their_block(ada: Person, document: str) -> None:
    bundle = ada.get(f"/documents/{document}/bundle").data
    assert verify.verify(bundle)["level"] == "header"


def test_the_zip_is_its_owners_alone(exchange: Exchange, app: Flask, document: str) -> None:
    assert Person(exchange, app).get(f"/documents/{document}/evidence.zip").status_code == 404
    assert app.test_client().get(f"/documents/{document}/evidence.zip").status_code in (302, 401)


def test_the_verifier_is_served_to_everybody_as_it_is(app: Flask) -> None:
    answer = app.test_client().get("/verify.py")
    assert answer.data == Path(verify.__file__).read_bytes()
    assert answer.content_type == "text/x-python; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=verify.py"


def test_pages_lead_to_the_verifier(app: Flask, ada: Person, document: str) -> None:
    page: Any = ada.get(f"/documents/{document}/evidence").text
    assert 'href="/verify.py"' in page
    assert f'href="/documents/{document}/evidence.zip"' in page
    assert 'href="/verify.py"' in app.test_client().get("/verify").text
