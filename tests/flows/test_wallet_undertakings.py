"""A company that has a wallet of its own signs undertakings and agreements with it, where it chose to."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from ipx.accounts.rules import Role
from ipx.chain.service import ChainService, TransactionState
from ipx.core.errors import Conflict, Forbidden
from ipx.core.money import Money
from ipx.deals.models import AgreementRow, NdaDraftRow, NdaRow, SignatureRow
from ipx.deals.rules import DRAFT_LIFE, WALLET, AgreementState
from ipx.licences.service import LicenceService
from tests.custody_steps import differences, name, wallet_signs
from tests.deal_steps import follow, grow_stale, press_sign
from tests.exchanges import DATABASES
from tests.own_world import own_world_on
from tests.pages import token_of, words_of
from tests.wallet_steps import ContractWallet, KeyWallet

KINDS = [pytest.param(lambda world: KeyWallet(), id="key"), pytest.param(ContractWallet, id="contract")]


@pytest.fixture(scope="module", params=DATABASES)
def world(request, tmp_path_factory):
    """A world of its own, whose books are to be without a fault."""
    with own_world_on(request, tmp_path_factory.mktemp("wallets")) as world:
        yield world


@pytest.fixture
def owner(world):
    return world.organisation("Institute")


@pytest.fixture
def taker(world):
    return world.organisation("Company")


def drawn_up(taker, listing) -> str:
    """Draw the undertaking up for the wallet on its page; return the address of the page that asks the wallet."""
    path = f"/listings/{listing.id}/nda"
    answer = taker.post(f"{path}/own-wallet", page=path)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def asked(world, taker, page: str):
    """Return what a page asks the wallet to sign."""
    nda_id = page.split("/")[-2]
    return world.read(lambda s: world.deals.ndas.draft(s, actor=taker.actor, nda_id=nda_id)).data


def send(taker, page: str, signature: str):
    return taker.post(f"{page}-with-wallet", {"signature": signature}, page=page)


def choose(taker, *, signs: bool) -> str:
    """Say on the organisation's page whether its wallet takes licences; return what the page says then."""
    path = "/organisation/wallet"
    data = {"signs": "y"} if signs else {}
    return follow(taker, taker.post(f"{path}/deals", data, page=path))


def redraw(taker, agreement, own: str):
    path = f"/deals/agreements/{agreement.id}"
    return taker.post(f"{path}/who-signs", {"own_wallet": own}, page=path)


# ── undertakings ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_an_undertaking_is_accepted_with_the_wallets_signature(world, owner, taker, kind):
    wallet, listing = kind(world), world.listing(owner)
    name(world, taker, wallet)
    page = drawn_up(taker, listing)
    shown = words_of(taker.get(page).text)
    assert "What is signed" in shown
    assert wallet.address in shown
    data = asked(world, taker, page)
    assert "signed with your own wallet" in follow(taker, send(taker, page, wallet.sign_data(data)))
    found = world.read(lambda s: world.deals.ndas.ndas_of(s, organisation_id=taker.organisation_id))
    (nda,) = found
    row = world.row(NdaRow, nda.id)
    assert row.address == wallet.address
    assert (row.block_number is None) == (type(wallet) is KeyWallet)
    assert world.count(NdaDraftRow, NdaDraftRow.organisation_id == taker.organisation_id) == 0
    world.settle()
    sent = world.read(lambda s: world.service(ChainService).transaction(s, row.transaction_id))
    assert sent.state is TransactionState.FINAL  # the contract took the signature
    assert differences(world) == []
    assert world.agreement(owner, taker, listing).licensee_id == taker.organisation_id  # it opens the way to an offer


def test_what_the_wallet_did_not_sign_accepts_nothing(world, owner, taker):
    wallet, listing, other = KeyWallet(), world.listing(owner), world.listing(owner)
    name(world, taker, wallet)
    page, elsewhere = drawn_up(taker, listing), drawn_up(taker, other)
    data = asked(world, taker, page)
    assert "Another account signed" in follow(taker, send(taker, page, KeyWallet().sign_data(data)))
    swapped = wallet.sign_data(asked(world, taker, elsewhere))
    assert "Another account signed" in follow(taker, send(taker, page, swapped))
    assert "did not come with the form" in follow(taker, send(taker, page, ""))
    assert world.count(NdaRow, NdaRow.licensee_id == taker.organisation_id) == 0


def test_an_undertaking_waits_an_hour_for_the_wallet_that_it_names(world, owner, taker):
    wallet, listing = KeyWallet(), world.listing(owner)
    name(world, taker, wallet)
    page = drawn_up(taker, listing)
    again = drawn_up(taker, listing)
    assert taker.get(page).status_code == 404  # the newer one took its place
    signed = wallet.sign_data(asked(world, taker, again))
    mine = update(NdaDraftRow).where(NdaDraftRow.organisation_id == taker.organisation_id)
    early = world.clock.now().replace(year=2025)
    world.write(lambda s: s.execute(mine.values(created_at=early)))
    assert taker.get(again).status_code == 409
    world.write(lambda s: s.execute(mine.values(created_at=world.clock.now())))
    taker.post("/organisation/wallet/remove", page="/organisation/wallet")
    assert "named no wallet" in follow(taker, send(taker, again, signed))
    assert world.count(NdaRow, NdaRow.licensee_id == taker.organisation_id) == 0


def test_what_was_drawn_up_and_not_signed_is_forgotten(world, owner, taker):
    listing, other = world.listing(owner), world.listing(owner)
    name(world, taker, KeyWallet())
    old, young = drawn_up(taker, listing), drawn_up(taker, other)
    of_old = update(NdaDraftRow).where(NdaDraftRow.listing_id == listing.id)
    world.write(lambda s: s.execute(of_old.values(created_at=world.clock.now() - DRAFT_LIFE)))
    world.write(world.deals.ndas.forget_old)
    assert (taker.get(old).status_code, taker.get(young).status_code) == (404, 200)


def test_it_is_accepted_once_however_it_is_signed(world, owner, taker):
    wallet, listing = KeyWallet(), world.listing(owner)
    name(world, taker, wallet)
    page = drawn_up(taker, listing)
    signed = wallet.sign_data(asked(world, taker, page))
    world.write(lambda s: world.deals.ndas.accept(s, actor=taker.actor, listing_id=listing.id))
    assert "accepted an undertaking" in follow(taker, send(taker, page, signed))
    assert world.count(NdaRow, NdaRow.licensee_id == taker.organisation_id) == 1


def test_only_a_manager_freshly_signed_in_has_the_wallet_asked(world, owner, taker):
    listing = world.listing(owner)
    path = f"/listings/{listing.id}/nda"
    assert "named no wallet" in follow(taker, taker.post(f"{path}/own-wallet", page=path))
    name(world, taker, KeyWallet())
    page = drawn_up(taker, listing)
    stranger, researcher = world.organisation("Strangers"), world.colleague(taker, Role.RESEARCHER)
    assert stranger.get(page).status_code == 404
    assert researcher.get(page).status_code == 403
    grow_stale(world, taker)
    assert "Sign in again" in words_of(taker.get(page).text)
    assert "/sign-in" in send(taker, page, "0x00").headers["Location"]


# ── the licensee's side of an agreement ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_a_licence_goes_to_the_wallet_that_the_licensee_chose(world, owner, taker, kind):
    wallet = kind(world)
    name(world, taker, wallet)
    assert "drawn up for your wallet" in choose(taker, signs=True)
    agreement = world.agreement(owner, taker, upfront=Money(0, "EUR"))
    assert agreement.accounts["licensee"] == wallet.address
    shown = words_of(taker.get(f"/deals/agreements/{agreement.id}").text)
    assert "Your own wallet takes the licence" in shown
    assert "only it can sign" in follow(taker, press_kept(taker, agreement))
    world.sign(owner, agreement)
    assert "with its own wallet" in follow(taker, wallet_signs(world, taker, agreement, wallet))
    row = world.row(SignatureRow, (agreement.id, "licensee"))
    assert (row.address, row.block_number is None) == (wallet.address, type(wallet) is KeyWallet)
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE or None)
    licence = world.read(lambda s: world.service(LicenceService).find_by_agreement(s, agreement_id=agreement.id))
    held = world.exchange.outside.chain.call("LicenceRegistry", "ownerOf", [int(licence.token, 16)])
    assert (licence.holder, held) == (wallet.address, wallet.address)
    assert differences(world) == []


def press_kept(person, agreement):
    """Send the form for the account that the exchange keeps, which the page does not show."""
    path = f"/deals/agreements/{agreement.id}"
    return person.post(f"{path}/sign", {"commitment": agreement.commitment, "confirmed": "y"}, page=path)


def test_the_licensee_chooses_until_somebody_has_signed(world, owner, taker):
    wallet = KeyWallet()
    name(world, taker, wallet)
    first = world.agreement(owner, taker, upfront=Money(0, "EUR"))
    assert "Drawn up anew" in follow(taker, redraw(taker, first, "yes"))
    second = world.view(taker, first)
    assert (second.accounts["licensee"], second.own_wallets) == (wallet.address, {"licensee"})
    assert second.commitment != first.commitment
    assert (second.terms, second.subject) == (first.terms, first.subject)
    with pytest.raises(Conflict, match="not those of this agreement"):
        world.sign(owner, first)  # on a page from before
    assert "Drawn up anew" in follow(taker, redraw(taker, first, "no"))
    back = world.view(taker, first)
    assert back.accounts["licensee"] == first.accounts["licensee"]
    world.sign(owner, back)
    assert "A side has signed" in follow(taker, redraw(taker, first, "yes"))
    world.sign(taker, back)
    world.until(lambda: world.view(taker, first).state is AgreementState.ACTIVE or None)
    assert world.actions(first.id).count("deal:agreement:redrawn") == 2
    assert differences(world) == []


def test_only_the_licensee_chooses_and_only_with_a_wallet(world, owner, taker):
    agreement = world.agreement(owner, taker)
    agreements = world.deals.agreements
    with pytest.raises(Forbidden):
        world.write(lambda s: agreements.redraw(s, actor=owner.actor, agreement_id=agreement.id, own_wallet=True))
    with pytest.raises(Conflict, match="named no wallet"):
        world.write(lambda s: agreements.redraw(s, actor=taker.actor, agreement_id=agreement.id, own_wallet=True))
    assert "Choose who signs" in follow(taker, redraw(taker, agreement, "perhaps"))
    assert world.row(AgreementRow, agreement.id).licensee_account != WALLET


def test_only_an_owner_decides_that_the_wallet_takes_licences(world, owner, taker):
    name(world, taker, KeyWallet())
    manager = world.colleague(taker, Role.LICENSING_MANAGER)
    shown = manager.get("/organisation/wallet").text
    assert "We sign agreements for you" in words_of(shown)
    answer = manager.client.post("/organisation/wallet/deals", data={"csrf_token": token_of(shown), "signs": "y"})
    assert answer.status_code == 403
    choose(taker, signs=True)
    assert any("was changed" in mail.subject for mail in world.mails_to(taker.email))
    assert "We sign agreements for you" not in words_of(manager.get("/organisation/wallet").text)
    choose(taker, signs=False)
    agreement = world.agreement(owner, taker)
    assert agreement.own_wallets == frozenset()
    assert "Signed for" in follow(taker, press_sign(taker, agreement.id))
