"""Deadlines of rights and of funding: worked examples of each rule, and what holds for all of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.inventions.deadline_labels import DUTY_ASSUMPTIONS, DUTY_LABELS
from ipx.inventions.deadlines import (
    SOURCES,
    Duty,
    RightFacts,
    deadlines_of_funding,
    deadlines_of_right,
    end_of_month,
)
from ipx.inventions.iedison import american
from ipx.technologies.rules import RightKind

DAYS = st.dates(date(1995, 1, 1), date(2060, 12, 31))
TODAY = date(2026, 3, 31)
RIGHTS = st.builds(
    RightFacts,
    kind=st.sampled_from(RightKind),
    office=st.sampled_from([None, "US", "EP", "CN", "WO", "JP"]),
    filed_on=st.none() | DAYS,
    published_on=st.none() | DAYS,
    granted_on=st.none() | DAYS,
)


def days(right: RightFacts, today: date = TODAY) -> dict[Duty, date | None]:
    found = deadlines_of_right(right, today=today)
    assert len({deadline.duty for deadline in found}) == len(found)
    return {deadline.duty: deadline.day for deadline in found}


@pytest.mark.parametrize(
    ("right", "duty", "day"),
    [
        (RightFacts(RightKind.APPLICATION, "DE", date(2025, 8, 31)), Duty.PRIORITY, date(2026, 8, 31)),
        (RightFacts(RightKind.APPLICATION, "US", date(2024, 2, 29)), Duty.PRIORITY, date(2025, 2, 28)),
        (RightFacts(RightKind.DESIGN, "EM", date(2025, 8, 31)), Duty.PRIORITY_DESIGN, date(2026, 2, 28)),
        (RightFacts(RightKind.APPLICATION, "WO", date(2024, 8, 31)), Duty.PCT_ENTRY, date(2027, 2, 28)),
        (RightFacts(RightKind.APPLICATION, "WO", date(2024, 8, 31)), Duty.PCT_ENTRY_EP, date(2027, 3, 31)),
        (RightFacts(RightKind.APPLICATION, "EP", date(2024, 4, 2)), Duty.EP_RENEWAL, date(2026, 4, 30)),
        (RightFacts(RightKind.APPLICATION, "EP", date(2024, 3, 2)), Duty.EP_RENEWAL, date(2026, 3, 31)),
        (RightFacts(RightKind.APPLICATION, "EP", date(2022, 2, 2)), Duty.EP_RENEWAL, date(2027, 2, 28)),
        (RightFacts(RightKind.APPLICATION, "CN", date(2024, 5, 6)), Duty.CN_EXAMINATION, date(2027, 5, 6)),
        (RightFacts(RightKind.PATENT, "US", date(2020, 1, 2)), Duty.EXPIRY, date(2040, 1, 2)),
    ],
)
def test_a_term_from_filing(right: RightFacts, duty: Duty, day: date) -> None:
    assert days(right)[duty] == day


def test_a_granted_european_patent_has_its_own_terms_and_no_renewal_of_the_application() -> None:
    granted = RightFacts(RightKind.PATENT, "EP", date(2020, 5, 5), date(2021, 11, 10), date(2026, 1, 31))
    found = days(granted)
    assert found[Duty.EP_UNITARY] == date(2026, 2, 28)
    assert found[Duty.EP_VALIDATION] == date(2026, 4, 30)
    assert found[Duty.EP_OPPOSITION] == date(2026, 10, 31)
    assert not {Duty.EP_RENEWAL, Duty.EP_EXAMINATION} & {*found}


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2020, 1, 1), date(2023, 7, 15)),
        (date(2023, 7, 15), date(2023, 7, 15)),
        (date(2023, 7, 16), date(2027, 7, 15)),
        (date(2031, 7, 15), date(2031, 7, 15)),
        (date(2031, 7, 16), None),
    ],
)
def test_maintenance_fees_in_the_us_come_three_times(today: date, due: date | None) -> None:
    patent = RightFacts(RightKind.PATENT, "US", date(2018, 1, 1), granted_on=date(2020, 1, 15))
    assert days(patent, today).get(Duty.US_MAINTENANCE) == due


def test_what_hangs_on_an_event_that_nobody_recorded_has_no_day() -> None:
    assert days(RightFacts(RightKind.APPLICATION, "CN", None)) == {Duty.CN_ASSIGNMENT: None, Duty.CN_LICENCE: None}
    assert days(RightFacts(RightKind.KNOW_HOW, None, date(2020, 1, 1))) == {}


@given(RIGHTS, DAYS)
def test_every_deadline_has_source_label_and_assumption_and_its_place(right: RightFacts, today: date) -> None:
    found = deadlines_of_right(right, today=today)
    for deadline in found:
        assert deadline.source == SOURCES[deadline.duty]
        assert str(DUTY_LABELS[deadline.duty])
        assert str(DUTY_ASSUMPTIONS[deadline.duty])
    dated = [deadline.day for deadline in found if deadline.day is not None]
    assert dated == sorted(dated)
    coming = {Duty.EP_RENEWAL, Duty.US_MAINTENANCE, Duty.CN_ANNUITY}
    assert all(deadline.day >= today for deadline in found if deadline.duty in coming and deadline.day)


@given(RIGHTS, DAYS)
def test_no_deadline_lies_before_the_day_it_is_counted_from(right: RightFacts, today: date) -> None:
    stated = [day for day in (right.filed_on, right.published_on, right.granted_on) if day is not None]
    for deadline in deadlines_of_right(right, today=today):
        assert deadline.day is None or deadline.day > min(stated)


# ── Bayh-Dole ────────────────────────────────────────────────────────────────────────────────────


def funding(
    disclosed_on: date, us_bar: date | None = None, first_filing: date | None = None
) -> dict[Duty, date | None]:
    found = deadlines_of_funding(disclosed_on=disclosed_on, us_bar=us_bar, first_filing=first_filing)
    return {deadline.duty: deadline.day for deadline in found}


def test_bayh_dole_without_a_bar() -> None:
    found = funding(date(2025, 12, 31))
    assert found[Duty.BD_DISCLOSE] == date(2026, 2, 28)
    assert found[Duty.BD_ELECT] == date(2027, 12, 31)
    assert found[Duty.BD_FILE] == date(2028, 12, 31)


def test_bayh_dole_elects_sixty_days_before_the_statutory_year_ends() -> None:
    found = funding(date(2026, 1, 10), us_bar=date(2026, 12, 1))
    assert found[Duty.BD_ELECT] == date(2026, 10, 2)
    assert found[Duty.BD_FILE] == date(2026, 12, 1)


def test_bayh_dole_after_the_first_filing_asks_for_filings_abroad_in_ten_months() -> None:
    found = funding(date(2026, 1, 10), first_filing=date(2026, 4, 30))
    assert found[Duty.BD_FOREIGN] == date(2027, 2, 28)
    assert Duty.BD_FILE not in found


@given(DAYS, st.none() | DAYS)
def test_bayh_dole_files_no_later_than_the_bar_and_elects_before_it(disclosed: date, bar: date | None) -> None:
    found = funding(disclosed, us_bar=bar)
    elect, file = found[Duty.BD_ELECT], found[Duty.BD_FILE]
    assert elect is not None
    assert file is not None
    if bar is not None:
        assert file <= bar
        assert elect <= bar - timedelta(days=60)


@given(DAYS)
def test_the_end_of_a_month_is_the_day_before_the_next_one(day: date) -> None:
    end = end_of_month(day)
    assert (end + timedelta(days=1)).day == 1
    assert (end.year, end.month) == (day.year, day.month)


def test_days_for_iedison_are_american() -> None:
    assert american(date(2026, 1, 31)) == "01/31/2026"
