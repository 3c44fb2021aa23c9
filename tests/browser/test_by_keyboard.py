"""Everything can be done without a mouse: skipping to the content, menus, forms, explanations, the language."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser


def tab_to(visitor: Visitor, name: str, *, most: int = 60) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        if focused(visitor) == name:
            return
    raise AssertionError(f"{name} cannot be reached by Tab on {visitor.page.url}")


def focused(visitor: Visitor) -> str:
    return str(
        visitor.page.evaluate(
            "() => { const e = document.activeElement; return (e.getAttribute('aria-label') ||"
            " (e.labels && e.labels[0] ? e.labels[0].innerText : e.innerText) || '').trim() }"
        )
    )


def test_the_first_tab_leads_past_the_header(arrive: Callable[[str], Visitor]) -> None:
    reader = arrive("reader")
    page = reader.open("/verify")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Evidence bundle")).to_be_focused()


def test_the_menu_of_a_phone_opens_and_closes(arrive: Callable[[str], Visitor]) -> None:
    reader = arrive("reader")
    reader.page.set_viewport_size(PHONE)
    reader.page.goto("/")
    links = reader.page.get_by_role("navigation", name="Main").get_by_role("link", name="Needs")
    expect(links).to_be_hidden()
    tab_to(reader, "Menu")
    reader.page.keyboard.press("Enter")
    expect(links).to_be_visible()
    reader.page.keyboard.press("Escape")
    expect(links).to_be_hidden()
    assert focused(reader) == "Menu"
    reader.page.keyboard.press("Enter")
    tab_to(reader, "Needs")
    with reader.page.expect_navigation():
        reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Needs")


def test_a_form_is_filled_in_and_mended(arrive: Callable[[str], Visitor]) -> None:
    reader = arrive("reader")
    page = reader.open("/sign-in")
    tab_to(reader, "E-mail address")
    page.keyboard.type("nobody@example.org")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first thing to mend
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail address")).to_have_value("nobody@example.org")


def test_light_and_dark_are_a_choice_that_stays(arrive: Callable[[str], Visitor]) -> None:
    reader = arrive("reader")
    page = reader.open("/verify")
    colour = "() => getComputedStyle(document.body.parentElement).backgroundColor"
    before = page.evaluate(colour)
    tab_to(reader, "Switch between light and dark")
    page.keyboard.press("Enter")
    assert page.evaluate(colour) != before
    page.goto("/sign-in")
    assert page.evaluate(colour) != before


def test_the_language_is_switched_on_the_same_page(arrive: Callable[[str], Visitor]) -> None:
    reader = arrive("reader")
    page = reader.open("/search?q=membrane")
    tab_to(reader, "简体中文")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("main input[type='search'][name='q']")).to_have_value("membrane")
    expect(page.get_by_role("navigation", name="主导航")).to_contain_text("搜索")
    reader.look("search, in Chinese")
    reader.open("/", "home, in Chinese")
    reader.open("/verify", "verify, in Chinese")
    tab_to(reader, "English")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this file what they say it was, then?")
