"""An administrator takes a proof about the log away, and the page Verify reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_the_whole_story import deposits, describes_a_technology, is_invited, signs_up
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
LOOKS = 80


@pytest.mark.timeout(300)
def test_a_proof_about_the_log_is_read_by_the_page_verify(
    arrive: Callable[[str], Visitor], report: Path, tmp_path: Path
) -> None:
    institute, administrator = arrive("log-institute"), arrive("log-administrator")
    signs_up(institute, "Ada Brown", "Institute for Logs")
    describes_a_technology(institute)
    deposits(institute, report)
    is_invited(administrator, by=institute, email="log-administrator@example.org")
    checks_a_proof_about_the_log(administrator, tmp_path)


def checks_a_proof_about_the_log(visitor: Visitor, folder: Path) -> None:
    visitor.open("/history/audit")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Proof of consistency").first.click()
    proof, changed = folder / "audit-proof.json", folder / "audit-proof changed.json"
    download.value.save_as(proof)
    page = visitor.open("/verify")
    holds = page.get_by_role("heading", name="The proof about the log holds")
    for _ in range(LOOKS):  # until the newest head's block is final
        page.set_input_files("[data-verify-bundle]", proof)
        expect(page.locator("[data-verdict^=log-]:visible")).to_have_count(1)
        if holds.is_visible():
            break
        page.wait_for_timeout(250)
    visitor.sees("The later log continues the earlier one")
    visitor.look("verify, a proof about the log")
    text = proof.read_text("utf-8")
    at = text.index('"consistency":["') + 20
    changed.write_text(text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1 :])
    page.set_input_files("[data-verify-bundle]", changed)
    visitor.sees("Refused: the proof about the log does not hold")
    visitor.look("verify, a proof about the log, refused")
