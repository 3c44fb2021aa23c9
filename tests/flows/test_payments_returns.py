"""Payments that need a second look: pages that expire, notifications that are lost, money that goes back."""

from __future__ import annotations

import pytest
import requests
from sqlalchemy import update

from ipx.licences.models import LicenceRow
from ipx.payments.models import CheckoutRow
from ipx.payments.rules import State
from tests.adapters.stripe_payer import pay, text_of
from tests.payment_steps import COMPLETED, age, ask_stripe, expire, settled, subjects, withdraw


@pytest.fixture(scope="module")
def taker(world):
    return world.organisation("Company")


@pytest.fixture
def deal(world, owner, taker, listing):
    """An agreement that both have signed and nobody has paid."""
    return world.signed(owner, taker, listing)


# ── pages that expire, notifications that are lost ───────────────────────────────────────────────


@pytest.mark.parametrize("told", [True, False])
def test_an_expired_page_is_replaced(world, taker, deal, told):
    first = world.pay_page(taker, deal)
    if told:
        expire(world, deal)
        world.until(lambda: world.checkout(deal).attempt == 2)
        second = world.pay_page(taker, deal)
    else:
        with world.notifications_held():
            expire(world, deal)
            second = world.pay_page(taker, deal)
    assert second != first
    assert world.pay_page(taker, deal) == second
    pay(second)
    settled(world, taker, deal)
    assert world.checkout(deal).attempt == 2


def test_a_lost_notification_is_made_up_for(world, taker, deal):
    with world.notifications_held():
        pay(world.pay_page(taker, deal))
        world.payments.reconcile()
        assert world.checkout(deal).state is State.OPEN  # not overdue yet
        age(world, deal)
        world.payments.reconcile()
        settled(world, taker, deal)


def test_a_lost_notification_about_a_page_that_we_forgot_is_made_up_for(world, taker, deal):
    """K16 and a lost notification: asking for the same page again finds it."""
    with world.notifications_held():
        page = world.pay_page(taker, deal)
        mine = CheckoutRow.agreement_id == deal.id
        world.write(lambda s: s.execute(update(CheckoutRow).where(mine).values(reference=None)))
        pay(page)
        age(world, deal)
        world.payments.reconcile()
        settled(world, taker, deal)


def test_a_page_that_the_payment_service_forgot_is_replaced(world, taker, deal):
    world.pay_page(taker, deal)
    mine = CheckoutRow.agreement_id == deal.id
    world.write(lambda s: s.execute(update(CheckoutRow).where(mine).values(reference="cs_test_of_another_life")))
    pay(world.pay_page(taker, deal))
    settled(world, taker, deal)


def test_one_that_cannot_be_compared_does_not_hold_up_the_others(world, owner, taker, listing, deal):
    broken = world.signed(owner, taker, listing)
    with world.notifications_held():
        for agreement in (broken, deal):
            pay(world.pay_page(taker, agreement))
            age(world, agreement)
        spoilt = {"description": "", "reference": None, "success_url": ""}  # nothing that can be asked for
        mine = CheckoutRow.agreement_id == broken.id
        world.write(lambda s: s.execute(update(CheckoutRow).where(mine).values(**spoilt)))
        world.payments.reconcile()
        settled(world, taker, deal)
    world.settle()


def test_while_the_payment_service_is_away_nothing_is_lost(world, taker, deal):
    page = world.pay_page(taker, deal)
    pay(page)
    with world.payment_service_down():
        answer = taker.post(f"/deals/agreements/{deal.id}/pay")
        assert answer.status_code in (302, 303)
    settled(world, taker, deal)


def test_an_agreement_that_cannot_be_paid_now_says_so(world, taker, owner, deal):
    with world.payment_service_down():
        answer = taker.post(f"/deals/agreements/{deal.id}/pay")
    assert answer.headers["Location"].endswith(deal.id)
    assert "does not answer just now" in taker.client.get(answer.headers["Location"]).text
    assert (
        "nothing for your organisation to pay"
        in owner.client.get(owner.post(f"/deals/agreements/{deal.id}/pay").headers["Location"]).text
    )


# ── money that goes back ─────────────────────────────────────────────────────────────────────────


def test_paid_after_the_withdrawal_goes_back(world, owner, taker, deal):
    page = world.pay_page(taker, deal)
    withdraw(world, owner, deal)
    assert pay(page).status_code == 303
    world.until(lambda: world.checkout(deal).state is State.REFUNDED)
    reference = world.checkout(deal).reference
    assert reference is not None
    assert world.exchange.outside.payments.checkout(reference).payment_status == "refunded"
    assert world.view(taker, deal).state == "WITHDRAWN"
    assert world.count(LicenceRow, LicenceRow.agreement_id == deal.id) == 0
    assert any(s.startswith("Your payment was returned") for s in subjects(world, taker))
    answer = taker.post(f"/deals/agreements/{deal.id}/pay")
    assert "nothing for your organisation" in taker.client.get(answer.headers["Location"]).text


def test_paid_after_the_withdrawal_with_the_notification_lost_goes_back_too(world, owner, taker, deal):
    with world.notifications_held():
        page = world.pay_page(taker, deal)
        withdraw(world, owner, deal)
        pay(page)
        age(world, deal)
        world.payments.reconcile()
        world.until(lambda: world.checkout(deal).state is State.REFUNDED)


def test_what_was_paid_cannot_be_withdrawn(world, owner, taker, deal):
    pay(world.pay_page(taker, deal))
    settled(world, taker, deal)
    answer = owner.post(f"/deals/agreements/{deal.id}/withdraw", {"reason": "No."})
    assert "cannot be withdrawn any more" in owner.client.get(answer.headers["Location"]).text


def test_a_refund_that_is_refused_is_said_and_tried_again(world, owner, taker, deal):
    """The payer's bank has the money already: Stripe refuses to refund a disputed payment."""
    page = world.pay_page(taker, deal)
    withdraw(world, owner, deal)
    with world.notifications_held():
        pay(page, "4000 0000 0000 0259")
        world.held(COMPLETED, about=world.checkout(deal).id)
        reference = world.checkout(deal).reference
        assert reference is not None
        payment = world.exchange.outside.payments.checkout(reference).payment_reference
        ask_stripe(world, "operator/disputes", payment_intent=payment)
        world.held("charge.dispute.created", about=payment)
    checkout = world.until(lambda: (c := world.checkout(deal)).trouble and c)
    assert checkout.state is State.REFUNDING
    # The dispute's notification may come after the refusal.
    world.until(lambda: "payment:checkout:disputed" in world.actions(checkout.id))
    world.settle()
    for person in (owner, taker):
        told = subjects(world, person)
        assert any(s.startswith("The refund is delayed") for s in told)
        assert any(s.startswith("The payment is disputed") for s in told)
    age(world, deal)
    world.payments.reconcile()
    assert world.actions(checkout.id).count("payment:refund:refused") == 1  # said once
    assert "The refund is delayed" in taker.get(f"/deals/agreements/{deal.id}").text


def test_a_refund_by_hand_at_the_payment_service_closes_the_documents(world, owner, listing):
    taker = world.organisation("Another company")  # who reads by this licence alone
    deal = world.signed(owner, taker, listing)
    pay(world.pay_page(taker, deal))
    settled(world, taker, deal)
    licence = world.read(lambda s: s.query(LicenceRow.id).filter_by(agreement_id=deal.id).scalar())
    assert taker.json(f"/licences/{licence}")["documents"]
    checkout = world.checkout(deal)
    ask_stripe(world, "v1/refunds", payment_intent=checkout.payment_reference)
    world.until(lambda: world.checkout(deal).state is State.REFUNDED)
    world.settle()
    assert taker.json(f"/licences/{licence}")["documents"] == []
    assert owner.json(f"/licences/{licence}")["documents"]
    assert "deal:agreement:payment_gone" in world.actions(deal.id)
    assert any(s.startswith("The payment went back") for s in subjects(world, owner))


def test_a_refund_by_hand_before_we_knew_of_the_payment_ends_the_deal(world, taker, deal):
    with world.notifications_held():
        pay(world.pay_page(taker, deal))
        reference = world.checkout(deal).reference
        assert reference is not None
        payment = world.exchange.outside.payments.checkout(reference).payment_reference
        ask_stripe(world, "v1/refunds", payment_intent=payment)
    world.until(lambda: world.view(taker, deal).state == "ISSUE_FAILED")
    assert world.checkout(deal).state is State.REFUNDED
    assert world.count(LicenceRow, LicenceRow.agreement_id == deal.id) == 0


def test_our_refund_done_by_hand_meanwhile_is_no_trouble(world, owner, taker, deal):
    """Somebody was quicker than our workflow: everything is refunded already, and that is what we wanted."""
    page = world.pay_page(taker, deal)
    withdraw(world, owner, deal)
    with world.notifications_held():
        pay(page)
        reference = world.checkout(deal).reference
        assert reference is not None
        state = world.exchange.outside.payments.checkout(reference)
        world.write(lambda s: world.payments.settle(s, state, ""))
        ask_stripe(world, "v1/refunds", payment_intent=state.payment_reference)
        world.until(lambda: world.checkout(deal).state is State.REFUNDED)
        assert world.checkout(deal).trouble is None


def test_the_pages_name_the_payment_as_simulated(world, taker, deal):
    assert "simulated: no money moves" in taker.get(f"/deals/agreements/{deal.id}").text
    assert "no money moves" in text_of(requests.get(world.pay_page(taker, deal), timeout=10).text).lower()
