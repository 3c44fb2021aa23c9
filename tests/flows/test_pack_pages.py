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
from ipx.licences.rules import RoyaltyBase, TermEnd
from ipx.licences.terms import Royalty
from ipx.licences.terms_v2.rules import checked_terms
from ipx.licences.terms_v2.terms import read_terms
from tests.deal_steps import accept_nda, make_offer
from tests.licence_terms import old_terms, terms
from tests.pages import token_of, words_of


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


def check(stranger, **fields):
    page = stranger.get("/licences/terms?lang=en").text
    return stranger.post("/licences/terms", data={"csrf_token": token_of(page), **fields})


def test_a_pack_is_changed_checked_and_compared(stranger):
    page = stranger.get("/licences/terms?pack=start-up&lang=en").text
    (before,) = map(unescape, re.findall(r'<textarea[^>]*name="terms"[^>]*>(.*?)</textarea>', page, re.DOTALL))
    value = json.loads(before)
    value["royalty"]["per_country_stop"] = False
    value["term"]["end"] = {"event": "perpetual"}
    answer = check(stranger, terms=json.dumps(value), before=before)
    said = words_of(answer.text)
    assert answer.status_code == 200
    assert "These terms make sense together" in said
    assert "Kimble v. Marvel" in said
    assert "has no end" in " ".join(inserted(answer.text))
    assert read_terms(value).sha256().hex() in said


def test_all_faults_of_terms_are_told_with_their_paths(stranger):
    value = json.loads(stranger.get("/licences/packs/start-up.json").data)["example"]
    spoilt = {**value, "grant": {**value["grant"], "acts": ["fly"]}, "law": {"governing_law": "Germany"}}
    answer = check(stranger, terms=json.dumps(spoilt))
    assert answer.status_code == 422
    said = words_of(answer.text)
    for words in ("2 faults", "grant.acts[0]", "“fly” is not among", "law.governing_law", "“Germany” is not valid"):
        assert words in said
    del value["reports"]
    senseless = words_of(check(stranger, terms=json.dumps(value)).text)
    assert "1 thing does not fit together" in senseless
    assert "reports.statement_period" in senseless


HALVES = '{"format": "ipx/licence-terms/v2", "\\ud800": 1, "law": {"forum_named": "\\ud800"}}'
NOT_JSON = ("", "no JSON", "[" * 50_000, "1" * 5_000, '{"a": 1, "a": 2}', " " * 60_001)
NO_TERMS = ("null", "NaN", '{"format": 1}', '{"format": "ipx/licence-terms/v1"}', HALVES)


@pytest.mark.parametrize("text", [*NOT_JSON, *NO_TERMS], ids=lambda text: text[:12])
def test_what_cannot_be_read_is_refused_at_the_field(stranger, text):
    answer = check(stranger, terms=text)
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


def test_terms_of_version_1_are_read_too(stranger):
    said = words_of(check(stranger, terms=json.dumps(old_terms().to_json())).text)
    assert "It ends 5 years after its beginning." in said


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


def test_a_royalty_without_end_is_doubted_where_it_is_agreed(world, owner):
    endless = {"end": TermEnd.PERPETUAL, "months": None, "royalty": Royalty(RoyaltyBase.NET_SALES, 300)}
    listing = world.listing(owner, **endless)
    taker = world.organisation("Company")
    accept_nda(taker, listing)
    offer = make_offer(taker, listing).headers["Location"]
    agreement = owner.post(f"{offer}/accept").headers["Location"]
    for place in (offer, agreement):
        assert "Source: Brulotte v. Thys Co." in words_of(taker.get(place).text)


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
        assert inserted(page) == ["England and Wales"]
    relist(world, owner, listing)
    assert 'id="redline"' not in owner.get(offer).text
