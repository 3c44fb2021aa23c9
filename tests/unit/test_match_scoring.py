"""Scores of matches: the parts add up, more fit is never fewer points, and what is not stated counts nothing."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.catalogue.records import Listing, Need
from ipx.core.money import Money
from ipx.licences.algebra.grants import Declared, Grant
from ipx.licences.algebra.reading import grant_of
from ipx.licences.algebra.remaining import remaining
from ipx.licences.algebra.territory import WORLD, mask_of
from ipx.licences.rules import Exclusivity
from ipx.matches.fitting import (
    Offered,
    budget_fit,
    classes_fit,
    common_words,
    meaning_fit,
    readiness_fit,
    readiness_gap,
    telling_passage,
    words_fit,
)
from ipx.matches.records import Match
from ipx.matches.rights import Rights, rights_fit
from ipx.matches.rules import WORTH_TELLING, PartName, next_day
from ipx.matches.scoring import split
from ipx.matches.words import why
from tests.licence_terms import terms

TODAY = date(2026, 11, 28)
FITS = st.one_of(st.none(), st.integers(0, 1000).map(lambda thousandths: thousandths / 1000))
VALUES = st.fixed_dictionaries(dict.fromkeys(PartName, FITS))


@given(VALUES)
def test_split_when_parts_are_added_then_they_are_the_score(values):
    found = split(values)
    assert sum(part.points for part in found.parts) == found.score
    assert 0 <= found.score <= 100
    assert [part.name for part in found.parts] == list(PartName)
    assert all(0 <= part.points <= part.most for part in found.parts)
    stated = [value for value in values.values() if value is not None]
    assert sum(part.most for part in found.parts) == (100 if stated else 0)
    assert all((part.most == 0) == (values[part.name] is None) for part in found.parts)


@given(VALUES, st.sampled_from(PartName), st.integers(0, 1000).map(lambda thousandths: thousandths / 1000))
def test_split_when_one_part_fits_better_then_the_score_is_not_lower(values, name, better):
    before = {**values, name: min(values[name] or 0.0, better)}
    after = {**values, name: max(values[name] or 0.0, better)}
    assert split(after).score >= split(before).score


@given(VALUES)
def test_split_when_every_stated_part_fits_wholly_then_is_100(values):
    whole = {name: None if value is None else 1.0 for name, value in values.items()}
    assert split(whole).score == (100 if any(value is not None for value in values.values()) else 0)


def test_split_when_a_value_is_no_share_then_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1"):
        split({PartName.WORDS: 1.01})


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_words_when_the_engine_finds_more_then_fit_no_worse(one, other):
    low, high = sorted((one, other))
    assert 0 <= words_fit(low) <= words_fit(high) < 1 or high > 1e5


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_meaning_when_closer_then_fits_no_worse(one, other):
    low, high = sorted((one, other))
    fits = [meaning_fit(cosine) or 0.0 for cosine in (low, high)]
    assert 0 <= fits[0] <= fits[1] <= 1
    assert meaning_fit(None) is None
    assert [meaning_fit(cosine) for cosine in (0.15, 0.8)] == [0, 1]
    assert meaning_fit(0.68) == pytest.approx(0.76)


@given(VALUES, st.floats(-1, 1))
def test_split_when_meaning_is_known_then_the_parts_still_are_the_score(values, cosine):
    found = split({**values, PartName.MEANING: meaning_fit(cosine)})
    assert sum(part.points for part in found.parts) == found.score <= 100
    assert next(part for part in found.parts if part.name is PartName.MEANING).is_stated


def test_telling_when_neither_words_nor_meaning_fit_then_no_score_is_worth_it():
    values: dict[PartName, float | None] = dict.fromkeys(PartName, 1.0)
    for meaning in (0.0, None):
        assert split({**values, PartName.WORDS: 0.0, PartName.MEANING: meaning}).score < WORTH_TELLING


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_readiness_when_within_the_range_then_fits_wholly(one, other, level):
    low, high = sorted((one, other))
    fit, gap = readiness_fit(low, high, level), readiness_gap(low, high, level)
    assert (fit == 1.0) == (gap == 0) == (low <= level <= high)
    assert fit == max(0.0, 1 - abs(gap) / 3)


def for_a_fee(amount: int, currency: str = "EUR") -> Offered:
    return Offered(WORLD, exclusive=False, fee=Money(amount, currency))


def test_parts_when_one_side_states_nothing_then_do_not_count():
    assert readiness_fit(None, None, 4) is None
    assert readiness_fit(3, 5, None) is None
    assert classes_fit((), ("H01M 4/62",)) is None
    need = need_of(budget_max=None)
    assert budget_fit(need, for_a_fee(100)) is None
    assert budget_fit(need_of(budget_max=100), for_a_fee(100, "USD")) is None, "currencies are not exchanged"


def test_parts_when_stated_then_fit_by_degrees():
    assert classes_fit(("H01M 4/62",), ("H01M 4/13", "A01B")) == 1.0
    assert classes_fit(("H01M 4/62",), ("H01M 10/05",)) == 0.8
    assert classes_fit(("H01M 4/62",), ("H01B 1/00",)) == 0.4
    assert classes_fit(("H01M 4/62",), ("H02J",)) == 0.1
    assert classes_fit(("H01M 4/62",), ("A01B",)) == 0.0
    assert budget_fit(need_of(budget_max=100), for_a_fee(100)) == 1.0
    assert budget_fit(need_of(budget_max=100), for_a_fee(400)) == 0.25


def test_passage_when_sentences_share_words_then_is_the_one_that_shares_most():
    text = "We make glass. The binder holds silicon anodes for 800 cycles. Anodes are made elsewhere."
    assert telling_passage(text, ("binder", "anode", "silicon")) == "The binder holds silicon anodes for 800 cycles."
    assert telling_passage(text, ("steel",)) == ""
    assert len(telling_passage("binder " * 400, ("binder",))) <= 302


def test_rights_when_countries_are_taken_then_the_share_that_is_left_counts():
    declared = Declared("Ada", TODAY)
    taken = grant_of(terms(territory=("DE",), exclusivity=Exclusivity.EXCLUSIVE), id="g", at=TODAY)
    everywhere = Offered(WORLD, exclusive=True, fee=Money(0, "EUR"))

    def fit(territory: tuple[str, ...], existing: list[Grant], offer: Offered = everywhere, *, exclusive: bool = False):
        left = remaining(existing, at=TODAY, declared=declared)
        return rights_fit(left, offer, territory=territory, exclusive=exclusive)

    assert fit(("DE", "FR"), []) == (1.0, Rights.FREE)
    assert fit(("FR",), [taken], exclusive=True) == (1.0, Rights.FREE)
    share, word = fit(("DE", "FR"), [taken], exclusive=True)
    assert (0.5 <= share < 1, word) == (True, Rights.PARTLY)
    assert fit(("US",), [], Offered(mask_of(("DE",)), exclusive=True, fee=Money(0, "EUR"))) == (0.0, Rights.NOT_OFFERED)
    plain = Offered(WORLD, exclusive=False, fee=Money(0, "EUR"))
    assert fit((), [], plain, exclusive=True) == (0.0, Rights.NOT_OFFERED)


def test_next_day_when_asked_then_is_the_midnight_to_come():
    assert next_day(datetime(2026, 12, 31, 23, 59, 59, 1, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


def need_of(*, budget_max: int | None) -> Need:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    currency = "EUR" if budget_max else None
    return Need("n", 1, None, "", "T", "Text", None, (), None, None, None, budget_max, currency, None, None, now)


def test_why_when_the_words_weigh_but_none_can_be_named_then_says_other_forms_and_not_few():
    nothing: Any = None
    for fit, said in ((0.8, "words in common, in other forms"), (0.2, "few words in common")):
        match = Match(nothing, nothing, split({PartName.WORDS: fit}), (), "", None, None, None)
        assert why(match) == f"{said}."


def test_common_words_when_every_text_has_them_then_are_not_named():
    need = replace(need_of(budget_max=None), text="The project saves 5 per cent of zinc.")
    unstated: dict[str, Any] = {field.name: "" for field in fields(Listing)}
    listing = Listing(**{**unstated, "summary": "This project saves 7 per cent of zinc."})
    assert common_words(need, listing) == ("saves", "zinc")
