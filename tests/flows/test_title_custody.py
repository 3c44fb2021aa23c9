"""Titles go to the organisation's wallet and come back; while it holds them, nothing here can sign in its stead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from ipx.accounts.rules import Role
from ipx.adapters.evm.deployment import read_deployment
from ipx.audit_commands import registries_of
from ipx.chain.models import TransactionRow
from ipx.core.errors import Conflict, Forbidden
from ipx.core.money import Money
from ipx.deals.models import SignatureRow
from ipx.deals.rules import AgreementState
from ipx.history.rebuild.reader import RegistryReader
from ipx.history.service import HistoryService
from ipx.outside import deployments_folder, embedded_chain
from ipx.technologies.models import TitleRow
from ipx.technologies.rules import EvidenceLevel, RightDraft, RightKind
from ipx.technologies.service import TechnologyService
from ipx.technologies.title_acts import MOVE
from ipx.vault.rules import DocumentRole
from ipx.wallets.service import WalletService
from tests.adapters.stripe_payer import pay
from tests.deal_steps import follow, grow_stale, press_sign
from tests.pages import hidden, token_of, words_of
from tests.wallet_steps import ContractWallet, KeyWallet, link

KINDS = [pytest.param(lambda world: KeyWallet(), id="key"), pytest.param(ContractWallet, id="contract")]


@pytest.fixture
def ada(world):
    return world.organisation("Custody")


def name(world, person, wallet) -> None:
    """Make a wallet the organisation's."""
    assert link(person, wallet).status_code == 302
    chosen = world.read(lambda s: world.service(WalletService).candidates(s, actor=person.actor))[0]
    answer = person.post("/organisation/wallet", {"wallet": chosen.id}, page="/organisation/wallet")
    assert answer.status_code == 302


def titles_of(world, technology_id):
    return world.read(lambda s: world.service(TechnologyService).titles(s, technology_id=technology_id))


def custody(world, person, right_id):
    return world.read(lambda s: world.service(TechnologyService).custody.of(s, actor=person.actor, right_id=right_id))


def owner_on_chain(world, token: int) -> str:
    return str(world.exchange.outside.chain.call("TitleRegistry", "ownerOf", [token]))


def page(right_id: str) -> str:
    return f"/rights/{right_id}/custody"


def move_out(world, person, right_id) -> None:
    answer = person.post(f"{page(right_id)}/move-out", page=page(right_id))
    assert "goes to your wallet" in follow(person, answer)
    world.settle()


def to_move_back(world, person, right_id, deadline=None):
    service = world.service(TechnologyService).custody
    return world.read(lambda s: service.to_move_back(s, actor=person.actor, right_id=right_id, deadline=deadline))


def press_move_back(world, person, right_id, wallet, **changes):
    shown = person.get(page(right_id)).text
    deadline = hidden(shown, "deadline")
    signature = wallet.sign_data(to_move_back(world, person, right_id, int(deadline)))
    data = {"csrf_token": token_of(shown), "deadline": deadline, "signature": signature, **changes}
    return person.client.post(f"{page(right_id)}/move-back", data=data)


def wallet_signs(world, person, agreement, wallet, **changes):
    agreements = world.deals.agreements
    data = world.read(lambda s: agreements.to_sign(s, actor=person.actor, agreement_id=agreement.id))
    path = f"/deals/agreements/{agreement.id}"
    form = {"commitment": agreement.commitment, "signature": wallet.sign_data(data), **changes}
    return person.post(f"{path}/sign-with-wallet", form, page=path)


# ── out and back ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_a_title_goes_to_the_wallet_and_comes_back(world, ada, kind):
    wallet = kind(world)
    name(world, ada, wallet)
    (title,) = titles_of(world, world.technology(ada))
    shown = words_of(ada.get(page(title.right_id)).text)
    assert wallet.address in shown
    assert "What is signed" in shown
    assert "not final yet" not in shown
    move_out(world, ada, title.right_id)
    now = custody(world, ada, title.right_id)
    assert (now.holder, now.is_kept, now.is_moving) == (wallet.address, False, False)
    assert owner_on_chain(world, title.token) == wallet.address
    assert any("A title is moved" in mail.subject for mail in world.mails_to(ada.email))
    assert "comes back" in follow(ada, press_move_back(world, ada, title.right_id, wallet))
    world.settle()
    assert custody(world, ada, title.right_id).is_kept
    assert owner_on_chain(world, title.token) == now.account
    assert world.actions(title.right_id).count("right:title:moved") == 2
    move_out(world, ada, title.right_id)  # and out again
    assert owner_on_chain(world, title.token) == wallet.address


def test_nothing_here_signs_for_a_title_that_a_wallet_holds(world, ada):
    wallet = KeyWallet()
    name(world, ada, wallet)
    technology_id = world.technology(ada)
    (title,) = titles_of(world, technology_id)
    move_out(world, ada, title.right_id)
    before = world.count(TransactionRow)
    assert "is not in our custody" in follow(
        ada, ada.post(f"{page(title.right_id)}/move-out", page=page(title.right_id))
    )
    instrument = world.deposit(ada, technology_id, "assignment.pdf", role=DocumentRole.INSTRUMENT)
    service = world.service(TechnologyService)
    world.write(
        lambda s: service.attach_instrument(s, actor=ada.actor, right_id=title.right_id, document_id=instrument)
    )
    world.settle()
    row = world.row(TitleRow, title.right_id)
    assert (row.act_pending, row.evidence) == (False, EvidenceLevel.DECLARED)
    moved_meanwhile = select(TransactionRow.purpose).order_by(TransactionRow.sequence).offset(before)
    assert "title:substantiate" not in world.read(lambda s: list(s.scalars(moved_meanwhile)))
    path = page(title.right_id)
    custodian = world.service(TechnologyService).custody
    shown = ada.get(path).text
    assert "Bring better evidence to the chain" in words_of(shown)
    deadline = hidden(shown, "deadline")
    data = world.read(
        lambda s: custodian.to_substantiate(s, actor=ada.actor, right_id=title.right_id, deadline=int(deadline))
    )
    form = {"csrf_token": token_of(shown), "deadline": deadline}
    refused = ada.client.post(f"{path}/evidence", data={**form, "signature": KeyWallet().sign_data(data)})
    assert "Another account signed" in follow(ada, refused)
    signed = ada.client.post(f"{path}/evidence", data={**form, "signature": wallet.sign_data(data)})
    assert "goes to the chain" in follow(ada, signed)
    world.settle()
    assert world.row(TitleRow, title.right_id).evidence == EvidenceLevel.INSTRUMENT
    assert world.exchange.outside.chain.call("TitleRegistry", "evidenceOf", [title.token]) == EvidenceLevel.INSTRUMENT


@pytest.mark.parametrize("who", ["another key", "another deadline", "nothing"])
def test_what_the_wallet_did_not_sign_moves_nothing(world, ada, who):
    wallet = KeyWallet()
    name(world, ada, wallet)
    (title,) = titles_of(world, world.technology(ada))
    move_out(world, ada, title.right_id)
    changes = {
        "another deadline": {"deadline": str(int(datetime.now(UTC).timestamp()) + 900)},
        "nothing": {"signature": ""},
    }
    signer = KeyWallet() if who == "another key" else wallet
    follow(ada, press_move_back(world, ada, title.right_id, signer, **changes.get(who, {})))
    world.settle()
    assert custody(world, ada, title.right_id).holder == wallet.address
    assert world.actions(title.right_id).count("right:title:moved") == 1


def test_a_signature_for_longer_than_thirty_days_is_refused(world, ada):
    wallet = KeyWallet()
    name(world, ada, wallet)
    (title,) = titles_of(world, world.technology(ada))
    move_out(world, ada, title.right_id)
    for moment in (world.clock.now() + timedelta(days=31), world.clock.now() - timedelta(minutes=1)):
        with pytest.raises(Conflict, match="too long"):
            to_move_back(world, ada, title.right_id, int(moment.timestamp()))


def test_only_an_owner_freshly_signed_in_moves_a_title(world, ada):
    wallet = KeyWallet()
    name(world, ada, wallet)
    (title,) = titles_of(world, world.technology(ada))
    manager, stranger = world.colleague(ada, Role.LICENSING_MANAGER), world.organisation("Strangers")
    service = world.service(TechnologyService).custody
    with pytest.raises(Forbidden):
        world.write(lambda s: service.move_out(s, actor=manager.actor, right_id=title.right_id))
    assert manager.post(f"{page(title.right_id)}/move-out").status_code == 403
    assert stranger.get(page(title.right_id)).status_code == 404
    assert stranger.post(f"{page(title.right_id)}/move-out").status_code == 404
    grow_stale(world, ada)
    assert "/sign-in" in ada.post(f"{page(title.right_id)}/move-out").headers["Location"]
    assert world.count(TransactionRow, TransactionRow.purpose == MOVE, TransactionRow.key.contains(title.right_id)) == 0


def test_a_move_on_its_way_stops_a_second_one(world, ada):
    name(world, ada, KeyWallet())
    (title,) = titles_of(world, world.technology(ada))
    service = world.service(TechnologyService).custody
    world.write(lambda s: service.move_out(s, actor=ada.actor, right_id=title.right_id))
    with pytest.raises(Conflict, match="on its way"):
        world.write(lambda s: service.move_out(s, actor=ada.actor, right_id=title.right_id))
    world.settle()
    assert not custody(world, ada, title.right_id).is_kept


# ── licensing what the wallet holds ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_a_licence_is_granted_with_the_wallets_signature_alone(world, ada, kind):
    wallet, taker = kind(world), world.organisation("Company")
    name(world, ada, wallet)
    technology_id = world.technology(ada)
    (title,) = titles_of(world, technology_id)
    move_out(world, ada, title.right_id)
    agreement = world.agreement(ada, taker, world.listing(ada, technology_id))
    assert "Sign with your wallet" in words_of(ada.get(f"/deals/agreements/{agreement.id}").text)
    assert "only it can sign" in follow(ada, press_sign_kept(ada, agreement))
    assert world.count(SignatureRow, SignatureRow.agreement_id == agreement.id) == 0
    assert "with its own wallet" in follow(ada, wallet_signs(world, ada, agreement, wallet))
    world.sign(taker, agreement)
    pay(world.pay_page(taker, agreement))
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE or None)
    assert world.view(ada, agreement).accounts["licensor"] == wallet.address


def press_sign_kept(person, agreement):
    """Send the form for the account that the exchange keeps, which the page does not show."""
    path = f"/deals/agreements/{agreement.id}"
    return person.post(f"{path}/sign", {"commitment": agreement.commitment, "confirmed": "y"}, page=path)


def test_the_wallet_signs_these_terms_or_nothing(world, ada):
    wallet, taker = KeyWallet(), world.organisation("Company")
    name(world, ada, wallet)
    technology_id = world.technology(ada)
    (title,) = titles_of(world, technology_id)
    move_out(world, ada, title.right_id)
    listing = world.listing(ada, technology_id)
    first, second = world.agreement(ada, taker, listing), world.agreement(ada, taker, listing)
    agreements = world.deals.agreements
    other = world.read(lambda s: agreements.to_sign(s, actor=ada.actor, agreement_id=second.id))
    assert "Another account signed" in follow(
        ada, wallet_signs(world, ada, first, wallet, signature=wallet.sign_data(other))
    )
    assert "not those of this agreement" in follow(
        ada, wallet_signs(world, ada, first, wallet, commitment=second.commitment)
    )
    assert "Another account signed" in follow(ada, wallet_signs(world, ada, first, KeyWallet()))
    assert "account that the exchange keeps" in follow(taker, wallet_signs(world, taker, first, KeyWallet()))
    assert world.count(SignatureRow, SignatureRow.agreement_id == first.id) == 0


def test_an_agreement_drawn_up_before_the_move_is_not_signed_after_it(world, ada):
    taker, technology_id = world.organisation("Company"), world.technology(ada)
    name(world, ada, KeyWallet())
    (title,) = titles_of(world, technology_id)
    agreement = world.agreement(ada, taker, world.listing(ada, technology_id))
    move_out(world, ada, title.right_id)
    assert "gone over to another account" in follow(ada, press_sign(ada, agreement.id))
    assert world.count(SignatureRow, SignatureRow.agreement_id == agreement.id) == 0


def test_titles_in_two_hands_are_not_licensed_at_once(world, ada):
    taker, technology_id = world.organisation("Company"), world.technology(ada)
    name(world, ada, KeyWallet())
    (title,) = titles_of(world, technology_id)
    move_out(world, ada, title.right_id)
    service = world.service(TechnologyService)
    right = RightDraft(kind=RightKind.KNOW_HOW, title="More")
    world.write(lambda s: service.add_right(s, actor=ada.actor, technology_id=technology_id, right=right))
    world.write(lambda s: service.register_titles(s, actor=ada.actor, technology_id=technology_id))
    world.settle()
    with pytest.raises(Conflict, match="different accounts"):
        world.agreement(ada, taker, world.listing(ada, technology_id))


# ── the audit ────────────────────────────────────────────────────────────────────────────────────


def differences(world):
    """What `ipx audit check` says about titles, agreements and licences."""
    settings = world.exchange.settings
    reader = RegistryReader(embedded_chain(settings).url())
    deployment = read_deployment(deployments_folder(settings), reader.chain_id())
    contracts = [one.contracts["EvidenceLog"].address.lower() for one in deployment.generations]

    def look(session):
        history = world.service(HistoryService)
        registries = registries_of(deployment)
        report = history.check_tables(session, reader=reader, registries=registries, log_contracts=contracts)
        return [one for one in report.differences if one.area in ("title", "agreement", "licence")]

    return world.read(look)


@pytest.mark.parametrize("kind", KINDS)
def test_the_audit_agrees_while_a_wallet_holds_the_title_and_signs(world, ada, kind):
    wallet, taker = kind(world), world.organisation("Company")
    name(world, ada, wallet)
    technology_id = world.technology(ada)
    (title,) = titles_of(world, technology_id)
    service = world.service(TechnologyService).custody
    world.write(lambda s: service.move_out(s, actor=ada.actor, right_id=title.right_id))
    assert differences(world) == []  # on its way
    world.settle()
    assert differences(world) == []
    agreement = world.agreement(ada, taker, world.listing(ada, technology_id, upfront=Money(0, "EUR")))
    wallet_signs(world, ada, agreement, wallet)
    world.sign(taker, agreement)
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE or None)
    assert differences(world) == []
    forged = update(SignatureRow).where(SignatureRow.agreement_id == agreement.id, SignatureRow.side == "licensor")
    with world.database.sessions() as session:
        session.execute(forged.values(signature=bytes(65)))
        found = list(world.deals.agreements.claims(session))
        session.rollback()
    (claim,) = [one for one in found if one.id == agreement.id]
    assert claim.signers["licensor"] is None
