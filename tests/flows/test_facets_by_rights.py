"""What facets count where rights are looked for: what is left, and of a chosen facet what would be left without it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ipx.catalogue.records import Listing
from ipx.catalogue.search_documents import OURS
from ipx.core.ports import LISTINGS
from ipx.matching import searching
from ipx.matching.free_rights import Show, Wanted
from ipx.matching.records import ResultPage
from ipx.matching.rules import Search
from ipx.matching.service import SearchService
from ipx.technologies.rules import Draft
from tests.exchanges import running_exchange
from tests.pages import Person, words_of
from tests.rights_steps import listed, take_in_germany
from tests.world import World

FREE_IN_GERMANY = Wanted(show=Show.FREE, countries=("DE",))
FREE_IN_FRANCE = Wanted(show=Show.FREE, countries=("FR",))
WORDS, BLANK, MEANT = "folding sails", "", "sailboats having canvas which can be rolled"
EARLY, MIDDLE, LATE = "1-3", "4-6", "7-9"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("counted")
    with running_exchange(folder, IPX_MEANING="1") as exchange, World(exchange) as entered:
        yield entered


@pytest.fixture(scope="module")
def owners(world: World) -> tuple[Person, Person]:
    return world.organisation("Harbour Institute"), world.organisation("Mast Institute")


@pytest.fixture(scope="module")
def listings(world: World, owners: tuple[Person, Person]) -> dict[str, Listing]:
    """Of each owner one that is free and one that is taken in Germany; only one of all is ripe little, and is taken."""
    harbour, mast = owners
    made = {
        "harbour-free": sails(world, harbour, 5),
        "harbour-taken": sails(world, harbour, 8),
        "mast-free": sails(world, mast, 8),
        "mast-taken": sails(world, mast, 2),
    }
    take_in_germany(world, harbour, made["harbour-taken"])
    take_in_germany(world, mast, made["mast-taken"])
    world.settle()
    return made


def sails(world: World, owner: Person, trl: int) -> Listing:
    text = "Sails of boats are in the way."
    return listed(world, owner, Draft(title="Folding sails", problem=text, summary="Sails that fold.", trl=trl))


def searched(world: World, words: str = WORDS, wanted: Wanted = FREE_IN_GERMANY, **facets: list[str]) -> ResultPage:
    today: date = world.clock.now().date()
    asked = Search(kind=LISTINGS, words=words, facets=facets, wanted=wanted)
    return world.read(lambda s: world.service(SearchService).search(s, asked, today=today))


def counts(page: ResultPage, name: str) -> dict[str, int]:
    return dict(page.facets[name])


def ids(page: ResultPage) -> set[str]:
    return {found.thing.id for found in page.found}


def ids_of(listings: dict[str, Listing], *names: str) -> set[str]:
    return {listings[name].id for name in names}


@pytest.mark.parametrize("words", [WORDS, BLANK, MEANT])
def test_facets_when_rights_are_looked_for_then_what_is_left_is_counted(world, owners, listings, words):
    harbour, mast = (owner.actor.organisation_name for owner in owners)
    everywhere = searched(world, words, FREE_IN_FRANCE)
    assert counts(everywhere, "readiness") == {EARLY: 1, MIDDLE: 1, LATE: 2}
    assert counts(everywhere, "organisation") == {harbour: 2, mast: 2}
    left = searched(world, words)
    assert ids(left) == ids_of(listings, "harbour-free", "mast-free")
    assert counts(left, "readiness") == {MIDDLE: 1, LATE: 1}
    assert counts(left, "organisation") == {harbour: 1, mast: 1}
    assert counts(left, "source") == {OURS: 2}


@pytest.mark.parametrize("words", [WORDS, BLANK, MEANT])
def test_facets_when_one_is_chosen_then_it_is_counted_without_that_choice(world, owners, listings, words):
    harbour, mast = (owner.actor.organisation_name for owner in owners)
    page = searched(world, words, organisation=[harbour])
    assert ids(page) == ids_of(listings, "harbour-free")
    assert counts(page, "organisation") == {harbour: 1, mast: 1}
    assert counts(page, "readiness") == {MIDDLE: 1}


def test_facets_when_several_are_chosen_then_each_is_counted_under_the_others(world, owners, listings):
    harbour, mast = (owner.actor.organisation_name for owner in owners)
    page = searched(world, organisation=[harbour], readiness=[LATE])
    assert page.total == 0, "the ripe one of this owner is taken"
    assert counts(page, "organisation") == {mast: 1}
    assert counts(page, "readiness") == {MIDDLE: 1}
    assert counts(page, "source") == {}
    assert counts(searched(world, organisation=[harbour, mast], readiness=[LATE]), "organisation") == {mast: 1}


def test_facets_when_taken_rights_are_shown_too_then_they_are_counted(world, listings):
    page = searched(world, wanted=Wanted(show=Show.ALL, countries=("DE",)), readiness=[EARLY])
    assert ids(page) == ids_of(listings, "mast-taken")
    assert counts(page, "readiness") == {EARLY: 1, MIDDLE: 1, LATE: 2}


def test_facets_when_a_source_is_chosen_then_only_what_is_offered_here_is_counted(world, listings):
    page = searched(world, source=["elsewhere"])
    assert ids(page) == ids_of(listings, "harbour-free", "mast-free")
    assert counts(page, "source") == {OURS: 2}


def test_facets_when_there_are_more_than_are_compared_then_a_choice_counts_no_less_than_it_shows(
    world, owners, listings, monkeypatch
):
    harbour, mast = (owner.actor.organisation_name for owner in owners)
    monkeypatch.setattr(searching, "LOOKED_AT", 2)
    for owner in (harbour, mast):
        page = searched(world, wanted=FREE_IN_FRANCE, organisation=[owner])
        assert page.total == 2
        assert counts(page, "organisation")[owner] == 2
        assert sum(counts(page, "organisation").values()) <= 4


def test_page_when_rights_are_looked_for_then_filters_show_what_is_left(world, owners, listings):
    harbour, mast = (owner.actor.organisation_name for owner in owners)
    client = world.app.test_client()

    def shown(**asked: Any) -> str:
        query = {"q": WORDS, "left": "free", "countries": "DE", **asked}
        return words_of(client.get("/search", query_string=query, headers={"Accept": "text/html"}).text)

    plain = shown()
    assert "TRL 1–3: research" not in plain
    assert "TRL 4–6: development 1 TRL 7–9: demonstration and use 1" in plain
    assert f"{harbour} 1 {mast} 1" in plain
    assert f"{harbour} 1 {mast} 1" in shown(organisation=mast)
    assert "The counts beside the filters are of what is left of the best 500 results." in plain
