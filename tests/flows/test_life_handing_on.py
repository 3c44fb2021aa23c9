"""A licence goes over to another licensee: as the terms allow, and when all sides and the chain say so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.core.money import Money
from ipx.history.rebuild.codes import Status
from ipx.licences.models import LicenceRow
from ipx.licences.terms_v2.ending import Assignment, Passing
from ipx.life.models import HandingRow
from ipx.life.rules import Handing
from ipx.life.service import LifeService
from tests.custody_steps import audited, differences, move_out, name, titles_of
from tests.deal_steps import follow, grow_stale
from tests.exchanges import DATABASES
from tests.handing_steps import FREE, answer, decline, now, offer, on_chain, own, take_over, withdraw
from tests.life_steps import licensed, life_of, press
from tests.own_world import own_world_on
from tests.pages import hidden, token_of, words_of
from tests.wallet_steps import ContractWallet, KeyWallet

CONSENT = replace(FREE, assignment=Assignment(allowed=Passing.CONSENT, fee=Money(50_000, "EUR")))
NO = replace(FREE, assignment=Assignment(allowed=Passing.NO))


@pytest.fixture(scope="module", params=DATABASES)
def world(request, tmp_path_factory):
    """A world of its own, whose books are to be without a fault."""
    with own_world_on(request, tmp_path_factory.mktemp("handing")) as world:
        yield world


@pytest.fixture(scope="module")
def owner(world):
    return world.organisation("Institute")


@pytest.fixture
def holder(world):
    return world.organisation("Company")


@pytest.fixture
def taker(world):
    return world.organisation("Buyer")


def state_of(world, licence) -> str:
    rows = select(HandingRow.state).filter_by(licence_id=licence.id).order_by(HandingRow.number.desc())
    return world.read(lambda s: s.scalars(rows.limit(1)).one())


def test_with_consent_it_goes_over_and_everything_follows(world, owner, holder, taker):
    licence = licensed(world, owner, holder, terms=CONSENT)
    assert "Hand the licence on" in words_of(holder.get(f"/licences/{licence.id}/life").text)
    assert "nothing changes before they have said yes" in follow(holder, offer(holder, licence, taker))
    assert taker.get(f"/licences/{licence.id}/take-over").status_code == 404  # terms are shown after the consent
    shown = words_of(owner.get(f"/licences/{licence.id}/life").text)
    assert f"to {taker.actor.organisation_name}" in shown
    assert "500.00" in shown
    answer(owner, licence, "yes")
    assert "has consented" in words_of(taker.get(f"/licences/{licence.id}/take-over").text)
    assert "it goes over to you" not in words_of(taker.get(f"/licences/{licence.id}/take-over").text)
    take_over(taker, licence)
    assert now(world, licence).licensee_id == holder.organisation_id  # until the chain has said so
    press(holder, licence, "surrendered")
    world.settle()
    after = now(world, licence)
    assert (after.licensee_id, after.licensee_name) == (taker.organisation_id, taker.actor.organisation_name)
    assert after.holder != licence.holder
    assert on_chain(world, licence) == (Status.ACTIVE, 1, after.holder)
    assert taker.json(f"/licences/{licence.id}")["documents"] != []
    assert holder.get(f"/licences/{licence.id}").status_code == 404
    said = words_of(owner.get(f"/licences/{licence.id}/life").text)
    assert f"Handed on to {taker.actor.organisation_name}" in said
    assert holder.actor.organisation_name in said
    lines = world.actions(licence.id)
    for one in ("offered", "consented", "accepted"):
        assert lines.count(f"licence:handing:{one}") == 1
    assert lines.count("licence:life:handed_on") == 1
    for person in (owner, holder, taker):
        assert any("The licence has gone over" in mail.subject for mail in world.mails_to(person.email))
    press(taker, licence, "surrendered")  # it is the new one's to give back
    world.settle()
    assert on_chain(world, licence)[:2] == (Status.TERMINATED, 2)
    assert own(audited(world).differences) == []


def test_where_the_terms_let_it_go_freely_nobody_else_is_asked(world, owner, holder, taker):
    licence = licensed(world, owner, holder, terms=FREE)
    offer(holder, licence, taker)
    assert "ask for no consent" in words_of(taker.get(f"/licences/{licence.id}/take-over").text)
    take_over(taker, licence)
    world.settle()
    assert now(world, licence).licensee_id == taker.organisation_id
    third = world.organisation("Third")
    offer(taker, licence, third)
    take_over(third, licence)
    world.settle()
    assert on_chain(world, licence) == (Status.ACTIVE, 2, now(world, licence).holder)
    assert [one.licensee for one in life_of(world, owner, licence).steps] == [
        holder.actor.organisation_name,
        holder.actor.organisation_name,
        taker.actor.organisation_name,
    ]
    assert own(audited(world).differences) == []


def test_terms_that_forbid_it_are_kept(world, owner, holder, taker):
    licence = licensed(world, owner, holder, terms=NO)
    assert "Hand the licence on" not in words_of(holder.get(f"/licences/{licence.id}/life").text)
    path = f"/licences/{licence.id}/hand-on"
    token = token_of(holder.get(f"/licences/{licence.id}/life").text)
    refused = holder.client.post(path, data={"csrf_token": token, "email": taker.email})
    assert "do not allow this" in follow(holder, refused)
    assert world.count(HandingRow, HandingRow.licence_id == licence.id) == 0


def test_each_side_may_say_no_and_the_licensee_takes_it_back(world, owner, holder, taker):
    licence = licensed(world, owner, holder, terms=CONSENT)
    offer(holder, licence, taker)
    assert "handed on already" in follow(holder, offer_again(holder, licence, taker))
    answer(owner, licence, "no")
    assert state_of(world, licence) == Handing.DECLINED
    offer(holder, licence, taker)
    answer(owner, licence, "yes")
    decline(taker, licence)
    assert state_of(world, licence) == Handing.DECLINED
    offer(holder, licence, taker)
    withdraw(holder, licence)
    assert state_of(world, licence) == Handing.WITHDRAWN
    world.settle()
    assert on_chain(world, licence)[:2] == (Status.ACTIVE, 0)
    assert now(world, licence).licensee_id == holder.organisation_id


def offer_again(holder, licence, taker):
    """Send the form although the page does not show it any more."""
    token = token_of(holder.get(f"/licences/{licence.id}/life").text)
    path = f"/licences/{licence.id}/hand-on"
    return holder.client.post(path, data={"csrf_token": token, "email": taker.email})


def test_strangers_and_the_wrong_side_cannot_move_it(world, owner, holder, taker):
    licence, stranger = licensed(world, owner, holder, terms=CONSENT), world.organisation("Strangers")
    assert stranger.get(f"/licences/{licence.id}/hand-on").status_code == 404
    assert offer(holder, licence, owner).status_code == 422  # a side already
    assert offer(holder, licence, world.colleague(taker, Role.RESEARCHER)).status_code == 422
    offer(holder, licence, taker)
    answer(holder, licence, "yes")  # the licensee does not consent for the licensor
    assert state_of(world, licence) == Handing.ASKED
    answer(owner, licence, "yes")
    assert stranger.get(f"/licences/{licence.id}/take-over").status_code == 404
    assert take_over(world.colleague(taker, Role.RESEARCHER), licence).status_code == 403
    unconfirmed = taker.client.post(
        f"/licences/{licence.id}/take-over",
        data={"csrf_token": token_of(taker.get(f"/licences/{licence.id}/take-over").text), "holder": "account"},
    )
    assert unconfirmed.status_code == 422
    grow_stale(world, taker)
    assert "/sign-in" in take_over(taker, licence).headers["Location"]
    assert state_of(world, licence) == Handing.OFFERED


def wallet_signs(world, person, licence, wallet):
    path = f"/licences/{licence.id}/life"
    shown = person.get(path).text
    deadline = hidden(shown, "deadline")
    life = world.service(LifeService)
    asked = world.read(lambda s: life.to_sign(s, actor=person.actor, licence_id=licence.id, deadline=int(deadline)))
    data = {"csrf_token": token_of(shown), "deadline": deadline, "signature": wallet.sign_data(asked.data)}
    return person.client.post(f"{path}/sign-with-wallet", data=data)


@pytest.mark.parametrize("kind", [lambda world: KeyWallet(), ContractWallet], ids=["key", "contract"])
def test_own_wallets_of_all_three_take_part(world, holder, taker, kind):
    licensor = world.organisation("Wallets")
    licence = licensed(world, licensor, holder, terms=CONSENT)
    title_wallet, first, second = kind(world), kind(world), kind(world)
    name(world, taker, first)
    offer(holder, licence, taker)
    answer(licensor, licence, "yes")
    take_over(taker, licence, "wallet")
    world.settle()
    assert on_chain(world, licence)[2] == first.address == now(world, licence).holder
    name(world, licensor, title_wallet)
    (title,) = titles_of(world, licence.technology_id)
    move_out(world, licensor, title.right_id)
    third = world.organisation("Third")
    name(world, third, second)
    offer(taker, licence, third)
    answer(licensor, licence, "yes")
    take_over(third, licence, "wallet")
    world.settle()
    assert on_chain(world, licence)[1] == 1  # two wallets have to sign
    follow(licensor, wallet_signs(world, licensor, licence, title_wallet))
    world.settle()
    assert on_chain(world, licence)[1] == 1  # one is not enough
    follow(taker, wallet_signs(world, taker, licence, first))
    world.settle()
    assert on_chain(world, licence) == (Status.ACTIVE, 2, second.address)
    assert now(world, licence).licensee_id == third.organisation_id
    assert own(audited(world).differences) == []


def test_what_waits_for_a_wallet_is_taken_back_and_the_licensee_goes_on(world, owner, holder, taker):
    licence = licensed(world, owner, holder, terms=FREE)
    name(world, taker, KeyWallet())
    offer(holder, licence, taker)
    take_over(taker, licence, "wallet")
    world.settle()
    third = world.organisation("Third")
    offer(taker, licence, third)
    take_over(third, licence)  # waits for the wallet, which never signs
    assert "Handed on" in follow(taker, press(taker, licence, "surrendered"))
    world.settle()
    assert on_chain(world, licence)[:2] == (Status.ACTIVE, 1)
    withdraw(taker, licence)
    assert state_of(world, licence) == Handing.WITHDRAWN
    shown = words_of(taker.get(f"/licences/{licence.id}/life").text)
    assert "taken back before the chain had it" in shown
    assert "Send it again" not in shown
    failed = [one.step.id for one in life_of(world, taker, licence).steps if one.was_withdrawn]
    again = taker.post(f"/licences/{licence.id}/life/{failed[0]}/again", page=f"/licences/{licence.id}/life")
    assert "taken back" in follow(taker, again)
    world.settle()
    assert (now(world, licence).licensee_id, on_chain(world, licence)[1]) == (taker.organisation_id, 1)
    fourth = world.organisation("Fourth")
    assert offer(taker, licence, fourth).status_code == 303  # it can be offered anew
    assert own(audited(world).differences) == []


def test_the_audit_names_whoever_rewrites_who_holds_it(world, owner, holder, taker):
    licence = licensed(world, owner, holder, terms=FREE)
    offer(holder, licence, taker)
    take_over(taker, licence)
    world.settle()
    handing = world.read(lambda s: s.scalars(select(HandingRow.id).filter_by(licence_id=licence.id)).one())
    edits = [
        (LicenceRow, licence.id, "holder", None),
        (LicenceRow, licence.id, "holder", licence.holder),
        (LicenceRow, licence.id, "licensee_id", holder.organisation_id),
        (HandingRow, handing, "to_id", holder.organisation_id),
        (HandingRow, handing, "from_id", owner.organisation_id),
        (HandingRow, handing, "address", licence.holder),
        (HandingRow, handing, "state", "withdrawn"),
    ]
    for table, key, field, value in edits:
        before = edit(world, table, key, field, value)
        found = own(audited(world).differences)
        edit(world, table, key, field, before)
        assert found, (table.__tablename__, field, value)
        assert {one.subject for one in found} & {licence.id, handing}, found
    assert differences(world) == []


def edit(world, table, key, field, value):
    """Write a value into a row; return the one before."""

    def write(session):
        row = session.get_one(table, key)
        before = getattr(row, field)
        setattr(row, field, value)
        return before

    return world.write(write)
