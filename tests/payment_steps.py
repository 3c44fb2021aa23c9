"""Steps that the tests of payments share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import requests
from sqlalchemy import update

from ipx.core.money import Money
from ipx.core.ports import CheckoutRequest
from ipx.licences.models import LicenceRow
from ipx.notices.service import NoticeService
from ipx.outside import SIMULATED_STRIPE_KEY
from ipx.payments.models import CheckoutRow, LedgerTransactionRow, StrayRow
from ipx.payments.rules import State
from tests.pages import SIMULATOR
from tests.world import World

COMPLETED = "checkout.session.completed"
LONG_AGO = timedelta(minutes=30)


def ask_stripe(world: World, path: str, **data: Any) -> Any:
    """Ask the simulator as an operator would, with the key."""
    settings = world.exchange.settings
    base = f"http://{settings.host}:{settings.port}{SIMULATOR}"
    answer = requests.post(f"{base}/{path}", data=data, auth=(SIMULATED_STRIPE_KEY, ""), timeout=10)
    assert answer.ok, answer.text
    return answer.json()


def is_active(world: World, person, agreement) -> bool:
    return world.view(person, agreement).state == "ACTIVE"


def settled(world: World, person, agreement) -> None:
    """Wait for the licence, then make sure that all of it happened once."""
    world.until(lambda: is_active(world, person, agreement))
    world.settle()
    checkout = world.checkout(agreement)
    assert checkout.state is State.PAID
    assert world.actions(checkout.id).count("payment:checkout:settled") == 1
    assert world.count(LedgerTransactionRow, LedgerTransactionRow.checkout_id == checkout.id) == 1
    assert world.count(LicenceRow, LicenceRow.agreement_id == agreement.id) == 1
    assert sum(world.balances().values()) == 0


def subjects(world: World, person) -> list[str]:
    notices = world.read(
        lambda s: world.service(NoticeService).notices(s, organisation_id=person.organisation_id, limit=500)
    )
    return [notice.subject for notice in notices]


def age(world: World, agreement) -> None:
    """Let the payment page be an old story."""
    past = world.clock.now() - LONG_AGO
    mine = CheckoutRow.agreement_id == agreement.id
    world.write(lambda s: s.execute(update(CheckoutRow).where(mine).values(opened_at=past, looked_at=None)))
    world.write(
        lambda s: s.execute(update(CheckoutRow).where(mine, CheckoutRow.paid_at.is_not(None)).values(paid_at=past))
    )
    world.write(lambda s: s.execute(update(StrayRow).values(came_at=past)))


def open_page(world: World, checkout_id: str, amount: Money) -> str:
    """Open a page at the payment service past our own books."""
    url = world.exchange.settings.public_url
    request = CheckoutRequest(checkout_id, amount, "Anything", success_url=url, cancel_url=url)
    page = world.exchange.outside.payments.open_checkout(request).url
    assert page is not None
    return page


def expire(world: World, agreement) -> str:
    reference = world.checkout(agreement).reference
    assert reference is not None
    ask_stripe(world, f"v1/checkout/sessions/{reference}/expire")
    return reference


def withdraw(world: World, person, agreement) -> None:
    answer = person.post(f"/deals/agreements/{agreement.id}/withdraw", {"reason": "We found another way."})
    assert answer.status_code == 302
