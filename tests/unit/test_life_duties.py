"""What a licence asks for next: each period once, in its order, and never beyond the end of the term."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ipx.core.money import Money
from ipx.core.months import add_months
from ipx.licences.terms_v2.conduct import Diligence, Efforts, MissedDiligence
from ipx.licences.terms_v2.price import (
    InvoiceVia,
    Milestone,
    MilestoneKind,
    Minimums,
    Payment,
    Period,
    Reports,
    Shortfall,
    Yearly,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.duties import MONTHS, DutyKind, amount_of, coming_duties
from tests.life_player import agreed

BEGAN = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)
MINIMUMS = Minimums(
    by_year=(Yearly(2, Money(5_000, "EUR")), Yearly(4, Money(9_000, "EUR"))),
    creditable=True,
    consequence=Shortfall.PAY_UP,
)


def due(
    terms: LicenceTerms, *, today: date, days: int = 400, end: datetime | None = None
) -> list[tuple[str, str, str]]:
    found = coming_duties(terms, begins=BEGAN, end=end, today=today, until=today + timedelta(days=days))
    return [(str(one.duty.kind), one.duty.day.isoformat(), one.remind_on.isoformat()) for one in found]


def test_statements_come_with_each_period_and_are_told_of_in_time() -> None:
    terms = replace(agreed(), reports=Reports(statement_period=Period.QUARTERLY))
    assert due(terms, today=date(2026, 2, 1)) == [
        ("statement", "2026-04-29", "2026-04-15"),
        ("statement", "2026-07-30", "2026-07-16"),
        ("statement", "2026-10-30", "2026-10-16"),
        ("statement", "2027-01-30", "2027-01-16"),
    ]
    assert due(replace(agreed(), reports=Reports(statement_period=Period.YEARLY)), today=date(2026, 2, 1)) == [
        ("statement", "2027-01-30", "2026-12-31")
    ]


def test_minimums_begin_with_the_first_year_that_is_named_and_wait_for_the_days_to_pay() -> None:
    payment = Payment(currency="EUR", invoice_via=InvoiceVia.BANK, due_days=45)
    terms = replace(agreed(), minimums=MINIMUMS, payment=payment)
    found = coming_duties(terms, begins=BEGAN, end=None, today=date(2026, 2, 1), until=date(2031, 3, 1))
    assert [(one.duty.day.isoformat(), one.duty.amount) for one in found] == [
        ("2028-03-15", Money(5_000, "EUR")),  # 45 days after 30 January 2028, the end of the second year
        ("2029-03-16", Money(5_000, "EUR")),
        ("2030-03-16", Money(9_000, "EUR")),
        ("2031-03-16", Money(9_000, "EUR")),
    ]
    assert found[0].duty.key == "minimum:2028-01-30"


def test_milestones_are_there_however_far_and_only_until_their_day() -> None:
    milestone = Milestone(id="first-sale", kind=MilestoneKind.SALES, description="Sold.", due_date=date(2031, 5, 1))
    undated = Milestone(id="approval", kind=MilestoneKind.REGULATORY, description="Approved.")
    terms = replace(agreed(), milestones=(milestone, undated))
    assert due(terms, today=date(2026, 2, 1)) == [("milestone", "2031-05-01", "2031-04-01")]
    assert due(terms, today=date(2031, 5, 1)) == [("milestone", "2031-05-01", "2031-04-01")]
    assert due(terms, today=date(2031, 5, 2)) == []


def test_a_period_that_the_end_cuts_short_asks_for_nothing() -> None:
    diligence = Diligence(efforts=Efforts.BEST, failure=MissedDiligence.CURE, cure_days=30, reports=Period.HALF_YEARLY)
    terms = replace(agreed(), diligence=diligence)
    end = datetime(2026, 10, 1, tzinfo=UTC)
    assert due(terms, today=date(2026, 2, 1), end=end) == [("progress", "2026-07-30", "2026-06-30")]


@given(st.integers(0, 2_000), st.sampled_from(list(Period)), st.integers(0, 3_000))
def test_every_period_is_due_once_and_none_is_skipped(later: int, period: Period, lasts: int) -> None:
    today, end = BEGAN.date() + timedelta(days=later), BEGAN + timedelta(days=lasts)
    terms = replace(agreed(), reports=Reports(statement_period=period), minimums=MINIMUMS)
    found = coming_duties(terms, begins=BEGAN, end=end, today=today, until=today + timedelta(days=400))
    days = [one.duty.day for one in found if one.duty.kind is DutyKind.STATEMENT]
    every = [add_months(BEGAN.date(), MONTHS[period] * number) - timedelta(days=1) for number in range(1, 200)]
    assert days == [day for day in every if today <= day <= min(end.date(), today + timedelta(days=400))]
    assert len({one.duty.key for one in found}) == len(found)
    assert all(one.remind_on < one.duty.day for one in found)


@given(st.integers(1, 12))
def test_the_amount_of_a_year_is_that_of_the_newest_year_named_until_then(year: int) -> None:
    found = amount_of(MINIMUMS.by_year, year)
    assert found == (None if year < 2 else Money(5_000 if year < 4 else 9_000, "EUR"))
