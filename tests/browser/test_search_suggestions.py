"""The search line completes what is typed, by keyboard; and the pages around a search, looked at as people see them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bench.people import arrive as institute
from bench.people import publish
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.timeout(240)
def test_a_title_is_completed_chosen_by_keyboard_and_opened(site: str, arrive: Callable[[str], Visitor]) -> None:
    story = institute(site)
    listing = publish(story)
    stranger = arrive("stranger")
    page = stranger.open("/search?left=all&countries=DE", "search by rights")
    title = page.locator(".results h2 a").first.inner_text()
    line = page.get_by_role("combobox", name="Search technologies")
    line.press_sequentially(title.split(" ", maxsplit=1)[0][:5])
    option = page.get_by_role("option").filter(has_text=title)
    expect(option).to_be_visible()
    expect(line).to_have_attribute("aria-expanded", "true")
    stranger.look("search, suggestions open")
    line.press("Escape")
    expect(option).to_be_hidden()
    line.press_sequentially(title.split(" ", maxsplit=1)[0][5:] or " ")
    expect(option).to_be_visible()
    while option.get_attribute("aria-selected") != "true":
        line.press("ArrowDown")
    line.press("Enter")
    page.wait_for_url("**/listings/*")
    assert listing.startswith("/listings/")
    stranger.open(f"{listing}/like", "more like this")
    stranger.open("/search?q=title:(broken", "search, an expression that cannot be read")
    stranger.open("/search?q=unheard-of&readiness=7-9", "search, nothing found")


@pytest.mark.timeout(120)
def test_a_long_text_is_cut_to_what_the_server_reads_and_answered(arrive: Callable[[str], Visitor]) -> None:
    stranger = arrive("stranger")
    page = stranger.open("/search")
    line = page.get_by_role("combobox", name="Search technologies")
    line.click()
    page.keyboard.insert_text("电池的寿命 " * 500)
    assert len(line.input_value()) == 800
    with page.expect_navigation() as gone:
        line.press("Enter")
    answer = gone.value
    assert answer is not None
    assert answer.status == 200
