"""The books balance whatever happens, in whatever order: random histories of a checkout, and the rules behind them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from ipx.adapters.stripe_gateway import StripeGateway
from ipx.adapters.system import FixedClock, SystemEntropy
from ipx.audit.service import AuditService
from ipx.core.errors import Conflict, Invalid
from ipx.core.money import CURRENCIES, Money
from ipx.core.ports import CheckoutState
from ipx.db.base import Base
from ipx.db.durable import Durable
from ipx.db.events import Events
from ipx.db.session import Database
from ipx.payments.events import CheckoutRefunded, CheckoutSettled, PaymentTroubled
from ipx.payments.models import CheckoutRow, LedgerLineRow, LedgerTransactionRow, StrayRow
from ipx.payments.rules import Line, State, StrayState, attempt_name, check_balanced, check_payable, checkout_of
from ipx.payments.service import PaymentService
from ipx.payments.workflows import PaymentWorkflows
from ipx.tables import import_all_tables

FEE = Money(125_000, "USD")


class Books:
    """The payments' room alone, on a database; the payment service is never asked."""

    def __init__(self, folder: Path) -> None:
        import_all_tables()
        self.database = Database(f"sqlite:///{folder / 'books.sqlite3'}")
        Base.metadata.create_all(self.database.engine)
        clock, events = FixedClock(), Events()
        durable = Durable(self.database, polling=timedelta(seconds=1))
        durable.migrate()
        self.payments = PaymentService(
            database=self.database,
            audit=AuditService(clock),
            events=events,
            clock=clock,
            entropy=SystemEntropy(),
            durable=durable,
            gateway=StripeGateway(secret_key="none", webhook_secret="none", simulated=True),
        )
        durable.register(PaymentWorkflows(durable=durable, payments=self.payments).workflows())
        durable.connect()
        self.told: list[object] = []
        for kind in (CheckoutSettled, CheckoutRefunded, PaymentTroubled):
            events.listen(kind, lambda session, event: self.told.append(event))

    def new_checkout(self) -> str:
        with self.database.write() as session:
            return self.payments.open_checkout(
                session,
                agreement_id=str(uuid.uuid4()),
                payer_id="payer",
                payee_id="payee",
                amount=FEE,
                description="Upfront fee",
            ).id

    def row(self, checkout_id: str) -> CheckoutRow:
        with self.database.read() as session:
            found = session.get_one(CheckoutRow, checkout_id)
            session.expunge_all()
        return found


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    books = Books(tmp_path_factory.mktemp("books"))
    yield books
    books.database.dispose()


def said(checkout_id: str, page: int, status: str, payment_status: str, amount: Money = FEE) -> CheckoutState:
    """What the payment service says about a page: ``page`` 1 is our first attempt."""
    return CheckoutState(
        reference=f"cs_{checkout_id}_{page}",
        checkout_id=attempt_name(checkout_id, page),
        url=None,
        status=status,
        payment_status=payment_status,
        amount=amount,
        payment_reference=f"pi_{checkout_id}_{page}" if payment_status != "unpaid" else None,
    )


PAGES = st.integers(1, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), PAGES),
        st.tuples(st.just("paid"), PAGES),
        st.tuples(st.just("wrong"), PAGES),
        st.tuples(st.just("expired"), PAGES),
        st.tuples(st.just("refunded"), PAGES),
        st.tuples(st.just("cancel"), PAGES),
        st.tuples(st.just("ask refund"), PAGES),
        st.tuples(st.just("went back"), PAGES),
        st.tuples(st.just("refused"), PAGES),
        st.tuples(st.just("stray went back"), PAGES),
    ),
    max_size=14,
)


def play(books: Books, checkout_id: str, what: str, page: int) -> None:
    """Do one thing in a transaction of its own; a refusal is as good as a success."""
    payments, agreement = books.payments, books.row(checkout_id).agreement_id
    states = {
        "open": said(checkout_id, page, "open", "unpaid"),
        "paid": said(checkout_id, page, "complete", "paid"),
        "wrong": said(checkout_id, page, "complete", "paid", Money(7, "EUR")),
        "expired": said(checkout_id, page, "expired", "unpaid"),
        "refunded": said(checkout_id, page, "complete", "refunded"),
    }
    try:
        with books.database.write() as session:
            if what in states:
                payments.settle(session, states[what], "")
            elif what == "cancel":
                payments.cancel(session, agreement_id=agreement)
            elif what == "ask refund":
                payments.ask_refund(session, agreement_id=agreement, reason="property")
            elif what in ("went back", "refused"):
                payments.refund_answered(session, checkout_id, None if what == "went back" else "no")
            elif session.get(StrayRow, f"cs_{checkout_id}_{page}") is not None:
                payments.stray_answered(session, f"cs_{checkout_id}_{page}", None)
    except Conflict:
        assert what == "cancel"


def check(books: Books, checkout_id: str) -> None:
    """The laws that hold at every moment."""
    mine = LedgerTransactionRow.checkout_id == checkout_id
    with books.database.read() as session:
        row = session.get_one(CheckoutRow, checkout_id)
        lines = select(LedgerLineRow.account, LedgerLineRow.currency, func.sum(LedgerLineRow.amount))
        lines = lines.join(LedgerTransactionRow).where(mine).group_by(LedgerLineRow.account, LedgerLineRow.currency)
        sums = Counter({(account, currency): total for account, currency, total in session.execute(lines)})
        kinds = Counter(session.scalars(select(LedgerTransactionRow.kind).where(mine)))
        strays = list(session.scalars(select(StrayRow).where(StrayRow.checkout_id == checkout_id)))
        per_transaction = select(LedgerLineRow.transaction_id, LedgerLineRow.currency, func.sum(LedgerLineRow.amount))
        grouped = per_transaction.group_by(LedgerLineRow.transaction_id, LedgerLineRow.currency)
        assert all(total == 0 for _, _, total in session.execute(grouped))
        session.expunge_all()
    held = FEE.amount if row.state in (State.PAID, State.REFUNDING) else 0
    assert sums["liabilities:organisation:payee", "USD"] == -held
    for currency in ("USD", "EUR"):
        kept = sum(s.amount for s in strays if s.state == StrayState.RETURNING and s.currency == currency)
        assert sums["liabilities:strays", currency] == -kept
        assert sums["assets:payment-service", currency] == kept + (held if currency == "USD" else 0)
    assert kinds["payment"] <= 1
    assert kinds["refund"] <= kinds["payment"]
    assert kinds["payment"] == (row.state in (State.PAID, State.REFUNDING, State.REFUNDED))
    assert all(number == 1 for number in kinds.values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_the_books_balance_after_any_history(books: Books, steps: list[tuple[str, int]]) -> None:
    checkout_id = books.new_checkout()
    agreement = books.row(checkout_id).agreement_id
    states = [State.OPEN]
    for what, page in steps:
        play(books, checkout_id, what, page)
        check(books, checkout_id)
        states.append(State(books.row(checkout_id).state))
    told = [event for event in books.told if getattr(event, "agreement_id", "") == agreement]
    granted = [event for event in told if isinstance(event, CheckoutSettled)]
    assert len(granted) <= 1  # never two grants for one checkout
    if granted:
        assert State.CANCELLED not in states  # nor one for what was withdrawn
        assert State.PAID in states
    assert sum(isinstance(event, CheckoutRefunded) for event in told) == (states[-1] is State.REFUNDED)
    order = [State.OPEN, State.CANCELLED, State.PAID, State.REFUNDING, State.REFUNDED]
    assert [order.index(state) for state in states] == sorted(order.index(state) for state in states)  # only forwards


def test_the_same_news_twice_is_no_news(books: Books) -> None:
    checkout_id = books.new_checkout()
    for what in ("paid", "paid", "ask refund", "ask refund", "went back", "went back", "refunded", "paid"):
        play(books, checkout_id, what, 1)
    assert books.row(checkout_id).state == State.REFUNDED
    check(books, checkout_id)


def test_what_was_settled_is_not_cancelled(books: Books) -> None:
    checkout_id = books.new_checkout()
    play(books, checkout_id, "paid", 1)
    agreement_id = books.row(checkout_id).agreement_id
    with pytest.raises(Conflict), books.database.write() as session:
        books.payments.cancel(session, agreement_id=agreement_id)


def test_an_agreement_has_one_checkout(books: Books) -> None:
    checkout_id = books.new_checkout()
    with books.database.write() as session:
        again = books.payments.open_checkout(
            session,
            agreement_id=books.row(checkout_id).agreement_id,
            payer_id="payer",
            payee_id="payee",
            amount=Money(1_000, "USD"),
            description="cheaper",
        )
    assert (again.id, again.amount) == (checkout_id, FEE)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-9, 9), st.sampled_from(["USD", "EUR"])), max_size=6))
def test_only_balanced_lines_are_booked(lines: list[tuple[str, int, str]]) -> None:
    sums = Counter[str]()
    for _, amount, currency in lines:
        sums[currency] += amount
    balanced = len(lines) >= 2 and not any(sums.values())
    booked = [Line(*line) for line in lines]
    if balanced:
        check_balanced(booked)
    else:
        with pytest.raises(Invalid):
            check_balanced(booked)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_what_a_card_cannot_pay_is_refused_before_anybody_signs(currency: str) -> None:
    check_payable(Money(0, currency))
    check_payable(Money(5_000, currency))
    check_payable(Money(99_999_999, currency))
    for amount in (1, 100_000_000):
        with pytest.raises(Conflict, match="cannot be paid here"):
            check_payable(Money(amount, currency))


@given(st.uuids(), st.integers(1, 10_000))
def test_an_attempt_names_its_checkout(checkout: uuid.UUID, attempt: int) -> None:
    assert checkout_of(attempt_name(str(checkout), attempt)) == str(checkout)
    assert attempt_name(str(checkout), attempt) != attempt_name(str(checkout), attempt + 1)
