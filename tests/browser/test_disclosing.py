"""An invention is disclosed in a browser: it saves itself, inventors confirm by link, and the office decides."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.test_the_whole_story import signs_up
from tests.browser.visitor import PATIENCE_MS, Visitor

pytestmark = pytest.mark.browser


@pytest.mark.timeout(240)
def test_disclosing_an_invention(arrive: Callable[[str], Visitor]) -> None:
    ada, eva = arrive("discloser"), arrive("inventor")
    signs_up(ada, "Ada Brown", "Institute for Disclosures")
    ada.open("/inventions", "no disclosures")
    ada.press("Disclose an invention")
    ada.look("begin a disclosure")
    ada.fill(title="A glaze that does not crack")
    ada.press("Begin")
    ada.page.locator("[name=problem]").press_sequentially("Glazes crack when they cool.")
    expect(ada.page.locator("[data-autosave-state]")).to_have_text("Saved.", timeout=PATIENCE_MS)
    ada.page.reload()
    expect(ada.page.locator("[name=problem]")).to_have_value("Glazes crack when they cool.")
    ada.look("disclosure, the invention")
    ada.press("Save, and go on to: Inventors")
    ada.fill(**{"entries-0-name": "Ada Brown", "entries-0-employer": "Institute for Disclosures"})
    ada.press("Save, and add another")
    ada.fill(**{"entries-1-name": "Eva Horn", "entries-1-email": "eva.horn@disclosures.example"})
    ada.look("disclosure, inventors")
    ada.press("Save, and go on to: Funding")
    ada.press("Save")
    place = ada.page.url.partition("#")[0]
    ada.open(f"{place}/write/publications", "disclosure, publications")
    ada.fill(**{"entries-0-what": "Talk in Bergen", "entries-0-on": "2026-03-31"})
    ada.press("Save")
    ada.sees("Europe: absolute novelty")
    ada.look("disclosure, before it is submitted")
    ada.press("Submit to the technology office")
    ada.sees("Somebody else has to judge this")
    ada.look("disclosure, submitted")
    confirms(eva)
    ada.page.reload()
    ada.sees("Inventorship confirmed")
    ada.open("/deadlines", "deadlines")
    ada.sees("United States: year of grace")
    ada.open("/inventions", "disclosures")


def confirms(eva: Visitor) -> None:
    """Open the link in the mail, without an account."""
    eva.page.goto("/mailbox")
    link = re.search(r"/inventions/inventor/[0-9a-f]{64}", eva.page.content())
    assert link
    eva.open(link[0], "are you an inventor")
    eva.press("Send my answer")
    eva.sees("Choose an answer.")
    eva.page.get_by_label("I confirm it", exact=False).check()
    eva.press("Send my answer")
    eva.sees("Your confirmation is recorded")
    eva.look("inventor has answered")
