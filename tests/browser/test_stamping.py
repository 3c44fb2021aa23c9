"""A file is stamped in the browser and never leaves it; with the receipt alone one comes back for the evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from ipx.evidence import stamp_receipt
from ipx.evidence.verification import HOLDS, verify_bundle
from tests.browser.test_the_whole_story import signs_up
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
PATIENCE_MS = 90_000


@pytest.mark.timeout(300)
def test_stamping_a_file_that_never_leaves_the_machine(arrive: Callable[[str], Visitor], tmp_path: Path) -> None:
    ada = arrive("stamper")
    signs_up(ada, "Ada Brown", "Institute for Secrets")
    ada.press("Stamp a file")
    ada.look("stamp a file")
    sent: list[Request] = []

    def note(request: Request) -> None:  # the driver takes no built-in function
        sent.append(request)

    ada.page.on("request", note)
    secrets = chosen(ada, tmp_path)
    receipt = saved_before_anything_is_sent(ada, tmp_path, sent)
    ada.page.get_by_role("button", name="Send the commitment").click()
    evidence = evidence_of(ada, tmp_path, len(secrets))
    ada.look("stamp a file, done")
    never_sent = [stamp.salt.hex() for stamp in receipt.stamps]
    for name, content in secrets.items():
        digest = hashlib.sha256(content).digest()
        verdict = verify_bundle(evidence[name], file_sha256=digest)
        assert verdict.outcome == HOLDS, verdict.summary
        never_sent += [digest.hex(), name]
    assert sent
    for request in sent:
        said = request.url + (request.post_data or "")
        assert not [secret for secret in never_sent if secret in said], request.url
    comes_back_with_the_receipt_alone(ada, tmp_path, evidence)


def chosen(ada: Visitor, folder: Path) -> dict[str, bytes]:
    """Choose two files, one of them larger than what is read at once."""
    secrets = {"melt.txt": b"How it is molten.", "data.bin": bytes(range(256)) * 20_000}
    for name, content in secrets.items():
        (folder / name).write_bytes(content)
    ada.page.get_by_label("Files to stamp").set_input_files([folder / name for name in secrets])
    ada.sees("First save the receipt")
    ada.look("stamp a file, the receipt")
    return secrets


def saved_before_anything_is_sent(ada: Visitor, folder: Path, sent: list[Request]) -> stamp_receipt.StampReceipt:
    """Download the receipt; only then can the rest be done, and nothing was sent until here."""
    send, mine = ada.page.get_by_role("button", name="Send the commitment"), ada.page.get_by_role("checkbox")
    expect(send).to_be_disabled()
    expect(mine).to_be_disabled()
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Download the receipt").click()
    download.value.save_as(folder / "kept.ipx-stamp.json")
    expect(send).to_be_disabled()
    mine.check()
    expect(send).to_be_enabled()
    assert not [request for request in sent if request.method == "POST"]
    return stamp_receipt.read((folder / "kept.ipx-stamp.json").read_bytes())


def evidence_of(ada: Visitor, folder: Path, count: int) -> dict[str, bytes]:
    """Wait until all is final, and take the evidence of each file."""
    links = ada.page.get_by_role("link", name="Download the evidence")
    expect(links).to_have_count(count, timeout=PATIENCE_MS)
    found: dict[str, bytes] = {}
    for link in links.all():
        with ada.page.expect_download() as download:
            link.click()
        name = download.value.suggested_filename
        assert name.endswith(".ipx-evidence.json")
        download.value.save_as(folder / name)
        found[name.removesuffix(".ipx-evidence.json")] = (folder / name).read_bytes()
    ada.sees("Timestamped, and final")
    return found


def comes_back_with_the_receipt_alone(ada: Visitor, folder: Path, evidence: dict[str, bytes]) -> None:
    ada.page.goto("/stamp")
    ada.page.get_by_label("Files to stamp").set_input_files(folder / "kept.ipx-stamp.json")
    assert evidence_of(ada, folder, len(evidence)) == evidence


@pytest.mark.timeout(240)
def test_a_receipt_that_does_not_fit_is_refused(arrive: Callable[[str], Visitor], tmp_path: Path) -> None:
    eve = arrive("stranger")
    signs_up(eve, "Eve Green", "Institute of Others")
    eve.open("/stamp")
    vectors = json.loads(Path("docs/spec/vectors/stamp_receipt.json").read_text())
    (tmp_path / "other.ipx-stamp.json").write_text(vectors["receipts"][0]["receipt"])
    (tmp_path / "broken.ipx-stamp.json").write_text(vectors["refused"][0]["receipt"])
    field = eve.page.get_by_label("Files to stamp")
    field.set_input_files(tmp_path / "other.ipx-stamp.json")
    eve.sees("made for another organisation")
    eve.look("stamp a file, refused")
    field.set_input_files(tmp_path / "broken.ipx-stamp.json")
    eve.sees("This is no receipt")


@pytest.mark.timeout(240)
def test_a_token_is_shown_once(arrive: Callable[[str], Visitor]) -> None:
    ada = arrive("programmer")
    signs_up(ada, "Ada Black", "Institute of Programs")
    ada.open("/account", "account with tokens")
    ada.open("/account/tokens", "tokens, none yet")
    ada.fill(name="build server")
    ada.press("Make the token")
    ada.sees("ipx_")
    ada.look("a new token")
    ada.press("I have copied it")
    ada.sees("build server")
    ada.look("tokens")
    expect(ada.page.locator("main")).not_to_contain_text("ipx_")
    ada.press("Revoke build server", exact=False)
    ada.sees("revoked on")
    ada.open("/api")
