"""The two search engines show much the same first ten: on the demonstration's own records, asked as users ask."""

from pathlib import Path

import pytest

import ipx.demo
from ipx.core.ports import LISTINGS, SearchDocument
from ipx.matching.evaluation.agreeing import GOAL, agreement
from ipx.matching.evaluation.files import Task, rows_of
from ipx.matching.ranking.questions import Question
from tests.adapters.search_probe import opened

pytestmark = pytest.mark.real

DATA = Path(ipx.demo.__file__).parent / "data"
DOCUMENTS = 1_000


def test_half_of_all_questions_have_seven_of_ten_results_in_common(tmp_path: Path) -> None:
    task = Task(LISTINGS, _documents(), _questions(), {})
    with opened("tantivy", tmp_path) as one, opened("elasticsearch", tmp_path) as other:
        found = agreement(task, one=one, other=other)
    assert len(found.shares) > 300
    assert found.median >= GOAL, found.record()


def _documents() -> list[SearchDocument]:
    rows = list(rows_of(DATA / "sbir.jsonl.gz"))[:DOCUMENTS]
    return [SearchDocument(str(row["id"]), LISTINGS, 1, str(row["title"]), "", str(row["text"])) for row in rows]


def _questions() -> dict[str, Question]:
    """Return each topic twice: as the few words of its title, and as a whole need."""
    rows = list(rows_of(DATA / "air-force.jsonl.gz"))
    short = {f"{row['id']} title": Question(text=str(row["title"])) for row in rows}
    parts = ("title", "objective", "text")
    return short | {str(row["id"]): Question(**{part: str(row[part] or "") for part in parts}) for row in rows}
