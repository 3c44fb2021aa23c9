"""From a need to a deal: matches are found, both sides told once, answers come back, and nobody learns too much."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ipx.accounts.rules import Role
from ipx.catalogue.need_rules import NeedDraft, Visibility
from ipx.catalogue.records import Listing, Source
from ipx.catalogue.rules import State
from ipx.catalogue.service import CatalogueService
from ipx.core.money import Money
from ipx.licences.rules import Exclusivity
from ipx.matches.models import AnswerRow, PairRow, TellingRow
from ipx.matches.rules import WORTH_TELLING
from ipx.matching.service import SearchService
from ipx.notices.models import NoticeRow
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from tests.pages import Person, words_of
from tests.world import World

TEXT = "{word}a {word}b {word}c {word}d, {word}e {word}f and {word}g."
"""What fits in one test shares no word with what fits in another."""


@pytest.fixture(scope="module", autouse=True)
def crowd(world: World) -> None:
    """Records of others: how much a word tells is known by how few have it, so one listing alone tells little."""
    source = Source("crowd", "Crowd", None, "public domain")
    unstated = dict.fromkeys(Listing.__dataclass_fields__)
    given = {"version": 1, "state": State.PUBLISHED, "owner_name": "Others", "source": source, "owner_is_demo": False}
    given |= {"classes": (), "rights": (), "takes_offers": False, "published_at": world.clock.now()}
    records = [
        Listing(**{**unstated, **given, "id": f"c-{n}", "title": f"Thing {n}", "summary": f"About thing {n}"})  # type: ignore[arg-type]
        for n in range(30)
    ]
    catalogue, search = world.service(CatalogueService), world.service(SearchService)
    world.write(lambda s: catalogue.import_listings(s, source=source, listings=records))
    world.write(lambda s: search.ask_for_rebuild(s, key="crowd"))
    world.settle()


@pytest.fixture
def ada(world: World) -> Person:
    return world.organisation("Institute")


@pytest.fixture
def seeker(world: World) -> Person:
    return world.organisation("Zanzibarium")


@pytest.fixture
def word() -> str:
    """A word that only the listing and the need of one test have."""
    return f"gl{uuid.uuid4().hex[:8]}"


def listed(world: World, owner: Person, word: str, **changes: Any) -> Listing:
    technologies = world.service(TechnologyService)
    draft = Draft(
        title=f"{word}x {word}",
        problem=TEXT.format(word=word),
        summary=f"The {word}. The {word}a and {word}b.",
        trl=5,
        classes=("H01M 50/40",),
    )
    found = world.write(lambda s: technologies.create(s, actor=owner.actor, draft=draft))
    listing = world.listing(owner, found.id, **{"upfront": Money(10_000_00, "EUR"), **changes})
    world.settle()
    return listing


def posted(world: World, seeker: Person, word: str, visibility: Visibility = Visibility.PUBLIC, **more: Any) -> str:
    stated: dict[str, Any] = {"trl_min": 4, "trl_max": 6, "classes": ("H01M",), "budget_max": 20_000_00}
    draft = NeedDraft(
        title=f"{word} {word}y",
        text=TEXT.format(word=word),
        visibility=visibility,
        currency="EUR",
        **{**stated, **more},
    )
    catalogue = world.service(CatalogueService)
    found = world.write(lambda s: catalogue.post_need(s, actor=seeker.actor, draft=draft))
    world.settle()
    return found.id


def pair_of(world: World, need_id: str, listing_id: str) -> PairRow | None:
    def look(session: Session) -> PairRow | None:
        found = session.get(PairRow, (need_id, listing_id))
        session.expunge_all()
        return found

    return world.read(look)


def look(world: World) -> None:
    """Do the chore."""
    world.exchange.chores["matches"]()
    world.settle()


def told(world: World, person: Person) -> list[str]:
    query = select(NoticeRow.subject).where(NoticeRow.organisation_id == person.organisation_id)
    return world.read(lambda s: sorted(s.scalars(query)))


def let_a_day_pass(world: World, need_id: str) -> None:
    """Let what is due the next day be due."""
    before = world.clock.now() - timedelta(seconds=1)
    world.write(lambda s: s.execute(update(TellingRow).where(TellingRow.need_id == need_id).values(due_at=before)))
    world.write(lambda s: s.execute(update(AnswerRow).where(AnswerRow.need_id == need_id).values(shown_from=before)))
    look(world)


@pytest.mark.parametrize("first", ["need", "listing"])
def test_match_when_either_comes_last_then_both_sides_are_told_once(world, ada, seeker, word, first):
    if first == "need":
        need_id, listing = posted(world, seeker, word), listed(world, ada, word)
    else:
        listing, need_id = listed(world, ada, word), posted(world, seeker, word)
    pair = pair_of(world, need_id, listing.id)
    assert pair is not None
    assert pair.score >= WORTH_TELLING
    assert sum(points for _, points, _ in pair.parts) == pair.score
    assert word in pair.words
    assert [word in subject for subject in told(world, seeker)] == [True]
    assert [word in subject for subject in told(world, ada)] == [True]
    world.listing(ada, listing.technology_id, upfront=Money(9_000_00, "EUR"))  # changed, found again
    world.settle()
    look(world)
    assert len(told(world, seeker)) == len(told(world, ada)) == 1
    shown = words_of(seeker.get(f"/needs/{need_id}/matches").text)
    for part in (f"{pair.score} of 100", word, "ready as far as it must be", "the fee is within the budget", "Meaning"):
        assert part in shown
    assert f"{word} {word}y" in words_of(ada.get(f"/listings/{listing.id}/needs").text)
    assert seeker.get("/matches").text.count(need_id) == 1


def test_match_when_its_sides_read_chinese_then_they_are_told_in_chinese(world, ada, seeker, word):
    for person in (ada, seeker):
        person.get("/matches?lang=zh-Hans")
    listed(world, ada, word)
    posted(world, seeker, word)
    assert "1 项技术可能满足您的需求：" in seeker.get("/notices").text
    assert "您可能满足的一项需求：" in ada.get("/notices").text
    look(world)
    mails = [mail for mail in world.mails_to(seeker.email) if mail.subject == "IPX 上的新匹配"]
    assert [mail.body.splitlines()[2] for mail in mails] == ["可能满足您需求的技术：1 项"]


def test_match_when_something_changes_then_the_score_follows(world, ada, seeker, word):
    listing, need_id = listed(world, ada, word), posted(world, seeker, word)
    before = pair_of(world, need_id, listing.id)
    world.listing(ada, listing.technology_id, upfront=Money(200_000_00, "EUR"), territory=("JP",))
    world.settle()
    after = pair_of(world, need_id, listing.id)
    assert before is not None
    assert after is not None
    assert after.score < before.score
    assert "the fee is above the budget" in words_of(seeker.get(f"/needs/{need_id}/matches").text)
    assert ada.post(f"/listings/{listing.id}/withdraw").status_code == 302
    world.settle()
    assert pair_of(world, need_id, listing.id) is None
    assert "Nothing fits yet" in words_of(seeker.get(f"/needs/{need_id}/matches").text)


def test_match_when_a_licence_takes_the_rights_then_they_are_not_free_any_more(world, ada, seeker, word):
    exclusive = {"exclusivity": Exclusivity.EXCLUSIVE, "upfront": Money(0, "EUR"), "field_text": "", "field_codes": ()}
    technology_id = world.technology(ada)
    technologies = world.service(TechnologyService)
    draft = Draft(title=word, problem=TEXT.format(word=word), summary=f"The {word}.")
    world.write(lambda s: technologies.revise(s, actor=ada.actor, technology_id=technology_id, draft=draft))
    listing = world.listing(ada, technology_id, **exclusive)
    need_id = posted(world, seeker, word, exclusive=True)
    assert "free where it is wanted" in words_of(seeker.get(f"/needs/{need_id}/matches").text)
    world.signed(ada, world.organisation("Taker"), listing)
    world.settle()
    pair = pair_of(world, need_id, listing.id)
    assert pair is not None
    assert pair.rights in ("partly", "taken")


def test_interest_when_shown_then_opens_the_deal_and_tells_the_owner(world, ada, seeker, word):
    listing, need_id = listed(world, ada, word), posted(world, seeker, word)
    path = f"/needs/{need_id}/matches"
    answer = seeker.post(f"{path}/{listing.id}/interested", page=path)
    assert answer.status_code == 302
    assert answer.location == f"/listings/{listing.id}/nda"
    assert any("Answer to a match" in subject for subject in told(world, ada))
    shown = words_of(ada.get(f"/listings/{listing.id}/needs").text)
    assert "interested" in shown
    assert seeker.actor.organisation_name in shown
    world.write(lambda s: world.deals.ndas.accept(s, actor=seeker.actor, listing_id=listing.id))
    assert f"This is about our need “{word} {word}y”." in words_of(seeker.get(f"/listings/{listing.id}/offer").text)
    assert world.actions(need_id)[-1] == "need:match:interested"


def test_decline_when_given_then_its_reason_comes_back_to_the_owner(world, ada, seeker, word):
    listing, need_id = listed(world, ada, word), posted(world, seeker, word)
    page = f"/needs/{need_id}/matches"
    path = f"{page}/{listing.id}/declined"
    assert "Choose a reason" in words_of(seeker.post(path, {"text": "no"}, page=page).text)
    shown = seeker.get(page).text
    assert f'action="{path}#match-{listing.id}"' in shown, "the page with the error opens where the error is"
    assert f'id="match-{listing.id}"' in shown
    other = seeker.post(path, {"reason": "other"}, page=page)
    assert other.status_code == 422
    assert "what the other reason is" in words_of(other.text)
    assert seeker.post(path, {"reason": "nonsense"}, page=page).status_code == 422
    assert seeker.post(path, {"reason": "price", "text": "<b>Half</b> would do"}, page=page).status_code == 302
    shown = ada.get(f"/listings/{listing.id}/needs").text
    assert "The price" in shown
    assert "&lt;b&gt;Half&lt;/b&gt; would do" in shown
    assert seeker.post(f"{page}/{listing.id}/interested", page=page).status_code == 302  # changed her mind
    assert "The price" not in ada.get(f"/listings/{listing.id}/needs").text
    assert world.actions(need_id)[-2:] == ["need:match:declined", "need:match:interested"]


def test_answer_when_somebody_else_gives_it_then_is_refused(world, ada, seeker, word):
    listing, need_id = listed(world, ada, word), posted(world, seeker, word)
    path = f"/needs/{need_id}/matches"
    researcher = world.colleague(seeker, Role.RESEARCHER)
    assert researcher.get(path).status_code == 200
    assert researcher.post(f"{path}/{listing.id}/interested").status_code == 403
    for stranger in (ada, world.organisation("Rival")):
        assert stranger.get(path).status_code == 404
        assert stranger.post(f"{path}/{listing.id}/interested").status_code == 404
        assert stranger.post(f"{path}/{listing.id}/declined", {"reason": "price"}).status_code == 404
    assert seeker.get(f"/listings/{listing.id}/needs").status_code == 404
    assert world.app.test_client().get(path).status_code == 302
    assert seeker.post(f"{path}/{uuid.uuid4()}/interested").status_code == 404
    assert world.count(AnswerRow, AnswerRow.need_id == need_id) == 0


@pytest.mark.parametrize("visibility", [Visibility.ANONYMOUS, Visibility.PRIVATE])
def test_need_when_not_public_then_matching_tells_nobody_whose_it_is(world, ada, seeker, word, visibility):
    listing, need_id = listed(world, ada, word), posted(world, seeker, word, visibility)
    assert len(told(world, seeker)) == 1
    assert told(world, ada) == [], "not before the next day"
    path = f"/needs/{need_id}/matches"
    assert seeker.post(f"{path}/{listing.id}/declined", {"reason": "too-early"}, page=path).status_code == 302
    assert "Too early" not in ada.get(f"/listings/{listing.id}/needs").text, "not before the next day"
    let_a_day_pass(world, need_id)
    shown = "".join(
        ada.get(place, headers={"Accept": "text/html"}).text
        for place in (f"/listings/{listing.id}/needs", f"/listings/{listing.id}", "/matches", "/notices", "/")
    )
    assert "Too early for us" in shown
    mails = "".join(f"{mail.subject} {mail.body}" for mail in world.mails_to(ada.email))
    secrets = [seeker.actor.organisation_name, "Zanzibarium", seeker.organisation_id, seeker.actor.person_id]
    if visibility is Visibility.PRIVATE:
        secrets += [f"{word}y", need_id]
    for secret in secrets:
        assert secret not in shown
        assert secret not in mails
    matched = f"{word}y" in shown
    assert matched == (visibility is Visibility.ANONYMOUS)
    when = re.findall(r'datetime="([^"]+)"', ada.get(f"/listings/{listing.id}/needs").text)
    assert all("T" not in moment for moment in when), "of a hidden need the day alone is told"


def test_mail_when_several_matches_come_then_is_one_a_day(world, ada, seeker, word):
    need_id = posted(world, seeker, word)
    for _ in range(2):
        listed(world, ada, word)
    look(world)
    look(world)
    mails = [mail for mail in world.mails_to(seeker.email) if mail.subject == "New matches on IPX"]
    assert len(mails) == 1
    assert "Technologies for your needs: 2" in mails[0].body
    assert word not in mails[0].body
    listed(world, ada, word)
    look(world)
    assert len([m for m in world.mails_to(seeker.email) if m.subject == "New matches on IPX"]) == 1
    long_ago = world.clock.now() - timedelta(days=1)
    sent = TellingRow.mailed_at.is_not(None)
    world.write(lambda s: s.execute(update(TellingRow).where(sent).values(mailed_at=long_ago)))
    look(world)
    assert len([m for m in world.mails_to(seeker.email) if m.subject == "New matches on IPX"]) == 2
    assert world.count(TellingRow, TellingRow.need_id == need_id, TellingRow.mailed_at.is_(None)) == 0


def test_own_listing_when_it_fits_a_need_of_the_same_house_then_is_no_match(world, ada, word):
    listing, need_id = listed(world, ada, word), posted(world, ada, word)
    assert pair_of(world, need_id, listing.id) is None
    assert told(world, ada) == []


def test_needs_and_matches_when_signed_in_are_reached_from_home(world, seeker, ada, word):
    posted(world, seeker, word)
    reader = world.colleague(seeker, Role.RESEARCHER)
    for person, may_post in ((seeker, True), (reader, False)):
        assert 'href="/matches"' in person.get("/").text
        shown = person.get("/matches").text
        assert 'href="/needs"' in shown
        assert ('href="/needs/new"' in shown) is may_post
