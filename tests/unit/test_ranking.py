"""What a question's words count, how long texts are damped, and the measures of retrieval."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core.ports import SearchHit, WordCounts
from ipx.matching.evaluation.measures import interval, ndcg, recall, reciprocal_rank
from ipx.matching.ranking.blending import (
    STRONGEST,
    blended,
    by_sentences,
    closeness,
    damped,
    damping,
    meaning_share,
    sentences_share,
)
from ipx.matching.ranking.questions import MOST_WORDS, Question, by_presence, by_rarity, word_weights


def test_a_word_of_the_title_counts_more_than_one_of_the_objective_and_of_the_text() -> None:
    weights = word_weights(Question(title="Quiet rotor", objective="A blade", text="The rotor has a blade and a hub."))
    assert weights["quiet"] > weights["blade"] > weights["hub"] > 0
    assert weights["rotor"] > weights["quiet"]
    assert "the" not in weights


def test_a_repeated_word_counts_more_each_time_and_less_than_in_proportion() -> None:
    once, twice, often = (word_weights(Question(text="pump " * n))["pump"] for n in (1, 2, 50))
    assert once == 1.0
    assert 1.0 < twice < 2.0 < often < 10.0


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=3_000))
def test_any_text_is_a_question_of_a_bounded_number_of_words(title: str, objective: str, text: str) -> None:
    weights = word_weights(Question(title=title, objective=objective, text=text))
    assert len(weights) <= MOST_WORDS
    assert all(0 < weight < 200 and len(word) <= 100 for word, weight in weights.items())


def test_a_huge_text_keeps_the_words_that_count_most() -> None:
    text = " ".join(f"w{n}" for n in range(1_000)) + " rotor rotor"
    weights = word_weights(Question(title="turbine", text=text))
    assert list(weights)[:2] == ["turbine", "rotor"]
    assert len(weights) == MOST_WORDS


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_damping_grows_with_the_question_and_ends(fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    assert 0 <= damping(fewer) <= damping(more) <= STRONGEST


def test_a_long_question_prefers_the_shorter_of_two_like_texts_and_a_short_one_leaves_the_order() -> None:
    hits = [SearchHit("long", 10.0, length=2_000), SearchHit("short", 9.0, length=150)]
    assert [key for key, _ in damped(hits, words=3)] == ["long", "short"]
    assert [key for key, _ in damped(hits, words=400)] == ["short", "long"]


@given(st.dictionaries(st.text(min_size=1), st.floats(0.1, 100), min_size=1), st.integers(0, 1_000), st.data())
def test_a_rarer_word_counts_more_and_every_word_counts(
    weights: dict[str, float], documents: int, data: st.DataObject
) -> None:
    holding = {word: data.draw(st.integers(0, documents + 5)) for word in weights}
    found = by_rarity(weights, WordCounts(documents, holding))
    assert set(found) == set(weights)
    assert all(weight > 0 for weight in found.values())
    each = {word: found[word] / weights[word] for word in weights}
    for one in weights:
        for other in weights:
            if holding[one] < min(holding[other], documents):
                assert each[one] > each[other]


@given(st.dictionaries(st.text(min_size=1), st.floats(0.1, 100), min_size=1), st.integers(0, 1_000), st.data())
def test_words_that_are_there_make_one_together_the_rarer_ones_more(
    weights: dict[str, float], documents: int, data: st.DataObject
) -> None:
    holding = {word: data.draw(st.integers(0, documents + 5)) for word in weights}
    found = by_presence(weights, WordCounts(documents, holding))
    assert set(found) == set(weights)
    assert sum(found.values()) == pytest.approx(1)
    for one in weights:
        for other in weights:
            if holding[one] < min(holding[other], documents):
                assert found[one] > found[other] > 0


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_meaning_counts_most_for_short_questions_and_words_never_nothing(fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    assert 1 > meaning_share(fewer) >= meaning_share(more) > 0


def test_of_two_like_texts_the_one_that_has_more_of_the_words_comes_first() -> None:
    scored, cosines = [("repeats", 5.0), ("has", 5.0)], {"repeats": 0.4, "has": 0.4}
    assert [key for key, _ in blended(scored, {"repeats": 0.2, "has": 0.9}, cosines, words=60)] == ["has", "repeats"]


def test_what_has_no_vector_yet_stands_where_the_others_stand_on_average() -> None:
    found = dict(blended([("a", 1.0), ("b", 1.0), ("new", 1.0)], {}, {"a": 0.2, "b": 0.6}, words=20))
    assert found["a"] < found["new"] < found["b"]
    assert found["new"] == pytest.approx((found["a"] + found["b"]) / 2)


def test_what_is_close_to_everything_counts_less_for_all_but_short_questions() -> None:
    cosines, crowding = {"of its own": 0.5, "in a swarm": 0.55}, {"of its own": 0.1, "in a swarm": 0.6}
    close = {words: closeness(cosines, crowding, words=words) for words in (3, 10, 40, 500)}
    first = {words: max(found, key=found.__getitem__) for words, found in close.items()}
    assert first == {3: "in a swarm", 10: "in a swarm", 40: "of its own", 500: "of its own"}
    assert closeness({"a": 0.3}, {}, words=50) == {"a": 0.3}


def test_one_sentence_that_answers_lifts_a_text_for_a_short_question_and_not_for_a_long_one() -> None:
    close = {"answers": 0.3, "alike": 0.35, "far": 0.3}
    closest = {"answers": 0.9, "alike": 0.4}
    short = by_sentences(close, closest, words=8)
    assert short["answers"] > short["alike"]
    assert short["far"] < short["answers"], "what was not compared gains nothing by it"
    assert short["far"] == pytest.approx(by_sentences({"far": 0.3}, {"alike": 0.4}, words=8)["far"])
    assert by_sentences(close, closest, words=400) == pytest.approx(close)
    assert by_sentences(close, {}, words=8) == close, "without a sentence the whole decides"


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_the_closest_sentence_counts_less_the_longer_the_question(fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    assert 0 <= sentences_share(more) <= sentences_share(fewer) <= 0.5


def test_measures_are_those_of_trec_eval() -> None:
    # By hand: grades 2 at place 1 and 1 at place 3, of 2, 1, 1.
    found, grades = ["a", "x", "b"], {"a": 2, "b": 1, "c": 1}
    best = 2 + 1 / math.log2(3) + 1 / 2
    assert ndcg(found, grades) == pytest.approx((2 + 1 / 2) / best)
    assert recall(found, grades) == pytest.approx(2 / 3)
    assert reciprocal_rank(["x", "b"], grades) == 0.5
    assert reciprocal_rank(["x"] * 10 + ["a"], grades) == 0.0
    assert ndcg(["x"] * 10 + ["a"], grades) == 0.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_an_interval_holds_its_mean_and_is_the_same_twice(values: list[float]) -> None:
    found = interval(values)
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    assert found == interval(values)
