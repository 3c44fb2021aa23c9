"""The vectors and the truth table of docs/spec/grant-algebra.md."""

from __future__ import annotations

import json
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ipx.core.errors import Invalid
from ipx.licences.algebra.conflicts import conflicts
from ipx.licences.algebra.files import grant_from, grants_of
from ipx.licences.algebra.reports import answer_json
from ipx.licences.algebra.table import of_exclusivity
from ipx.licences.terms_v2.grant import Exclusivity

SPEC = Path(__file__).parents[2] / "docs/spec"
VECTORS = json.loads((SPEC / "vectors/grant_algebra.json").read_text())
AT = date.fromisoformat(VECTORS["at"])
CASES: list[dict[str, Any]] = VECTORS["cases"]
NAMES = [case["name"] for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_each_vector_has_its_answer_and_its_causes(case: dict[str, Any]) -> None:
    proposed = grant_from(case["proposed"], id="proposed", at=AT)
    answer = conflicts(proposed, grants_of(case["existing"], at=AT))
    assert (str(answer.conflict), sorted(answer.causes)) == (case["conflict"], sorted(case["causes"]))
    assert json.loads(json.dumps(answer_json(answer, proposed=proposed)))["conflict"] == case["conflict"]


@pytest.mark.parametrize("case", [case for case in CASES if "parent" not in case["proposed"]])
def test_a_grant_more_never_makes_an_answer_milder(case: dict[str, Any]) -> None:
    order = ["no", "undecided", "yes"]
    proposed = grant_from(case["proposed"], id="proposed", at=AT)
    for extra in CASES:
        more = [{**entry, "id": f"more {entry['id']}"} for entry in extra["existing"] if "parent" not in entry]
        found = conflicts(proposed, grants_of([*case["existing"], *more], at=AT)).conflict
        assert order.index(str(found)) >= order.index(case["conflict"])


def test_the_truth_table_is_the_one_that_the_specification_prints() -> None:
    lines = (SPEC / "grant-algebra.md").read_text().splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("| exists ↓ proposed →"))
    columns = [cell.strip() for cell in lines[head].split("|")[2:-1]]
    printed: dict[tuple[str, str], str] = {}
    for line in lines[head + 2 : head + 2 + len(Exclusivity)]:
        name, *cells = [cell.strip() for cell in line.split("|")[1:-1]]
        printed |= {(name, column): cell for column, cell in zip(columns, cells, strict=True)}
    assert printed == {
        (str(had), str(new)): str(of_exclusivity(had, new)) for had, new in product(Exclusivity, repeat=2)
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"no": "array"}, "JSON array"),
        (["text"], "Grant 1: write an object"),
        ([{"id": "x", "terms": {"format": "ipx/licence-terms/v9"}}], "Grant x: format"),
        ([{"id": "x", "term": {}}], "no field term"),
        ([{"id": "x", "terms": VECTORS["cases"][0]["proposed"], "declared": {"by": "O"}}], "by whom and on which day"),
        ([{"id": "x", "terms": VECTORS["cases"][0]["proposed"], "effective_from": "soon"}], "effective_from is a day"),
        ([{"id": "x", "terms": VECTORS["cases"][0]["proposed"]}] * 2, "Two of the existing grants have the id x"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(value: object, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        grants_of(value, at=AT)
