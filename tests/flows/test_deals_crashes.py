"""kill -9 at every moment from a payment's notification to the licence or the refund: nothing is lost or doubled.

Each round kills a worker at one moment; the next round's worker first finishes what was left, then meets the next one.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.chain.models import TransactionRow
from ipx.core.money import Money
from ipx.deals.models import AgreementRow
from ipx.deals.rules import AgreementState
from ipx.deals.service import DealService
from ipx.licences.models import LicenceRow
from ipx.notices.models import NoticeRow
from ipx.payments.models import CheckoutRow, EventRow, LedgerTransactionRow, StrayRow
from ipx.payments.rules import State
from ipx.payments.service import PaymentService
from ipx.vault.models import GrantRow
from ipx.wiring import Exchange
from tests.adapters.stripe_payer import pay
from tests.exchanges import running_exchange
from tests.killable import run
from tests.world import World

COMPLETED = "checkout.session.completed"
MOST_MOMENTS = 80


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with (
        running_exchange(tmp_path_factory.mktemp("deals")) as exchange,
        World(exchange, works=False) as world,
        world.notifications_held(lost=True),  # we deliver them
    ):
        yield world


# ── what the workers do ──────────────────────────────────────────────────────────────────────────


def receive(exchange: Exchange, body: bytes, signature: str) -> None:
    """The notification arrives."""
    payments = exchange.services[PaymentService]
    assert isinstance(payments, PaymentService)
    with exchange.database.write() as session:
        payments.receive_event(session, raw_body=body, signature=signature)


def sign(exchange: Exchange, person_id: str, agreement_id: str, commitment: str) -> None:
    """The second side signs an agreement without a fee."""
    deals, accounts = exchange.services[DealService], exchange.services[AccountService]
    assert isinstance(deals, DealService)
    assert isinstance(accounts, AccountService)
    with exchange.database.write() as session:
        actor = accounts.actor(session, person_id)
        assert actor is not None
        deals.agreements.sign(session, actor=actor, agreement_id=agreement_id, commitment=commitment)


def is_over(exchange: Exchange, agreement_id: str, payment: str | None) -> bool:
    """Tell whether the deal has come to its end."""
    with exchange.database.read() as session:
        state = session.get_one(AgreementRow, agreement_id).state
        query = select(CheckoutRow.state).where(CheckoutRow.agreement_id == agreement_id)
        ends = (AgreementState.ACTIVE, AgreementState.WITHDRAWN, AgreementState.ISSUE_FAILED)
        return state in ends and session.scalar(query) == payment


# ── the rounds ───────────────────────────────────────────────────────────────────────────────────


def environment(world: World) -> dict[str, str]:
    settings = world.exchange.settings
    return {"IPX_DATA_DIR": str(settings.data_dir), "IPX_PORT": str(settings.port), "IPX_DEMO": "0"}


def kill_everywhere(world: World, log: Path, prepare, check, repeat, *, kills: int = MOST_MOMENTS) -> list[str]:
    """Kill at the first moment, the second …, until a worker passes them all; return what they were.

    ``repeat`` is what the outside does when it was not answered. After so many ``kills`` the rest is let live.
    """
    seen: list[str] = []
    before, unprocessed = None, world.count(EventRow, EventRow.processed_at.is_(None))
    for moment in range(1, MOST_MOMENTS):
        kill_at = moment if moment <= kills else 0
        agreement, begin, done = prepare()
        count = run(environment(world), begin, done, kill_at=kill_at, log=log)
        if before is not None:
            check(before)  # the worker of this round has finished what the one before left
        before = agreement
        if count is not None:
            check(agreement)
            assert world.count(EventRow, EventRow.processed_at.is_(None)) == unprocessed
            return seen
        seen.append(log.read_text())
        repeat(begin)
    raise AssertionError(f"more than {MOST_MOMENTS} moments: {seen}")


def notify_again(world: World, begin: partial[None]) -> None:
    """The payment service repeats a notification until it is taken."""
    assert world.notify(begin.keywords["body"], begin.keywords["signature"]).status_code == 200


def paid(world: World, owner, taker, listing, *, withdrawn: bool = False):
    """A deal that is paid at the payment service, and whose notification has not arrived."""
    agreement = world.signed(owner, taker, listing)
    page = world.pay_page(taker, agreement)
    if withdrawn:
        reason = "We found another way."
        withdraw = world.deals.agreements.withdraw
        world.write(lambda s: withdraw(s, actor=owner.actor, agreement_id=agreement.id, reason=reason))
    world.gate.seen = []
    pay(page)
    body, signature = world.held(COMPLETED, about=world.checkout(agreement).id)
    return agreement, body, signature


def subjects(world: World, agreement) -> list[str]:
    """What both sides were told about one agreement or its licence."""
    licence = world.read(lambda s: s.query(LicenceRow.id).filter_by(agreement_id=agreement.id).scalar())
    links = (f"/deals/agreements/{agreement.id}", f"/licences/{licence}")
    query = select(NoticeRow.subject).where(NoticeRow.link.in_(links))
    return world.read(lambda s: [subject.partition(":")[0] for subject in s.scalars(query)])


def check_active(world: World, owner, agreement, *, entries: int) -> None:
    assert world.view(owner, agreement).state is AgreementState.ACTIVE
    query = select(LicenceRow.id, LicenceRow.state).filter_by(agreement_id=agreement.id)
    (licence,) = world.read(lambda s: s.execute(query).all())
    assert licence.state == "ACTIVE"
    assert world.exchange.outside.chain.call("LicenceRegistry", "isActive", [int(agreement.commitment, 16)]) is True
    assert world.count(TransactionRow, TransactionRow.key == f"licence:{agreement.id}") == 1
    assert world.count(GrantRow, GrantRow.source_id == licence.id) == 1
    assert subjects(world, agreement).count("Licence active") == 2
    assert world.actions(agreement.id).count("deal:agreement:active") == 1
    check_books(world, agreement, entries=entries)


def check_returned(world: World, owner, agreement) -> None:
    assert world.view(owner, agreement).state is AgreementState.WITHDRAWN
    checkout = world.checkout(agreement)
    assert checkout.state is State.REFUNDED
    assert checkout.reference is not None
    assert world.exchange.outside.payments.checkout(checkout.reference).payment_status == "refunded"
    assert world.count(LicenceRow, LicenceRow.agreement_id == agreement.id) == 0
    assert world.actions(checkout.id).count("payment:refund:settled") == 1
    assert subjects(world, agreement).count("Your payment was returned") == 1
    check_books(world, agreement, entries=2)


def check_books(world: World, agreement, *, entries: int) -> None:
    checkouts = world.read(lambda s: list(s.scalars(select(CheckoutRow.id).filter_by(agreement_id=agreement.id))))
    for checkout in checkouts:
        assert world.count(LedgerTransactionRow, LedgerTransactionRow.checkout_id == checkout) == entries
        assert world.count(StrayRow, StrayRow.checkout_id == checkout) == 0
    assert len(checkouts) == min(entries, 1)
    assert sum(world.balances().values()) == 0
    check = world.read(lambda s: world.service(AuditService).check(s))
    assert check.broken_at is None


def test_settlement_and_grant_survive_a_kill_at_every_moment(world, owner, tmp_path):
    taker, listing = world.organisation("Company"), world.listing(owner)

    def prepare():
        agreement, body, signature = paid(world, owner, taker, listing)
        begin = partial(receive, body=body, signature=signature)
        return agreement, begin, partial(is_over, agreement_id=agreement.id, payment=State.PAID)

    def check(agreement) -> None:
        check_active(world, owner, agreement, entries=1)

    seen = kill_everywhere(world, tmp_path / "moment", prepare, check, partial(notify_again, world))
    said = " | ".join(seen)
    for moment in ("payments_events", "before checkout", "payments_ledger", "before broadcast", "licences_licences"):
        assert moment in said, said


def test_a_refund_survives_a_kill_at_every_moment(world, owner, tmp_path):
    taker, listing = world.organisation("Company"), world.listing(owner)

    def prepare():
        agreement, body, signature = paid(world, owner, taker, listing, withdrawn=True)
        begin = partial(receive, body=body, signature=signature)
        return agreement, begin, partial(is_over, agreement_id=agreement.id, payment=State.REFUNDED)

    def check(agreement) -> None:
        check_returned(world, owner, agreement)

    seen = kill_everywhere(world, tmp_path / "moment", prepare, check, partial(notify_again, world))
    said = " | ".join(seen)
    for moment in ("before refund", "after refund", "payments_checkouts"):
        assert moment in said, said


def test_a_grant_without_a_fee_survives_a_kill_at_its_beginning(world, owner, tmp_path):
    taker, listing = world.organisation("Company"), world.listing(owner, upfront=Money(0, "USD"))

    def prepare():
        agreement = world.agreement(owner, taker, listing)
        world.sign(owner, agreement)
        begin = partial(
            sign,
            person_id=taker.actor.person_id,
            agreement_id=agreement.id,
            commitment=agreement.commitment,
        )
        return agreement, begin, partial(is_over, agreement_id=agreement.id, payment=None)

    unsigned: list[str] = []

    def check(agreement) -> None:
        if world.view(owner, agreement).state is AgreementState.SIGNING:
            unsigned.append(agreement.id)  # killed before the signature was kept, and nobody was told otherwise
            return
        check_active(world, owner, agreement, entries=0)

    kill_everywhere(world, tmp_path / "moment", prepare, check, lambda begin: None, kills=3)  # the rest is as above
    assert len(unsigned) == 1
