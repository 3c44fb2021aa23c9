"""Words are found inside a confidential document on the reader's device: with a receipt, telling nobody what."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect
from reportlab.pdfgen.canvas import Canvas

from tests.browser.test_the_whole_story import describes_a_technology, signs_up
from tests.browser.visitor import PATIENCE_MS, Visitor

pytestmark = pytest.mark.browser
WORD = "quernstone"


@pytest.mark.timeout(240)
def test_finding_words_without_sending_them(arrive: Callable[[str], Visitor], tmp_path: Path) -> None:
    ada = arrive("finder")
    signs_up(ada, "Ada Brown", "Institute for Findings")
    describes_a_technology(ada)
    deposits(ada, a_paper(tmp_path / "paper.pdf"))
    ada.press("Find words")
    ada.look("find words")
    ada.press_in_place("Open here and leave a receipt")
    ada.sees("Purpose is missing")
    ada.fill(purpose="To see how hot it gets")
    ada.press_in_place("Open here and leave a receipt")
    expect(ada.page.locator("[data-find-words]")).to_be_focused(timeout=PATIENCE_MS)
    asked: list[Request] = []

    def note(request: Request) -> None:  # the driver takes no built-in function
        asked.append(request)

    ada.page.on("request", note)
    ada.page.keyboard.type(WORD.upper())
    ada.page.keyboard.press("Enter")
    ada.sees("2 places")
    expect(ada.page.locator("[data-find-hits] mark")).to_have_text([WORD, WORD.title()])
    ada.sees("page 2")
    assert asked == []
    ada.look("find words, found")
    ada.page.go_back()
    ada.sees("To see how hot it gets")


def a_paper(path: Path) -> Path:
    canvas = Canvas(str(path))
    canvas.drawString(72, 720, f"A {WORD} turns slowly.")
    canvas.showPage()
    canvas.drawString(72, 720, f"{WORD.title()} at 412 K.")
    canvas.save()
    return path


def deposits(visitor: Visitor, paper: Path) -> None:
    page = visitor.page
    page.set_input_files("#upload-confidential-file", paper)
    expect(page.locator("#upload-confidential [data-upload-send]")).to_be_enabled()
    visitor.press("Seal and deposit")
    visitor.follow(page.locator(".document a", has_text=paper.name).first)
