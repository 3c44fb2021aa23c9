"""Loading the demonstration: whole, once, through the services, and whatever happens in between."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ipx.audit.service import AuditService
from ipx.catalogue.models import ListingRow, NeedRow
from ipx.catalogue.service import CatalogueService
from ipx.deals.models import OfferRow
from ipx.demo import chains
from ipx.demo.inventions import read_inventions
from ipx.demo.load import demo_deals, demo_loader
from ipx.demo.models import DemoStepRow
from ipx.demo.papers import paper_pdf
from ipx.demo.people import ACCOUNTS, EVERYBODY, PASSWORD
from ipx.embedded import prepare
from ipx.licences.models import LicenceRow
from ipx.outside import embedded_chain
from ipx.settings import Settings
from ipx.technologies.models import RightRow, TechnologyRow, TitleRow
from ipx.titles.models import EntryRow
from ipx.vault.models import DocumentRow
from ipx.wiring import Exchange, build_exchange
from tests.exchanges import embedded_settings
from tests.pages import words_of
from tests.world import World

pytestmark = pytest.mark.timeout(900)  # the first one loads everything, three times interrupted
HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}
LOAD = """
import os
from ipx.demo.load import load_demo_if_missing
from ipx.settings import read_settings
load_demo_if_missing(read_settings(os.environ), lambda line: print(line, flush=True))
"""


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """An exchange of its own whose load was killed several times before it came to its end."""
    settings = embedded_settings(tmp_path_factory.mktemp("demo"))
    anvil = embedded_chain(settings)
    try:
        prepare(settings, anvil)
        for until in ("NASA", "technologies of", ""):
            load_and_kill(settings, until)
        built = build_exchange(settings)
        built.durable.connect()
        yield built
        built.database.dispose()
    finally:
        anvil.stop()


def load_and_kill(settings: Settings, until: str) -> None:
    """Load in a process of its own, and kill it a moment after it said ``until``; "" lets it end."""
    environment = {"IPX_DATA_DIR": str(settings.data_dir), "IPX_PORT": str(settings.port), "IPX_DEMO": "0"}
    with subprocess.Popen(
        [sys.executable, "-c", LOAD],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if until and until in line:
                time.sleep(0.4)
                process.kill()
                break
    assert until or process.returncode == 0


@pytest.fixture(scope="module")
def world(interrupted) -> Iterator[World]:
    with World(interrupted) as entered:
        entered.settle()
        yield entered


@pytest.fixture
def stranger(world: World):
    return world.app.test_client()


def by_source(world: World, table: Any) -> dict[str | None, int]:
    query = select(table.source_key, func.count()).group_by(table.source_key)
    return world.read(lambda s: dict(s.execute(query).all()))


def test_load_when_killed_and_repeated_then_everything_is_there_once(world):
    inventions = read_inventions(world.clock.now().date())
    offered = sum(invention.terms is not None for invention in inventions)
    assert by_source(world, ListingRow) == {"nasa": 1_393, "sbir": 2_000, None: offered}
    assert by_source(world, NeedRow) == {"air-force": 188, "eu": 604, None: 2 + 6}  # six of the calls
    assert world.count(TechnologyRow) == len(inventions) == 13
    assert world.count(RightRow) == sum(len(invention.rights) for invention in inventions)
    assert world.count(DocumentRow) == sum(len(invention.papers) for invention in inventions)
    assert world.count(EntryRow) == len(chains.conveyances("Norrvik National Laboratory", date(2021, 6, 8)))
    assert world.count(TitleRow) == sum(len(invention.rights) for invention in inventions if invention.terms)


def test_load_when_done_then_another_changes_nothing(world):
    before = [world.count(table) for table in (DemoStepRow, ListingRow, DocumentRow)]
    lines: list[str] = []
    demo_loader(world.exchange).load(lines.append)
    assert lines == []
    assert [world.count(table) for table in (DemoStepRow, ListingRow, DocumentRow)] == before
    audit = world.service(AuditService)
    assert world.read(audit.check).broken_at is None


def test_people_when_loaded_then_each_can_sign_in(world):
    assert len(PASSWORD) >= 12
    for account in EVERYBODY:
        client = world.sign_in(account.email, PASSWORD)
        assert account.name in words_of(client.get("/", headers=HTML).text)
    assert {account.email for account in ACCOUNTS} >= {
        "ada@institute.example",
        "carl@company.example",
        "lena@institute.example",
    }


def test_technologies_when_loaded_then_titles_are_final_and_all_can_be_licensed(world):
    states = Counter(world.read(lambda s: list(s.scalars(select(TitleRow.state)))))
    assert set(states) == {"final"}
    carl = world.sign_in("carl@company.example", PASSWORD)
    found = carl.get("/search?q=binder+silicon&source=exchange", headers=JSON).json["results"]
    assert found[0]["title"] == "Fluorine-free binder for silicon-rich anodes"
    page = words_of(carl.get(f"/listings/{found[0]['id']}", headers=HTML).text)
    assert "1.9 times the cycle life" in page
    assert "demonstration organisation" in page
    assert carl.get(f"/listings/{found[0]['id']}/nda", headers=HTML).status_code == 200


def test_listings_when_loaded_then_no_number_of_an_unpublished_application_is_public(world, stranger):
    inventions = read_inventions(world.clock.now().date())
    today = world.clock.now().date()
    secrets = [r.number for i in inventions for r in i.rights if r.has_secret_number(today) and r.number]
    assert secrets
    catalogue = world.service(CatalogueService)
    everything = world.read(lambda s: "\n".join(map(str, catalogue.all_search_documents(s))))
    listings = world.read(lambda s: catalogue.newest_listings(s, limit=50, only_offered=True))
    pages = "\n".join(stranger.get(f"/listings/{listing.id}", headers=HTML).text for listing in listings)
    for secret in secrets:
        assert secret not in everything
        assert secret not in pages
        assert stranger.get(f"/search?q={secret}", headers=JSON).json["total"] == 0


def test_records_when_the_source_says_nothing_then_it_is_not_stated(world, stranger):
    page = words_of(stranger.get("/listings/nasa-KSC-12871", headers=HTML).text)
    assert "Summary: not stated" in page
    assert "Expires not stated" in page
    assert "13/033,085" not in page  # the source calls it an application: it may not be published
    assert "demo: not offered by the owner" in page
    assert "NASA does not endorse this exchange" in page
    issued = words_of(stranger.get("/listings/nasa-ARC-14048-1", headers=HTML).text)
    assert "US application 08/543,093, Issued" in issued
    assert "10 Mar 2015" in issued


def test_records_when_searched_then_source_and_totals_fit(world, stranger):
    answer = stranger.get("/search", headers=JSON).json
    assert answer["total"] == 1_393 + 2_000 + 12
    assert stranger.get("/needs", headers=JSON).json["total"] == 188 + 604 + 2 + 6
    assert stranger.get("/search?source=nasa", headers=JSON).json["total"] == 1_393
    attribution = words_of(stranger.get("/attribution", headers=HTML).text)
    for words in ("CC BY 4.0", "© European Union", "CC0 1.0", "2,000 listings", "604 needs"):
        assert words in attribution


def test_home_when_somebody_signs_in_then_shows_what_waits_for_this_role(world):
    clients = {name: world.sign_in(f"{name}@institute.example", PASSWORD) for name in ("ada", "luis", "lena")}
    homes = {name: words_of(client.get("/", headers=HTML).text) for name, client in clients.items()}
    assert "State a right that can be licensed" in homes["ada"]
    assert "Your turn" in homes["luis"]
    assert "Open the histories" in homes["lena"]
    assert "Your technologies" not in homes["lena"]
    assert "The audit log is whole" in words_of(clients["lena"].get("/home/audit", headers=HTML).text)
    assert clients["ada"].get("/home/audit", headers=HTML).status_code == 403


def test_papers_when_made_twice_then_have_the_same_bytes_and_some_pages():
    for invention in read_inventions(date(2026, 11, 22)):
        for paper in invention.papers:
            first, second = (paper_pdf(paper, owner="O", technology="T") for _ in range(2))
            assert first == second
            assert len(re.findall(rb"/Type /Page\b", first)) >= 2


def test_data_when_read_then_names_no_number_that_an_office_has_given():
    text = (Path(__file__).parents[2] / "ipx" / "demo" / "data" / "technologies.json").read_text("utf-8")
    numbers = [right["number"] for value in json.loads(text) for right in value["rights"] if "number" in right]
    assert numbers
    assert all(number.removeprefix("PCT/EP").startswith("99") for number in numbers)


# ── deals, which are played in the background (last: they add to what the tests above count) ─────


def test_deals_when_played_then_two_licences_live_and_talks_are_under_way(world):
    deals = demo_deals(world.exchange)

    def play() -> bool:
        deals.advance()
        world.settle()
        return deals.is_done

    world.until(lambda: play() or None, seconds=120)
    assert demo_deals(world.exchange).advance() is False
    assert world.count(LicenceRow) == 2
    assert world.count(OfferRow) == 3
    carl = world.sign_in("carl@company.example", PASSWORD)
    query = select(LicenceRow.id).order_by(LicenceRow.technology_title)
    ids = world.read(lambda s: list(s.scalars(query)))
    warned, contested = (carl.get(f"/licences/{one}/life", headers=JSON).json for one in ids)
    assert [step["kind"] for step in warned["steps"]] == ["began", "notice"]
    assert warned["next"][0]["kind"] == "terminated"
    assert {duty["kind"] for duty in warned["duties"]} == {"statement", "minimum", "milestone"}
    assert [step["kind"] for step in contested["steps"]] == ["began", "notice", "contested"]
    assert contested["next"] == []
    assert len(contested["contested"]) == 1
    assert "your answer is awaited" in words_of(carl.get("/deals", headers=HTML).text)
    luis = world.sign_in("luis@institute.example", PASSWORD)
    assert "your answer is awaited" not in words_of(luis.get("/deals", headers=HTML).text)
    assert world.read(world.service(AuditService).check).broken_at is None
