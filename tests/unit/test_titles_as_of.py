"""Chains of title as of an earlier day: the same as if nothing later had been written, and what is open then."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from ipx.titles.dating import as_of
from ipx.titles.entries import Consent, Conveyance, CoOwnership, Entry
from ipx.titles.gaps import Facts, chain_with_gaps
from ipx.titles.holdings import Dated
from ipx.titles.records import EntryView
from ipx.titles.rules import GapCode, JointAct
from tests.title_steps import ADA, UNI, conveyances, conveys

DAYS = st.dates(date(1999, 1, 1), date(2027, 1, 1))
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def viewed(entries: list[Entry]) -> list[EntryView]:
    return [EntryView(str(place), entry, None, None, NOW, "Eva") for place, entry in enumerate(entries)]


def codes(entries: list[Entry], day: date) -> set[GapCode]:
    views = as_of(viewed(entries), day)
    facts = Facts(UNI, "US", [ADA], [], [], frozenset(view.id for view in views), day)
    dated = [Dated(view.id, view.entry, None) for view in views if isinstance(view.entry, Conveyance)]
    return {gap.code for gap in chain_with_gaps(dated, facts).gaps}


def test_a_gap_that_was_closed_later_is_there_before() -> None:
    assigned: list[Entry] = [conveys(ADA, UNI, "2020-01-10", recorded_on=date(2020, 9, 1))]
    assert GapCode.INVENTOR_WITHOUT_ASSIGNMENT in codes(assigned, date(2020, 1, 9))
    open_then = codes(assigned, date(2020, 2, 1))
    assert GapCode.INVENTOR_WITHOUT_ASSIGNMENT not in open_then
    assert GapCode.RECORDATION_OPEN in open_then
    assert GapCode.RECORDATION_MISSED in codes(assigned, date(2020, 8, 31)), "it was recorded the day after"
    assert GapCode.RECORDED_LATE in codes(assigned, date(2020, 9, 1))


def test_consents_and_agreements_count_from_their_day() -> None:
    entries: list[Entry] = [
        Consent(ADA, JointAct.ASSIGN_SHARE, date(2020, 1, 10)),
        CoOwnership((ADA, UNI), {}, date(2020, 2, 1)),
        CoOwnership((ADA, UNI), {}, None),
    ]
    assert [view.id for view in as_of(viewed(entries), date(2020, 1, 9))] == ["2"]
    assert [view.id for view in as_of(viewed(entries), date(2020, 1, 10))] == ["0", "2"]
    assert len(as_of(viewed(entries), date(2020, 2, 1))) == 3


@given(st.lists(conveyances(), max_size=6), DAYS, DAYS)
def test_an_earlier_day_of_a_later_day_is_the_earlier_day(entries: list[Conveyance], one: date, other: date) -> None:
    views = viewed(list(entries))
    first, last = sorted((one, other))
    assert as_of(as_of(views, last), first) == as_of(views, first)
    assert {view.id for view in as_of(views, first)} <= {view.id for view in as_of(views, last)}


@given(st.lists(conveyances(), max_size=6), DAYS)
def test_what_came_later_changes_nothing(entries: list[Conveyance], day: date) -> None:
    earlier: list[Entry] = [each for each in entries if each.takes_effect is None or each.takes_effect <= day]
    assert codes(earlier, day) == codes(list(entries), day)
