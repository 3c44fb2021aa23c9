"""Columns of a portfolio are guessed from their names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ipx.technologies.portfolio_rows import FIELDS
from ipx.technologies.portfolio_views import USUAL_NAMES
from ipx.web.table_form import guessed_columns


@given(st.lists(st.text(max_size=20), max_size=30))
def test_no_column_is_guessed_twice(columns: list[str]) -> None:
    found = guessed_columns(columns, USUAL_NAMES)
    assert set(found) <= set(FIELDS)
    assert len(set(found.values())) == len(found)
    assert set(found.values()) <= set(columns)
