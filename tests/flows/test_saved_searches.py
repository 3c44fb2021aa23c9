"""Searches that people keep: what is new reaches them once, by mail or as a feed, and nothing that is not public."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import update

from ipx.catalogue.need_rules import NeedDraft, Visibility
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Unavailable
from ipx.matching.atom import NAMESPACE
from ipx.matching.rules import MOST_SAVED
from ipx.matching.saved_models import SavedSearchRow
from ipx.technologies.rules import Draft
from tests.pages import Person, words_of
from tests.rights_steps import listed, take_in_germany
from tests.world import World

ATOM = {"a": NAMESPACE}


@pytest.fixture
def ada(world: World) -> Person:
    return world.organisation("Watcher")


@pytest.fixture
def seeker(world: World) -> Person:
    return world.organisation("Zanzibarium")


@pytest.fixture
def word() -> str:
    return f"sv{uuid.uuid4().hex[:8]}"


def posted(world: World, seeker: Person, word: str, visibility: Visibility = Visibility.PUBLIC) -> str:
    draft = NeedDraft(title=f"Wanted & <needed>: {word}", text=f"A {word} that holds for long.", visibility=visibility)
    catalogue = world.service(CatalogueService)
    found = world.write(lambda s: catalogue.post_need(s, actor=seeker.actor, draft=draft))
    world.settle()
    return found.id


def kept(ada: Person, address: str, name: str = "Mine") -> str:
    """Keep a search through the pages; return its id."""
    answer = ada.post("/searches", {"address": address, "name": name})
    assert answer.status_code == 303
    found = re.search(r"/searches/([0-9a-f-]{36})/forget", ada.get("/searches").text)
    assert found
    return found[1]


def feed_of(ada: Person, search_id: str) -> str:
    """Make a feed; return its path."""
    shown = ada.post(f"/searches/{search_id}/feed").text
    found = re.search(r"http://[^/]+(/feeds/[0-9a-f]{48}\.atom)", shown)
    assert found, words_of(shown)
    return found[1]


def a_day_later(world: World, search_id: str) -> None:
    long_ago = world.clock.now() - timedelta(days=1)
    mine = SavedSearchRow.id == search_id
    world.write(lambda s: s.execute(update(SavedSearchRow).where(mine).values(looked_at=long_ago)))
    world.exchange.chores["saved searches"]()


def subjects(world: World, person: Person) -> list[str]:
    return [mail.subject for mail in world.mails_to(person.email) if mail.subject.startswith("New for your search")]


def test_search_when_kept_then_leads_back_to_its_address(world, ada, word):
    page = ada.get(f"/needs?q={word}&deadline=open", headers={"Accept": "text/html"}).text
    assert "Keep this search" in page
    assert "Keep this search" not in world.app.test_client().get(f"/needs?q={word}").text
    search_id = kept(ada, f"/needs?q={word}&deadline=open&programme=nothing&sort=newest")
    shown = ada.get("/searches").text
    assert f"/needs?q={word}&amp;programme=nothing&amp;deadline=open" in shown
    assert ada.post("/searches", {"address": "/needs", "name": " "}).status_code == 303
    assert ada.get("/searches").text.count("/forget") == 1
    stranger = world.organisation("Stranger")
    for act in ("forget", "feed", "feed/revoke", "mail"):
        assert stranger.post(f"/searches/{search_id}/{act}").status_code == 404
    assert ada.post(f"/searches/{search_id}/forget").status_code == 303
    assert "No searches yet" in ada.get("/searches").text
    assert world.actions(search_id) == ["search:saved:kept", "search:saved:forgotten"]


def test_search_when_there_are_too_many_then_says_so(world, ada, word):
    for number in range(MOST_SAVED):
        ada.post("/searches", {"address": f"/search?q={word}", "name": f"n{number}"})
    ada.post("/searches", {"address": f"/search?q={word}", "name": "one too many"})
    shown = words_of(ada.get("/searches").text)
    assert "50 searches are enough" in shown
    assert "one too many" not in shown


def test_feed_when_read_then_is_atom_and_tells_only_what_is_public(world, ada, seeker, word):
    search_id = kept(ada, f"/needs?q={word}", name="A & B")
    path = feed_of(ada, search_id)
    stranger = world.app.test_client()
    empty = fromstring(stranger.get(path).data)
    assert empty.findtext("a:title", namespaces=ATOM) == "A & B"
    assert empty.findall("a:entry", ATOM) == []
    public = posted(world, seeker, word)
    hidden = posted(world, seeker, word, Visibility.ANONYMOUS)
    private = posted(world, seeker, word, Visibility.PRIVATE)
    answer = stranger.get(path)
    assert answer.content_type.startswith("application/atom+xml")
    feed = fromstring(answer.data)
    for needed in ("id", "title", "updated", "author"):
        assert feed.find(f"a:{needed}", ATOM) is not None, "RFC 4287, 4.1.1"
    entries = {
        str(entry.findtext("a:id", namespaces=ATOM)).rsplit("/", 1)[1]: entry
        for entry in feed.iterfind("a:entry", ATOM)
    }
    assert set(entries) == {public, hidden}
    assert private not in answer.text
    assert entries[public].findtext("a:title", namespaces=ATOM) == f"Wanted & <needed>: {word}"
    assert entries[public].findtext("a:author/a:name", namespaces=ATOM) == seeker.actor.organisation_name
    assert entries[hidden].find("a:author", ATOM) is None
    assert str(entries[hidden].findtext("a:updated", namespaces=ATOM)).endswith("T00:00:00Z")
    assert answer.text.count("Zanzibarium") == 1


def test_feed_when_revoked_or_made_anew_then_the_old_address_ends(world, ada, word):
    search_id = kept(ada, f"/needs?q={word}")
    first = feed_of(ada, search_id)
    second = feed_of(ada, search_id)
    stranger = world.app.test_client()
    assert (stranger.get(first).status_code, stranger.get(second).status_code) == (404, 200)
    secret = second.removeprefix("/feeds/").removesuffix(".atom")
    assert secret not in ada.get("/searches").text, "shown once"
    assert secret not in str(world.row(SavedSearchRow, search_id).__dict__)
    assert ada.post(f"/searches/{search_id}/feed/revoke").status_code == 303
    assert stranger.get(second).status_code == 404
    assert stranger.get("/feeds/" + "0" * 48 + ".atom").status_code == 404


def test_mail_when_turned_on_then_tells_each_new_thing_once(world, ada, seeker, word):
    posted(world, seeker, word)
    search_id = kept(ada, f"/needs?q={word}", name="Mine")
    assert ada.post(f"/searches/{search_id}/mail", {"on": "1"}).status_code == 303
    a_day_later(world, search_id)
    assert subjects(world, ada) == [], "what was there before is not new"
    new = posted(world, seeker, word, Visibility.ANONYMOUS)  # its day alone is known: it counts all the same
    posted(world, seeker, word, Visibility.PRIVATE)
    world.exchange.chores["saved searches"]()
    assert subjects(world, ada) == [], "one mail a day"
    a_day_later(world, search_id)
    world.exchange.chores["saved searches"]()
    assert subjects(world, ada) == ["New for your search: Mine"]
    body = next(mail.body for mail in world.mails_to(ada.email) if mail.subject == "New for your search: Mine")
    assert body.count("/needs/") == 1
    assert f"/needs/{new}" in body
    assert "Zanzibarium" not in body
    a_day_later(world, search_id)
    assert len(subjects(world, ada)) == 1
    assert ada.post(f"/searches/{search_id}/mail", {"on": "0"}).status_code == 303
    posted(world, seeker, word)
    a_day_later(world, search_id)
    assert len(subjects(world, ada)) == 1


def test_saved_search_when_rights_are_looked_for_then_feed_and_mail_tell_what_is_free_alone(world, ada, seeker, word):
    search_id = kept(ada, f"/search?q={word}&left=free&countries=DE", name="Free")
    path = feed_of(ada, search_id)
    assert ada.post(f"/searches/{search_id}/mail", {"on": "1"}).status_code == 303
    free, taken = (
        listed(world, seeker, Draft(title=f"A {word}: {state}", problem="P.", summary="S."))
        for state in ("free", "taken")
    )
    world.settle()
    assert feed_ids(world, path) == {free.id, taken.id}
    take_in_germany(world, seeker, taken)
    assert feed_ids(world, path) == {free.id}
    a_day_later(world, search_id)
    bodies = [mail.body for mail in world.mails_to(ada.email) if mail.subject == "New for your search: Free"]
    assert len(bodies) == 1
    assert f"/listings/{free.id}" in bodies[0]
    assert taken.id not in bodies[0]


def test_saved_search_when_its_words_are_meant_so_then_they_are_not_put_right(world, ada, seeker, word):
    wrong = f"{word}x"
    posted(world, seeker, word)
    mended, exact = (feed_of(ada, kept(ada, f"/needs?q={wrong}{rest}")) for rest in ("", "&exact=1"))
    assert len(feed_ids(world, mended)) == 1
    assert feed_ids(world, exact) == set()


def test_mail_when_the_index_is_away_then_waits_and_loses_nothing(world, ada, seeker, word, monkeypatch):
    search_id = kept(ada, f"/needs?q={word}", name="Patient")
    assert ada.post(f"/searches/{search_id}/mail", {"on": "1"}).status_code == 303
    new = posted(world, seeker, word)
    with monkeypatch.context() as away:
        away.setattr(world.exchange.outside.index, "search", unreachable)
        a_day_later(world, search_id)
        assert ada.post(f"/searches/{kept(ada, '/needs?q=other')}/mail", {"on": "1"}).status_code == 503
    assert subjects(world, ada) == []
    world.exchange.chores["saved searches"]()
    assert subjects(world, ada) == ["New for your search: Patient"]
    assert new in next(mail.body for mail in world.mails_to(ada.email) if "Patient" in mail.subject)


def unreachable(*_: object) -> None:
    raise Unavailable("The index is out of reach.")


def feed_ids(world: World, path: str) -> set[str]:
    """Return the ids of what a feed tells."""
    feed = fromstring(world.app.test_client().get(path).data)
    return {str(one.findtext("a:id", namespaces=ATOM)).rsplit("/", 1)[1] for one in feed.iterfind("a:entry", ATOM)}


def test_searches_when_listed_then_each_says_what_it_asks_for(ada):
    kept(ada, "/search?q=%3Ci%3Ezinc&readiness=4-6&readiness=7-9&left=free&countries=DE&field=H01M")
    kept(ada, "/needs?deadline=open", "All that are open")
    said = words_of(ada.get("/searches").text)
    assert "“<i>zinc” · Readiness: TRL 4–6: development, TRL 7–9: demonstration and use · " in said
    assert "Rights that are still free: DE · H01M" in said
    assert "Deadline: Open" in said


def test_search_when_its_address_could_not_be_opened_again_then_is_not_kept(ada):
    answer = ada.post("/searches", {"address": "/search?q=" + "x" * 7_500, "name": "Long"})
    assert answer.status_code == 303
    said = words_of(ada.get("/searches").text)
    assert "This search is too long to be kept." in said
    assert "No searches yet" in said
    kept(ada, "/search?q=zinc%00oxide", "With a character that no text can hold")
    found = re.search(r'href="(/search\?q=[^"]*)"', ada.get("/searches").text)
    assert found
    assert ada.get(found[1]).status_code == 200


def test_search_when_a_visitor_makes_one_then_signing_in_leads_back_to_it(world):
    visitor, said = world.app.test_client(), "Sign in to keep this search"
    shown = visitor.get("/needs?q=zinc&deadline=open", headers={"Accept": "text/html"}).text
    assert said in words_of(shown)
    assert 'href="/sign-in?next=/needs?q%3Dzinc%26deadline%3Dopen"' in shown
    assert said not in words_of(visitor.get("/needs", headers={"Accept": "text/html"}).text)
