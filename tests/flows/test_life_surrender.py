"""A licensee gives its licence back: by its own signature alone, whoever keeps the key of it."""

from __future__ import annotations

import pytest

from ipx.accounts.rules import Role
from ipx.core.money import Money
from ipx.deals.rules import AgreementState
from ipx.history.rebuild.codes import Status
from ipx.licences.rules import State
from ipx.licences.service import LicenceService
from ipx.life.models import StepRow
from ipx.life.rules import Chain, Kind, Reason, Standing
from ipx.life.service import LifeService
from tests.custody_steps import audited, differences, name
from tests.deal_steps import follow, grow_stale
from tests.exchanges import DATABASES
from tests.handing_steps import on_chain
from tests.life_steps import licensed, life_of, press
from tests.own_world import own_world_on
from tests.pages import hidden, token_of, words_of
from tests.wallet_steps import ContractWallet, KeyWallet

WALLETS = [pytest.param(lambda world: KeyWallet(), id="key"), pytest.param(ContractWallet, id="contract")]


@pytest.fixture(scope="module", params=DATABASES)
def world(request, tmp_path_factory):
    """A world of its own, whose books are to be without a fault."""
    with own_world_on(request, tmp_path_factory.mktemp("surrender")) as world:
        yield world


@pytest.fixture(scope="module")
def owner(world):
    return world.organisation("Institute")


@pytest.fixture
def taker(world):
    return world.organisation("Company")


def state(world, licence) -> State:
    return world.read(lambda s: world.service(LicenceService).known(s, licence_id=licence.id)).state


def last_step(world, person, licence) -> StepRow:
    found = [one.step.id for one in life_of(world, person, licence).steps if one.step.kind is Kind.SURRENDERED]
    return world.row(StepRow, found[-1])


def held_by(world, owner, taker, wallet):
    """Bring a licence into force that the licensee's own wallet holds."""
    name(world, taker, wallet)
    agreement = world.agreement(owner, taker, upfront=Money(0, "EUR"))
    agreement = world.write(
        lambda s: world.deals.agreements.redraw(s, actor=taker.actor, agreement_id=agreement.id, own_wallet=True)
    )
    world.sign(owner, agreement)
    data = world.read(lambda s: world.deals.agreements.to_sign(s, actor=taker.actor, agreement_id=agreement.id))
    path = f"/deals/agreements/{agreement.id}"
    form = {"commitment": agreement.commitment, "signature": wallet.sign_data(data)}
    assert taker.post(f"{path}/sign-with-wallet", form, page=path).status_code == 302
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE or None)
    licence = world.read(lambda s: world.service(LicenceService).find_by_agreement(s, agreement_id=agreement.id))
    assert licence.holder == wallet.address
    return licence


def wallet_signs(world, person, licence, wallet):
    """Let the wallet sign what the page shows, and send it."""
    path = f"/licences/{licence.id}/life"
    shown = person.get(path).text
    deadline = hidden(shown, "deadline")
    life = world.service(LifeService)
    asked = world.read(lambda s: life.to_sign(s, actor=person.actor, licence_id=licence.id, deadline=int(deadline)))
    data = {"csrf_token": token_of(shown), "deadline": deadline, "signature": wallet.sign_data(asked.data)}
    return person.client.post(f"{path}/sign-with-wallet", data=data)


def test_the_licensee_gives_it_back_and_the_chain_says_by_whom(world, owner, taker):
    licence = licensed(world, owner, taker)
    assert "Give the licence back" in words_of(taker.get(f"/licences/{licence.id}/life").text)
    assert "Give the licence back" not in words_of(owner.get(f"/licences/{licence.id}/life").text)
    assert press(taker, licence, "surrendered", words="We make something else now.").status_code == 303
    world.settle()
    assert (state(world, licence), *on_chain(world, licence)[:2]) == (State.TERMINATED, Status.TERMINATED, 1)
    step = last_step(world, taker, licence)
    assert (step.reason, step.chain) == (Reason.SURRENDER, Chain.FINAL)
    assert life_of(world, owner, licence).life.standing is Standing.TERMINATED
    said = words_of(owner.get(f"/licences/{licence.id}/life").text)
    assert "Given back by the licensee" in said
    assert "We make something else now." in said
    assert world.actions(licence.id).count("licence:life:surrendered") == 1
    assert any("Licence given back" in mail.subject for mail in world.mails_to(owner.email))
    assert taker.json(f"/licences/{licence.id}")["documents"] == []
    assert press(taker, licence, "surrendered").status_code == 303  # there is nothing left to give back
    assert on_chain(world, licence)[1] == 1
    assert differences(world) == []


def test_nobody_else_gives_it_back(world, owner, taker):
    licence = licensed(world, owner, taker)
    press(owner, licence, "surrendered")
    assert press(world.colleague(taker, Role.RESEARCHER), licence, "surrendered").status_code == 403
    grow_stale(world, taker)
    assert "/sign-in" in press(taker, licence, "surrendered").headers["Location"]
    world.settle()
    assert (state(world, licence), *on_chain(world, licence)[:2]) == (State.ACTIVE, Status.ACTIVE, 0)


@pytest.mark.parametrize("kind", WALLETS)
def test_a_wallet_that_holds_the_licence_signs_it_alone(world, owner, taker, kind):
    wallet = kind(world)
    licence = held_by(world, owner, taker, wallet)
    assert press(taker, licence, "surrendered").status_code == 303
    world.settle()  # nothing here signs in its stead
    assert (state(world, licence), *on_chain(world, licence)[:2]) == (State.ACTIVE, Status.ACTIVE, 0)
    assert "The licensee’s wallet has not signed yet" in words_of(owner.get(f"/licences/{licence.id}/life").text)
    life = world.service(LifeService)
    assert world.read(lambda s: life.to_sign(s, actor=owner.actor, licence_id=licence.id)) is None
    follow(taker, wallet_signs(world, taker, licence, KeyWallet()))
    assert last_step(world, taker, licence).chain == Chain.WAITING  # another account signed
    assert "goes to the chain" in follow(taker, wallet_signs(world, taker, licence, wallet))
    world.settle()
    assert (state(world, licence), *on_chain(world, licence)[:2]) == (State.TERMINATED, Status.TERMINATED, 1)
    assert any("signature is awaited" in mail.subject for mail in world.mails_to(taker.email))
    assert not any("signature is awaited" in mail.subject for mail in world.mails_to(owner.email))
    assert differences(world) == []


def test_the_audit_names_a_surrender_that_our_table_calls_something_else(world, owner, taker):
    licence = licensed(world, owner, taker)
    press(taker, licence, "surrendered")
    world.settle()
    step = last_step(world, taker, licence)

    def rewrite(session, reason: int) -> None:
        session.get_one(StepRow, step.id).reason = reason

    world.write(lambda s: rewrite(s, Reason.AGREEMENT))
    try:
        assert [(one.subject, one.field) for one in audited(world).differences if one.subject == step.id] == [
            (step.id, "reason")
        ]
    finally:
        world.write(lambda s: rewrite(s, Reason.SURRENDER))
