"""What came of a listing: counted without people, exact under threads, kept through trouble, shown to its owner."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ipx.catalogue.events import ListingOpened
from ipx.catalogue.service import CatalogueService
from ipx.db.session import Database
from ipx.matching.service import SearchService
from ipx.matching.tallies import WRITE_EVERY, Tallies
from ipx.matching.tally_models import TallyRow
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
def owner(world: World) -> Person:
    return world.organisation("Counted")


@pytest.fixture(scope="module")
def listing_id(world: World, owner: Person) -> str:
    draft = Draft(title="Plimsoll gauge", problem="A problem.", summary="A plimsoll gauge for barges.", trl=5)
    made = world.write(lambda s: world.service(TechnologyService).create(s, actor=owner.actor, draft=draft))
    found = world.listing(owner, made.id)
    world.settle()
    return found.id


def figures(owner: Person, listing_id: str) -> dict[str, object]:
    answer = owner.get(f"/listings/{listing_id}/figures", headers=JSON)
    assert answer.status_code == 200
    assert answer.json is not None
    return dict(answer.json)


def test_figures_when_strangers_search_and_open_then_count_and_the_owners_own_visits_do_not(
    world: World, owner: Person, listing_id: str
) -> None:
    stranger = world.app.test_client()
    before = figures(owner, listing_id)
    for who in (stranger, owner):
        for accept in (HTML, JSON):
            assert who.get("/search?q=plimsoll", headers=accept).status_code == 200
            assert who.get(f"/listings/{listing_id}", headers=accept).status_code == 200
    after = figures(owner, listing_id)
    assert (after["shown"], after["opened"]) == (int(str(before["shown"])) + 1, int(str(before["opened"])) + 1)
    world.service(SearchService).tallies.write()
    assert figures(owner, listing_id)["shown"] == after["shown"]
    assert world.row(TallyRow, listing_id).opened == after["opened"]
    columns = set(TallyRow.__table__.columns.keys())
    assert columns == {"listing_id", "shown", "opened", "since"}, "nothing about people is kept"


def test_figures_when_a_company_promises_offers_and_takes_then_each_step_counts(world: World, owner: Person) -> None:
    taker = world.organisation("Taker")
    world.signed(owner, taker)
    offered = next(one for one in figures_of_all(world, owner) if one["offers"])
    assert (offered["undertakings"], offered["offers"], offered["accepted"]) == (1, 1, 1)
    said = words_of(owner.get(f"/listings/{offered['id']}/figures", headers=HTML).text)
    assert "Offers 1, of them accepted: 1" in said


def figures_of_all(world: World, owner: Person) -> list[dict[str, object]]:
    catalogue, own = world.service(CatalogueService), str(owner.actor.organisation_id)
    found = world.read(lambda s: catalogue.listings_of(s, organisation_id=own))
    return [{**figures(owner, one.id), "id": one.id} for one in found]


def test_figures_when_somebody_else_asks_then_there_are_none(world: World, listing_id: str) -> None:
    other = world.organisation("Curious")
    assert other.get(f"/listings/{listing_id}/figures", headers=JSON).status_code == 404
    answer = world.app.test_client().get(f"/listings/{listing_id}/figures", headers=JSON)
    assert answer.status_code in (302, 401)


def test_counts_when_threads_of_two_processes_add_then_none_is_lost(world: World) -> None:
    both = [Tallies(database=world.database, clock=world.clock) for _ in range(2)]

    def count(tallies: Tallies) -> None:
        for number in range(50):
            tallies.note_shown(["counted-one", "counted-two"])
            if number % 10 == 0:
                tallies.write()

    threads = [threading.Thread(target=count, args=(tallies,)) for tallies in both for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for tallies in both:
        tallies.write()
    assert [world.row(TallyRow, one).shown for one in ("counted-one", "counted-two")] == [300, 300]


class LaterClock:
    """A clock that a test moves."""

    def __init__(self, world: World) -> None:
        self.moment = world.clock.now()

    def now(self) -> datetime:
        return self.moment


def test_counts_when_half_a_minute_has_passed_then_the_next_one_writes_all(world: World) -> None:
    clock = LaterClock(world)
    tallies = Tallies(database=world.database, clock=clock)
    tallies.note_shown(["counted-late"])
    assert world.count(TallyRow, TallyRow.listing_id == "counted-late") == 0
    clock.moment += WRITE_EVERY + timedelta(seconds=1)
    world.read(lambda s: tallies.on_listing_opened(s, ListingOpened("counted-late")))
    row = world.row(TallyRow, "counted-late")
    assert (row.shown, row.opened) == (1, 1)


def test_counts_when_the_database_is_away_then_they_wait(world: World, tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'absent' / 'folder.sqlite3'}")
    tallies = Tallies(database=away, clock=world.clock)
    tallies.note_shown(["counted-away"])
    tallies.write()
    waiting = world.read(lambda s: tallies.tally(s, listing_id="counted-away"))
    assert (waiting.shown, waiting.since) == (1, None)
