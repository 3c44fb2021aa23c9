"""A draft keeps what is typed, understands what can be understood, and names the rest."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core import canonical
from ipx.core.errors import Conflict, Invalid, Tampered
from ipx.inventions.disclosure_record import INVENTOR_FIELDS, NamedInventor, read_inventor, read_record, write_record
from ipx.inventions.drafts import Answer, TypedSection, from_json, missing, read, to_json
from ipx.inventions.rules import State, Step, checked_words, state_after
from ipx.inventions.sections import SECTIONS, Kind

TODAY = date(2026, 3, 31)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def entries(section: str) -> st.SearchStrategy[dict[str, object]]:
    fields = next(one.fields for one in SECTIONS if one.name == section)
    kinds = {field.name: st.lists(TEXTS, max_size=2) if field.kind is Kind.CHOICES else TEXTS for field in fields}
    return st.fixed_dictionaries({}, optional=kinds)


DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        section.name: st.builds(
            TypedSection, st.sampled_from(Answer), st.lists(entries(section.name), max_size=3).map(tuple)
        )
        for section in SECTIONS
    },
)


@given(DRAFTS)
def test_whatever_is_typed_comes_back_as_it_was_typed(draft: dict[str, TypedSection]) -> None:
    kept = canonical.decode(canonical.encode(to_json(draft)))
    assert to_json(from_json(kept)) == to_json(draft)


@given(DRAFTS)
def test_whatever_is_typed_is_read_and_reading_it_again_finds_nothing_new(draft: dict[str, TypedSection]) -> None:
    content = read(draft, today=TODAY)
    assert {*content.sections} == {section.name for section in SECTIONS}
    if not content.problems:
        again = read(content.sections, today=TODAY)
        assert again.sections == content.sections
        assert not again.problems


def problems_of(
    section: str, *typed: dict[str, str], answer: Answer = Answer.UNKNOWN
) -> set[tuple[int | None, str | None]]:
    content = read({section: TypedSection(answer, typed)}, today=TODAY)
    return {(problem.entry, problem.field) for problem in content.problems}


@pytest.mark.parametrize(
    ("section", "entry", "field"),
    [
        ("publications", {"what": "Talk", "on": "2026-02-30"}, "on"),
        ("publications", {"what": "Talk", "on": "31.3.2026"}, "on"),
        ("publications", {"on": "2026-03-30"}, "what"),
        ("publications", {"what": "Talk", "kind": "song"}, "kind"),
        ("filings", {"office": "EP", "filed_on": "2026-04-01"}, "filed_on"),
        ("inventors", {"name": "Ada", "email": "ada"}, "email"),
        ("inventors", {"email": "ada@example.org"}, "name"),
        ("invention", {"title": "T" * 301}, "title"),
    ],
)
def test_a_mistake_is_named_at_its_field(section: str, entry: dict[str, str], field: str) -> None:
    assert problems_of(section, entry) == {(0, field)}


def test_a_day_to_come_is_a_plan_where_plans_are_asked_for() -> None:
    assert not problems_of("publications", {"what": "Talk", "on": "2027-01-01"})


def test_an_inventor_named_twice_is_named() -> None:
    twice = {"name": "Ada", "email": "ada@example.org"}
    assert problems_of("inventors", twice, {**twice, "email": " ADA@example.org"}) == {(1, "email")}


def test_saying_that_there_is_none_and_naming_some_contradict() -> None:
    assert problems_of("offers", {"what": "A sale"}, answer=Answer.NONE) == {(None, None)}
    assert problems_of("inventors", answer=Answer.NONE) == {(None, None)}


def test_nothing_known_is_no_problem_but_title_and_inventor_are_needed() -> None:
    content = read({}, today=TODAY)
    assert not content.problems
    assert all(content.sections[name].answer is Answer.UNKNOWN for name in ("funding", "offers", "publications"))
    assert {problem.section for problem in missing(content)} == {"invention", "inventors"}


# ── the record ───────────────────────────────────────────────────────────────────────────────────


def named(salt: bytes = bytes(32), **changes: str) -> NamedInventor:
    said = {"name": "Ada", "email": "", "employer": "NTNU", "contribution": "", **changes}
    return NamedInventor(salt=salt, **said)


def test_an_inventor_is_in_the_record_by_a_salted_commitment_alone() -> None:
    record = write_record(invention_id="i", number=1, previous=None, sections={}, inventors=[named()])
    assert b"Ada" not in record
    assert read_record(record)["inventors"] == [named().commitment()]
    assert named().commitment() != named(bytes(31) + b"\x01").commitment()
    assert read_inventor(named().opening()) == named()


@given(TEXTS, TEXTS)
def test_other_words_give_another_commitment(one: str, other: str) -> None:
    assert (named(employer=one).commitment() == named(employer=other).commitment()) is (one == other)


def test_what_is_no_opening_or_record_is_refused() -> None:
    for wrong in (b"{}", b"[]", named().opening()[:-1], canonical.encode({"format": "ipx/invention-record/v2"})):
        with pytest.raises(Tampered):
            read_inventor(wrong)
        with pytest.raises(Tampered):
            read_record(wrong)
    with pytest.raises(Invalid):
        named(salt=b"short").opening()


# ── states ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", [State.ACCEPTED, State.DECLINED])
def test_nothing_follows_a_decision(state: State) -> None:
    for step in (Step.SUBMITTED, Step.ASKED, Step.ANSWERED, Step.RETURNED, Step.ACCEPTED, Step.DECLINED):
        with pytest.raises(Conflict):
            state_after(state, step)


def test_words_are_asked_for_where_a_step_means_nothing_without() -> None:
    with pytest.raises(Invalid):
        checked_words("  ", needed=True)
    assert checked_words(" line\r\nline ", needed=True) == "line\nline"
    assert checked_words("", needed=False) == ""


# ── vectors ──────────────────────────────────────────────────────────────────────────────────────

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/invention_record.json").read_text("utf-8"))


def inventor_of(vector: dict[str, str]) -> NamedInventor:
    return NamedInventor(bytes.fromhex(vector["salt"]), *(vector[name] for name in INVENTOR_FIELDS))


@pytest.mark.parametrize("vector", VECTORS["inventors"], ids=lambda vector: vector["name"])
def test_openings_are_those_of_the_specification(vector: dict[str, str]) -> None:
    assert inventor_of(vector).opening().decode() == vector["opening"]
    assert hashlib.sha256(vector["opening"].encode()).hexdigest() == vector["commitment"]
    assert read_inventor(vector["opening"].encode()) == inventor_of(vector)


@pytest.mark.parametrize("vector", VECTORS["records"], ids=lambda vector: str(vector["number"]))
def test_records_are_those_of_the_specification(vector: dict[str, Any]) -> None:
    record = write_record(
        invention_id=vector["invention"],
        number=vector["number"],
        previous=vector["previous"],
        sections=vector["sections"],
        inventors=[inventor_of(VECTORS["inventors"][place]) for place in vector["inventors"]],
    )
    assert record.decode() == vector["record"]
    assert hashlib.sha256(record).hexdigest() == vector["sha256"]
    assert to_json(from_json(read_record(record)["sections"])) == vector["sections"]
