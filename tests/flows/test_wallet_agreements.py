"""Agreements about titles that a wallet holds are signed by it alone, and audit and report know whose it is."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from ipx.audit_commands import audit_report
from ipx.core.errors import Conflict
from ipx.core.money import Money
from ipx.deals.models import SignatureRow
from ipx.deals.rules import AgreementState
from ipx.history.rebuild.reader import RegistryReader
from ipx.outside import embedded_chain
from ipx.technologies.rules import RightDraft, RightKind
from ipx.technologies.service import TechnologyService
from tests.adapters.stripe_payer import pay
from tests.audited_world import Audited, as_command
from tests.custody_steps import (
    differences,
    move_out,
    name,
    titles_of,
    wallet_signs,
)
from tests.deal_steps import follow, press_sign
from tests.exchanges import DATABASES
from tests.own_world import own_world_on
from tests.pages import words_of
from tests.wallet_steps import ContractWallet, KeyWallet

KINDS = [pytest.param(lambda world: KeyWallet(), id="key"), pytest.param(ContractWallet, id="contract")]


@pytest.fixture(scope="module", params=DATABASES)
def world(request, tmp_path_factory):
    """A world of its own, whose books are to be without a fault."""
    with own_world_on(request, tmp_path_factory.mktemp("wallets")) as world:
        yield world


@pytest.fixture
def ada(world):
    return world.organisation("Custody")


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


def test_the_report_names_the_owner_whose_wallet_holds_the_title(world, ada, monkeypatch):
    wallet = KeyWallet()
    name(world, ada, wallet)
    technology_id = world.technology(ada)
    (title,) = titles_of(world, technology_id)
    move_out(world, ada, title.right_id)
    settings = world.exchange.settings
    monkeypatch.setenv("IPX_DATABASE_URL", settings.database_url)
    reader = RegistryReader(embedded_chain(settings).url())
    audited = Audited(world, ada, ada, reader, ("", ""), ("", ""), title.right_id, "")
    answer = as_command(audited, monkeypatch, audit_report, "--technology", technology_id)
    assert answer.exit_code == 0, answer.output
    lines = [one["what"] for one in json.loads(answer.stdout_bytes)["lines"] if one["section"] == "ownership"]
    (line,) = lines
    assert line.startswith(f"{ada.actor.organisation_name} ({wallet.address.lower()}) holds 1")
