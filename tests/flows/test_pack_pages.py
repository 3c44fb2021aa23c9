"""The public pages of packs, and the redline on an offer whose listing was changed meanwhile."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from ipx.catalogue.service import CatalogueService
from ipx.factory import create_app
from ipx.licences.packs.packs import NAMES
from ipx.licences.packs.words import STORIES
from ipx.licences.terms_v2.rules import checked_terms
from tests.deal_steps import accept_nda, make_offer
from tests.licence_terms import terms
from tests.pages import words_of


@pytest.fixture
def stranger(exchange):
    return create_app(exchange).test_client()


def test_a_stranger_finds_every_pack_and_reads_it(stranger):
    page = stranger.get("/licences/packs?lang=en").text
    for name in NAMES:
        assert f'href="/licences/packs/{name}"' in page
        shown = words_of(stranger.get(f"/licences/packs/{name}").text)
        assert str(STORIES[name].for_whom) in shown
        assert "you decide" in shown


def test_a_pack_can_be_taken_away_as_text_and_as_data(stranger):
    text = stranger.get("/licences/packs/express.txt?lang=en")
    assert "- Non-exclusive: others may be licensed too." in text.text
    assert text.headers["Content-Disposition"] == "attachment; filename=express.txt"
    data = json.loads(stranger.get("/licences/packs/express.json").data)
    assert checked_terms(data["example"]).grant.exclusivity == "non-exclusive"
    assert stranger.get("/licences/packs/express", headers={"Accept": "application/json"}).json == data


def test_two_packs_are_shown_as_a_redline(stranger):
    page = stranger.get("/licences/packs/exclusive-by-field/to/sole?lang=en").text
    assert (deleted(page)[0], inserted(page)[0]) == ("Exclusive", "Sole")
    assert "Unchanged:" in words_of(page)


def test_what_is_no_pack_is_not_found(stranger):
    for place in ("nothing", "nothing.txt", "express.pdf", "express/to/nothing"):
        assert stranger.get(f"/licences/packs/{place}").status_code == 404, place


def deleted(page: str) -> list[str]:
    return marked(page, "del")


def inserted(page: str) -> list[str]:
    return marked(page, "ins")


def marked(page: str, tag: str) -> list[str]:
    """Return what stands inside the marks, without the words for screen readers."""
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
    assert all("visually-hidden" in text for text in found)
    return [unescape(re.sub(r"<span.*?</span>", "", text)).strip() for text in found]


def relist(world, owner, listing, **changes):
    world.write(
        lambda s: world.service(CatalogueService).publish(
            s,
            actor=owner.actor,
            technology_id=listing.technology_id,
            terms=terms(**changes),
            novelty=listing.novelty,
        )
    )


def test_an_offer_is_compared_with_the_terms_that_are_listed_now(world, owner):
    listing = world.listing(owner)
    taker = world.organisation("Company")
    accept_nda(taker, listing)
    offer = make_offer(taker, listing).headers["Location"]
    assert 'id="redline"' not in owner.get(offer).text
    relist(world, owner, listing, governing_law="France")
    for person in (owner, taker):
        page = person.get(offer).text
        assert deleted(page) == ["France"]
        assert inserted(page) == [terms().governing_law]
    relist(world, owner, listing)
    assert 'id="redline"' not in owner.get(offer).text
