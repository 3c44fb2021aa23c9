"""What helps a search: fields and operators, words put right, suggestions, what is alike, and what to try instead."""

import re
import time

import pytest

from ipx.accounts.rules import Role
from ipx.catalogue.need_rules import NeedDraft, Visibility
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.matching.class_names import class_names, classes_named
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from ipx.web.languages import NAMES
from ipx.wiring import Exchange
from tests.pages import Person, words_of
from tests.world import World

HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def world(exchange: Exchange):
    with World(exchange) as entered:
        yield entered


@pytest.fixture(scope="module")
def ada(world: World) -> Person:
    return world.organisation("Ferrite Institute")


@pytest.fixture(scope="module")
def listings(world: World, ada: Person) -> dict[str, Listing]:
    made = {
        "magnet": created(world, ada, "Sintered magnet", "Magnets of quexite powder for small motors.", "H01F 1/00"),
        "motor": created(world, ada, "Motor winding", "A winding for small motors, without quexite.", "H02K 3/04"),
        "filter": created(world, ada, "Ballast filter", "Filters ballast water in ships.", "C02F 1/00"),
    }
    world.settle()
    return made


@pytest.fixture
def stranger(world: World):
    return world.app.test_client()


def described(world: World, owner: Person, title: str, summary: str, symbol: str) -> str:
    draft = Draft(title=title, problem="Unsolved so far.", summary=summary, trl=5, classes=(symbol,))
    return world.write(lambda s: world.service(TechnologyService).create(s, actor=owner.actor, draft=draft)).id


def created(world: World, owner: Person, title: str, summary: str, symbol: str) -> Listing:
    return world.listing(owner, described(world, owner, title, summary, symbol))


def posted(world: World, owner: Person, title: str, visibility: Visibility) -> None:
    draft = NeedDraft(title=title, text="We seek stones of this kind for our works.", visibility=visibility)
    world.write(lambda s: world.service(CatalogueService).post_need(s, actor=owner.actor, draft=draft))


def hits(client, **asked: str) -> list[str]:
    answer = client.get("/search", query_string=asked, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert not answer.json["resting"]
    return [hit["id"] for hit in answer.json["results"]]


def page(client, **asked: str) -> str:
    answer = client.get("/search", query_string=asked, headers=HTML)
    assert answer.status_code == 200
    return str(answer.text)


def suggested(client, text: str, **more: str) -> list[tuple[str, str]]:
    answer = client.get("/search/suggest", query_string={"q": text, **more}, headers=JSON)
    assert answer.status_code == 200
    return [(one["about"], one["text"]) for one in answer.json["suggestions"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"small motors" NOT winding', ["magnet"]),
        ("title:motor", ["motor"]),
        ("title:winding OR title:filter", ["filter", "motor"]),
        ('org:"Ferrite Institute" AND quexite', ["magnet", "motor"]),
        ("org:ferrite cpc:H01F", ["magnet"]),
        ("org:ferrite cpc:H", ["magnet", "motor"]),
        ("org:ferrite NOT (cpc:H01 OR cpc:C)", ["motor"]),
        ("org:nobody", []),
    ],
)
def test_search_when_fields_and_operators_are_used_then_they_hold(listings, stranger, text, expected):
    assert sorted(hits(stranger, q=text)) == sorted(listings[name].id for name in expected)


def test_search_when_an_expression_is_broken_then_the_page_says_where_and_searches_the_words(listings, stranger):
    text = "quexite AND (winding"
    assert set(hits(stranger, q=text)) == {listings["motor"].id}
    said = words_of(page(stranger, q=text))
    assert "At character 13: This bracket is never closed." in said
    assert "Searched for the words alone." in said
    assert "could not be read" not in words_of(page(stranger, q="quexite AND winding"))


def test_search_when_a_field_is_broken_then_its_name_is_no_word_that_is_sought(listings, stranger):
    assert listings["motor"].id in hits(stranger, q="title:(motor AND org:ferrite")
    said = words_of(page(stranger, q="cpc:nonsense AND quexite"))
    assert "At character 5: This is no CPC symbol" in said
    assert "Without the word “cpc”" not in said


def test_search_when_a_page_beyond_the_last_is_asked_for_then_the_page_says_so(listings, stranger):
    shown = page(stranger, q="quexite", page="7")
    said = words_of(shown)
    assert "There is no page 7" in said
    assert "The last page is 1." in said
    assert "Nothing fits" not in said
    assert "121 to" not in said
    assert 'href="/search?q=quexite"' in shown


def test_search_when_nothing_is_found_then_only_who_may_post_a_need_is_sent_to_its_form(world, ada, stranger):
    researcher = world.colleague(ada, Role.RESEARCHER)
    for client, is_offered in ((stranger, True), (ada.client, True), (researcher.client, False)):
        assert ("Post it as a need" in words_of(page(client, q="unheardofquux"))) == is_offered
    assert "/needs/new" not in researcher.get("/matches").text


def test_search_when_a_word_is_misspelt_then_the_near_one_is_shown_and_said(listings, stranger):
    assert set(hits(stranger, q="quexyte")) == {listings["magnet"].id, listings["motor"].id}
    shown = page(stranger, q="quexyte")
    assert "Nothing for “quexyte”; showing “quexite”." in words_of(shown)
    assert "q=quexyte&amp;exact=1" in shown
    assert hits(stranger, q="quexyte", exact="1") == []
    kept = 'name="exact" value="1"'
    assert page(stranger, q="quexyte", exact="1", source="exchange").count(kept) == 2, "filters and rights keep it"
    assert kept not in page(stranger, q="quexyte")
    assert "showing" not in words_of(page(stranger, q="quexite"))
    assert hits(stranger, q="qqqqqqq") == []


def test_search_when_a_mistake_is_in_the_ending_that_a_stem_lacks_then_it_is_put_right_too(
    world, ada, listings, stranger
):
    found = created(world, ada, "Quexmation of stainless pipes", "Pipes stay whole.", "F16L 58/00")
    world.settle()
    assert hits(stranger, q="quexmatoin") == [found.id]
    assert "Nothing for “quexmatoin”; showing “quexmation”." in words_of(page(stranger, q="quexmatoin"))


def test_search_when_a_draft_alone_has_the_word_then_nothing_is_put_right_to_it(world, ada, listings, stranger):
    described(world, ada, "Vermilliate secret", "Vermilliate powder.", "C09C 1/00")
    world.settle()
    assert "ermilliate" not in words_of(page(stranger, q="vermiliate")).replace("vermiliate", "")
    assert suggested(stranger, "vermil") == []
    assert suggested(stranger, "C09") == []


def test_suggestions_when_a_class_is_called_so_then_it_is_named_in_the_language_of_the_page(listings, stranger):
    named = ("CPC class", "C02 Treatment of water and sewage")
    assert named in suggested(stranger, "sewa")
    assert named in suggested(stranger, "quiet wate")
    chinese = stranger.get("/search/suggest", query_string={"q": "污水", "lang": "zh-Hans"}, headers=JSON).json
    assert [(one["text"], one["href"]) for one in chinese["suggestions"]] == [
        ("C02 水、污水处理", "/search?q=cpc:C02"),
        ("C02F 水处理、废水、污水、污泥", "/search?q=cpc:C02F"),
    ]
    found = hits(stranger, q="cpc:C02")
    assert listings["filter"].id in found
    assert suggested(stranger, "bookbin") == [], "nothing public belongs to it"
    assert "CPC class" not in dict(suggested(stranger, "se")), "too short for a name; organisations of others begin so"


def test_suggestions_when_subclasses_are_called_so_then_they_are_named_too(listings, stranger):
    classes = [text for about, text in suggested(stranger, "small magnet") if about == "CPC class"]
    assert classes[0] == "H01F Magnets, inductors, transformers"
    assert f"H01 {class_names()['H01']['en']}" in classes
    assert ("CPC class", "H02K Electric motors, generators") in suggested(stranger, "generat")
    assert [text for about, text in suggested(stranger, "not") if about == "CPC class"] == []


def test_every_class_has_a_name_in_every_language():
    assert all(set(names) == set(NAMES) and all(names.values()) for names in class_names().values())
    assert all(re.fullmatch("[A-HY][0-9]{2}[A-Z]?", symbol) for symbol in class_names())
    assert {symbol[:3] for symbol in class_names()} <= set(class_names()), "a subclass belongs to a class"
    assert len([symbol for symbol in class_names() if len(symbol) == 3]) == 137, "as many as the official list has"


@pytest.mark.parametrize(
    ("typed", "first", "others"),
    [
        ("batteries", "H01M", {"H01", "G01R", "G21H"}),
        ("a new batt", "H01M", {"H01"}),
        ("drone", "B64U", {"B64"}),
        ("电池", "H01M", {"H01"}),
        ("SEWAGE", "C02", {"C02F"}),
    ],
)
def test_classes_when_named_then_those_whose_name_begins_so_come_first(typed, first, others):
    found = classes_named(typed)
    assert found[0] == first
    assert others <= set(found[1:])


@pytest.mark.parametrize("typed", ["", "ba", "水", "xyzzy"])
def test_classes_when_too_little_is_typed_or_nothing_is_called_so_then_there_are_none(typed):
    assert classes_named(typed) == []


def test_suggestions_when_something_public_begins_so_then_titles_organisations_and_classes(ada, listings, stranger):
    assert ("technology", "Sintered magnet") in suggested(stranger, "sinte")
    assert ("technology", "Sintered magnet") in suggested(stranger, "magnet sint")
    assert ("organisation", ada.actor.organisation_name) in suggested(stranger, "ferr")
    assert ("CPC class", "H01F Magnets, inductors, transformers") in suggested(stranger, "h01")
    assert suggested(stranger, "s") == suggested(stranger, "x" * 101) == suggested(stranger, "") == []
    assert suggested(stranger, "winding zzz") == []


def test_suggestions_when_needs_are_private_or_anonymous_then_nothing_is_given_away(world, stranger):
    owner = world.organisation("Cloaked Works")
    for visibility in Visibility:
        posted(world, owner, f"Glimmerstone {visibility}", visibility)
    world.settle()
    titles = [text for _, text in suggested(stranger, "glimmer", kind="needs")]
    assert sorted(titles) == ["Glimmerstone anonymous", "Glimmerstone public"]
    assert suggested(stranger, "cloak", kind="needs") == [("organisation", owner.actor.organisation_name)]
    hidden = world.organisation("Hooded Works")
    posted(world, hidden, "Murkstone", Visibility.ANONYMOUS)
    world.settle()
    assert suggested(stranger, "hooded", kind="needs") == []
    assert stranger.get("/needs?q=org:hooded", headers=JSON).json["total"] == 0


def test_search_when_nothing_is_found_then_says_what_to_drop_and_how_much_that_gives(listings, stranger):
    said = words_of(page(stranger, q="quexite", readiness="7-9"))
    assert "Without Readiness:" in said
    assert "(2 results)" in said
    both = page(stranger, q="quexite ballast")
    assert "Without the word “ballast”" in words_of(both)
    assert "q=quexite" in both
    assert "/needs/new?title=quexite+ballast" in both


def test_need_when_posted_from_a_search_then_the_words_are_filled_in(ada):
    form = ada.get("/needs/new?title=quexite+ballast", headers=HTML).text
    assert 'value="quexite ballast"' in form


HOSTILE = [
    "(" * 5_000,
    "NOT " * 2_000,
    'title:"' * 500,
    '"' * 999,
    "org:" * 300 + "x",
    "a" * 100 + " " + "b" * 100,
    " ".join(f"wrod{number}" for number in range(8)),
    "\u0301" * 900 + " AND x",
    "\ufffd OR \x02",
    "cpc:" + "H" * 900,
    ") OR (1=1",
    "电池 OR title:电",
    "/.*/ AND title:*",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_search_when_the_text_is_hostile_then_answers_soon_and_completes_nothing_odd(listings, stranger, text):
    began = time.monotonic()
    assert page(stranger, q=text)
    assert stranger.get("/needs", query_string={"q": text}, headers=HTML).status_code == 200
    assert isinstance(suggested(stranger, text), list)
    assert time.monotonic() - began < 20  # seconds; far above what a loaded machine takes


def test_like_when_a_listing_shares_its_words_then_it_comes_first_and_itself_never(listings, stranger):
    shown = stranger.get(f"/listings/{listings['magnet'].id}/like", headers=HTML)
    assert shown.status_code == 200
    names = {one.id: name for name, one in listings.items()}
    found = [names.get(key) for key in re.findall(r'<h2><a href="/listings/([^"/]+)"', shown.text)]
    assert found[0] == "motor"
    assert "magnet" not in found
    own_page = f"/listings/{listings['magnet'].id}"
    assert f'href="{own_page}/like"' in stranger.get(own_page, headers=HTML).text
    assert stranger.get("/listings/unknown/like", headers=HTML).status_code == 404
