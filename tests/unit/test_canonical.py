"""Canonical JSON against its frozen vectors, and its one promise: one value, one spelling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core import canonical
from ipx.core.errors import Invalid, Tampered

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/canonical_json.json").read_text("utf-8"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("vector", VECTORS["encode"], ids=lambda vector: vector["name"])
def test_values_become_the_frozen_bytes(vector: Any) -> None:
    data = bytes.fromhex(vector["utf8_hex"])
    assert canonical.encode(vector["value"]) == data
    assert canonical.decode(data) == vector["value"]


@pytest.mark.parametrize("vector", VECTORS["refuse"], ids=lambda vector: vector["name"])
def test_other_spellings_are_refused(vector: Any) -> None:
    with pytest.raises(Tampered):
        canonical.decode(bytes.fromhex(vector["bytes_hex"]))


@given(VALUES)
def test_every_value_has_one_spelling(value: Any) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert json.loads(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@given(st.binary(max_size=40))
def test_no_bytes_do_harm(data: Any) -> None:
    try:
        value = canonical.decode(data)
    except Tampered:
        return
    assert canonical.encode(value) == data


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**53, -(2**53), "\ud800", {1: 2}, {"\udfff": 1}, b"x", {1, 2}])
def test_what_has_no_canonical_form_is_invalid(value: Any) -> None:
    with pytest.raises(Invalid):
        canonical.encode(value)


def test_depth_is_bounded() -> None:
    deep = "[" * 70 + "]" * 70
    with pytest.raises(Tampered):
        canonical.decode(deep.encode())
    with pytest.raises(Tampered):
        canonical.decode(("[" * 100_000 + "]" * 100_000).encode())
