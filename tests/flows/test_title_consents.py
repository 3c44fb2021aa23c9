"""Joint owners who have to be asked: told to the licensor on offer and agreement, to nobody else, and in the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ipx.accounts.rules import Role
from ipx.licences.rules import Exclusivity
from tests.flows.test_chain_of_title_pages import ASSIGNMENT, enter, right_of
from tests.pages import Person, words_of

if TYPE_CHECKING:
    from tests.world import World

WARNING = "Joint owners have to be asked first"


def test_the_licensor_is_warned_until_the_consent_is_recorded_and_the_licensee_learns_nothing(
    world: World, owner: Person
) -> None:
    place = right_of(world, owner, titles=True)
    world.deposit(owner, place[0])
    world.settle()
    mine = owner.actor.organisation_name
    enter(owner, place, **{**ASSIGNMENT, "receiver": mine, "share": "1/2"})
    taker = world.organisation("Taker")
    listing = world.listing(owner, place[0], exclusivity=Exclusivity.EXCLUSIVE)
    offer = f"/deals/offers/{world.offer(taker, listing).id}"
    page = words_of(owner.get(offer).text)
    assert WARNING in page
    assert "the consent of Ada Lovelace is not recorded (35 USC 262" in page
    assert WARNING not in words_of(taker.get(offer).text)
    assert "Ada Lovelace" not in taker.get(offer).text
    enter(owner, place, "consent", by="Ada Lovelace", act="exclusive-licence", given_on="2024-05-01")
    assert WARNING not in words_of(owner.get(offer).text)


def test_a_non_exclusive_licence_of_a_us_patent_asks_nobody(world: World, owner: Person) -> None:
    place = right_of(world, owner, titles=True)
    world.deposit(owner, place[0])
    world.settle()
    enter(owner, place, **{**ASSIGNMENT, "receiver": owner.actor.organisation_name, "share": "1/2"})
    taker = world.organisation("Taker")
    agreement = world.agreement(owner, taker, world.listing(owner, place[0], exclusivity=Exclusivity.NON_EXCLUSIVE))
    assert WARNING not in words_of(owner.get(f"/deals/agreements/{agreement.id}").text)


def test_the_agreement_warns_too(world: World, owner: Person) -> None:
    place = right_of(world, owner, titles=True)
    world.deposit(owner, place[0])
    world.settle()
    enter(owner, place, **{**ASSIGNMENT, "receiver": owner.actor.organisation_name, "share": "1/2"})
    taker = world.organisation("Taker")
    agreement = world.agreement(owner, taker, world.listing(owner, place[0], exclusivity=Exclusivity.EXCLUSIVE))
    assert WARNING in words_of(owner.get(f"/deals/agreements/{agreement.id}").text)
    assert WARNING not in words_of(taker.get(f"/deals/agreements/{agreement.id}").text)


def test_the_report_names_the_gaps_of_the_chain(world: World, owner: Person) -> None:
    place = right_of(world, owner, titles=True)
    enter(owner, place, **{**ASSIGNMENT, "receiver": owner.actor.organisation_name, "share": "1/2"})
    loan = {"kind": "security-interest", "givers": owner.actor.organisation_name, "receiver": "River Bank"}
    enter(owner, place, **loan, executed_on="2021-01-01")
    administrator = world.colleague(owner, Role.LAB_ADMINISTRATOR)
    report = json.loads(administrator.get(f"/history/report.json?technology={place[0]}").data)
    said = " ".join(report["exceptions"])
    assert "security interest not released: River Bank" in said
    assert "to exclusive licence, Ada Lovelace must be asked (35 USC 262" in said
