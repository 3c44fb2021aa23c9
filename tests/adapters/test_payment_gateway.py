"""What a PaymentGateway must do: one suite, run through the official client on our simulator of Stripe."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import stripe
from stripe.params.checkout import SessionCreateParamsLineItem, SessionCreateParamsLineItemPriceData

from ipx.adapters.stripe_simulator.courier import signature_header
from ipx.core.errors import Conflict, NotFound, Refused, Tampered, Unavailable
from ipx.core.money import Money
from ipx.core.ports import CheckoutState, PaymentGateway
from tests.adapters.stripe_payer import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    Receiver,
    World,
    answer_challenge,
    gateway_to,
    hidden_token,
    pay,
    request_for,
    serving,
    text_of,
    world_in,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_in(tmp_path) as world:
        yield world


def opened(world: World, amount: Money | None = None) -> CheckoutState:
    return world.gateway.open_checkout(request_for(amount))


def page_of(state: CheckoutState) -> str:
    assert state.url is not None
    return state.url


def paid(world: World, number: str = "4242424242424242", amount: Money | None = None) -> CheckoutState:
    state = opened(world, amount)
    assert pay(page_of(state), number).status_code == 303
    return world.gateway.checkout(state.reference)


def test_a_new_checkout_is_open_and_carries_our_id_and_amount(world: World) -> None:
    gateway: PaymentGateway = world.gateway
    request = request_for(Money(999, "JPY"))
    state = gateway.open_checkout(request)
    assert (state.checkout_id, state.amount) == (request.checkout_id, Money(999, "JPY"))
    assert (state.status, state.payment_status, state.payment_reference) == ("open", "unpaid", None)
    assert page_of(state).startswith(world.api_base + "/pay/")
    assert gateway.simulated


def test_opening_the_same_checkout_again_finds_it_and_its_present_state(world: World) -> None:
    request = request_for()
    first = world.gateway.open_checkout(request)
    assert world.gateway.open_checkout(request) == first
    pay(page_of(first))
    again = world.gateway.open_checkout(request)
    assert (again.reference, again.status, again.payment_status) == (first.reference, "complete", "paid")


def test_the_same_checkout_id_with_another_amount_is_a_conflict(world: World) -> None:
    first = request_for(Money(10_000, "USD"), "one-id")
    world.gateway.open_checkout(first)
    with pytest.raises(Conflict):
        world.gateway.open_checkout(request_for(Money(20_000, "USD"), "one-id"))


def test_opening_one_checkout_from_many_threads_makes_one(world: World) -> None:
    request = request_for()

    def open_once(_: int) -> str | None:
        try:
            return world.gateway.open_checkout(request).reference
        except Unavailable:  # a twin was running and still was after the client's own retry
            return None

    with ThreadPoolExecutor(6) as threads:
        references = set(threads.map(open_once, range(12)))
    assert len(references - {None}) == 1
    sessions = requests.get(f"{world.api_base}/v1/checkout/sessions", auth=(SECRET_KEY, ""), timeout=10).json()
    assert len(sessions["data"]) == 1


@pytest.mark.parametrize("amount", [Money(49, "EUR"), Money(0, "USD"), Money(100_000_000, "USD")])
def test_an_amount_that_a_card_cannot_carry_is_refused(world: World, amount: Money) -> None:
    with pytest.raises(Refused):
        opened(world, amount)


def test_a_checkout_that_is_not_there_or_not_ours_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.gateway.checkout("cs_test_unknown")
    client = stripe.StripeClient(SECRET_KEY, base_addresses={"api": world.api_base})
    price: SessionCreateParamsLineItemPriceData = {
        "currency": "eur",
        "unit_amount": 500,
        "product_data": {"name": "Of another shop"},
    }
    lines: list[SessionCreateParamsLineItem] = [{"quantity": 2, "price_data": price}]
    foreign = client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": lines, "success_url": "http://other.test"}
    )
    with pytest.raises(NotFound):
        world.gateway.checkout(foreign.id)


def test_a_good_card_pays_and_sends_the_payer_back_with_the_reference(world: World) -> None:
    state = opened(world)
    answer = pay(page_of(state))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://exchange.test/paid?session={state.reference}"
    after = world.gateway.checkout(state.reference)
    assert (after.status, after.payment_status, after.url) == ("complete", "paid", None)
    assert after.payment_reference is not None


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        ("4000000000000002", "generic_decline", "Your card was declined."),
        ("4000000000009995", "insufficient_funds", "Your card has insufficient funds."),
        ("4000000000009987", "lost_card", "Your card was declined."),
        ("4000000000000069", "expired_card", "Your card has expired."),
        ("4000000000000127", "incorrect_cvc", "Your card's security code is incorrect."),
    ],
)
def test_a_declined_card_pays_nothing_says_why_and_another_card_may_follow(
    world: World, number: str, code: str, message: str
) -> None:
    state = opened(world)
    answer = pay(page_of(state), number)
    assert answer.status_code == 402
    assert message in text_of(answer.text)
    assert code in text_of(answer.text)
    after = world.gateway.checkout(state.reference)
    assert (after.status, after.payment_status) == ("open", "unpaid")
    body, _ = world.receiver.wait("payment_intent.payment_failed")[0]
    assert f'code": "{code}"'.encode() in body
    assert pay(page_of(state)).status_code == 303
    assert world.gateway.checkout(state.reference).payment_status == "paid"


@pytest.mark.parametrize("number", ["4000002500003155", "4000000000003220"])
def test_a_bank_that_asks_is_answered_before_anything_is_paid(world: World, number: str) -> None:
    state = opened(world)
    assert pay(page_of(state), number).headers["Location"].endswith("/challenge")
    assert world.gateway.checkout(state.reference).payment_status == "unpaid"
    assert answer_challenge(page_of(state), "fail").status_code == 303
    assert "unable to authenticate" in text_of(requests.get(page_of(state), timeout=10).text)
    assert world.gateway.checkout(state.reference).payment_status == "unpaid"
    pay(page_of(state), number)
    done = answer_challenge(page_of(state), "confirm")
    assert done.headers["Location"].startswith("http://exchange.test/paid")
    assert world.gateway.checkout(state.reference).payment_status == "paid"


def test_a_payment_is_announced_with_a_signature_that_holds(world: World) -> None:
    state = paid(world)
    for kind in ("payment_intent.succeeded", "checkout.session.completed"):
        event = world.gateway.read_event(*world.receiver.wait(kind)[0])
        assert (event.type, event.checkout_reference) == (kind, state.reference)
        assert abs(event.created - world.clock.now()) < timedelta(minutes=1)


def test_a_notification_that_was_not_accepted_comes_again_and_one_may_be_repeated(world: World) -> None:
    world.receiver.failures = 3
    paid(world)
    deliveries = world.receiver.wait("checkout.session.completed", 2)
    ids = {world.gateway.read_event(*delivery).id for delivery in deliveries}
    assert len(ids) == 1
    world.receiver.received.clear()
    assert world.operate(f"events/{ids.pop()}/resend").status_code == 200
    world.receiver.wait("checkout.session.completed")


def test_a_forged_altered_or_old_notification_is_tampered(world: World) -> None:
    paid(world)
    body, signature = world.receiver.wait("checkout.session.completed")[0]
    now = int(time.time())
    old = signature_header(body, WEBHOOK_SECRET, now - 400)
    forged = signature_header(body, "whsec_other", now)
    for wrong in (old, forged, "", "t=,v1=", "v1=00", f"t={now},v0=00", signature.replace("v1=", "v1=é"), "\x00"):
        with pytest.raises(Tampered):
            world.gateway.read_event(body, wrong)
    with pytest.raises(Tampered):
        world.gateway.read_event(body.replace(b'"paid"', b'"free"'), signature)
    for junk in (b"", b"{}", b"[]", b"7", b"\xff", b'{"object": "event"}', b'{"id": "e", "data": {"object": 5}}'):
        with pytest.raises(Tampered):
            world.gateway.read_event(junk, signature_header(junk, WEBHOOK_SECRET, now))


def test_a_refund_is_made_once_for_its_id_also_after_days(world: World) -> None:
    state = paid(world, amount=Money(10_000, "EUR"))
    assert state.payment_reference is not None
    half = Money(4_000, "EUR")

    def refund(id: str, amount: Money) -> str:
        return world.gateway.refund(refund_id=id, payment_reference=str(state.payment_reference), amount=amount)

    first = refund("r1", half)
    assert refund("r1", half) == first
    world.clock.ahead = timedelta(days=3)
    assert refund("r1", half) == first
    with pytest.raises(Conflict):
        refund("r1", Money(5_000, "EUR"))
    with pytest.raises(Refused):
        refund("r2", Money(6_001, "EUR"))
    with pytest.raises(Refused):
        refund("r2", Money(100, "USD"))
    assert world.gateway.checkout(state.reference).payment_status == "paid"
    assert refund("r3", Money(6_000, "EUR")) != first
    assert world.gateway.checkout(state.reference).payment_status == "refunded"
    with pytest.raises(Conflict):
        refund("r4", Money(1, "EUR"))
    event = world.gateway.read_event(*world.receiver.wait("charge.refunded", 2)[1])
    assert event.checkout_reference == state.reference


def test_a_refund_of_nothing_known_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.gateway.refund(refund_id="r", payment_reference="pi_unknown", amount=Money(100, "EUR"))


def test_a_dispute_is_announced_when_the_operator_says_so_and_stops_refunds(world: World) -> None:
    state = paid(world, "4000000000000259")
    payment = str(state.payment_reference)
    assert world.operate("disputes", payment_intent=payment).status_code == 200
    event = world.gateway.read_event(*world.receiver.wait("charge.dispute.created")[0])
    assert event.checkout_reference == state.reference
    with pytest.raises(Conflict):
        world.gateway.refund(refund_id="r", payment_reference=payment, amount=Money(100, "EUR"))
    assert world.operate("disputes", payment_intent=payment).status_code == 400
    other = paid(world)
    assert world.operate("disputes", payment_intent=str(other.payment_reference)).status_code == 400


def test_a_checkout_that_nobody_pays_expires_after_a_day(world: World) -> None:
    state = opened(world)
    page = page_of(state)
    token = hidden_token(requests.get(page, timeout=10).text)
    world.clock.ahead = timedelta(hours=25)
    assert pay(page, token=token).status_code == 410
    world.receiver.wait("checkout.session.expired")
    after = world.gateway.checkout(state.reference)
    assert (after.status, after.payment_status, after.url) == ("expired", "unpaid", None)


def test_no_answer_a_wrong_key_and_a_broken_service_are_unavailable(world: World) -> None:
    assert "no money moves" in world.gateway.check()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with serving(lambda _: lambda environ, start: (start("500 NO", []), [b"{"])[1]) as failing:
        for gateway in (gateway_to(nowhere), gateway_to(failing), gateway_to(world.api_base, "sk_test_wrong")):
            with pytest.raises(Unavailable):
                gateway.check()
            with pytest.raises(Unavailable):
                gateway.open_checkout(request_for())


def test_a_simulator_killed_between_payment_and_notification_delivers_after_its_restart(tmp_path: Path) -> None:
    receiver = Receiver()
    with socket.socket() as probe, socket.socket() as later:
        probe.bind(("127.0.0.1", 0))
        later.bind(("127.0.0.1", 0))
        port, deaf = probe.getsockname()[1], later.getsockname()[1]
    gateway = gateway_to(f"http://127.0.0.1:{port}")
    process = start_simulator(tmp_path, port, f"http://127.0.0.1:{deaf}/webhook")
    try:
        wait_until_up(gateway)
        state = gateway.open_checkout(request_for())
        assert pay(page_of(state)).status_code == 303
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with serving(lambda _: receiver) as hook:
        process = start_simulator(tmp_path, port, f"{hook}/webhook")
        try:
            wait_until_up(gateway)
            event = gateway.read_event(*receiver.wait("checkout.session.completed")[0])
            assert event.checkout_reference == state.reference
            assert gateway.checkout(state.reference).payment_status == "paid"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def start_simulator(folder: Path, port: int, webhook_url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ipx.adapters.stripe_simulator", "--database", str(folder / "stripe.sqlite3")]
    command += ["--port", str(port), "--webhook-url", webhook_url, "--first-pause", "0.2"]
    secrets = {"IPX_STRIPE_SECRET_KEY": SECRET_KEY, "IPX_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}
    quiet = (folder / "simulator.log").open("ab")
    with quiet:
        return subprocess.Popen(command, env=os.environ | secrets, stdout=quiet, stderr=quiet)


def wait_until_up(gateway: PaymentGateway) -> None:
    for _ in range(100):
        try:
            gateway.check()
        except Unavailable:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the simulator did not start")
