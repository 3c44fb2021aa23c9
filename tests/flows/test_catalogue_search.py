"""Search through the pages: the index follows the catalogue, survives trouble, and shows nothing unsafe."""

import shutil
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from ipx.catalogue.records import Listing, Need, Source
from ipx.catalogue.rules import State
from ipx.catalogue.search_documents import listing_document
from ipx.catalogue.service import CatalogueService
from ipx.catalogue.words import price_words
from ipx.core.ports import LISTINGS
from ipx.matching.class_names import class_names
from ipx.matching.facet_page import facet_groups
from ipx.matching.records import ResultPage
from ipx.matching.rules import Search
from ipx.matching.service import SearchService
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from ipx.wiring import Exchange
from tests.pages import Person, words_of
from tests.world import World

HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}
SOURCE = Source("test", "Test records", "https://example.org", "public domain", "From nowhere.")


@pytest.fixture(scope="module")
def world(exchange: Exchange):
    with World(exchange) as entered:
        yield entered


@pytest.fixture(scope="module")
def ada(world: World) -> Person:
    return world.organisation("Searchable")


@pytest.fixture
def stranger(world: World):
    return world.app.test_client()


def hits(client, address: str) -> list[str]:
    answer = client.get(address, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert not answer.json["resting"]
    return [hit["id"] for hit in answer.json["results"]]


def listed(world: World, owner: Person, title: str, **changes: object) -> Listing:
    technologies = world.service(TechnologyService)
    draft = Draft(title=title, problem="A problem", summary=f"About {title}.", trl=5, classes=("H01M 10/05",))
    found = world.write(lambda s: technologies.create(s, actor=owner.actor, draft=draft))
    listing = world.listing(owner, found.id, **changes)
    world.settle()
    return listing


def imported(number: int, **stated: object) -> Listing:
    unstated = dict.fromkeys(Listing.__dataclass_fields__)
    given = {
        "id": f"test-{number}",
        "version": 1,
        "state": State.PUBLISHED,
        "owner_name": "Somebody real",
        "title": f"Wobblestone {number}",
        "summary": "Wobblestones & <script>alert(1)</script> things",
        "classes": (),
        "rights": (),
        "takes_offers": False,
        "source": SOURCE,
        "owner_is_demo": False,
    }
    return Listing(**{**unstated, **given, **stated})  # type: ignore[arg-type]


def test_search_when_a_listing_is_published_changed_and_withdrawn_then_the_index_follows(world, ada, stranger):
    listing = listed(world, ada, "Flumph resonator")
    assert hits(stranger, "/search?q=flumph") == [listing.id]
    assert listing.technology_id is not None
    technologies = world.service(TechnologyService)
    draft = Draft(title="Grommet resonator", problem="A problem", summary="Grommets.")
    world.write(
        lambda s: technologies.revise(s, actor=ada.actor, technology_id=listing.technology_id or "", draft=draft)
    )
    world.settle()
    assert hits(stranger, "/search?q=grommet") == []  # a listing is a picture until it is published again
    world.listing(ada, listing.technology_id)
    world.settle()
    assert hits(stranger, "/search?q=grommet") == [listing.id]
    assert hits(stranger, "/search?q=flumph") == []
    assert ada.post(f"/listings/{listing.id}/withdraw").status_code == 302
    assert stranger.get("/search?q=grommet", headers=HTML).status_code == 200  # also before the index knows
    world.settle()
    assert hits(stranger, "/search?q=grommet") == []


def test_search_when_facets_are_chosen_then_narrows_and_keeps_the_words(world, ada, stranger):
    here = listed(world, ada, "Zorble pump", territory=("DE",))
    everywhere = listed(world, ada, "Zorble valve", territory=())
    assert set(hits(stranger, "/search?q=zorble&territory=DE")) == {everywhere.id, here.id}
    assert hits(stranger, "/search?q=zorble&territory=US") == [everywhere.id]
    narrow = "readiness=4-6&classes=H01&exclusivity=non-exclusive&territory=DE"
    assert len(hits(stranger, f"/search?q=zorble&{narrow}&source=exchange")) == 2
    assert hits(stranger, f"/search?q=zorble&{narrow}&source=nowhere") == []
    year, fee = here.published_at.year, listing_document(here).facets["price"][0]
    assert len(hits(stranger, f"/search?q=zorble&{narrow}&price={fee}&year={year}")) == 2
    assert hits(stranger, "/search?q=zorble&price=USD:250000") == []
    assert hits(stranger, f"/search?q=zorble&year={year - 1}") == []
    page = stranger.get("/search?q=zorble&territory=DE", headers=HTML).text
    assert f'name="year" value="{year}"' in page
    assert f'name="price" value="{fee}"' in page
    assert price_words(fee) in words_of(page)
    assert 'name="q" value="zorble"' in page
    assert 'name="territory" value="DE" checked' in page
    assert "Germany" in page
    assert "Take all filters away" in page
    assert "H: Electricity" in page


def test_search_when_records_are_imported_then_pages_through_them_and_shows_their_source(world, ada, stranger):
    catalogue, search = world.service(CatalogueService), world.service(SearchService)
    now = world.clock.now()
    records = [imported(number, published_at=now) for number in range(45)]
    for expected in (45, 0):
        added = world.write(lambda s: catalogue.import_listings(s, source=SOURCE, listings=records))
        assert added == expected
    world.write(lambda s: search.ask_for_rebuild(s, key="test"))
    world.settle()
    seen = [hit for page in (1, 2, 3) for hit in hits(stranger, f"/search?q=wobblestone&sort=newest&page={page}")]
    assert sorted(seen) == sorted(f"test-{number}" for number in range(45))
    first = stranger.get("/search?q=wobblestone", headers=HTML).text
    assert "1 to 20 of 45" in first
    assert "demo: not offered by the owner" in first
    assert "<mark>Wobblestones</mark> &amp; &lt;script&gt;" in first
    assert "<script>alert" not in first
    listing = words_of(stranger.get("/listings/test-7", headers=HTML).text)
    assert "Terms, and what is left to license: not stated" in listing
    assert "Data set Test records" in listing
    assert "Ask for access" not in listing
    assert ada.get("/listings/test-7/nda").status_code == 409
    assert "Test records" in stranger.get("/attribution", headers=HTML).text


def test_needs_when_some_have_closed_then_open_and_closed_are_counted_by_today(world, stranger):
    catalogue, search = world.service(CatalogueService), world.service(SearchService)
    today = world.clock.now().date()
    unstated = {one.name: None for one in fields(Need) if one.default is MISSING}
    needs = [
        Need(
            **{
                **unstated,
                "id": f"need-{year}",
                "version": 1,
                "owner_name": "City",
                "title": f"Snorkel {year}",
                "text": "We need snorkels.",
                "keywords": (),
                "closes": today.replace(year=today.year + year, day=1),
                "source": SOURCE,
                "published_at": world.clock.now(),
            }
        )
        for year in (-1, 1)
    ]
    world.write(lambda s: catalogue.import_needs(s, source=SOURCE, needs=needs))
    world.write(lambda s: search.ask_for_rebuild(s, key="needs"))
    world.settle()
    assert hits(stranger, "/needs?q=snorkel&deadline=open") == ["need-1"]
    assert hits(stranger, "/needs?q=snorkel&deadline=closed") == ["need--1"]
    assert len(hits(stranger, "/needs?q=snorkel&deadline=closed&deadline=open")) == 2
    assert hits(stranger, "/search?q=snorkel") == []


HOSTILE = [
    "q=" + "x " * 3_000,
    "q=%00%1b%02",
    "q=AND+OR+(((",
    "q=*:*",
    "q=%F0%9F%92%A9",
    "page=99999999999",
    "page=-1",
    "page=x",
    "territory=" + "&territory=".join(str(number) for number in range(500)),
    "organisation=%02%03",
    "sort=shoe",
    "source=" + "y" * 5_000,
]


@pytest.mark.parametrize("query", HOSTILE)
@pytest.mark.parametrize("page", ["/search", "/needs"])
def test_search_when_the_query_is_hostile_then_is_answered_all_the_same(stranger, page, query):
    for kind in (HTML, JSON):
        # The toolkit refuses a zero byte in any parameter.
        assert stranger.get(f"{page}?{query}", headers=kind).status_code == (400 if "%00" in query else 200)


def test_search_when_nothing_fits_then_says_what_helps(stranger):
    words = words_of(stranger.get("/search?q=xyzzyplugh&territory=DE", headers=HTML).text)
    assert "Nothing fits" in words
    assert "Search without filters" in words


def test_search_when_the_index_is_damaged_then_rests_and_browses_and_comes_back(world, ada, stranger):
    listing = listed(world, ada, "Quibble engine")
    folder = Path(world.exchange.settings.data_dir) / "search"
    (folder / "current.json").write_text("{ this is no pointer")
    answer = stranger.get("/search?q=quibble", headers=JSON).json
    assert answer["resting"]
    assert listing.id in [hit["id"] for hit in answer["results"]]
    words = words_of(stranger.get("/search?q=quibble", headers=HTML).text)
    assert "Search is resting" in words
    assert "Quibble engine" in words
    for place in ("/needs", "/", f"/listings/{listing.id}"):
        assert stranger.get(place, headers=HTML).status_code == 200
    search = world.service(SearchService)
    world.write(lambda s: search.ask_for_rebuild(s, key="damage"))
    world.settle()
    assert hits(stranger, "/search?q=quibble") == [listing.id]


def test_search_when_the_index_is_gone_then_rests_instead_of_finding_nothing_and_heals(world, ada, stranger):
    listing = listed(world, ada, "Quandary loom")
    world.exchange.outside.index.close()
    shutil.rmtree(Path(world.exchange.settings.data_dir) / "search")
    answer = stranger.get("/search?q=quandary", headers=JSON).json
    assert answer["resting"]
    assert listing.id in [hit["id"] for hit in answer["results"]]
    words = words_of(stranger.get(f"/listings/{listing.id}/like", headers=HTML).text)
    assert "Search is resting" in words
    search = world.service(SearchService)
    search.write(world.read(lambda s: search.document(s, LISTINGS, listing.id)), LISTINGS, listing.id, listing.version)
    assert stranger.get("/search?q=quandary", headers=JSON).json["resting"], "an index of one listing is not whole"
    world.exchange.chores["index"]()
    world.settle()
    assert hits(stranger, "/search?q=quandary") == [listing.id]


def test_index_when_an_older_change_arrives_late_then_keeps_the_newer(world, ada, stranger):
    listing = listed(world, ada, "Noodlewright")
    search = world.service(SearchService)
    search.write(None, LISTINGS, listing.id, listing.version - 1)  # a removal of before
    assert hits(stranger, "/search?q=noodlewright") == [listing.id]
    document = world.read(lambda s: search.document(s, LISTINGS, listing.id))
    search.write(None, LISTINGS, listing.id, listing.version)
    search.write(document, LISTINGS, listing.id, listing.version)
    assert hits(stranger, "/search?q=noodlewright") == []
    world.listing(ada, listing.technology_id)
    world.settle()
    assert hits(stranger, "/search?q=noodlewright") == [listing.id]


def test_rebuild_when_asked_by_the_operator_then_counts_all_that_is_public(world):
    search, catalogue = world.service(SearchService), world.service(CatalogueService)
    with world.database.read() as session:
        count = search.rebuild(session)
    public = world.read(lambda s: sum(catalogue.count(s, kind=kind) for kind in ("listings", "needs")))
    assert count == public


def test_facets_when_there_are_many_values_then_eight_are_shown_and_all_can_be_chosen(world):
    counted = [(f"Owner {number}", 30 - number) for number in range(12)]
    classes = [("H", 5), ("H01", 4), ("Q99", 1)]
    years = [(str(year), year - 1990) for year in range(2001, 2012)]
    search = Search(kind=LISTINGS, facets={"organisation": ["Owner 10"]})
    found = ResultPage(search, (), 30, 2, facets={"organisation": counted, "classes": classes, "year": years})
    with world.app.test_request_context("/search"):
        groups = {group["name"]: group for group in facet_groups(found, {})}
    owners = groups["organisation"]
    assert [one["value"] for one in owners["values"]] == [*(f"Owner {number}" for number in range(8)), "Owner 10"]
    assert [one["value"] for one in owners["more"]] == ["Owner 8", "Owner 9", "Owner 11"]
    assert [one["label"] for one in groups["classes"]["values"]][1:] == [f"H01: {class_names()['H01']['en']}", "Q99"]
    assert [one["value"] for one in groups["year"]["values"]] == [str(year) for year in range(2011, 2003, -1)]
    assert [one["value"] for one in groups["year"]["more"]] == ["2003", "2002", "2001"]
