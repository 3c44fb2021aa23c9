"""The title record gives what its vectors say, for ever."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ipx.technologies.rules import RightDraft, RightKind
from ipx.technologies.title_record import record_bytes, token_id

VECTORS = Path(__file__).parents[2] / "docs" / "spec" / "vectors" / "title_record.json"


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text())["titles"])
def test_title_record_when_written_then_is_the_vector_s(vector: dict[str, Any]) -> None:
    given = dict(vector["particulars"])
    days = {
        name: date.fromisoformat(day) if (day := given.pop(name)) else None for name in list(given) if "_on" in name
    }
    right = RightDraft(**{**given, **days, "kind": RightKind(given["kind"])})
    record = record_bytes(right, right_id=vector["right"], technology_id=vector["technology"])
    assert record.decode() == vector["record"]
    token = token_id(record, salt=bytes.fromhex(vector["salt"]), holder=vector["holder"])
    assert str(token) == vector["token"]


def test_title_record_when_the_title_is_spelled_with_combining_marks_then_is_the_same() -> None:
    spelled = [
        record_bytes(RightDraft(RightKind.KNOW_HOW, title), right_id="r", technology_id="t")
        for title in ("Gr\u00f6\u00dfe", "Gro\u0308\u00dfe")
    ]
    assert spelled[0] == spelled[1]
