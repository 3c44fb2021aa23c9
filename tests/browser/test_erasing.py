"""An owner holds a document, lifts the hold, has it erased for ever, and takes the certificate away."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from tests.browser.test_the_whole_story import deposits, describes_a_technology, signs_up
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.timeout(180)
def test_holding_and_erasing_a_document(arrive: Callable[[str], Visitor], report: Path) -> None:
    owner = arrive("eraser")
    signs_up(owner, "Ada Brown", "Institute for Forgetting")
    describes_a_technology(owner)
    deposits(owner, report)
    owner.press(report.name)
    owner.look("document, own")
    owner.press("Legal hold and erasure")
    owner.look("hold and erasure")
    place = owner.page.url
    owner.page.get_by_text("Place a legal hold").click()
    owner.fill(**{"hold-reason": "Proceedings are under way"})
    owner.press("Place the hold")
    owner.sees("It cannot be erased before the hold is lifted.")
    owner.look("held")
    owner.page.get_by_text("Lift the hold “").click()
    owner.page.locator("main [name$='-reason'][name^='lift']").fill("They have ended")
    owner.press("Lift the hold")
    owner.press("Erase for ever")  # nothing is filled in yet
    owner.look("erasing, refused")
    number = place.split("/documents/")[1][:8]
    owner.fill(reason="Agreed with our partner", number=number)
    owner.page.locator("main [name='confirmed']").check()
    owner.press("Erase for ever")
    owner.sees("Files of the database cleared")
    owner.sees("Certificate of erasure (PDF)")
    owner.look("erased")
    with owner.page.expect_download() as download:
        owner.page.get_by_role("link", name="Certificate of erasure (PDF)").click()
    with pikepdf.open(io.BytesIO(download.value.path().read_bytes())) as paper:
        assert number in str(paper.docinfo["/Title"])
    owner.press("The document")
    owner.look("document, erased")
