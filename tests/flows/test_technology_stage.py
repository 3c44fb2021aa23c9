"""The stage of a technology in the city's life cycle: written, shown on both pages, narrowed by in the search."""

from __future__ import annotations

import re

from tests.pages import hidden, words_of


def test_a_stage_goes_from_the_form_to_both_pages_and_the_search(world):
    owner = world.organisation()
    technology_id = world.technology(owner, document=False)
    page = f"/technologies/{technology_id}"
    form = owner.get(f"{page}/edit").text
    fields = {
        "title": "Kite that dispatches",
        "problem": "Grids are slow.",
        "summary": "A kite that sees clouds before the grid feels them.",
        "trl": "5",
        "stage": "conversion",
        "revision": hidden(form, "revision"),
    }
    assert owner.post(f"{page}/edit", fields, page=f"{page}/edit").status_code == 302
    assert "Stage Where it stands" in words_of(owner.get(page).text)
    assert "Conversion" in words_of(owner.get(page).text)
    (chosen,) = re.findall(r"<option[^>]*conversion[^>]*>", owner.get(f"{page}/edit").text)
    assert "selected" in chosen
    listing = world.listing(owner, technology_id)
    world.settle()
    stranger = world.app.test_client()
    assert "Conversion" in words_of(stranger.get(f"/listings/{listing.id}").text)
    for stage, found in (("conversion", True), ("research", False)):
        answer = stranger.get(f"/search?q=kite+dispatches&stage={stage}").text
        assert (f"/listings/{listing.id}" in answer) is found


def test_an_unknown_stage_is_refused_at_its_field(world):
    owner = world.organisation()
    page = f"/technologies/{world.technology(owner, document=False)}/edit"
    form = owner.get(page).text
    fields = {"title": "Kite", "problem": "Wind.", "stage": "orbit", "revision": hidden(form, "revision")}
    assert owner.post(page, fields, page=page).status_code == 422
