"""New agreements are of version 2 on terms of version 2; those of version 1 stay what was signed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ipx.core.money import Money
from ipx.deals.models import AgreementRow, OfferRow
from ipx.deals.records import AgreementView
from ipx.deals.rules import AgreementState
from ipx.licences.models import LicenceRow
from ipx.licences.rules import Exclusivity
from ipx.licences.terms_v2.rules import checked_terms
from ipx.licences.terms_v2.terms import FORMAT, LicenceTerms
from ipx.payments.rules import State
from tests.adapters.stripe_payer import pay
from tests.deal_steps import accept_nda, follow, make_offer, press_sign
from tests.licence_terms import old_terms, terms
from tests.old_agreements import agreement_of_version_1, offer_of_version_1
from tests.pages import Person, words_of
from tests.world import World


@pytest.fixture
def taker(world: World) -> Person:
    return world.organisation("Company")


def stated(world: World, **groups: Any) -> LicenceTerms:
    """Return terms with groups of version 2 beside what the short form asks."""
    return checked_terms({**terms().to_json(), **groups})


def signed_on(world: World, owner: Person, taker: Person, wanted: LicenceTerms) -> AgreementView:
    return world.signed(owner, taker, world.listing(owner, terms=wanted))


def licence_row(world: World, agreement: AgreementView) -> LicenceRow:
    query = select(LicenceRow.id).where(LicenceRow.agreement_id == agreement.id)
    return world.row(LicenceRow, world.read(lambda session: session.scalars(query).one()))


def until_active(world: World, taker: Person, agreement: AgreementView) -> None:
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE)


def test_a_new_agreement_is_of_version_2_and_says_exactly_the_offered_terms(world, owner, taker):
    wanted = stated(
        world,
        grant={"kind": "licence", "exclusivity": "sole", "acts": ["make", "sell"], "reserved_rights": ["research"]},
        minimums={
            "by_year": [{"year": 2, "amount": {"amount": 500_000, "currency": "USD"}}],
            "creditable": False,
            "consequence": "convert",
        },
        sublicence={"allowed": "consent", "tiers": 1, "survives_termination": True},
        publicity={"notice_of_grant": True, "publish": ["exclusivity"]},
    )
    agreement = world.agreement(owner, taker, world.listing(owner, terms=wanted))
    value, message = (getattr(world.row(AgreementRow, agreement.id), name) for name in ("value", "message"))
    assert (value["format"], value["terms"]) == ("ipx/agreement/v2", wanted.to_json())
    assert (message["exclusivity"], message["survives"], message["transferRule"]) == ("2", True, "1")
    for person in (owner, taker):
        page = words_of(person.get(f"/deals/agreements/{agreement.id}").text)
        assert "USD 5,000.00" in page
        assert "research" in page
    world.sign(owner, agreement)
    pay(world.pay_page(taker, world.sign(taker, agreement)))
    until_active(world, taker, agreement)
    assert licence_row(world, agreement).terms == wanted.to_json()
    kind = world.exchange.outside.chain.call("LicenceRegistry", "termOf", [int(agreement.commitment, 16)])[2]
    assert kind == 2


def test_an_agreement_of_version_1_is_signed_paid_and_granted_as_it_was_drawn_up(world, owner, taker):
    agreement = agreement_of_version_1(world, owner, taker, exclusivity=Exclusivity.SOLE)
    path = f"/deals/agreements/{agreement.id}"
    assert "Sole" in words_of(taker.get(path).text)
    press_sign(owner, agreement.id)
    press_sign(taker, agreement.id)
    pay(world.pay_page(taker, agreement))
    until_active(world, taker, agreement)
    row = licence_row(world, agreement)
    assert row.terms == old_terms(exclusivity=Exclusivity.SOLE).to_json()
    assert "Sole" in words_of(taker.get(f"/licences/{row.id}").text)
    refused = make_offer_on(world, owner, taker, row.technology_id)
    assert "stands in the way" in refused


def make_offer_on(world: World, owner: Person, taker: Person, technology_id: str) -> str:
    """Offer to take the whole of a technology exclusively, and return what is answered."""
    listing = world.listing(owner, technology_id, exclusivity=Exclusivity.EXCLUSIVE)
    accept_nda(taker, listing)
    return words_of(make_offer(taker, listing).text)


def test_an_open_offer_of_version_1_is_drawn_up_in_its_reading_as_version_2(world, owner, taker):
    offer = world.offer(taker, world.listing(owner))
    world.write(lambda session: offer_of_version_1(session, offer.id))
    assert "Batteries" in words_of(owner.get(f"/deals/offers/{offer.id}").text)
    place = owner.post(f"/deals/offers/{offer.id}/accept").headers["Location"]
    value = world.row(AgreementRow, place.rpartition("/")[2]).value
    assert value["terms"] == terms().to_json()
    assert world.row(OfferRow, offer.id).terms == old_terms().to_json()  # what was offered stays as it was


@pytest.mark.parametrize("start", [{"event": "on-signature"}, {"event": "date", "date": "2026-01-15"}])
def test_a_grant_that_does_not_wait_for_its_fee_begins_with_the_signatures(world, owner, taker, start):
    end = {"event": "date", "date": f"{world.clock.now().year + 3}-12-31"}
    agreement = signed_on(world, owner, taker, stated(world, term={"start": start, "end": end}))
    assert world.view(taker, agreement).state is AgreementState.GRANTING
    until_active(world, taker, agreement)
    page = f"/deals/agreements/{agreement.id}"
    assert "does not wait for it" in words_of(taker.get(page).text)
    licence = taker.json(f"/licences/{taker.json(page)['licence']}")
    assert licence["documents"], "the licence is in force, so its documents are open"
    assert world.checkout(agreement).state is State.OPEN
    pay(world.pay_page(taker, agreement))
    world.until(lambda: world.checkout(agreement).state is State.PAID)
    assert world.view(taker, agreement).state is AgreementState.ACTIVE
    assert "nothing for your organisation to pay" in follow(taker, taker.post(f"{page}/pay"))


def test_a_fee_by_bank_transfer_begins_the_licence_when_the_licensor_has_it(world, owner, taker):
    by_bank = {"currency": "USD", "invoice_via": "bank"}
    agreement = signed_on(world, owner, taker, stated(world, payment=by_bank))
    page = f"/deals/agreements/{agreement.id}"
    assert world.view(taker, agreement).state is AgreementState.AWAITING_PAYMENT
    assert "by bank transfer" in words_of(taker.get(page).text)
    assert "nothing for your organisation to pay" in follow(taker, taker.post(f"{page}/pay"))
    assert taker.post(f"{page}/fee-received").status_code == 403
    assert owner.post(f"{page}/fee-received").status_code == 302
    until_active(world, taker, agreement)
    assert taker.json(f"/licences/{taker.json(page)['licence']}")["documents"]
    assert "deal:agreement:fee_received" in world.actions(agreement.id)
    assert "No fee by bank transfer is awaited" in follow(owner, owner.post(f"{page}/fee-received"))


def test_who_pays_by_card_is_not_let_in_by_word(world, owner, taker):
    agreement = world.signed(owner, taker)
    page = f"/deals/agreements/{agreement.id}"
    assert "No fee by bank transfer is awaited" in follow(owner, owner.post(f"{page}/fee-received"))
    assert world.view(taker, agreement).state is AgreementState.AWAITING_PAYMENT


def test_a_fee_by_bank_transfer_may_be_left_to_the_parties(world, owner, taker):
    by_bank = {"currency": "USD", "invoice_via": "bank"}
    term = {"start": {"event": "on-signature"}, "end": {"event": "months", "months": 60}}
    agreement = signed_on(world, owner, taker, stated(world, payment=by_bank, term=term))
    assert world.view(taker, agreement).state is AgreementState.GRANTING
    assert world.read(lambda s: world.payments.find_by_agreement(s, agreement_id=agreement.id)) is None


def test_only_the_fee_at_the_start_is_asked_for(world, owner, taker):
    fees = {
        "upfront": {"amount": 70_000, "currency": "USD"},
        "patent_cost_past": {"amount": 900_000, "currency": "USD"},
        "annual_maintenance": [{"year": 1, "amount": {"amount": 5_000, "currency": "USD"}}],
    }
    agreement = signed_on(world, owner, taker, stated(world, fees=fees))
    assert world.checkout(agreement).amount == Money(70_000, "USD")


def test_terms_whose_days_are_over_are_not_drawn_up(world, owner, taker):
    past = (world.clock.now() - timedelta(days=1)).date().isoformat()
    term = {"start": {"event": "on-payment"}, "end": {"event": "date", "date": past}}
    offer = world.offer(taker, world.listing(owner, terms=stated(world, term=term)))
    assert "agree on a later end" in follow(owner, owner.post(f"/deals/offers/{offer.id}/accept"))
    assert world.count(AgreementRow, AgreementRow.offer_id == offer.id) == 0


def test_terms_are_of_version_2_wherever_new_ones_are_kept(world, owner, taker, listing):
    assert taker.json(f"/listings/{listing.id}")["terms"]["format"] == FORMAT
    offer = world.offer(taker, listing)
    assert world.row(OfferRow, offer.id).terms["format"] == FORMAT
