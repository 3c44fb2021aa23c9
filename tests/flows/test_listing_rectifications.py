"""A listing put right in public: proposed with a reason, approved by two others, and the original stays to be read."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete

from ipx.accounts.rules import Role
from ipx.catalogue.models import ListingApprovalRow, ListingRectificationRow
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, Forbidden
from ipx.history.service import HistoryService
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from ipx.titles.rules import Basis, RectificationState
from tests.pages import Person, words_of

if TYPE_CHECKING:
    from tests.world import World

WRONG = {"basis": "clerical-error", "reason": "It conducts at eighty degrees, not at room temperature."}
RIGHT = "A solid electrolyte that conducts at eighty degrees."
WAS = "A solid electrolyte that conducts at room temperature."


@pytest.fixture(scope="module")
def people(world: World, owner: Person) -> list[Person]:
    """An administrator who proposes, and two who approve; the owner published."""
    return [world.colleague(owner, Role.LAB_ADMINISTRATOR) for _ in range(3)]


def corrected(world: World, owner: Person) -> Listing:
    """Publish a listing, and then correct the description of its technology."""
    listing, technologies = world.listing(owner), world.service(TechnologyService)
    assert listing.summary == WAS

    def correct(session: Any) -> None:
        found = technologies.technology(session, actor=owner.actor, technology_id=str(listing.technology_id))
        draft = Draft(**{field.name: getattr(found, field.name) for field in fields(Draft)})
        draft = replace(draft, summary=RIGHT)
        technologies.revise(session, actor=owner.actor, technology_id=found.id, draft=draft)

    world.write(correct)
    return listing


def propose(person: Person, listing: Listing, **fields: str) -> str:
    """Propose by the page; return the proposal's id."""
    form = f"/listings/{listing.id}/rectify"
    answer = person.post(form, {**WRONG, **fields}, page=form)
    assert answer.status_code == 302, words_of(answer.text)
    found = re.findall(r"/rectifications/([^/]+)/withdraw", person.get(f"/listings/{listing.id}").text)
    return str(found[-1])


def press(person: Person, listing: Listing, rectification_id: str, verb: str) -> str:
    """Press a button of the page; return what the page says then."""
    page = f"/listings/{listing.id}"
    answer = person.post(f"{page}/rectifications/{rectification_id}/{verb}", page=page)
    assert answer.status_code == 302
    return words_of(person.get(page).text)


def stands(world: World, listing: Listing) -> Listing:
    return world.read(lambda s: world.service(CatalogueService).listing(s, listing_id=listing.id))


def test_it_counts_when_two_others_approved_and_everybody_reads_what_it_said_before(
    world: World, owner: Person, people: list[Person]
) -> None:
    listing = corrected(world, owner)
    stranger = world.app.test_client()
    form = people[0].get(f"/listings/{listing.id}/rectify").text
    assert WAS in form
    assert RIGHT in form
    found = propose(people[0], listing)
    public = stranger.get(f"/listings/{listing.id}").text
    assert WRONG["reason"] not in public, "a proposal is the organisation's own"
    assert RIGHT not in public
    assert "1 of 2 approvals" in press(people[1], listing, found, "approve")
    assert stands(world, listing).summary == WAS, "one is not enough"
    assert "The listing is put right." in press(people[2], listing, found, "approve")
    after = stands(world, listing)
    assert (after.summary, after.version, after.terms) == (RIGHT, listing.version + 1, listing.terms)
    public = stranger.get(f"/listings/{listing.id}").text
    said = words_of(public)
    assert f"Version {after.version} corrects version {listing.version}" in said
    assert WRONG["reason"] in said
    assert re.search(rf"<s>{re.escape(WAS)}</s>", public)
    assert people[0].actor.name not in said, "who it was is the organisation's own"
    verbs = [action for action in world.actions(listing.id) if "rectification" in action]
    assert [verb.rpartition(":")[2] for verb in verbs] == ["proposed", "approved", "approved", "carried_out"]


def test_nobody_approves_what_he_proposed_or_published(world: World, owner: Person, people: list[Person]) -> None:
    listing = corrected(world, owner)
    found = propose(people[0], listing)
    for person in (people[0], owner):
        assert "others of your organisation have to approve it" in press(person, listing, found, "approve")
    for _ in range(2):
        press(people[1], listing, found, "approve")
    assert stands(world, listing).summary == WAS, "one person approves once"


def test_a_listing_published_anew_or_taken_back_is_not_overwritten(
    world: World, owner: Person, people: list[Person]
) -> None:
    listing = corrected(world, owner)
    found = propose(people[0], listing)
    anew = world.listing(owner, listing.technology_id)
    assert anew.version == listing.version + 1
    assert "The listing was changed meanwhile." in press(people[1], listing, found, "approve")
    assert "The listing stays as it is." in press(people[0], listing, found, "withdraw")
    assert "This rectification is settled." in press(people[1], listing, found, "approve")
    assert world.row(ListingRectificationRow, found).state == RectificationState.WITHDRAWN
    assert "Taken back" not in words_of(world.app.test_client().get(f"/listings/{listing.id}").text)


def test_what_is_wrong_with_a_proposal_is_said(world: World, owner: Person, people: list[Person]) -> None:
    same = world.listing(owner)
    form = f"/listings/{same.id}/rectify"
    assert "Correct the description of the technology first" in words_of(people[0].get(form).text)
    service = world.service(CatalogueService).rectifications
    act: dict[str, Any] = {"listing_id": same.id, "basis": Basis.CLERICAL_ERROR, "words": "It was all wrong."}
    with pytest.raises(Conflict):
        world.write(lambda s: service.propose(s, actor=people[0].actor, **act))
    with pytest.raises(Forbidden):
        world.write(lambda s: service.propose(s, actor=owner.actor, **act))
    listing = corrected(world, owner)
    form = f"/listings/{listing.id}/rectify"
    short = people[0].post(form, {**WRONG, "reason": "Wrong."}, page=form)
    assert short.status_code == 422
    assert "Say what was wrong, in a sentence." in words_of(short.text)
    propose(people[0], listing)
    again = people[0].post(form, WRONG, page=form)
    assert "is proposed already" in words_of(again.text)


def test_strangers_cannot_put_a_listing_right(world: World, owner: Person, people: list[Person]) -> None:
    listing = corrected(world, owner)
    found = propose(people[0], listing)
    stranger = world.organisation("Stranger", roles=(Role.LAB_ADMINISTRATOR, Role.OWNER))
    assert stranger.get(f"/listings/{listing.id}/rectify").status_code == 404
    page = f"/listings/{listing.id}/rectifications/{found}"
    for verb in ("approve", "withdraw"):
        assert stranger.post(f"{page}/{verb}").status_code == 404
    assert "Put this listing right" not in words_of(stranger.get(f"/listings/{listing.id}").text)


EDITS: list[tuple[str, dict[str, Any]]] = [
    ("before, after, words", {"words": "Nothing was ever wrong with it."}),
    ("before, after, words", {"before": {"summary": "It never said so."}}),
    ("basis", {"basis": "succession"}),
    ("version", {"version": 9}),
    ("new_version", {"new_version": None}),
    ("state", {"state": "withdrawn"}),
]


@pytest.fixture(scope="module")
def done(world: World, owner: Person, people: list[Person]) -> str:
    listing = corrected(world, owner)
    found = propose(people[0], listing)
    for person in people[1:]:
        press(person, listing, found, "approve")
    return found


@pytest.mark.parametrize(
    ("named", "values"), EDITS, ids=lambda value: "-".join(value) if isinstance(value, dict) else ""
)
def test_the_check_names_an_edited_row(world: World, done: str, named: str, values: dict[str, Any]) -> None:
    check = world.service(HistoryService)._tables
    with world.database.sessions() as session:
        assert check.rectifications(session) == []
        row = session.get_one(ListingRectificationRow, done)
        for name, value in values.items():
            setattr(row, name, value)
        session.flush()
        found = check.rectifications(session)
        session.rollback()
    assert [(each.subject, each.field) for each in found] == [(done, named)]


def test_the_check_names_approvals_and_rows_that_are_gone(world: World, done: str) -> None:
    check, named = world.service(HistoryService)._tables, []
    with world.database.sessions() as session:
        for gone in (
            delete(ListingApprovalRow).where(ListingApprovalRow.rectification_id == done),
            delete(ListingRectificationRow).where(ListingRectificationRow.id == done),
        ):
            session.execute(gone)
            named.append([(each.subject, each.field) for each in check.rectifications(session)])
        session.rollback()
    assert named == [[(done, "approvals")], [(done, "")]]
