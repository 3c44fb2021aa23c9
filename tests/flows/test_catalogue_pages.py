"""Publishing through the pages: the statement, the preview, the listing as others see it, withdrawing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from ipx.accounts.rules import Role
from ipx.catalogue.models import ListingRow
from ipx.catalogue.rules import Novelty, State
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.core.money import Money
from ipx.licences.rules import Exclusivity
from ipx.technologies.rules import Draft, RightDraft, RightKind
from ipx.technologies.service import TechnologyService
from ipx.vault.rules import DocumentRole
from ipx.wiring import Exchange
from tests.licence_terms import terms
from tests.pages import Person, token_of, words_of
from tests.world import PDF, World

SECRET = "99184411.7"
FREE = Money(0, "EUR")
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
FORM = {
    "novelty": "filed",
    "filed_on": YESTERDAY,
    "exclusivity": "exclusive",
    "acts": ["make", "use"],
    "field_text": "Trams & <b>trains</b>",
    "field_codes": "b61h 5/00",
    "reach": "countries",
    "territory": "de, fr",
    "end": "fixed",
    "months": "36",
    "upfront": "12,500.50",
    "currency": "EUR",
    "royalty": "2.5",
    "royalty_base": "net-sales",
    "transfer": "consent",
    "sublicensing": "no",
    "governing_law": "Germany",
}


@pytest.fixture(scope="module")
def world(exchange: Exchange):
    with World(exchange) as entered:
        yield entered


@pytest.fixture(scope="module")
def ada(world: World) -> Person:
    return world.organisation()


@pytest.fixture(scope="module")
def carl(world: World) -> Person:
    return world.organisation("Company")


@pytest.fixture(scope="module")
def unlisted(world: World, ada: Person) -> str:
    return world.technology(ada)


def secretive(world: World, owner: Person) -> str:
    """A technology with an application that the office has not published, which has this number and title."""
    technologies = world.service(TechnologyService)
    technology_id = world.technology(owner, titles=False)
    right = RightDraft(
        kind=RightKind.APPLICATION,
        title="Hidden dovetail",
        office="EP",
        number=SECRET,
        filed_on=world.clock.now().date(),
    )
    world.write(lambda s: technologies.add_right(s, actor=owner.actor, technology_id=technology_id, right=right))
    return technology_id


HTML = {"Accept": "text/html"}


def see(client, place: str):
    return client.get(place, headers=HTML)


def press(person: Person, technology_id: str, step: str, **changes: object):
    path = f"/technologies/{technology_id}/publish"
    token = token_of(person.get(path).text)
    return person.client.post(path, data={**FORM, **changes, "step": step, "csrf_token": token})


def test_publish_page_when_opened_then_warns_of_novelty_with_its_sources(world, ada):
    words = words_of(ada.get(f"/technologies/{world.technology(ada)}/publish").text)
    assert "Publishing before filing can destroy novelty" in words
    assert "EPC Art. 54" in words
    assert "35 USC 102(b)(1)" in words


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"novelty": ""}, "State whether it is filed"),
        ({"filed_on": ""}, "State the day of filing"),
        ({"filed_on": "2999-01-01"}, "This day has not come yet"),
        ({"novelty": "cleared"}, "has no filing date"),
        ({"acts": []}, "Choose at least one act"),
        ({"territory": "DE, ZZ"}, "is not a country code"),
        ({"months": ""}, "A fixed term needs a length"),
        ({"upfront": "much"}, "is not an amount"),
        ({"upfront": "1.234"}, "too many digits"),
        ({"royalty": "-2"}, "A royalty lies between"),
        ({"field_codes": "trams"}, "is not a CPC or IPC symbol"),
        ({"governing_law": " "}, "Name the governing law"),
        ({"currency": "XXX"}, "Not a valid choice"),
        ({"field_text": "x" * 501}, "longer than 500"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "publish"])
def test_publish_when_something_is_wrong_then_says_so_at_the_field_and_loses_nothing(
    world, ada, unlisted, step, changes, said
):
    answer = press(ada, unlisted, step, **changes)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert "field--bad" in answer.text
    if "field_text" not in changes:
        assert "Trams &amp; &lt;b&gt;trains&lt;/b&gt;" in answer.text
    assert world.read(lambda s: world.service(CatalogueService).find_by_technology(s, technology_id=unlisted)) is None


def test_publish_when_previewed_then_shows_the_real_page_and_keeps_nothing(world, ada):
    technology_id = world.technology(ada)
    preview = press(ada, technology_id, "preview")
    assert preview.status_code == 200
    words = words_of(preview.text)
    assert "This is what everybody will see" in words
    assert "EUR 12,500.50" in words
    assert "3 ×" in words
    assert 'name="acts" value="make"' in preview.text
    assert world.count(ListingRow, ListingRow.technology_id == technology_id) == 0
    back = press(ada, technology_id, "edit")
    assert back.status_code == 200
    assert 'value="12,500.50"' in back.text


def test_publish_when_the_royalty_has_no_end_then_the_preview_warns_and_nothing_is_refused(world, ada, unlisted):
    assert "Competition law" not in words_of(press(ada, unlisted, "preview").text)
    endless = press(ada, unlisted, "preview", end="perpetual", months="")
    assert endless.status_code == 200
    assert "Source: Brulotte v. Thys Co." in words_of(endless.text)


def test_publish_when_confirmed_then_anybody_sees_the_listing_and_no_secret(world, ada, carl):
    technology_id = secretive(world, ada)
    answer = press(ada, technology_id, "publish")
    assert answer.status_code == 302, words_of(answer.text)
    place = answer.location
    stranger = world.app.test_client()
    for page in (see(stranger, place), see(carl, place)):
        words = words_of(page.text)
        assert page.status_code == 200
        assert "Exclusive: nobody else" in words
        assert "For: Trams & <b>trains</b> In the classes: CPC B61H 5/00." in words
        assert "Germany: free France: free" in words
        assert "Other fields: reserved" in words
        assert "not published yet; the number is secret" in words
        for secret in (SECRET, SECRET.replace(".", ""), "Hidden dovetail", YESTERDAY, "method.pdf"):
            assert secret not in page.text
    as_json = stranger.get(place, headers={"Accept": "application/json"})
    assert as_json.json["takes_offers"] is True
    assert as_json.json["terms"]["fees"]["upfront"] == {"amount": 1_250_050, "currency": "EUR"}
    assert SECRET not in as_json.text
    world.settle()
    document = world.read(
        lambda s: world.service(CatalogueService).search_document(s, kind="listings", id=place.rpartition("/")[2])
    )
    assert document is not None
    assert SECRET not in str(document)
    assert "Hidden dovetail" not in str(document)
    assert "listing:offer:published" in world.actions(document.id)


def test_publish_when_repeated_then_is_a_new_version_of_the_same_listing(world, ada):
    technology_id = world.technology(ada)
    first = press(ada, technology_id, "publish")
    before = world.row(ListingRow, first.location.rpartition("/")[2])
    second = press(ada, technology_id, "publish", exclusivity="sole", novelty="cleared", filed_on="")
    assert first.location == second.location
    listing = world.row(ListingRow, first.location.rpartition("/")[2])
    assert (listing.version, listing.novelty, listing.filed_on) == (2, Novelty.CLEARED, None)
    assert listing.published_at == before.published_at  # new terms make it no newer
    assert "Sole: nobody else" in words_of(see(ada, second.location).text)
    assert 'value="sole" checked' in ada.get(f"/technologies/{technology_id}/publish").text


def test_publish_when_not_the_licensing_manager_then_is_forbidden(world, ada, carl):
    researcher = world.colleague(ada, Role.RESEARCHER)
    technology_id = world.technology(ada)
    assert researcher.get(f"/technologies/{technology_id}/publish").status_code == 403
    assert carl.get(f"/technologies/{technology_id}/publish").status_code == 404
    catalogue = world.service(CatalogueService)
    for actor, error in ((researcher.actor, Forbidden), (carl.actor, NotFound)):
        with pytest.raises(error):
            publish_directly(world, catalogue, actor, technology_id)


def publish_directly(world, catalogue, actor, technology_id):
    asked = {"actor": actor, "technology_id": technology_id, "terms": terms(), "novelty": Novelty.CLEARED}
    return world.write(lambda s: catalogue.publish(s, **asked))


def test_publish_when_there_is_no_summary_then_asks_for_one(world, ada):
    technologies = world.service(TechnologyService)
    bare = world.write(lambda s: technologies.create(s, actor=ada.actor, draft=Draft(title="Bare", problem="Much")))
    answer = press(ada, bare.id, "publish")
    assert answer.status_code == 422
    assert "Write the non-confidential summary" in words_of(answer.text)
    with pytest.raises(Conflict):
        publish_directly(world, world.service(CatalogueService), ada.actor, bare.id)


def test_listing_when_published_then_its_public_documents_open_and_close_with_it(world, ada):
    technology_id = world.technology(ada)
    document_id = world.deposit(ada, technology_id, name="sheet.pdf", role=DocumentRole.PUBLIC)
    stranger = world.app.test_client()
    assert stranger.get(f"/documents/{document_id}/file").status_code == 404
    listing = world.listing(ada, technology_id)
    page = see(stranger, f"/listings/{listing.id}").text
    assert f"/documents/{document_id}/file" in page
    assert stranger.get(f"/documents/{document_id}/file").data == PDF
    withdraw(ada, listing.id)
    assert stranger.get(f"/documents/{document_id}/file").status_code == 404


def withdraw(person: Person, listing_id: str):
    return person.post(f"/listings/{listing_id}/withdraw")


def test_listing_when_withdrawn_then_is_gone_for_others_and_can_come_back(world, ada, carl):
    listing = world.listing(ada)
    assert withdraw(carl, listing.id).status_code == 404
    for _ in range(2):
        assert withdraw(ada, listing.id).status_code == 302
    assert carl.get(f"/listings/{listing.id}").status_code == 404
    assert "This listing is withdrawn" in words_of(see(ada, f"/listings/{listing.id}").text)
    assert carl.get(f"/listings/{listing.id}/nda").status_code == 404
    assert listing.technology_id is not None
    again = world.listing(ada, listing.technology_id)
    assert (again.id, again.version, again.state) == (listing.id, 3, State.PUBLISHED)
    assert again.published_at > listing.published_at
    assert carl.get(f"/listings/{listing.id}").status_code == 200
    assert world.actions(listing.id).count("listing:offer:withdrawn") == 1


def test_listing_when_an_exclusive_licence_exists_then_its_territory_is_granted_and_the_holder_unnamed(
    world, ada, carl
):
    listing = world.listing(
        ada, exclusivity=Exclusivity.EXCLUSIVE, territory=("DE", "FR"), field_text="", field_codes=(), upfront=FREE
    )
    world.signed(ada, carl, listing)
    world.settle()
    page = see(world.app.test_client(), f"/listings/{listing.id}")
    words = words_of(page.text)
    assert "Germany: granted France: granted" in words
    assert "All fields: granted" in words
    assert carl.actor.organisation_name not in page.text


def test_listing_when_a_non_exclusive_licence_exists_then_nothing_of_it_shows(world, ada, carl):
    listing = world.listing(ada, upfront=FREE)
    world.signed(ada, carl, listing)
    world.settle()
    assert "granted" not in words_of(world.app.test_client().get(f"/listings/{listing.id}").text).replace(
        "granted", "", 0
    )


def test_listing_when_mine_then_has_no_offer_button_but_the_way_to_change_it(world, ada, carl):
    listing = world.listing(ada)
    place = f"/listings/{listing.id}"
    mine, theirs = see(ada, place).text, see(carl, place).text
    assert "Ask for access" not in mine
    assert "Change the terms" in mine
    assert f"/listings/{listing.id}/nda" in theirs
    assert "Change the terms" not in theirs


def test_market_when_asked_by_the_owner_then_tells_the_state_and_when_it_is_old(world, ada, carl):
    technology_id = world.technology(ada)
    path = f"/technologies/{technology_id}/market"
    assert "Not listed yet" in words_of(ada.get(path).text)
    world.listing(ada, technology_id)
    assert "Listed since" in words_of(ada.get(path).text)
    right = RightDraft(kind=RightKind.SOFTWARE, title="Simulator")
    technologies = world.service(TechnologyService)
    world.write(lambda s: technologies.add_right(s, actor=ada.actor, technology_id=technology_id, right=right))
    assert "The technology has changed since" in words_of(ada.get(path).text)
    assert carl.get(path).status_code == 404


def test_listing_when_there_is_none_then_is_not_found(world):
    assert world.app.test_client().get("/listings/nothing").status_code == 404
    assert world.app.test_client().get("/needs/nothing").status_code == 404


def test_need_when_posted_then_is_public_and_found(world, carl):
    page = "/needs/new"
    answer = carl.post(page, {"title": "Quiet brakes", "text": "short", "closes": "2020-01-01"}, page=page)
    assert answer.status_code == 422
    assert 'value="Quiet brakes"' in answer.text
    late = carl.post(
        page, {"title": "Quiet brakes", "text": "Brakes for trams, below 60 dB.", "closes": "2020-01-01"}, page=page
    )
    assert "This day has passed" in words_of(late.text)
    given = {"title": "Quiet brakes", "text": "Brakes for trams, below 60 dB.", "keywords": "tram, noise, tram"}
    posted = carl.post(page, given, page=page)
    assert posted.status_code == 302
    shown = words_of(see(world.app.test_client(), posted.location).text)
    assert "Brakes for trams, below 60 dB." in shown
    assert "Keywords: tram, noise" in shown
    world.settle()
    hits = world.app.test_client().get("/needs?q=tram+brakes", headers={"Accept": "application/json"}).json["results"]
    assert posted.location.endswith(hits[0]["id"])


def test_need_when_posted_by_somebody_without_the_role_then_is_forbidden(world, ada):
    assert world.colleague(ada, Role.RESEARCHER).get("/needs/new").status_code == 403


def test_publish_when_two_colleagues_press_at_once_then_there_is_one_listing(world, ada):
    technology_id = world.technology(ada)
    catalogue = world.service(CatalogueService)
    with ThreadPoolExecutor(4) as presses:
        done = [presses.submit(publish_directly, world, catalogue, ada.actor, technology_id) for _ in range(4)]
    results = {future.result().id for future in done if not future.exception()}
    assert len(results) == 1
    assert all(isinstance(future.exception(), Conflict) for future in done if future.exception())
    assert world.count(ListingRow, ListingRow.technology_id == technology_id) == 1
