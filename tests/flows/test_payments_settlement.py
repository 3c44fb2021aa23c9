"""Payments as they really come: late, twice, forged, of another amount."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import update

from ipx.core.money import Money
from ipx.payments.models import CheckoutRow, EventRow, LedgerTransactionRow, StrayRow
from ipx.payments.rules import State, StrayState
from tests.adapters.stripe_payer import pay, text_of
from tests.pages import words_of
from tests.payment_steps import COMPLETED, ask_stripe, is_active, open_page, settled, subjects


@pytest.fixture(scope="module")
def taker(world):
    return world.organisation("Company")


@pytest.fixture
def deal(world, owner, taker, listing):
    """An agreement that both have signed and nobody has paid."""
    return world.signed(owner, taker, listing)


# ── the usual ways ───────────────────────────────────────────────────────────────────────────────


def test_a_declined_card_then_a_good_one(world, owner, taker, deal):
    page = world.pay_page(taker, deal)
    declined = pay(page, "4000 0000 0000 0002")
    assert "declined" in text_of(declined.text)
    assert world.checkout(deal).state is State.OPEN
    assert pay(page).status_code == 303
    settled(world, taker, deal)
    assert any(s.startswith("Licence active") for s in subjects(world, owner))


def test_the_browser_comes_back_before_the_notification(world, taker, deal):
    with world.notifications_held():
        answer = pay(world.pay_page(taker, deal))
        path = answer.headers["Location"].removeprefix(world.exchange.settings.public_url)
        back = taker.get(path)
        assert back.headers["Location"].endswith("?returned=1")
        settled(world, taker, deal)  # the re-reading was enough
    world.settle()
    settled(world, taker, deal)  # and what came later changed nothing


def test_the_page_looks_again_by_itself_after_the_return(world, taker, deal):
    with world.notifications_held():
        world.pay_page(taker, deal)
        page = taker.get(f"/deals/agreements/{deal.id}?returned=1").text
    assert "asking the payment service" in words_of(page)
    assert 'data-live="' in page
    plain = taker.get(f"/deals/agreements/{deal.id}").text
    assert "Pay USD 1,250.00" in plain
    assert 'data-live="' not in plain


def test_the_browser_never_comes_back(world, taker, deal):
    pay(world.pay_page(taker, deal))
    settled(world, taker, deal)


def test_coming_back_without_having_paid_grants_nothing(world, taker, deal):
    world.pay_page(taker, deal)
    for _ in range(3):
        assert taker.get(f"/deals/agreements/{deal.id}/paid").status_code == 302
    world.settle()
    assert world.checkout(deal).state is State.OPEN
    assert world.view(taker, deal).state == "AWAITING_PAYMENT"


def test_pressing_pay_twice_and_by_two_people_is_one_page(world, taker, deal):
    first = world.pay_page(taker, deal)
    colleague = world.colleague(taker, *[role for role in taker.actor.roles if role != "owner"])
    assert world.pay_page(colleague, deal) == first
    assert world.pay_page(taker, deal) == first


# ── notifications ────────────────────────────────────────────────────────────────────────────────


def test_a_forged_notification_is_refused(world, taker, deal):
    with world.notifications_held():
        page = world.pay_page(taker, deal)
        events = world.count(EventRow)
        body = f'{{"id": "evt_1", "type": "{COMPLETED}", "data": {{}}}}'.encode()
        assert world.notify(body, "t=1,v1=00").status_code == 400
        assert world.notify(body, "").status_code == 400
        pay(page)
        real, signature = world.held(COMPLETED, about=world.checkout(deal).id)
        assert world.notify(real.replace(b"paid", b"pai_"), signature).status_code == 400
        assert world.notify(real, signature.replace("t=", "t=1")).status_code == 400
        assert world.notify(b"\xff\xfe", signature).status_code == 400
        assert world.notify(b"x" * (2 << 20), signature).status_code == 413
        assert world.count(EventRow) == events
        assert world.checkout(deal).state is State.OPEN


def test_a_repeated_notification_is_harmless_also_at_once(world, taker, deal):
    with world.notifications_held():
        pay(world.pay_page(taker, deal))
        body, signature = world.held(COMPLETED, about=world.checkout(deal).id)
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(world.notify(body, signature).status_code)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [200] * 4
        settled(world, taker, deal)
        assert world.notify(body, signature).status_code == 200
        world.settle()
    settled(world, taker, deal)


def test_a_notification_that_overtakes_our_own_note(world, taker, deal):
    """K16: the page was opened and we were killed before we had written down its reference."""
    page = world.pay_page(taker, deal)
    mine = CheckoutRow.agreement_id == deal.id
    world.write(lambda s: s.execute(update(CheckoutRow).where(mine).values(reference=None)))
    pay(page)
    settled(world, taker, deal)


def test_a_notification_about_somebody_elses_checkout_is_kept_and_ignored(world):
    world.settle()  # what a test before us has left on its way
    before = world.balances()
    items = "line_items[0]"
    session = ask_stripe(
        world,
        "v1/checkout/sessions",
        **{
            "mode": "payment",
            "success_url": "http://shop.example/",
            f"{items}[quantity]": 1,
            f"{items}[price_data][currency]": "usd",
            f"{items}[price_data][unit_amount]": 5000,
            f"{items}[price_data][product_data][name]": "A shop's thing",
        },
    )
    with world.notifications_held():
        pay(session["url"])
        body, signature = world.held(COMPLETED, about=session["id"])
        assert world.notify(body, signature).status_code == 200
        world.settle()
    assert world.balances() == before


def test_money_for_a_checkout_that_we_do_not_know_raises_an_alarm(world, caplog):
    """As after an old backup was put back: it is left to the operator, who alone can tell."""
    world.settle()
    before = world.balances()
    pay(open_page(world, "checkout-of-yesterday", Money(70_000, "USD")))
    world.until(lambda: "payment:checkout:unknown" in world.actions("checkout-of-yesterday"))
    assert "a checkout that we do not" in caplog.text
    assert world.balances() == before


# ── money that does not belong here ──────────────────────────────────────────────────────────────


def test_another_amount_is_returned_and_everybody_is_told(world, owner, taker, deal):
    checkout = world.checkout(deal)
    pay(open_page(world, f"{checkout.id}.77", Money(100, "USD")))
    stray = world.until(
        lambda: world.read(lambda s: s.query(StrayRow.reference).filter_by(checkout_id=checkout.id).scalar())
    )
    world.settle()
    assert world.row(StrayRow, stray).state == StrayState.RETURNED
    assert world.exchange.outside.payments.checkout(stray).payment_status == "refunded"
    assert world.checkout(deal).state is State.OPEN
    assert "payment:checkout:amount_differs" in world.actions(checkout.id)
    for person in (owner, taker):
        assert any(s.startswith("A payment of another amount") for s in subjects(world, person))
    pay(world.pay_page(taker, deal))  # and the right amount can still be paid
    world.until(lambda: is_active(world, taker, deal))
    assert world.checkout(deal).state is State.PAID


def test_another_amount_on_our_own_page_does_not_block_the_next_one(world, taker, deal):
    """Somebody with our key changed what a page asks for: it is used up, and another one opens."""
    checkout = world.checkout(deal)
    pay(open_page(world, checkout.id, Money(60, "USD")))
    world.until(lambda: world.count(StrayRow, StrayRow.checkout_id == checkout.id))
    world.settle()
    pay(world.pay_page(taker, deal))
    world.until(lambda: is_active(world, taker, deal))


def test_a_second_payment_is_returned(world, taker, deal):
    pay(world.pay_page(taker, deal))
    settled(world, taker, deal)
    checkout = world.checkout(deal)
    pay(open_page(world, f"{checkout.id}.9", checkout.amount))
    world.until(lambda: world.count(StrayRow, StrayRow.checkout_id == checkout.id))
    world.settle()
    assert "payment:checkout:paid_twice" in world.actions(checkout.id)
    assert world.checkout(deal).state is State.PAID
    assert is_active(world, taker, deal)
    returned = world.count(LedgerTransactionRow, LedgerTransactionRow.kind.startswith("return:"))
    assert returned == world.count(StrayRow)
