"""Deals that cannot be kept: the chain refuses a grant, or two companies pay for the same exclusivity."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from ipx.accounts.service import AccountService
from ipx.chain.service import ChainService
from ipx.core.money import Money
from ipx.core.typed_data import CONVEYANCE, ZERO_WORD, TypedData
from ipx.deals.models import AgreementRow
from ipx.deals.rules import AgreementState
from ipx.licences.models import LicenceRow
from ipx.licences.rules import Exclusivity
from ipx.licences.rules import State as LicenceState
from ipx.notices.service import NoticeService
from ipx.payments.models import CheckoutRow
from ipx.payments.rules import State
from tests.adapters.stripe_payer import pay
from tests.pages import Person, words_of
from tests.world import World


@pytest.fixture
def owner(world):
    return world.organisation("Institute")


def company(world: World, number: int = 1) -> Person:
    return world.organisation(f"Company {number}")


def convey_away(world: World, owner: Person, title: int, to: Person) -> None:
    """The owner assigns a title to somebody else, on the chain and past this exchange's pages."""
    accounts, chain = world.service(AccountService), world.service(ChainService)

    def act(session) -> None:
        account = accounts.account_of(session, owner.organisation_id)
        message = {
            "title": str(title),
            "to": accounts.account_of(session, to.organisation_id).address,
            "kind": "1",
            "shareBps": "10000",
            "executed": str(int(world.clock.now().timestamp())),
            "document": ZERO_WORD,
            "nonce": "0",
            "deadline": str(int(world.clock.now().timestamp()) + 3600),
        }
        data = TypedData("Conveyance", message, chain.chain_id, chain.contract_address("TitleRegistry"))
        signature = "0x" + accounts.sign(session, account_id=account.id, data=data).hex()
        chain.submit(
            session,
            key=f"test:convey:{title}",
            contract="TitleRegistry",
            function="convey",
            arguments=[[message[name] for name, _ in CONVEYANCE], signature],
            purpose="test",
        )

    world.write(act)
    world.settle()


def titles_of(world: World, agreement) -> list[int]:
    value = world.row(AgreementRow, agreement.id).value
    return [int(right["title"]) for right in value["subject"]]


def subjects(world: World, person: Person) -> list[str]:
    notices = world.read(lambda s: world.service(NoticeService).notices(s, organisation_id=person.organisation_id))
    return [notice.subject for notice in notices]


# ── the chain refuses ────────────────────────────────────────────────────────────────────────────


def test_a_title_that_went_away_in_between_refuses_the_grant_and_the_money_goes_back(world, owner):
    taker = company(world)
    agreement = world.signed(owner, taker)
    convey_away(world, owner, titles_of(world, agreement)[0], company(world, 2))
    pay(world.pay_page(taker, agreement))
    world.until(lambda: world.checkout(agreement).state is State.REFUNDED)
    found = world.view(taker, agreement)
    assert found.state is AgreementState.ISSUE_FAILED
    assert found.reason
    licence = world.read(lambda s: s.query(LicenceRow.id).filter_by(agreement_id=agreement.id).scalar())
    assert world.row(LicenceRow, licence).state == LicenceState.ISSUE_FAILED
    reference = world.checkout(agreement).reference
    assert reference is not None
    assert world.exchange.outside.payments.checkout(reference).payment_status == "refunded"
    for person in (owner, taker):
        assert any(s.startswith("Licence not granted; the payment goes back") for s in subjects(world, person))
        page = words_of(person.get(f"/deals/agreements/{agreement.id}").text)
        assert "could not be granted; the payment goes back in full" in page
        assert "returned" in page
        assert "The chain refused this grant" in words_of(person.get(f"/licences/{licence}").text)
    assert taker.json(f"/licences/{licence}")["documents"] == []
    assert sum(world.balances().values()) == 0


def test_the_chain_refuses_a_grant_that_cost_nothing(world, owner):
    taker = company(world)
    agreement = world.agreement(owner, taker, upfront=Money(0, "USD"))
    convey_away(world, owner, titles_of(world, agreement)[0], company(world, 2))
    world.sign(owner, agreement)
    world.sign(taker, agreement)
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ISSUE_FAILED)
    assert world.count(CheckoutRow, CheckoutRow.agreement_id == agreement.id) == 0
    assert any(s.startswith("Licence not granted:") for s in subjects(world, taker))
    assert "payment" not in words_of(taker.get(f"/deals/agreements/{agreement.id}").text.partition("<aside")[0])


# ── the same exclusivity, twice ──────────────────────────────────────────────────────────────────


def rivals(world: World, owner: Person, count: int = 2, **changes):
    """Sign agreements about one technology with several companies, before anybody pays."""
    listing = world.listing(owner, **changes)
    takers = [company(world, number) for number in range(count)]
    return [(taker, world.signed(owner, taker, listing)) for taker in takers]


def granted(world: World, technology_id: str) -> list[str]:
    alive = LicenceRow.state != LicenceState.ISSUE_FAILED
    query = select(LicenceRow.agreement_id).where(LicenceRow.technology_id == technology_id, alive)
    return world.read(lambda s: list(s.scalars(query)))


def check_one_winner(world: World, deals) -> None:
    """Exactly one licence is granted; everybody else has his money back and knows why."""
    over = (AgreementState.ACTIVE, AgreementState.ISSUE_FAILED)
    world.until(lambda: all(world.view(taker, agreement).state in over for taker, agreement in deals))
    world.settle()
    (winner,) = granted(world, deals[0][1].technology_id)
    for taker, agreement in deals:
        if agreement.id == winner:
            assert world.view(taker, agreement).state is AgreementState.ACTIVE
            assert world.checkout(agreement).state is State.PAID
            continue
        found = world.view(taker, agreement)
        assert found.state is AgreementState.ISSUE_FAILED
        assert "stands in the way" in (found.reason or "")
        assert world.checkout(agreement).state is State.REFUNDED
        assert world.count(LicenceRow, LicenceRow.agreement_id == agreement.id) == 0
        assert any(s.startswith("Licence not granted; the payment goes back") for s in subjects(world, taker))
    assert sum(world.balances().values()) == 0


@pytest.mark.parametrize("exclusivity", [Exclusivity.EXCLUSIVE, Exclusivity.SOLE])
def test_of_several_who_pay_for_the_same_exclusivity_one_gets_it(world, owner, exclusivity):
    deals = rivals(world, owner, 3, exclusivity=exclusivity)
    with world.notifications_held():
        for taker, agreement in deals:
            pay(world.pay_page(taker, agreement))
    check_one_winner(world, deals)


def test_settled_at_the_same_moment_one_gets_it(world, owner):
    """The settlements themselves in threads, past the queue."""
    deals = rivals(world, owner, 4, exclusivity=Exclusivity.EXCLUSIVE)
    with world.notifications_held():
        for taker, agreement in deals:
            pay(world.pay_page(taker, agreement))
        barrier = threading.Barrier(len(deals))

        def settle(agreement) -> None:
            state = world.payments.read_at_service(world.checkout(agreement).reference or "")
            barrier.wait()
            world.write(lambda s: world.payments.settle(s, state, ""))

        threads = [threading.Thread(target=settle, args=(agreement,)) for _, agreement in deals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check_one_winner(world, deals)


def test_other_territories_and_open_licences_stand_side_by_side(world, owner):
    technology = world.technology(owner)
    deals = []
    for number, changes in enumerate(
        (
            {"exclusivity": Exclusivity.EXCLUSIVE, "territory": ("DE",)},
            {"exclusivity": Exclusivity.EXCLUSIVE, "territory": ("CN", "JP")},
            {"exclusivity": Exclusivity.NON_EXCLUSIVE, "territory": ("US",)},
            {"exclusivity": Exclusivity.NON_EXCLUSIVE, "territory": ("US",)},
        )
    ):
        listing = world.listing(owner, technology, upfront=Money(0, "USD"), **changes)
        taker = company(world, number)
        deals.append((taker, world.signed(owner, taker, listing)))
    world.until(lambda: all(world.view(t, a).state is AgreementState.ACTIVE for t, a in deals))
    assert len(granted(world, technology)) == len(deals)


def test_a_licence_that_the_chain_refused_stands_in_nobodys_way(world, owner):
    (first, one), (second, two) = rivals(world, owner, 2, exclusivity=Exclusivity.EXCLUSIVE)
    buyer = company(world, 9)
    title = titles_of(world, one)[0]
    convey_away(world, owner, title, buyer)
    pay(world.pay_page(first, one))
    world.until(lambda: world.view(first, one).state is AgreementState.ISSUE_FAILED)
    pay(world.pay_page(second, two))
    world.until(lambda: world.view(second, two).state is AgreementState.ISSUE_FAILED)
    assert "stands in the way" not in (world.view(second, two).reason or "")  # the chain again, not our rule
    world.until(lambda: world.checkout(two).state is State.REFUNDED)
