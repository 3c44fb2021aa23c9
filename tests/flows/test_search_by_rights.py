"""Search by the rights that are still free: computed from what was granted and declared, said with its reason."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from ipx.catalogue.records import Listing
from ipx.licences.service import LicenceService
from ipx.licences.typed_grants import read_draft
from ipx.matching import free_rights, searching
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from ipx.wiring import Exchange
from tests.pages import Person, words_of
from tests.world import World

HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def world(exchange: Exchange) -> Iterator[World]:
    with World(exchange) as entered:
        yield entered


@pytest.fixture(scope="module")
def ada(world: World) -> Person:
    return world.organisation("Rights Institute")


@pytest.fixture(scope="module")
def today(world: World) -> date:
    return world.clock.now().date()


@pytest.fixture(scope="module")
def listings(world: World, ada: Person, today: date) -> dict[str, Listing]:
    """One stated free, one of which nothing is stated, one taken in Germany for a class and a time, one open."""
    made = {name: listed(world, ada, name) for name in ("stated", "silent", "taken", "open")}
    declared(world, ada, made["taken"], codes="cpc:H01M", territory="DE", end=str(today + timedelta(days=400)))
    declared(world, ada, made["open"], field="Traction batteries", territory="DE")
    for name in ("stated", "taken", "open"):
        stated(world, ada, made[name])
    world.settle()
    return made


def declarations(world: World):
    return world.service(LicenceService).declarations


def listed(world: World, owner: Person, name: str) -> Listing:
    draft = Draft(title=f"Grelk {name}", problem="A problem.", summary="A grelk of some kind.", trl=5)
    found = world.write(lambda s: world.service(TechnologyService).create(s, actor=owner.actor, draft=draft))
    return world.listing(owner, found.id)


def declared(world: World, owner: Person, listing: Listing, **typed: str) -> None:
    given = {"holder": "Somewhere AG", "exclusivity": "exclusive", "acts": "make; use; sell", "end": "perpetual"}
    start = str(world.clock.now().date() - timedelta(days=100))
    draft = read_draft({**given, "start": start, **typed})
    technology = str(listing.technology_id)
    world.write(lambda s: declarations(world).declare(s, actor=owner.actor, technology_id=technology, draft=draft))


def stated(world: World, owner: Person, listing: Listing) -> None:
    technology = str(listing.technology_id)
    world.write(lambda s: declarations(world).state(s, actor=owner.actor, technology_id=technology))


@pytest.fixture
def stranger(world: World):
    return world.app.test_client()


def standings(client, listings: dict[str, Listing], **asked: str) -> dict[str, str]:
    answer = client.get("/search", query_string={"q": "grelk", "left": "all", **asked}, headers=JSON)
    assert answer.status_code == 200
    names = {listing.id: name for name, listing in listings.items()}
    return {names[one["id"]]: one["rights"] for one in answer.json["results"]}


FREE, UNDECIDED, TAKEN = "free", "undecided", "taken"
ALL_FREE = {"stated": FREE, "silent": FREE, "taken": FREE, "open": FREE}


@pytest.mark.parametrize(
    ("asked", "differs"),
    [
        ({}, {"taken": TAKEN, "open": TAKEN}),
        ({"countries": "FR"}, {}),
        ({"countries": "EU"}, {"taken": TAKEN, "open": TAKEN}),
        ({"countries": "de", "field": "H01M 10/05"}, {"taken": TAKEN, "open": UNDECIDED}),
        ({"countries": "DE", "field": "A61K"}, {"open": UNDECIDED}),
        ({"countries": "DE, FR", "field": "H01M", "exclusively": "1"}, {"taken": TAKEN, "open": UNDECIDED}),
        ({"countries": "FR", "field": "H01M", "exclusively": "1"}, {}),
    ],
)
def test_rights_when_looked_for_then_each_listing_says_what_is_left(listings, stranger, asked, differs):
    assert standings(stranger, listings, **asked) == {**ALL_FREE, **differs}


def test_rights_when_they_begin_after_a_grant_has_ended_then_they_are_free(listings, stranger, today):
    asked = {"countries": "DE", "field": "H01M"}
    assert standings(stranger, listings, **asked)["taken"] == TAKEN
    later = str(today + timedelta(days=402))
    assert standings(stranger, listings, **asked, **{"from": later})["taken"] == FREE
    assert standings(stranger, listings, **asked, **{"from": str(today - timedelta(days=9_000))})["taken"] == TAKEN


def test_rights_when_only_some_are_shown_then_totals_and_pages_agree(listings, stranger):
    asked = {"countries": "DE", "field": "H01M"}
    assert set(standings(stranger, listings, **asked, left="free")) == {"stated", "silent"}
    assert set(standings(stranger, listings, **asked, left="open")) == {"stated", "silent", "open"}
    page = stranger.get("/search", query_string={"q": "grelk", "left": "free", **asked}, headers=JSON).json
    assert (page["total"], page["pages"]) == (2, 1)


def test_rights_when_shown_then_the_page_gives_the_reason_and_names_no_holder(ada, listings, stranger):
    asked = {"q": "grelk", "left": "all", "countries": "DE", "field": "H01M, nonsense-1/2/3, foo", "from": "soon"}
    answer = stranger.get("/search", query_string=asked, headers=HTML)
    said = words_of(answer.text)
    assert f"Free as declared Stated by {ada.actor.organisation_name} on" in said
    assert "Free by what is recorded here Agreements made elsewhere were not declared." in said
    assert "Not free Rights in the way are granted already: Germany." in said
    assert "Undecided the fields of use are worded differently and cannot be compared" in said
    assert "Not understood and left out: nonsense-1/2/3, foo, soon" in said
    assert "Somewhere AG" not in answer.text
    assert 'name="countries" value="DE"' in answer.text


def test_rights_when_there_are_many_listings_then_pages_join_and_the_limit_is_said(
    world, ada, listings, stranger, monkeypatch
):
    def ids(page: int) -> list[str]:
        asked = {"q": "grelk", "left": "all", "countries": "FR", "page": str(page)}
        return [one["id"] for one in stranger.get("/search", query_string=asked, headers=JSON).json["results"]]

    whole = ids(1)
    monkeypatch.setattr(searching, "PAGE_SIZE", 3)
    assert [*ids(1), *ids(2)] == whole
    monkeypatch.setattr(searching, "LOOKED_AT", 2)
    assert ids(1) == whole[:2]
    shown = stranger.get("/search", query_string={"q": "grelk", "left": "all"}, headers=HTML)
    assert "Only the best 2 results were compared" in words_of(shown.text)
    assert free_rights.LOOKED_AT == 500


def test_rights_when_none_are_left_then_the_page_says_how_many_there_are_without(listings, stranger):
    asked = {"q": "title:taken AND grelk", "left": "free", "countries": "DE", "field": "H01M"}
    said = words_of(stranger.get("/search", query_string=asked, headers=HTML).text)
    assert "Without regard to rights (1 result)" in said


def test_rights_when_a_search_is_kept_then_they_are_kept_with_it(world, ada, listings, stranger):
    address = "/search?q=grelk&left=free&countries=DE&field=H01M"
    kept = ada.post("/searches", data={"address": address, "name": "Free grelks"})
    assert kept.status_code in (302, 303), kept.text
    page = ada.get("/searches", headers=HTML).text
    assert "left=free" in page
    assert "countries=DE" in page


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2200-01-01", "10000-01-01", "2026-02-30"])
def test_rights_when_they_begin_in_no_year_of_ours_then_the_day_is_left_out_and_named(listings, stranger, day):
    answer = stranger.get("/search", query_string={"q": "grelk", "left": "all", "from": day}, headers=HTML)
    assert answer.status_code == 200
    assert f"Not understood and left out: {day}" in words_of(answer.text)


def test_rights_when_they_begin_in_the_past_then_the_page_says_from_when_they_are_compared(listings, stranger, today):
    asked = {"q": "grelk", "left": "all", "from": (today - timedelta(days=400)).isoformat()}
    said = "has passed: compared from today on"
    assert said in words_of(stranger.get("/search", query_string=asked, headers=HTML).text)
    asked["from"] = today.isoformat()
    assert said not in words_of(stranger.get("/search", query_string=asked, headers=HTML).text)
