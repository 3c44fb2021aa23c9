"""A document is sealed in the browser: what leaves it are public keys, ciphertext and a commitment, nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from ipx.evidence.verification import HOLDS, verify_bundle
from tests.browser.test_the_whole_story import describes_a_technology, signs_up
from tests.browser.visitor import PATIENCE_MS, Visitor

pytestmark = pytest.mark.browser
MARK = "quernstone-canary-9137"
OWN_NAME = "quench recipe 77.txt"


class Watch:
    """All that a page sends, as bytes."""

    def __init__(self, visitor: Visitor) -> None:
        self.sent: list[bytes] = []
        visitor.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        said = (request.url + repr(sorted(request.headers.items()))).encode()
        self.sent.append(said + (request.post_data_buffer or b""))

    def check_nothing_of(self, *secrets: bytes) -> None:
        assert self.sent
        for secret in secrets:
            assert not [one[:200] for one in self.sent if secret in one], secret


@pytest.mark.timeout(600)
def test_a_document_sealed_in_the_browser(arrive: Callable[[str], Visitor], tmp_path: Path) -> None:
    ada, ben = arrive("sealer"), arrive("reader")
    signs_up(ada, "Ada White", "Institute for Own Keys")
    watches = [Watch(ada), Watch(ben)]
    key_file = makes_a_recipient(ada, tmp_path / "ada")
    describes_a_technology(ada)
    content = f"{MARK}: how it is quenched.\n".encode() * 9_000
    place = seals(ada, tmp_path, content)
    opens(ada, key_file, content, purpose="To read it again", is_owner=True)
    completes_the_evidence(ada, place, key_file, content)
    signs_up(ben, "Ben Black", "Readers of Sealed Things")
    ada.open(f"{place}/grants/new")
    ada.page.locator("main [name='email']").fill("reader@example.org")
    ada.fill(reason="Assesses the process for us", until="2031-01-01")
    ada.press("Grant access")
    ada.sees("Somebody waits for the key")
    ada.look("a sealed document, somebody waits")
    waits_for_the_key(ben, place)
    readers_file = makes_a_recipient(ben, tmp_path / "ben", label="our safe")
    hands_over(ada, place, key_file, wrong=readers_file)
    ben.open(place, "a sealed document, for its reader")
    ben.press("Open")
    opens(ben, readers_file, content, purpose="To assess it", is_owner=False)
    ada.open(place)
    ada.sees("To assess it")
    ada.press("End it: Ben Black", exact=False)
    seals_anew(ada, place, key_file, makes_a_recipient(ada, tmp_path / "second", label="second safe"), content)
    ben.refusals.add(404)
    ben.page.goto(f"{place}/key.age")
    ben.sees("There is no such document")
    for file in (key_file, readers_file):
        assert file.read_text().splitlines()[-1].startswith("AGE-SECRET-KEY-1")
    for watch in watches:
        watch.check_nothing_of(MARK.encode(), b"AGE-SECRET-KEY-", OWN_NAME.encode(), b"quench recipe")
    watches[0].check_nothing_of(hashlib.sha256(content).hexdigest().encode(), hashlib.sha256(content).digest())


def makes_a_recipient(ada: Visitor, folder: Path, label: str = "safe of the office") -> Path:
    """Make a key in the browser, keep its file, and show that it was kept."""
    folder.mkdir()
    ada.open("/organisation")
    ada.press("Recipients of your organisation")
    ada.look("recipients, none yet")
    ada.fill(label=label)
    ada.page.get_by_role("checkbox").check()
    ada.press_in_place("Make the key in this browser")
    ada.sees("First save the key file")
    ada.look("recipients, made")
    send = ada.page.get_by_role("button", name="Send the public half")
    expect(send).to_be_disabled()
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Download the key file").click()
    kept = folder / download.value.suggested_filename
    download.value.save_as(kept)
    ada.follow(send)
    ada.sees("waits for its key file")
    ada.look("recipients, to be proven")
    drop = ada.page.get_by_label("Drop the key file of this recipient")
    other = folder / "other.txt"
    other.write_text(re.sub(r"AGE-SECRET-KEY-1.{5}", "AGE-SECRET-KEY-1QQQQQ", kept.read_text()))
    drop.set_input_files(other)
    ada.sees("This is not the key file of this recipient")
    with ada.page.expect_navigation():
        drop.set_input_files(kept)
    ada.sees("The key file fits")
    ada.look("recipients, active")
    return kept


def seals(ada: Visitor, folder: Path, content: bytes) -> str:
    """Seal a file in the browser and send it; return the address of its page."""
    (folder / OWN_NAME).write_bytes(content)
    ada.press("Seal a document in this browser")
    ada.look("seal a document")
    ada.page.set_input_files("#upload-sealed-file", folder / OWN_NAME)
    expect(ada.page.locator("#upload-sealed [data-upload-send]")).to_be_enabled(timeout=PATIENCE_MS)
    ada.page.get_by_label("Name shown here").fill("Quenching, second run")
    ada.page.locator("#upload-sealed-control").select_option("none")
    ada.look("seal a document, ready")
    ada.press("Send the sealed file")
    ada.sees("Sealed in a browser: never seen by us")
    ada.look("a sealed document")
    place = ada.page.url
    ada.press("Open")
    ada.look("open a sealed document")
    return place


def opens(reader: Visitor, key_file: Path, content: bytes, *, purpose: str, is_owner: bool) -> None:
    """Open the document with a key file, on its page *Open*."""
    reader.fill(purpose=purpose)
    if not is_owner:
        reader.look("open a sealed document, reader")
        reader.page.get_by_label("Nationality", exact=True).select_option("CH")
        reader.fill(end_use="Our own assessment")
    reader.press_in_place("Open in this browser")
    reader.sees("Choose the key file first")
    reader.page.get_by_label("Key file of your organisation").set_input_files(key_file)
    reader.press_in_place("Open in this browser")
    reader.sees("the very file that was sealed")
    stamped = reader.page.get_by_text("Its fingerprint fits the commitment")
    expect(stamped).to_be_visible() if is_owner else expect(stamped).to_be_hidden()
    reader.look(f"a sealed document opened, {'owner' if is_owner else 'reader'}")
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="Save").click()
    assert download.value.suggested_filename == OWN_NAME
    assert Path(download.value.path()).read_bytes() == content


def completes_the_evidence(ada: Visitor, place: str, key_file: Path, content: bytes) -> None:
    """Make the full bundle in the browser; it holds for a stranger."""
    ada.open(f"{place}/evidence")
    expect(ada.page.get_by_text("Final, block").first).to_be_visible(timeout=90_000)
    ada.page.reload()
    ada.look("evidence of a sealed document")
    ada.page.get_by_label("Key file of your organisation").set_input_files(key_file)
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Download the complete evidence bundle").click()
    bundle = Path(download.value.path()).read_bytes()
    verdict = verify_bundle(bundle, file_sha256=hashlib.sha256(content).digest())
    assert verdict.outcome == HOLDS, verdict.summary


def waits_for_the_key(ben: Visitor, place: str) -> None:
    ben.open(place, "a sealed document, pending")
    ben.sees("Pending: its key was not handed over yet")
    ben.press("Open")
    ben.sees("Your organisation needs a recipient for that")
    ben.look("open a sealed document, pending")


def seals_anew(ada: Visitor, place: str, key_file: Path, later: Path, content: bytes) -> None:
    """Seal the key for a recipient that was made after the document; its key file opens it then."""
    ada.open(place)
    ada.press("Seal it anew")
    ada.look("seal anew")
    ada.page.get_by_label("Key file of your organisation").set_input_files(key_file)
    with ada.page.expect_navigation():
        ada.press_in_place("Seal it anew")
    ada.sees("every active key file of your organisation opens it")
    ada.page.goto(f"{place}/open")
    opens(ada, later, content, purpose="To try the second key file", is_owner=True)


def hands_over(ada: Visitor, place: str, key_file: Path, *, wrong: Path) -> None:
    ada.open(place)
    ada.press("Hand the key over")
    ada.look("hand over")
    drop = ada.page.get_by_label("Key file of your organisation")
    press = ada.page.get_by_role("button", name="Hand the key over")
    drop.set_input_files(wrong)
    press.click()
    ada.sees("This key file does not open it")
    drop.set_input_files(key_file)
    with ada.page.expect_navigation():
        press.click()
    ada.sees("handed over on")
    ada.look("hand over, done")
