"""Changes of a licence whose title a wallet holds: the wallet signs them, or the authority that the grant names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict
from ipx.core.money import Money
from ipx.core.typed_data import ZERO_ADDRESS
from ipx.deals.rules import AgreementState, Side
from ipx.history.rebuild.codes import Status
from ipx.licences.rules import State
from ipx.licences.service import LicenceService
from ipx.life.models import StepRow
from ipx.life.records import Awaited
from ipx.life.rules import Chain, Kind, Proposal
from ipx.life.service import LifeService
from tests.custody_steps import differences, move_out, name, press_move_back, titles_of, wallet_signs
from tests.deal_steps import follow, grow_stale
from tests.exchanges import DATABASES
from tests.life_steps import licensed, life_of, open_ids
from tests.own_world import own_world_on
from tests.pages import hidden, token_of, words_of
from tests.wallet_steps import ContractWallet, KeyWallet

KINDS = [pytest.param(lambda world: KeyWallet(), id="key"), pytest.param(ContractWallet, id="contract")]


@pytest.fixture(scope="module", params=DATABASES)
def world(request, tmp_path_factory):
    """A world of its own, whose books are to be without a fault."""
    with own_world_on(request, tmp_path_factory.mktemp("wallets")) as world:
        yield world


@pytest.fixture
def ada(world):
    return world.organisation("Licensor")


@pytest.fixture(scope="module")
def taker(world):
    return world.organisation("Company")


def moved(world, ada, taker, wallet):
    """Grant a licence that names no authority, then move its title to the wallet; return licence and right."""
    licence = licensed(world, ada, taker)
    assert licence.authority == ZERO_ADDRESS
    name(world, ada, wallet)
    (title,) = titles_of(world, licence.technology_id)
    move_out(world, ada, title.right_id)
    return licence, title.right_id


def agree(world, ada, taker, licence, what: Proposal, answer: Kind, **more: object) -> StepRow:
    """Propose something for the licensor, accept it for the licensee, and return the step that it became."""
    life = world.service(LifeService)
    world.write(
        lambda s: life.act(s, actor=ada.actor, licence_id=licence.id, kind=Kind.PROPOSED, proposal=what, **more)
    )
    (found,) = open_ids(world, ada, licence)
    world.write(lambda s: life.act(s, actor=taker.actor, licence_id=licence.id, kind=answer, answers=found))
    (*_, step) = (one.step for one in life_of(world, ada, licence).steps if one.step.kind is answer)
    return world.row(StepRow, step.id)


def sign(world, ada, licence, wallet, **changes: object):
    """Let the wallet sign what the page shows, and send it."""
    path = f"/licences/{licence.id}/life"
    shown = ada.get(path).text
    deadline = hidden(shown, "deadline")
    life = world.service(LifeService)
    asked = world.read(lambda s: life.to_sign(s, actor=ada.actor, licence_id=licence.id, deadline=int(deadline)))
    data = {"csrf_token": token_of(shown), "deadline": deadline, "signature": wallet.sign_data(asked.data), **changes}
    return ada.client.post(f"{path}/sign-with-wallet", data=data)


def now(world, licence):
    return world.read(lambda s: world.service(LicenceService).known(s, licence_id=licence.id))


def status(world, licence) -> Status:
    gateway = world.exchange.outside.chain
    return Status(int(gateway.call("LicenceRegistry", "statusOf", [int(licence.token, 16)])))


@pytest.mark.parametrize("kind", KINDS)
def test_the_wallet_that_holds_the_title_signs_each_change(world, ada, taker, kind):
    wallet = kind(world)
    licence, _ = moved(world, ada, taker, wallet)
    for what, answer, state in (
        (Proposal.SUSPEND, Kind.SUSPENDED, (State.SUSPENDED, Status.SUSPENDED)),
        (Proposal.RESUME, Kind.RESUMED, (State.ACTIVE, Status.ACTIVE)),
        (Proposal.TERMINATE, Kind.TERMINATED, (State.TERMINATED, Status.TERMINATED)),
    ):
        step = agree(world, ada, taker, licence, what, answer)
        assert (step.chain, step.transaction_id) == (Chain.WAITING, None)
        world.settle()  # nothing here signs in its stead
        assert status(world, licence) is not state[1]
        assert "has not signed yet" in words_of(taker.get(f"/licences/{licence.id}/life").text)
        assert wallet.address in words_of(ada.get(f"/licences/{licence.id}/life").text)
        assert "goes to the chain" in follow(ada, sign(world, ada, licence, wallet))
        world.settle()
        assert (now(world, licence).state, status(world, licence)) == state
    assert any("signature is awaited" in mail.subject for mail in world.mails_to(ada.email))
    assert not any("signature is awaited" in mail.subject for mail in world.mails_to(taker.email))
    assert differences(world) == []


def test_conversion_and_renewal_too(world, ada, taker):
    wallet = KeyWallet()
    licence, _ = moved(world, ada, taker, wallet)
    renewed = agree(world, ada, taker, licence, Proposal.RENEW, Kind.RENEWED, months=12)
    assert "End of the term from then on" in words_of(ada.get(f"/licences/{licence.id}/life").text)
    follow(ada, sign(world, ada, licence, wallet))
    world.settle()
    assert now(world, licence).renewed_to == renewed.until
    if Proposal.CONVERT in life_of(world, ada, licence).moves.proposals:
        agree(world, ada, taker, licence, Proposal.CONVERT, Kind.CONVERTED)
        follow(ada, sign(world, ada, licence, wallet))
        world.settle()
        assert (now(world, licence).is_converted, status(world, licence)) == (True, Status.CONVERTED)
    assert differences(world) == []


def test_what_the_wallet_did_not_sign_changes_nothing(world, ada, taker):
    wallet = KeyWallet()
    licence, _ = moved(world, ada, taker, wallet)
    step = agree(world, ada, taker, licence, Proposal.SUSPEND, Kind.SUSPENDED)
    assert "Another account signed" in follow(ada, sign(world, ada, licence, KeyWallet()))
    soon = str(int(datetime.now(UTC).timestamp()) + 900)
    assert "Another account signed" in follow(ada, sign(world, ada, licence, wallet, deadline=soon))
    assert "open for too long" in follow(ada, sign(world, ada, licence, wallet, deadline="1"))
    assert "did not come with the form" in follow(ada, sign(world, ada, licence, wallet, signature=""))
    world.settle()
    assert world.row(StepRow, step.id).chain == Chain.WAITING
    assert status(world, licence) is Status.ACTIVE


def test_acts_wait_for_the_wallet_one_after_the_other(world, ada, taker):
    wallet = KeyWallet()
    licence, _ = moved(world, ada, taker, wallet)
    agree(world, ada, taker, licence, Proposal.SUSPEND, Kind.SUSPENDED)
    second = agree(world, ada, taker, licence, Proposal.RESUME, Kind.RESUMED)
    assert world.actions(licence.id).count("licence:life:wallet_asked") == 1
    follow(ada, sign(world, ada, licence, wallet))
    world.settle()
    assert status(world, licence) is Status.SUSPENDED
    assert world.actions(licence.id).count("licence:life:wallet_asked") == 2
    assert life_of(world, ada, licence).waits_for_wallet == Awaited(second.id, Side.LICENSOR)
    follow(ada, sign(world, ada, licence, wallet))
    world.settle()
    assert status(world, licence) is Status.ACTIVE


def test_when_the_title_comes_back_the_exchange_signs_what_waits(world, ada, taker):
    wallet = KeyWallet()
    licence, right_id = moved(world, ada, taker, wallet)
    agree(world, ada, taker, licence, Proposal.SUSPEND, Kind.SUSPENDED)
    follow(ada, press_move_back(world, ada, right_id, wallet))
    world.settle()
    assert (now(world, licence).state, status(world, licence)) == (State.SUSPENDED, Status.SUSPENDED)
    assert life_of(world, ada, licence).wallet is None


def test_only_the_licensors_manager_freshly_signed_in_has_the_wallet_asked(world, ada, taker):
    wallet = KeyWallet()
    licence, _ = moved(world, ada, taker, wallet)
    agree(world, ada, taker, licence, Proposal.SUSPEND, Kind.SUSPENDED)
    path = f"/licences/{licence.id}/life"
    life = world.service(LifeService)
    assert world.read(lambda s: life.to_sign(s, actor=taker.actor, licence_id=licence.id)) is None
    researcher, stranger = world.colleague(ada, Role.RESEARCHER), world.organisation("Strangers")
    assert "sign-with-wallet" not in researcher.get(path).text
    form = {"deadline": "1", "signature": "0x00"}
    assert researcher.post(f"{path}/sign-with-wallet", form, page=path).status_code == 403
    assert stranger.post(f"{path}/sign-with-wallet", form, page="/deals").status_code == 404
    assert "Nothing waits" in follow(taker, taker.post(f"{path}/sign-with-wallet", form, page=path))
    grow_stale(world, ada)
    assert "Sign in again" in words_of(ada.get(path).text)
    assert "/sign-in" in ada.post(f"{path}/sign-with-wallet", form, page=path).headers["Location"]


def test_a_grant_from_a_wallet_names_the_authority_which_then_signs(world, ada, taker):
    wallet = KeyWallet()
    name(world, ada, wallet)
    technology_id = world.technology(ada)
    (title,) = titles_of(world, technology_id)
    move_out(world, ada, title.right_id)
    agreement = world.agreement(ada, taker, world.listing(ada, technology_id, upfront=Money(0, "EUR")))
    for person in (ada, taker):
        shown = words_of(person.get(f"/deals/agreements/{agreement.id}").text)
        assert "would wait for a signature of that wallet" in shown
        assert agreement.authority in shown
    wallet_signs(world, ada, agreement, wallet)
    world.sign(taker, agreement)
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE or None)
    licence = world.read(lambda s: world.service(LicenceService).find_by_agreement(s, agreement_id=agreement.id))
    assert licence.authority == agreement.authority != ZERO_ADDRESS
    agree(world, ada, taker, licence, Proposal.SUSPEND, Kind.SUSPENDED)
    assert life_of(world, ada, licence).wallet is None
    world.settle()
    assert (now(world, licence).state, status(world, licence)) == (State.SUSPENDED, Status.SUSPENDED)
    assert differences(world) == []


def test_a_signature_counts_for_the_act_that_is_next(world, ada, taker):
    wallet = KeyWallet()
    licence, _ = moved(world, ada, taker, wallet)
    agree(world, ada, taker, licence, Proposal.SUSPEND, Kind.SUSPENDED)
    life = world.service(LifeService)
    first = world.read(lambda s: life.to_sign(s, actor=ada.actor, licence_id=licence.id))
    proof = life_proof(world, wallet, first)
    world.write(lambda s: life.sign_with_wallet(s, actor=ada.actor, licence_id=licence.id, proof=proof))
    with pytest.raises(Conflict, match="Nothing waits"):
        world.write(lambda s: life.sign_with_wallet(s, actor=ada.actor, licence_id=licence.id, proof=proof))
    world.settle()
    agree(world, ada, taker, licence, Proposal.RESUME, Kind.RESUMED)
    with pytest.raises(Conflict, match="something else"):
        world.write(lambda s: life.sign_with_wallet(s, actor=ada.actor, licence_id=licence.id, proof=proof))
    assert status(world, licence) is Status.SUSPENDED


def life_proof(world, wallet, asked):
    """Return the proof that the wallet signed what it is asked for."""
    signatures = world.deals.agreements._wallets.signatures
    return signatures.of_data(wallet.address, asked.data, bytes.fromhex(wallet.sign_data(asked.data)[2:]))
