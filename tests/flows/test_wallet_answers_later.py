"""A contract wallet may change its answer: what it said when it signed counts, as long as the node can be asked."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from ipx.adapters.evm.rpc import Rpc
from ipx.core.money import Money
from ipx.deals.models import NdaRow, SignatureRow
from ipx.deals.rules import AgreementState
from ipx.outside import chain_address
from tests.custody_steps import audited, differences, name, wallet_signs
from tests.exchanges import DATABASES
from tests.flows.test_wallet_undertakings import asked, drawn_up, send
from tests.own_world import own_world_on
from tests.wallet_steps import ContractWallet

STOPS = "0x00"  # code that answers nothing, as after a wallet was replaced behind its proxy


@pytest.fixture(scope="module", params=DATABASES)
def world(request, tmp_path_factory):
    """A world of its own: what is wrong with these deals stays in its books."""
    with own_world_on(request, tmp_path_factory.mktemp("answers")) as world:
        yield world


@pytest.fixture
def deal(world):
    """A licence that a contract wallet has taken, after it accepted the undertaking; the wallet says no since."""
    owner, taker = world.organisation("Institute"), world.organisation("Company")
    wallet, listing = ContractWallet(world), world.listing(owner, upfront=Money(0, "EUR"))
    name(world, taker, wallet)
    page = drawn_up(taker, listing)
    send(taker, page, wallet.sign_data(asked(world, taker, page)))
    agreement = world.agreement(owner, taker, listing)
    agreements = world.deals.agreements
    agreement = world.write(
        lambda s: agreements.redraw(s, actor=taker.actor, agreement_id=agreement.id, own_wallet=True)
    )
    wallet_signs(world, taker, agreement, wallet)
    world.sign(owner, agreement)
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE or None)
    rpc = Rpc(chain_address(world.exchange.settings))
    rpc.call("anvil_setCode", wallet.address, STOPS)
    rpc.call("anvil_mine", "0x1")
    world.settle()
    return agreement


def of_the_taker(agreement):
    return SignatureRow.agreement_id == agreement.id, SignatureRow.side == "licensee"


def write_block(world, agreement, block: int | None) -> None:
    """Change the block in both rows of the wallet's signatures."""
    mine = update(SignatureRow).where(*of_the_taker(agreement))
    world.write(lambda s: s.execute(mine.values(block_number=block)))
    theirs = update(NdaRow).where(NdaRow.licensee_id == agreement.licensee_id)
    world.write(lambda s: s.execute(theirs.values(block_number=block)))


def about(world, agreement, found) -> set[tuple[str, str]]:
    """Return areas and fields of what was found about this deal."""
    ndas = world.read(lambda s: world.deals.ndas.ndas_of(s, organisation_id=agreement.licensee_id))
    subjects = {agreement.id, *(nda.id for nda in ndas)}
    return {(one.area, one.field) for one in found if one.subject in subjects}


def test_what_a_wallet_said_when_it_signed_counts(world, deal):
    assert about(world, deal, differences(world)) == set()
    write_block(world, deal, None)  # as in rows of before: asked as of now
    assert about(world, deal, differences(world)) == {
        ("agreement", "licensee_signature"),
        ("undertaking", "signature"),
    }


def test_the_block_is_the_one_that_the_audit_log_names(world, deal):
    signed = world.row(SignatureRow, (deal.id, "licensee")).block_number
    write_block(world, deal, signed + 10_000)
    report = audited(world)
    found = about(world, deal, report.differences)
    assert {("agreement", "block_number"), ("undertaking", "block_number")} <= found
    assert ("agreement", "licensee_signature") not in found  # it is not known to be wrong
    assert len([one for one in report.unchecked if deal.id in one and "licensee" in one]) == 1
    assert any("NOT CHECKED" in one for one in report.sentences())
    assert report.record()["unchecked"] == list(report.unchecked)
