"""An entry put right: proposed by an administrator, approved by two others, and the original stays to be seen."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.titles.entries import Conveyance, Giver
from ipx.titles.models import EntryRow, RectificationRow
from ipx.titles.rules import Basis, ConveyanceKind, RectificationState
from ipx.titles.service import TitleService
from ipx.vault.rules import DocumentRole
from tests.flows.test_chain_of_title_pages import ASSIGNMENT, enter, exported, page_of, right_of
from tests.pages import Person, words_of

if TYPE_CHECKING:
    from tests.world import World

WRONG = {"basis": "clerical-error", "reason": "The receiver was misspelt in the entry."}
Place = tuple[str, str]


@pytest.fixture(scope="module")
def people(world: World, owner: Person) -> list[Person]:
    """An administrator who proposes, and two who approve; the owner made the entries."""
    return [world.colleague(owner, Role.LAB_ADMINISTRATOR) for _ in range(3)]


def entered(world: World, owner: Person) -> tuple[Place, str]:
    """Return a right, and its one entry."""
    place = right_of(world, owner)
    enter(owner, place, **{**ASSIGNMENT, "receiver": "Instetute of Errors"})
    (entry,) = exported(owner, place)["entries"]
    return place, entry["id"]


def propose(person: Person, place: Place, entry_id: str, **fields: str) -> str:
    """Propose by the page; return the proposal's id."""
    form = f"{page_of(place)}/entries/{entry_id}/rectify"
    answer = person.post(form, {**WRONG, **fields}, page=form)
    assert answer.status_code == 302, words_of(answer.text)
    found = re.findall(r"/rectifications/([^/]+)/withdraw", person.get(page_of(place)).text)
    return str(found[-1])


def press(person: Person, place: Place, rectification_id: str, verb: str) -> str:
    """Press a button of the page; return what the page says then."""
    page = page_of(place)
    answer = person.post(f"{page}/rectifications/{rectification_id}/{verb}", page=page)
    assert answer.status_code == 302
    return words_of(person.get(page).text)


def test_it_counts_when_two_others_have_approved_and_the_original_stays_with_the_reason(
    world: World, owner: Person, people: list[Person]
) -> None:
    place, entry_id = entered(world, owner)
    judgment = world.deposit(owner, place[0], "judgment.pdf", DocumentRole.INSTRUMENT)
    right = {**ASSIGNMENT, "receiver": owner.actor.organisation_name}
    found = propose(people[0], place, entry_id, **right, proof=judgment)
    assert exported(owner, place)["holders"] == {"Instetute of Errors": "1"}
    assert "1 of 2 approvals" in press(people[1], place, found, "approve")
    assert exported(owner, place)["holders"] == {"Instetute of Errors": "1"}, "one is not enough"
    page = press(people[2], place, found, "approve")
    assert "It is carried out." in page
    assert "The receiver was misspelt in the entry." in page
    assert re.search(r"<s>.*Instetute.*</s>", people[2].get(page_of(place)).text)
    after = exported(owner, place)
    assert after["holders"] == {owner.actor.organisation_name: "1"}
    (kept,) = after["rectified"]
    assert kept["original"]["content"]["receiver"] == "Instetute of Errors"
    assert (kept["original"]["id"], kept["basis"], kept["approvals"]) == (entry_id, "clerical-error", 2)
    assert kept["replaced_by"] == after["entries"][0]["id"]
    verbs = [action for action in world.actions(place[1]) if "rectification" in action]
    assert [verb.rpartition(":")[2] for verb in verbs] == ["proposed", "approved", "approved", "carried_out"]
    assert world.row(EntryRow, entry_id).id == entry_id


def test_a_struck_entry_leaves_nothing_in_its_place(world: World, owner: Person, people: list[Person]) -> None:
    place, entry_id = entered(world, owner)
    found = propose(people[0], place, entry_id, strike="y")
    for person in people[1:]:
        press(person, place, found, "approve")
    after = exported(owner, place)
    assert after["entries"] == []
    assert after["rectified"][0]["replaced_by"] is None
    assert "Nothing stands in its place." in words_of(owner.get(page_of(place)).text)


def test_nobody_approves_what_he_proposed_or_entered(world: World, owner: Person, people: list[Person]) -> None:
    place, entry_id = entered(world, owner)
    found = propose(people[0], place, entry_id, strike="y")
    for person in (people[0], owner):
        assert "others of your organisation have to approve it" in press(person, place, found, "approve")
    press(people[1], place, found, "approve")
    press(people[1], place, found, "approve")
    assert len(exported(owner, place)["entries"]) == 1, "one person approves once"


def test_a_proposal_taken_back_changes_nothing_for_ever(world: World, owner: Person, people: list[Person]) -> None:
    place, entry_id = entered(world, owner)
    found = propose(people[0], place, entry_id, strike="y")
    assert "taken back on" in press(people[0], place, found, "withdraw")
    assert "This rectification is settled." in press(people[1], place, found, "approve")
    assert len(exported(owner, place)["entries"]) == 1
    again = propose(people[0], place, entry_id, strike="y")
    assert again


def test_only_one_proposal_at_a_time_and_none_on_what_was_put_right(
    world: World, owner: Person, people: list[Person]
) -> None:
    place, entry_id = entered(world, owner)
    found = propose(people[0], place, entry_id, strike="y")
    form = f"{page_of(place)}/entries/{entry_id}/rectify"
    second = people[1].post(form, {**WRONG, "strike": "y"}, page=form)
    assert second.status_code == 422
    assert "proposed already" in second.text
    for person in people[1:]:
        press(person, place, found, "approve")
    assert people[0].get(form).status_code == 404


@pytest.mark.parametrize(("field", "value"), [("reason", "short"), ("share", "most of it"), ("receiver", "")])
def test_bad_input_is_told_and_kept(world: World, owner: Person, people: list[Person], field: str, value: str) -> None:
    place, entry_id = entered(world, owner)
    form = f"{page_of(place)}/entries/{entry_id}/rectify"
    answer = people[0].post(form, {**ASSIGNMENT, **WRONG, "receiver": "Kept Words", field: value}, page=form)
    assert answer.status_code == 422
    assert field == "receiver" or "Kept Words" in answer.text
    assert world.count(RectificationRow, RectificationRow.entry_id == entry_id) == 0


def test_who_may_propose_and_that_strangers_find_nothing(world: World, owner: Person, people: list[Person]) -> None:
    place, entry_id = entered(world, owner)
    form = f"{page_of(place)}/entries/{entry_id}/rectify"
    assert owner.get(form).status_code == 403, "an owner is no lab administrator"
    stranger = world.colleague(world.organisation("Stranger"), Role.LAB_ADMINISTRATOR)
    assert stranger.get(form).status_code == 404
    found = propose(people[0], place, entry_id, strike="y")
    titles = world.service(TitleService)
    with pytest.raises(NotFound):
        world.write(
            lambda session: titles.rectifications.approve(session, actor=stranger.actor, rectification_id=found)
        )
    with pytest.raises(Forbidden):
        world.write(
            lambda session: titles.rectifications.approve(
                session, actor=world.colleague(owner, Role.RESEARCHER).actor, rectification_id=found
            )
        )


def test_two_last_approvals_at_once_carry_it_out_once(world: World, owner: Person, people: list[Person]) -> None:
    place, entry_id = entered(world, owner)
    more = [*people[1:], world.colleague(owner, Role.LAB_ADMINISTRATOR)]
    titles = world.service(TitleService)
    instead = Conveyance(ConveyanceKind.ASSIGNMENT, (Giver("Ada Lovelace"),), "Right One")
    found = world.write(
        lambda session: titles.propose_rectification(
            session,
            actor=people[0].actor,
            right_id=place[1],
            entry_id=entry_id,
            basis=Basis.COURT_JUDGMENT,
            words="The court said who receives it.",
            instead=instead,
        )
    )
    outcomes: list[object] = []

    def approve(person: Person) -> None:
        try:
            outcomes.append(
                world.write(
                    lambda session: titles.rectifications.approve(session, actor=person.actor, rectification_id=found)
                )
            )
        except Conflict:
            outcomes.append("late")

    threads = [threading.Thread(target=approve, args=(person,)) for person in more]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(RectificationState.CARRIED_OUT) == 1
    assert len(outcomes) == 3
    assert exported(owner, place)["holders"] == {"Right One": "1"}
    assert world.count(EntryRow, EntryRow.right_id == place[1]) == 2


def test_a_release_still_ends_the_loan_whose_entry_was_put_right(
    world: World, owner: Person, people: list[Person]
) -> None:
    place = right_of(world, owner)
    mine = owner.actor.organisation_name
    enter(owner, place, **{**ASSIGNMENT, "receiver": mine})
    loan = {"kind": "security-interest", "givers": mine, "receiver": "River Bang", "executed_on": "2021-01-01"}
    enter(owner, place, **loan)
    entries = exported(owner, place)["entries"]
    secured = next(each["id"] for each in entries if each["content"]["kind"] == "security-interest")
    free = {"kind": "release", "givers": "River Bank", "receiver": mine, "executed_on": "2022-01-01"}
    enter(owner, place, **free, releases=secured)
    found = propose(people[0], place, secured, **{**loan, "receiver": "River Bank"})
    for person in people[1:]:
        press(person, place, found, "approve")
    gaps = {gap["code"] for gap in exported(owner, place)["gaps"]}
    assert not gaps & {"security_interest_not_released", "release_of_nothing"}
