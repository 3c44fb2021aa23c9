"""The life of a licence as a table: no sequence of acts breaks it, and nothing follows while it is contested."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipx.core.errors import Conflict, Forbidden
from ipx.deals.rules import Side
from ipx.licences.terms_v2.conduct import MissedDiligence
from ipx.licences.terms_v2.grant import Exclusivity, Renewal
from ipx.life.acts import moves_of
from ipx.life.deadlines import days_after, renewed, resumed
from ipx.life.folding import ENDED, due_steps
from ipx.life.rules import Ground, Kind, Outcome, Proposal, Standing
from tests.life_player import BEGAN, END, Player, agreed


def standing_of(player: Player) -> Standing:
    return player.life.standing


# ── one story after the other ────────────────────────────────────────────────────────────────────


def test_a_breach_that_is_not_made_good_ends_the_licence_after_its_last_day() -> None:
    player = Player(agreed())
    notice = player.act(Kind.NOTICE, Side.LICENSOR, ground=Ground.BREACH)
    assert notice.due == datetime(2026, 3, 3, tzinfo=UTC)  # 30 days from 1 February; 2 March is the last
    player.now = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    player.catch_up()
    assert standing_of(player) is Standing.IN_FORCE
    player.now = datetime(2026, 3, 3, tzinfo=UTC)
    player.catch_up()
    assert standing_of(player) is Standing.TERMINATED
    assert player.life.ended_at == notice.due


def test_what_is_made_good_or_taken_back_has_no_consequence() -> None:
    for answer in (Kind.CURED, Kind.WITHDRAWN):
        player = Player(agreed())
        notice = player.act(Kind.NOTICE, Side.LICENSOR, ground=Ground.BREACH)
        player.act(answer, Side.LICENSOR, answers=notice.id)
        player.wait(100)
        assert standing_of(player) is Standing.IN_FORCE


def test_missed_diligence_makes_an_exclusive_licence_non_exclusive_and_no_other() -> None:
    player = Player(agreed())
    player.act(Kind.NOTICE, Side.LICENSOR, ground=Ground.DILIGENCE)
    player.wait(46)
    assert (standing_of(player), player.life.is_converted) == (Standing.IN_FORCE, True)
    player = Player(agreed(exclusivity=Exclusivity.NON_EXCLUSIVE))
    player.act(Kind.NOTICE, Side.LICENSOR, ground=Ground.DILIGENCE)
    player.wait(46)
    assert not player.life.is_converted


def test_a_contest_stops_the_clock_and_the_rest_runs_on_after_it() -> None:
    player = Player(agreed())
    notice = player.act(Kind.NOTICE, Side.LICENSOR, ground=Ground.BREACH)
    player.wait(20)
    player.act(Kind.CONTESTED, Side.LICENSEE, answers=notice.id)
    player.wait(200)
    assert standing_of(player) is Standing.IN_FORCE
    player.end_contest(notice.id, Outcome.STANDS)
    assert notice.due is not None
    left = notice.due - (BEGAN + timedelta(days=20))
    coming = due_steps(player.life, player.terms)[0]
    assert (coming.kind, coming.at >= player.now + left) == (Kind.TERMINATED, True)
    player.wait(12)
    assert standing_of(player) is Standing.TERMINATED


def test_a_contest_that_succeeds_leaves_nothing_of_the_notice() -> None:
    player = Player(agreed())
    notice = player.act(Kind.NOTICE, Side.LICENSOR, ground=Ground.BREACH)
    player.act(Kind.CONTESTED, Side.LICENSEE, answers=notice.id)
    player.end_contest(notice.id, Outcome.FALLS)
    player.wait(300)
    assert (standing_of(player), player.life.notices) == (Standing.IN_FORCE, ())


def test_only_the_licensee_leaves_and_only_the_other_side_accepts() -> None:
    player = Player(agreed())
    with pytest.raises(Conflict):
        player.act(Kind.LEAVING, Side.LICENSOR)
    proposal = player.act(Kind.PROPOSED, Side.LICENSOR, proposal=Proposal.SUSPEND)
    with pytest.raises(Forbidden):
        player.act(Kind.SUSPENDED, Side.LICENSOR, answers=proposal.id)
    player.act(Kind.SUSPENDED, Side.LICENSEE, answers=proposal.id)
    assert standing_of(player) is Standing.SUSPENDED
    player.act(Kind.LEAVING, Side.LICENSEE)
    player.wait(61)
    assert standing_of(player) is Standing.TERMINATED


def test_an_automatic_renewal_happens_unless_somebody_says_no_in_time() -> None:
    renewal = Renewal(auto=True, period_months=12, notice_days=30)
    player = Player(agreed(renewal=renewal))
    player.wait(366)
    assert player.life.end == datetime(2028, 1, 31, 15, 30, tzinfo=UTC)
    player.act(Kind.NOT_RENEWED, Side.LICENSEE)
    player.wait(366)
    assert standing_of(player) is Standing.EXPIRED
    late = Player(agreed(renewal=renewal))
    late.wait(340)
    with pytest.raises(Conflict):
        late.act(Kind.NOT_RENEWED, Side.LICENSEE)


def test_years_of_downtime_are_caught_up_in_order() -> None:
    player = Player(agreed(renewal=Renewal(auto=True, period_months=1)))
    player.wait(800)
    ends = [step.until for step in player.steps if step.kind is Kind.RENEWED]
    assert ends == sorted(ends, key=lambda end: end or END)
    assert player.life.end is not None
    assert player.life.end > player.now


def test_documents_close_after_the_days_for_selling_off() -> None:
    for days, closed in ((None, END), (10, datetime(2027, 2, 11, tzinfo=UTC))):
        player = Player(agreed(sell_off=days))
        player.wait(400)
        assert [(step.kind, step.at) for step in player.steps[1:]] == [
            (Kind.EXPIRED, END),
            (Kind.ACCESS_CLOSED, closed),
        ]


def test_where_terms_say_nothing_nothing_follows_by_itself() -> None:
    player = Player(agreed(cure=None))
    player.act(Kind.NOTICE, Side.LICENSOR, ground=Ground.BREACH)
    player.wait(300)
    assert standing_of(player) is Standing.IN_FORCE
    assert len(player.life.notices) == 1


# ── any sequence ─────────────────────────────────────────────────────────────────────────────────

MOVES = st.tuples(
    st.sampled_from(list(Kind)),
    st.sampled_from(list(Side)),
    st.sampled_from([None, *Ground]),
    st.sampled_from([None, *Proposal]),
    st.integers(0, 6),
    st.integers(0, 90),
)


@settings(max_examples=300)
@given(st.lists(MOVES, max_size=25), st.sampled_from([None, True, False]), st.sampled_from(list(MissedDiligence)))
def test_no_sequence_of_acts_breaks_the_table(moves, auto, missed) -> None:
    renewal = None if auto is None else Renewal(auto=auto, period_months=6, notice_days=10)
    player = Player(agreed(renewal=renewal, missed=missed))
    for kind, side, ground, proposal, answered, days in moves:
        before = len(player.steps)
        known = [step.id for step in player.steps]
        answers = known[answered] if answered < len(known) and kind not in (Kind.NOTICE, Kind.PROPOSED) else None
        try:
            player.act(kind, side, ground=ground, proposal=proposal, answers=answers)
        except (Conflict, Forbidden):
            assert all(step.side is None for step in player.steps[before:])  # nothing but what had come due
        if kind is Kind.CONTEST_ENDED and answers in player.life.contested:
            player.end_contest(answers, Outcome.FALLS if side is Side.LICENSEE else Outcome.STANDS)
        player.wait(days)
        holds(player)


def holds(player: Player) -> None:
    """What is always so."""
    ends = [step for step in player.steps if step.kind in (Kind.TERMINATED, Kind.SURRENDERED, Kind.EXPIRED)]
    assert len(ends) <= 1
    after = player.steps[player.steps.index(ends[0]) + 1 :] if ends else []
    assert all(step.kind is Kind.ACCESS_CLOSED or step.kind is Kind.CONTEST_ENDED for step in after)
    assert sum(step.kind is Kind.CONVERTED for step in player.steps) <= 1
    assert player.life.is_over == bool(ends)
    moments = [step.at for step in player.steps]
    assert moments == sorted(moments)
    if standing_of(player) in ENDED:
        assert moves_of(player.life, player.terms, Side.LICENSEE, player.now).grounds == ()


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(0, 86_399), st.integers(1, 3_000))
def test_a_period_of_days_is_whole_days_and_none_is_lost(day, second, days) -> None:
    notice = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
    due = days_after(notice, days)
    assert (due.hour, due.minute, due.second) == (0, 0, 0)
    assert timedelta(days=days) < due - notice <= timedelta(days=days + 1)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 400))
@example(0, 0, 1)
def test_a_contest_never_shortens_a_deadline(used, contested, days) -> None:
    due = days_after(BEGAN, days)
    stopped = min(BEGAN + timedelta(days=used), due)
    again = stopped + timedelta(days=contested)
    assert resumed(due, stopped=stopped, again=again) - again >= due - stopped
    assert resumed(due, stopped=stopped, again=again) >= due


@given(st.integers(1, 1_200))
def test_months_end_on_the_same_day_or_the_last(months) -> None:
    later = renewed(datetime(2027, 1, 31, tzinfo=UTC), months)
    assert later.day in (28, 29, 30, 31)
    assert (later.year - 2027) * 12 + later.month - 1 == months
