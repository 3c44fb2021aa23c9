"""The PDF certificate: what it carries, what it says, and that a changed byte is noticed."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas
from typer import Typer
from typer.testing import CliRunner

from ipx.evidence import bundle as bundles
from ipx.evidence import verify as verify_alone
from ipx.evidence.certificate import ATTACHMENT, CertificateFacts, seal, verify_document, write_certificate
from ipx.evidence.cli import verify
from ipx.evidence.declaration import BLANK, draft_declaration
from ipx.evidence.package import VERIFIER, write_package
from ipx.evidence.verification import CONTENT, HOLDS, REFUSED, UNREADABLE

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/evidence_bundle_2.json").read_text("utf-8"))
BUNDLE, TEXT = VECTORS["holds"][0]["bundle"].encode(), VECTORS["holds"][0]["content"].encode()
FACTS = CertificateFacts(
    title="Process for β-carotene <b>&</b> 木材",
    document="report.pdf",
    organisation="Laboratory",
    verify_url="https://ipx.example/verify",
    is_final=True,
)


@pytest.fixture(scope="module")
def certificate() -> Any:
    return write_certificate(BUNDLE, FACTS)


def test_it_is_a_pdf_with_the_bundle_attached(certificate: bytes) -> None:
    with pikepdf.open(io.BytesIO(certificate)) as document:
        assert document.attachments[ATTACHMENT].get_file().read_bytes() == BUNDLE
        assert len(document.pages) == 1


def test_it_carries_the_program_that_checks_it(certificate: bytes) -> None:
    with pikepdf.open(io.BytesIO(certificate)) as document:
        assert document.attachments[VERIFIER].get_file().read_bytes() == Path(verify_alone.__file__).read_bytes()


def test_the_draft_of_a_declaration_has_a_page_of_its_own_and_leaves_blanks() -> None:
    facts = replace(FACTS, with_declaration=True, is_simulated=True)
    with pikepdf.open(io.BytesIO(write_certificate(BUNDLE, facts))) as document:
        assert len(document.pages) == 2
    anchor = json.loads(BUNDLE)["anchor"]
    words = " ".join(draft_declaration(bundles.read(BUNDLE), document="d.pdf", verifier_sha256="5a" * 32))
    for said in ("902(13)", "902(14)", "902(11)", "1746", "5a" * 32, anchor["transaction"], "“d.pdf”", BLANK):
        assert said in words
    assert hashlib.sha256(TEXT).hexdigest() in words
    sealed = bundles.read(VECTORS["holds"][1]["bundle"].encode())
    assert f"The bundle names {BLANK}." in " ".join(draft_declaration(sealed, document="d", verifier_sha256=""))


def test_something_else_in_a_certificate_is_refused_by_name() -> None:
    verdict = verify_document(seal(b"%PDF-1.7\nstartxref\n1\n%%EOF\n", b"no bundle"))
    assert verdict.outcome == REFUSED
    assert verdict.failed is not None
    assert verdict.failed.name == "form"


def test_the_package_is_the_same_every_time_and_holds_what_is_needed(certificate: bytes) -> None:
    made = write_package(bundle=BUNDLE, certificate=certificate, verify_url="https://ipx.example/verify")
    assert made == write_package(bundle=BUNDLE, certificate=certificate, verify_url="https://ipx.example/verify")
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        assert package.testzip() is None
        held = {name: package.read(name) for name in package.namelist()}
    assert (held["evidence.ipx-evidence.json"], held["certificate.pdf"]) == (BUNDLE, certificate)
    assert b"https://ipx.example/verify" in held["README.txt"]
    assert set(held) == {"README.txt", "evidence.ipx-evidence.json", "certificate.pdf", "verify.py"}


def test_the_same_input_gives_the_same_bytes(certificate: bytes) -> None:
    assert write_certificate(BUNDLE, FACTS) == certificate


def test_the_end_of_the_file_is_where_readers_look_for_it(certificate: bytes) -> None:
    assert b"startxref" in certificate[-1024:]
    assert certificate.endswith(b"%%EOF\n")


def test_it_holds_like_the_bundle(certificate: bytes) -> None:
    verdict = verify_document(certificate, file_sha256=hashlib.sha256(TEXT).digest())
    assert verdict.outcome == HOLDS
    assert verdict.steps[0].name == "certificate"
    assert verify_document(BUNDLE).steps[0].name == "form"


def test_every_changed_byte_is_refused(certificate: bytes) -> None:
    chance = random.Random(3)
    tail = range(len(certificate) - 2500, len(certificate))
    places = {*tail, *chance.sample(range(len(certificate)), 500), *range(20)}
    for place in places:
        changed = bytearray(certificate)
        changed[place] ^= chance.randint(1, 255)
        verdict = verify_document(bytes(changed))
        assert verdict.outcome == REFUSED, place
        assert verdict.failed is not None


def test_a_cut_certificate_is_refused(certificate: bytes) -> None:
    for end in range(len(certificate) - 3000, len(certificate), 97):
        assert verify_document(certificate[:end]).outcome in (REFUSED, UNREADABLE)
    assert verify_document(certificate + b"x").outcome == REFUSED


def test_a_signature_added_later_is_said_and_not_refused(certificate: bytes) -> None:
    added = certificate + b"9 0 obj\n<<>>\nendobj\nxref\n0 0\ntrailer\n<<>>\nstartxref\n1\n%%EOF\n"
    verdict = verify_document(added)
    assert verdict.outcome == HOLDS
    assert verdict.steps[0].ok is None


def test_another_pdf_is_unreadable() -> None:
    sink = io.BytesIO()
    canvas = Canvas(sink)
    canvas.drawString(72, 720, "an invoice")
    canvas.save()
    assert verify_document(sink.getvalue()).outcome == UNREADABLE


def test_a_block_that_is_not_final_is_said_on_the_page() -> None:
    facts = CertificateFacts("Title", "d.pdf", "Lab", "https://ipx.example/verify", is_final=False)
    assert write_certificate(BUNDLE, facts) != write_certificate(BUNDLE, FACTS)


# ── the command ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def run(tmp_path: Path, certificate: bytes) -> Any:
    app = Typer(add_completion=False)
    app.command()(verify)
    (tmp_path / "bundle").write_bytes(BUNDLE)
    (tmp_path / "certificate.pdf").write_bytes(certificate)
    (tmp_path / "document").write_bytes(TEXT)
    (tmp_path / "other").write_bytes(b"another text")
    (tmp_path / "damaged").write_bytes(BUNDLE.replace(b"31337", b"31338"))

    def invoke(*arguments: Any) -> Any:
        paths = {file.name: str(file) for file in tmp_path.iterdir()}
        return CliRunner().invoke(app, [paths.get(argument, argument) for argument in arguments])

    return invoke


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["bundle"], 0),
        (["bundle", "--file", "document"], 0),
        (["bundle", "--file", "document", "--require", "content"], 0),
        (["certificate.pdf", "--file", "document"], 0),
        (["bundle", "--file", "other"], 1),
        (["certificate.pdf", "--file", "other"], 1),
        (["bundle", "--require", "header"], 1),
        (["bundle", "--require", "chain"], 1),
        (["bundle", "--require", "chain", "--rpc", "http://127.0.0.1:9"], 1),
        (["damaged"], 1),
        (["document"], 2),
        (["missing"], 2),
        (["bundle", "--file", "missing"], 2),
        (["bundle", "--rpc", "file:///etc/passwd"], 2),
        (["bundle", "--require", "everything"], 2),
    ],
)
def test_exit_codes(run: Any, arguments: Any, code: Any) -> None:
    assert run(*arguments).exit_code == code


def test_the_words_name_every_step_and_the_level(run: Any) -> None:
    shown = run("bundle", "--file", "document").output
    for word in ("form", "digest", "file", "commitment", "path", "head", "chain", "“content”", "does not prove"):
        assert word in shown
    assert "enuine" not in shown
    assert "step “digest”" in run("damaged").output


def test_json_is_json(run: Any) -> None:
    record = json.loads(run("bundle", "--json", "--require", "chain").output)
    assert (record["outcome"], record["level"], record["required"], record["exit_code"]) == (HOLDS, CONTENT, "chain", 1)


def test_the_help_has_an_example(run: Any) -> None:
    assert "Example: ipx verify" in run("--help").output
