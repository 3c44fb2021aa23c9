"""What a technology and its rights may say, and what others may see of it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ipx.core.errors import Conflict, Invalid
from ipx.technologies.models import RightRow
from ipx.technologies.records import PublicRight
from ipx.technologies.rights import check_only_completes, public_right_of, write
from ipx.technologies.rules import (
    Advantage,
    Draft,
    EvidenceLevel,
    RightDraft,
    RightKind,
    checked_draft,
    checked_right,
    clean_class,
    read_number,
)

TODAY = date(2026, 11, 22)
FILED = date(2025, 12, 1)


def right(kind: RightKind = RightKind.APPLICATION, **changes: Any) -> RightDraft:
    return RightDraft(**{"kind": kind, "title": "Cell", "office": "EP", "number": "25123456.7", **changes})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("H01M 10/0525", "H01M 10/0525"),
        ("h01m10/0525", "H01M 10/0525"),
        ("  A61K   9/00 ", "A61K 9/00"),
        ("Y02E 60/10", "Y02E 60/10"),
        ("H01M", "H01M"),
        ("B01D 0053/86", "B01D 53/86"),
    ],
)
def test_class_when_it_is_a_symbol_then_is_written_the_usual_way(given: str, kept: str) -> None:
    assert clean_class(given) == kept


@pytest.mark.parametrize(
    "given", ["H01", "I01M 1/00", "H01M 10", "H01M 10/1", "H01M/10", "battery", "H1M 10/00", "X" * 99]
)
def test_class_when_it_is_none_then_is_refused_at_its_field(given: str) -> None:
    with pytest.raises(Invalid) as refusal:
        clean_class(given)
    assert refusal.value.field == "classes"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", None),
        (None, None),
        ("35", Decimal(35)),
        ("12.50", Decimal("12.50")),
        ("−3", Decimal(-3)),
        ("1 200", 1200),
        ("5%", 5),
    ],
)
def test_number_when_written_as_people_do_then_is_read_exactly(given: str, read: Decimal | int | None) -> None:
    assert read_number(given) == read


@pytest.mark.parametrize("given", ["12,5", "about 3", "NaN", "Infinity", "1e99", "1.2345678901234567", "٣%٤"])
def test_number_when_it_could_mean_several_things_then_is_refused(given: str) -> None:
    with pytest.raises(Invalid):
        read_number(given)


def test_draft_when_only_title_and_problem_are_there_then_is_enough() -> None:
    draft = checked_draft(Draft(title=" A  cell\x00 ", problem=" It\r\nburns. "))
    assert (draft.title, draft.problem, draft.summary, draft.trl) == ("A cell", "It\nburns.", "", None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"problem": "\n"}, "problem"),
        ({"summary": "x" * 10_001}, "summary"),
        ({"trl": 0}, "trl"),
        ({"trl": 10}, "trl"),
        ({"classes": ("H01M", "wrong")}, "classes"),
        ({"advantage": Advantage(number=Decimal(3))}, "advantage_unit"),
    ],
)
def test_draft_when_something_is_wrong_then_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_draft(Draft(**{"title": "A", "problem": "B", **changes}))
    assert refusal.value.field == field


def test_right_when_typed_loosely_then_is_kept_in_one_form() -> None:
    kept = checked_right(right(office=" ep ", number=" 3 456  789 ", kind_code="b1"), today=TODAY)
    assert (kept.office, kept.number, kept.kind_code) == ("EP", "3 456 789", "B1")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"office": "XX"}, "office"),
        ({"office": None}, "office"),
        ({"number": "<script>"}, "number"),
        ({"number": None, "kind_code": "A1"}, "number"),
        ({"kind_code": "AA"}, "kind_code"),
        ({"filed_on": TODAY + timedelta(days=1)}, "filed_on"),
        ({"filed_on": FILED, "published_on": FILED - timedelta(days=1)}, "published_on"),
        ({"filed_on": FILED, "granted_on": FILED}, "kind"),
    ],
)
def test_right_when_something_is_wrong_then_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_right(right(**changes), today=TODAY)
    assert refusal.value.field == field


def shown(draft: RightDraft) -> PublicRight:
    row = RightRow(id="r", technology_id="t", evidence=0, matched_on=TODAY)
    write(row, draft)
    return public_right_of(row, today=TODAY)


@pytest.mark.parametrize("kind", [RightKind.APPLICATION, RightKind.PATENT, RightKind.DESIGN, RightKind.UTILITY_MODEL])
def test_public_right_when_not_published_then_shows_neither_number_nor_title_nor_date(kind: Any) -> None:
    seen = shown(right(kind, kind_code="A1", filed_on=FILED))
    assert (seen.kind, seen.office, seen.evidence) == (kind, "EP", EvidenceLevel.DECLARED)
    assert {seen.title, seen.number, seen.kind_code, seen.filed_on, seen.matched_on} == {None}


@pytest.mark.parametrize("changes", [{"published_on": TODAY}, {"granted_on": TODAY, "kind": RightKind.PATENT}])
def test_public_right_when_published_or_granted_then_shows_it(changes: dict[str, Any]) -> None:
    seen = shown(right(**{"filed_on": FILED, **changes}))
    assert (seen.title, seen.number, seen.filed_on) == ("Cell", "25123456.7", FILED)


def test_public_right_when_it_is_know_how_then_shows_its_name() -> None:
    assert shown(RightDraft(kind=RightKind.KNOW_HOW, title="Sintering recipe")).title == "Sintering recipe"


def test_recorded_right_when_granted_then_stays_the_same_right() -> None:
    before = right(filed_on=FILED)
    after = right(RightKind.PATENT, number="3456789", kind_code="B1", filed_on=FILED, granted_on=TODAY)
    check_only_completes(before, after)
    check_only_completes(right(number=None), right())
    with pytest.raises(Conflict):
        check_only_completes(before, right(number="25999999.9"))
    with pytest.raises(Conflict):
        check_only_completes(before, right(RightKind.DESIGN))
