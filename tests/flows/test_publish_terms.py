"""Publishing with every field of the terms: begun with a pack, changed field by field, shown in words, then listed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from ipx.catalogue.service import CatalogueService
from ipx.licences.packs.packs import NAMES, pack
from ipx.licences.terms_form.typed import typed_of
from ipx.licences.terms_v2.rules import checked_terms
from tests.licence_terms import terms
from tests.pages import Person, words_of
from tests.world import World

FILED = {"novelty": "filed", "filed_on": (datetime.now(UTC) - timedelta(days=1)).date().isoformat()}


class Fields(HTMLParser):
    """What a browser would send of a page: every named control with its value."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            self.sent[self._select] = [found.get("value") or ""]
        elif tag == "textarea":
            self._area = name
            self.sent[name] = [""]
        elif tag == "input" and name and (found.get("type") not in ("checkbox", "radio") or "checked" in found):
            self.sent.setdefault(name, []).append(found.get("value") or "")

    def handle_endtag(self, tag):
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data):
        if self._area:
            self.sent[self._area] = [self.sent[self._area][0] + data.removeprefix("\n")]


def path_of(technology_id: str, name: str | None = None) -> str:
    return f"/technologies/{technology_id}/publish/terms" + (f"?pack={name}" if name else "")


def send(person: Person, path: str, step: str, **changes: str | list[str]):
    """Open the page, change some fields, and press a button; names are paths with __ for dots."""
    sent = Fields(person.get(path).text).sent
    typed = {name.replace("__", "."): value for name, value in changes.items()}
    return person.client.post(path, data={**sent, **FILED, **typed, "step": step})


def listed(world: World, technology_id: str):
    return world.read(lambda s: world.service(CatalogueService).find_by_technology(s, technology_id=technology_id))


@pytest.fixture(scope="module")
def technology_id(world: World, owner: Person) -> str:
    return world.technology(owner, document=False)


def test_the_page_offers_every_pack_and_the_short_form(owner, technology_id):
    page = owner.get(path_of(technology_id)).text
    assert all(f"?pack={name}" in page for name in NAMES)
    assert f'href="/technologies/{technology_id}/publish"' in page
    assert "publish/terms" in owner.get(f"/technologies/{technology_id}/publish").text


def test_the_express_pack_takes_two_answers(world, owner):
    technology_id = world.technology(owner, document=False)
    path = path_of(technology_id, "express")
    first = owner.get(path).text
    assert "You decide" in words_of(first)
    assert "Such as: 9000.00" in words_of(first)
    answers = {"fees__upfront__amount": "1,200", "fees__upfront__currency": "EUR", "law__governing_law": "CH"}
    preview = send(owner, path, "preview", **answers)
    assert preview.status_code == 200, words_of(preview.text)
    assert "EUR 1,200.00" in words_of(preview.text)
    assert listed(world, technology_id) is None
    kept = Fields(preview.text).sent
    published = owner.client.post(path, data={**kept, "step": "publish"})
    assert published.status_code == 302, words_of(published.text)
    found = listed(world, technology_id).terms
    wanted = {**pack("express").example.to_json()}
    wanted["fees"] = {"upfront": {"amount": 120_000, "currency": "EUR"}}
    wanted["law"] = {"governing_law": "CH"}
    assert found.to_json() == wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_answered_as_in_its_example_is_published_as_its_example(world, owner, technology_id, name):
    path = path_of(technology_id, name)
    example = {path: text[0] for path, text in typed_of(pack(name).example.to_json()).items() if len(text) == 1}
    asked = tuple(field.path for field in pack(name).asked if field.required)
    answers = {at.replace(".", "__"): text for at, text in example.items() if at.startswith(asked)} if asked else {}
    assert send(owner, path, "publish", **answers).status_code == 302
    assert listed(world, technology_id).terms == pack(name).example


def test_what_a_pack_asks_and_what_is_wrong_stands_at_the_field_and_nothing_is_lost(world, owner):
    technology_id = world.technology(owner, document=False)
    path = path_of(technology_id, "exclusive-by-field")
    answer = send(
        owner,
        path,
        "preview",
        field_of_use__text="Trams & <b>trains</b>",
        royalty__rate__share_bps="2.555",
        termination__breach_cure_days="a month",
    )
    assert answer.status_code == 422
    words = words_of(answer.text)
    assert "This pack asks for it; give an answer." in words
    assert "Write per cent with two decimals at most" in words
    assert 'href="#terms-fees-upfront"' in answer.text
    assert 'id="terms-fees-upfront"' in answer.text
    sent = Fields(answer.text).sent
    assert sent["royalty.rate.share_bps"] == ["2.555"]
    assert sent["termination.breach_cure_days"] == ["a month"]
    assert sent["field_of_use.text"] == ["Trams & <b>trains</b>"]
    assert "<b>trains" not in answer.text
    assert listed(world, technology_id) is None


def test_the_statement_is_asked_for_on_this_page_too(world, owner):
    path = path_of(world.technology(owner, document=False), "easy-access")
    answer = send(owner, path, "preview", novelty="", diligence__plan="ab" * 32)
    assert answer.status_code == 422
    assert "State whether it is filed" in words_of(answer.text)
    assert Fields(answer.text).sent["diligence.plan"] == ["ab" * 32]


def test_listed_terms_open_in_the_form_that_can_show_them_whole(world, owner):
    wide = checked_terms({**terms().to_json(), "diligence": {"efforts": "best", "failure": "cure", "cure_days": 60}})
    listing = world.listing(owner, terms=wide)
    short = f"/technologies/{listing.technology_id}/publish"
    assert owner.get(short).headers["Location"].endswith("/publish/terms")
    assert send(owner, path_of(listing.technology_id), "publish").status_code == 302
    assert listed(world, listing.technology_id).terms == wide
    assert send(owner, path_of(listing.technology_id), "publish", diligence__cure_days="90").status_code == 302
    assert listed(world, listing.technology_id).terms.diligence.cure_days == 90
    simple = world.listing(owner)
    assert owner.get(f"/technologies/{simple.technology_id}/publish").status_code == 200


def test_rows_are_added_and_taken_away_without_a_script(world, owner):
    listing = world.listing(owner)
    path = path_of(listing.technology_id)
    row = {
        "milestones[0].id": "pilot",
        "milestones[0].kind": "technical",
        "milestones[0].description": "A pilot line runs",
    }
    page = send(owner, path, "edit", **row)
    assert "milestones[1].id" in page.text  # and there is a place for another one
    assert send(owner, path, "publish", **row).status_code == 302
    assert [one.id for one in listed(world, listing.technology_id).terms.milestones] == ["pilot"]
    emptied = dict.fromkeys(row, "")
    assert send(owner, path, "publish", **emptied).status_code == 302
    assert listed(world, listing.technology_id).terms.milestones == ()


def test_doubts_of_competition_law_are_shown_and_refuse_nothing(world, owner):
    listing = world.listing(owner)
    path = path_of(listing.technology_id)
    changes = {"improvements__licensor": "none", "improvements__grant_back": "exclusive"}
    preview = send(owner, path, "preview", **changes)
    assert preview.status_code == 200
    assert "Competition law" in words_of(preview.text)
    assert send(owner, path, "publish", **changes).status_code == 302


def test_a_listing_of_wide_terms_is_shown_and_handed_out_whole(world, owner):
    wide = json.loads(json.dumps(pack("exclusive-by-field").example.to_json()))
    listing = world.listing(owner, terms=checked_terms(wide))
    stranger = world.app.test_client()
    page = words_of(stranger.get(f"/listings/{listing.id}", headers={"Accept": "text/html"}).text)
    assert "EUR 25,000.00" in page
    assert "Minimum royalty" in page
    shown = stranger.get(f"/listings/{listing.id}", headers={"Accept": "application/json"}).json
    assert shown["terms"] == wide
