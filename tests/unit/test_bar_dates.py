"""Bar dates against the statutes read day by day, and months against an independent calendar."""

from calendar import isleap
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core.months import add_months, add_years
from ipx.inventions.bar_dates import SOURCES, BarDate, Event, Happening, Rule, bar_dates, last_day

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
EVENTS = st.lists(
    st.builds(
        Event,
        happening=st.sampled_from(Happening),
        on=st.none() | DAYS,
        confidential=st.sampled_from([True, False, None]),
    ),
    max_size=6,
)
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def month_length(year: int, month: int) -> int:
    return 29 if month == 2 and isleap(year) else LENGTHS[month - 1]


def one_month_on(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


@given(DAYS, st.integers(0, 400))
def test_months_are_those_of_a_calendar_leafed_through_page_by_page(day: date, months: int) -> None:
    year, month = day.year, day.month
    for _page in range(months):
        year, month = one_month_on(year, month)
    found = add_months(day, months)
    assert (found.year, found.month) == (year, month)
    assert found.day == min(day.day, month_length(year, month))


@given(DAYS, DAYS, st.integers(0, 40))
def test_later_days_never_give_earlier_ends(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    assert add_months(first, months) <= add_months(second, months)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 8, 31), 30, date(2028, 2, 29)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
    ],
)
def test_month_ends_and_leap_years(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def is_within_a_year(event: date, filing: date) -> bool:
    """35 USC 102(b)(1): *1 year or less before* the filing, read off the dates as a clerk would."""
    if filing <= event:
        return True
    whole_years = filing.year - event.year - ((filing.month, filing.day) < (event.month, event.day))
    is_the_day_itself = (filing.month, filing.day) == (event.month, event.day)
    return whole_years == 0 or (whole_years == 1 and is_the_day_itself)


@given(DAYS, st.integers(-10, 800))
def test_a_year_of_grace_covers_exactly_the_days_that_the_statute_covers(event: date, later: int) -> None:
    filing = event + timedelta(days=later)
    is_in_time = filing <= last_day(Rule.US_GRACE, event)
    if (event.month, event.day) == (2, 29) and (filing.month, filing.day) > (2, 28) and filing.year == event.year + 1:
        assert not is_in_time  # the day that is not there: the earlier one is given
    else:
        assert is_in_time is is_within_a_year(event, filing)


@given(DAYS, st.integers(-400, 400))
def test_absolute_novelty_is_lost_by_what_was_public_before_the_day_of_filing(event: date, later: int) -> None:
    filing = event + timedelta(days=later)
    was_public_before = event < filing
    for rule in (Rule.EP_NOVELTY, Rule.CN_NOVELTY):
        assert (filing <= last_day(rule, event)) is not was_public_before


def bars_by_hand(rule: Rule, events: list[Event], filing: date) -> bool:
    """Tell whether one of the events, looked at alone, leaves no room for a filing on a day."""
    for event in events:
        if event.on is None:
            continue
        sold = event.happening in (Happening.SALE, Happening.OFFER_FOR_SALE)
        counts = sold if rule is Rule.US_ON_SALE else event.confidential is not True
        if counts and filing > last_day(rule, event.on):
            return True
    return False


@given(EVENTS, DAYS)
def test_the_earliest_date_of_a_rule_is_the_one_that_no_event_contradicts(events: list[Event], filing: date) -> None:
    found = bar_dates(events, [])
    for rule in set(Rule) - {Rule.PARIS}:
        days = [bar.last_day for bar in found if bar.rule is rule and bar.last_day is not None]
        assert len(days) <= 1
        assert any(filing > day for day in days) is bars_by_hand(rule, events, filing)


@given(EVENTS, st.lists(DAYS, max_size=3))
def test_every_bar_has_its_source_and_is_met_only_by_a_filing_in_time(events: list[Event], filings: list[date]) -> None:
    for bar in bar_dates(events, filings):
        assert bar.source == SOURCES[bar.rule]
        if bar.met_on is not None:
            assert bar.last_day is not None
            assert bar.met_on == min(filings) <= bar.last_day
        elif bar.last_day is not None and filings and bar.rule is not Rule.PARIS:
            assert min(filings) > bar.last_day


@given(EVENTS, st.lists(DAYS, max_size=2))
def test_a_confidential_event_bars_nothing_but_by_a_sale_in_the_us(events: list[Event], filings: list[date]) -> None:
    secret = [Event(event.happening, event.on, confidential=True) for event in events]
    assert {bar.rule for bar in bar_dates(secret, filings)} <= {Rule.US_ON_SALE, Rule.PARIS}


def test_a_secret_sale_starts_the_year_in_the_us_and_a_licence_offer_does_not() -> None:
    sale = Event(Happening.SALE, date(2025, 5, 31), confidential=True)
    licence = Event(Happening.LICENCE_OFFER, date(2024, 1, 1), confidential=True)
    assert bar_dates([sale, licence], []) == [BarDate(Rule.US_ON_SALE, date(2026, 5, 31), sale)]


def test_what_has_no_day_yet_is_named_and_not_left_out() -> None:
    planned = Event(Happening.PUBLICATION, None, confidential=None, what="the thesis")
    found = bar_dates([planned], [])
    assert {bar.rule for bar in found} == {Rule.EP_NOVELTY, Rule.US_GRACE, Rule.CN_NOVELTY, Rule.JP_GRACE}
    assert all(bar.last_day is None and bar.event == planned for bar in found)
    assert not any(bar.is_missed(date(2099, 1, 1)) for bar in found)


def test_a_first_filing_meets_what_it_is_in_time_for_and_starts_priority() -> None:
    talk = Event(Happening.PUBLICATION, date(2026, 3, 10), confidential=False)
    found = {bar.rule: bar for bar in bar_dates([talk], [date(2026, 3, 11), date(2026, 9, 1)])}
    assert found[Rule.EP_NOVELTY].is_missed(date(2026, 3, 11))
    assert found[Rule.US_GRACE].met_on == date(2026, 3, 11)
    assert found[Rule.PARIS].last_day == date(2027, 3, 11)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
