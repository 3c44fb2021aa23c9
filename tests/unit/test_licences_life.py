"""Which licences stand in each other's way, and when a term ends: pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core.errors import Conflict
from ipx.licences.conflicts import compare, grants_in_force, refuse
from ipx.licences.records import Licence
from ipx.licences.rules import Exclusivity, State, TermEnd, months_later
from ipx.licences.terms_v2.terms import LicenceTerms
from tests.licence_terms import terms

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
EXCLUSIVE, SOLE, OPEN = Exclusivity.EXCLUSIVE, Exclusivity.SOLE, Exclusivity.NON_EXCLUSIVE


def licence(
    of: LicenceTerms, *, state: State = State.ACTIVE, activated_at: datetime | None = NOW, **changes: Any
) -> Licence:
    given: dict[str, Any] = {
        "id": "l",
        "agreement_id": "a",
        "technology_id": "t",
        "technology_title": "T",
        "licensor_id": "o",
        "licensor_name": "O",
        "licensee_id": "c",
        "licensee_name": "C",
        "holder": "0x",
        "token": "0x",
        "titles": (),
        "terms": of,
        "state": state,
        "transaction_id": "x",
        "created_at": NOW,
        "activated_at": activated_at,
        "refused": None,
    }
    return Licence(**{**given, **changes})


def stands_in_the_way(existing: Licence, proposed: LicenceTerms, *, now: datetime = NOW) -> bool:
    try:
        refuse(compare(proposed, grants_in_force([existing], now=now), now=now))
    except Conflict:
        return True
    return False


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        (OPEN, OPEN, False),
        (OPEN, SOLE, True),
        (OPEN, EXCLUSIVE, True),
        (SOLE, SOLE, True),
        (SOLE, EXCLUSIVE, True),
        (EXCLUSIVE, EXCLUSIVE, True),
    ],
)
@pytest.mark.parametrize(
    ("here", "there", "meet"),
    [
        ((), (), True),
        ((), ("DE",), True),
        (("DE", "FR"), ("FR", "IT"), True),
        (("DE",), ("FR",), False),
    ],
)
def test_exclusivity_and_territory_decide(
    one: Exclusivity, other: Exclusivity, conflict: bool, here: tuple[str, ...], there: tuple[str, ...], meet: bool
) -> None:
    first, second = terms(exclusivity=one, territory=here), terms(exclusivity=other, territory=there)
    assert stands_in_the_way(licence(first), second) is (conflict and meet)
    assert stands_in_the_way(licence(second), first) is (conflict and meet)  # whoever came first


@pytest.mark.parametrize(
    ("state", "alive"),
    [
        (State.GRANTING, True),
        (State.ACTIVE, True),
        (State.SUSPENDED, True),
        (State.TERMINATED, False),
        (State.ISSUE_FAILED, False),
    ],
)
def test_only_what_lives_stands_in_the_way(state: State, alive: bool) -> None:
    existing = licence(terms(exclusivity=EXCLUSIVE), state=state)
    assert stands_in_the_way(existing, terms()) is alive


def test_a_term_that_has_run_out_frees_the_field() -> None:
    existing = licence(terms(exclusivity=EXCLUSIVE, months=12))
    end = existing.ends_at
    assert end == datetime(2027, 6, 15, 12, tzinfo=UTC)
    assert stands_in_the_way(existing, terms(), now=end - timedelta(seconds=1))
    assert not stands_in_the_way(existing, terms(), now=end)


def test_what_has_not_begun_or_has_no_fixed_end_never_runs_out() -> None:
    assert licence(terms(), activated_at=None).ends_at is None
    endless = licence(terms(end=TermEnd.PERPETUAL, months=None))
    assert endless.ends_at is None
    assert not endless.is_over(NOW + timedelta(days=36_500))


def test_the_refusal_tells_nothing_about_the_other_licence() -> None:
    secret = licence(terms(exclusivity=SOLE, territory=("JP",)), licensee_name="Secret Company")
    with pytest.raises(Conflict) as refused:
        refuse(compare(terms(exclusivity=EXCLUSIVE), grants_in_force([secret], now=NOW), now=NOW))
    for word in ("Secret", "sole", "JP", "2026"):
        assert word not in refused.value.message


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(0, 1200))  # noqa: DTZ001
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(start: datetime, months: int) -> None:
    end = months_later(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == min(start.day, monthrange(end.year, end.month)[1])
    assert end.time() == start.time()
