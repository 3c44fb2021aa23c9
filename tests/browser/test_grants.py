"""Declaring an agreement made elsewhere in a browser, and seeing what is left."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bench.people import arrive as institute
from bench.people import publish
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.timeout(240)
def test_a_declared_agreement_shows_in_what_is_left_and_on_the_listing(
    site: str, arrive: Callable[[str], Visitor]
) -> None:
    story = institute(site)
    listing = publish(story)
    sent = story.institute.request("GET", f"/technologies/{story.technology}").request.headers["Cookie"]
    manager, stranger = arrive("licensing manager"), arrive("stranger")
    manager.page.context.add_cookies(
        [{"name": part.split("=", 1)[0], "value": part.split("=", 1)[1], "url": site} for part in sent.split("; ")]
    )
    page = manager.open(f"/technologies/{story.technology}/grants", "grants, none declared")
    page.get_by_role("link", name="Declare an agreement").click()
    manager.look("declare an agreement")
    page.get_by_role("button", name="Declare the agreement").click()
    manager.look("declare an agreement, refused")
    page.get_by_label("With whom").fill("Northern Cells AS")
    page.get_by_label("Exclusivity").select_option("exclusive")
    for act in ("make", "use", "sell"):
        page.get_by_label(act, exact=True).check()
    page.get_by_label("Territory").fill("EEA; -NO")
    page.get_by_label("First day").fill("2024-03-01")
    page.get_by_label("Last day, or what ends it").fill("last-to-expire")
    page.get_by_role("button", name="Declare the agreement").click()
    manager.look("grants, one declared")
    assert page.get_by_text("Northern Cells AS").is_visible()
    page.get_by_role("button", name="State that these are all").click()
    page.get_by_text(re.compile("Free as declared by")).wait_for()
    manager.open(f"/technologies/{story.technology}", "technology with grants")
    page.get_by_text("Said to be complete").wait_for()
    shown = stranger.open(listing, "listing, partly granted")
    assert shown.get_by_text("EEA without Norway").is_visible()
    assert shown.get_by_text("Northern Cells").count() == 0
    assert shown.get_by_text("Exactly these terms cannot be granted any more").is_visible()
