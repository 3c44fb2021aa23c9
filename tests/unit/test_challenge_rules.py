"""Rules of challenges: the table of states, deadlines, criteria, ranking, frozen formats."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.challenges.entry_record import write_entry_record
from ipx.challenges.rules import (
    TABLE,
    Criterion,
    State,
    Step,
    check_criteria,
    check_scores,
    code_of,
    read_deadline,
    refuse_late,
    refuse_names,
    state_after,
)
from ipx.challenges.scoring import ranking, weighted
from ipx.challenges.terms import AwardKind, entry_terms_from_json, make_entry_terms, terms_hash
from ipx.core.errors import Conflict, Invalid

SPEC = Path(__file__).resolve().parents[2] / "docs" / "spec"
CRITERIA = [Criterion("Fit", 70), Criterion("Readiness", 30)]


def test_the_specification_shows_the_table_of_states():
    text = (SPEC / "challenges.md").read_text()
    rows = re.findall(r"^\| ([A-Z]+) \| (\w+) \| ([A-Z]+) \|$", text, flags=re.MULTILINE)
    assert {(State(a), Step(b)): State(c) for a, b, c in rows} == TABLE


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("step", list(Step))
def test_a_step_that_is_not_in_the_table_is_refused(state, step):
    if (state, step) in TABLE:
        assert state_after(state, step) is TABLE[state, step]
    else:
        with pytest.raises(Conflict, match="This challenge"):
            state_after(state, step)


def test_nothing_leads_out_of_the_end_and_only_a_shortlist_to_an_award():
    assert not [pair for pair in TABLE if pair[0] in (State.AWARDED, State.CANCELLED)]
    assert [pair[0] for pair, after in TABLE.items() if after is State.AWARDED] == [State.SHORTLISTED]


def test_a_deadline_is_an_instant_read_by_a_place_s_clock():
    assert read_deadline("2027-03-31T17:00", "Europe/Berlin") == datetime(2027, 3, 31, 15, 0, tzinfo=UTC)
    assert read_deadline("2027-01-31T17:00", "UTC") == datetime(2027, 1, 31, 17, 0, tzinfo=UTC)
    assert read_deadline("2027-10-31T02:30", "Europe/Berlin") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # the first


@pytest.mark.parametrize(
    ("text", "zone", "field"),
    [
        ("2027-03-28T02:30", "Europe/Berlin", "deadline"),  # the clocks are put forward from 02:00 to 03:00
        ("31.3.2027", "UTC", "deadline"),
        ("2027-02-30T10:00", "UTC", "deadline"),
        ("2027-03-31T17:00", "Europe/Atlantis", "zone"),
        ("2027-03-31T17:00", "../../etc/passwd", "zone"),
        ("2027-03-31T17:00", "", "zone"),
    ],
)
def test_what_is_no_deadline_is_refused_at_its_field(text, zone, field):
    with pytest.raises(Invalid) as refused:
        read_deadline(text, zone)
    assert refused.value.field == field


@given(st.integers(min_value=-10_000, max_value=10_000))
def test_late_is_from_the_deadline_on_and_says_the_minute(seconds):
    deadline = datetime(2027, 3, 31, 15, 0, tzinfo=UTC)
    now = deadline + timedelta(seconds=seconds)
    if seconds < 0:
        refuse_late(deadline, now=now)
        return
    with pytest.raises(Conflict) as refused:
        refuse_late(deadline, now=now)
    assert "2027-03-31 15:00 UTC" in refused.value.message
    assert f" {seconds // 60:,} minute" in refused.value.message


@pytest.mark.parametrize(
    "criteria", [[], [Criterion("A", 99)], [Criterion("A", 50), Criterion("a", 50)], [Criterion("A", 100)] * 7]
)
def test_criteria_make_a_hundred_under_different_names(criteria):
    with pytest.raises(Invalid):
        check_criteria(criteria)
    assert check_criteria(CRITERIA) == tuple(CRITERIA)


@pytest.mark.parametrize("scores", [(), (1,), (1, 2, 3), (11, 0), (-1, 0)])
def test_scores_are_one_for_each_criterion(scores):
    with pytest.raises(Invalid):
        check_scores(scores, CRITERIA)


VOTE = st.tuples(st.integers(0, 10), st.integers(0, 10))


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.lists(VOTE, max_size=5), max_size=6))
def test_the_ranking_is_by_exact_means_and_ties_share_a_place(scores):
    ranked = ranking(scores, CRITERIA)
    assert sorted(one.entry_id for one in ranked) == sorted(scores)
    for one in ranked:
        votes = [weighted(vote, CRITERIA) for vote in scores[one.entry_id]]
        assert one.mean == (sum(votes, Fraction(0)) / len(votes) if votes else 0)
        assert one.place == 1 + sum(other.mean > one.mean for other in ranked)
    assert [one.place for one in ranked] == sorted(one.place for one in ranked)


def test_a_weighted_score_is_what_a_person_calculates():
    assert weighted((8, 5), CRITERIA) == Fraction(71, 10)


def test_an_entry_that_names_its_entrant_is_refused():
    with pytest.raises(Invalid, match="blind"):
        refuse_names("We at ALDENAU Institute have it.", ["Aldenau Institute"])
    refuse_names("We have it.", ["Aldenau Institute", ""])


def test_codes_say_nothing_of_order():
    codes = [code_of(f"entry-{number}") for number in range(200)]
    assert len(set(codes)) > 190
    assert codes != sorted(codes)


def test_entry_terms_keep_their_bytes():
    for vector in json.loads((SPEC / "vectors" / "challenge_terms.json").read_text()):
        terms = entry_terms_from_json(vector["terms"])
        assert terms.to_json() == vector["terms"]
        assert terms_hash(terms) == vector["sha256"]


def test_entry_records_keep_their_bytes():
    for vector in json.loads((SPEC / "vectors" / "challenge_entry.json").read_text()):
        record = write_entry_record(**vector["fields"])
        assert hashlib.sha256(record).hexdigest() == vector["sha256"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"confidential_months": 0}, "confidential_months"),
        ({"award": AwardKind.OPTION, "option_days": None}, "option_days"),
        ({"award": AwardKind.LICENCE, "option_days": 5}, "option_days"),
        ({"further": "x" * 4001}, "further"),
    ],
)
def test_entry_terms_that_do_not_fit_are_refused(changes, field):
    vector = json.loads((SPEC / "vectors" / "challenge_terms.json").read_text())[0]["terms"]
    kept = entry_terms_from_json(vector)
    with pytest.raises(Invalid) as refused:
        make_entry_terms(**{**kept.__dict__, **changes})
    assert refused.value.field == field
