"""Heads of our logs: the record, the tree that grows, and proofs of consistency, against frozen vectors and the RFC."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core import canonical, merkle, merkle_log
from ipx.core.errors import Invalid, Tampered
from ipx.core.merkle_log import EMPTY_ROOT, Frontier, consistency_path, is_consistent
from ipx.evidence.log_head import LogHead, read_record

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/log_head.json").read_text("utf-8"))
ENTRIES = [hashlib.sha256(f"line {number}".encode()).digest() for number in range(130)]


@pytest.mark.parametrize("vector", VECTORS["heads"], ids=lambda vector: f"{vector['record']['log']}")
def test_records_have_the_frozen_bytes_and_commitments(vector: Any) -> None:
    head = read_record(vector["record"])
    assert canonical.encode(head.record()).hex() == vector["bytes_hex"]
    value = head.commitment(salt=bytes.fromhex(vector["salt"]), owner=vector["owner"])
    assert value.hex() == vector["commitment"]
    assert merkle_log.root(ENTRIES[: head.lines]) == head.root


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda v: f"{v['first']}-{v['second']}")
def test_consistency_proofs_are_the_frozen_ones_and_hold(vector: Any) -> None:
    path = consistency_path(ENTRIES[: vector["second"]], vector["first"])
    assert [node.hex() for node in path] == vector["path"]
    assert holds(vector["first"], vector["second"], path)


def holds(first: int, second: int, path: list[bytes], **other: Any) -> bool:
    roots = {"first_root": merkle_log.root(ENTRIES[:first]), "second_root": merkle_log.root(ENTRIES[:second])}
    return is_consistent(**{"first": first, "second": second, "path": path, **roots, **other})


def test_a_frontier_gives_the_root_of_the_whole_tree_at_every_size() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size, entry in enumerate(ENTRIES, start=1):
        frontier.append(entry)
        assert frontier.root() == merkle.root(ENTRIES[:size])
        assert Frontier(size, frontier.peaks).root() == frontier.root()


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(Invalid):
        Frontier(3, [bytes(32)])


@given(st.integers(0, 130), st.integers(0, 130))
def test_every_pair_of_sizes_has_a_proof_that_holds(one: int, other: int) -> None:
    first, second = sorted((one, other))
    assert holds(first, second, consistency_path(ENTRIES[:second], first))


@given(st.integers(1, 129), st.data())
def test_a_log_with_another_past_has_no_proof(first: int, data: Any) -> None:
    second = data.draw(st.integers(first + 1, 130))
    changed = data.draw(st.integers(0, first - 1))
    rewritten = [*ENTRIES[:changed], bytes(32), *ENTRIES[changed + 1 : second]]
    path = consistency_path(rewritten, first)
    assert not holds(first, second, path, second_root=merkle.root(rewritten))


@given(st.integers(1, 129), st.data())
def test_a_proof_that_is_changed_does_not_hold(first: int, data: Any) -> None:
    second = data.draw(st.integers(first + 1, 130))
    path = consistency_path(ENTRIES[:second], first)
    place = data.draw(st.integers(0, len(path) - 1))
    assert not holds(first, second, [*path[:place], bytes(32), *path[place + 1 :]])
    assert not holds(first, second, path[:-1])
    assert not holds(first, second, [*path, bytes(32)])


def test_a_proof_between_sizes_that_never_were_is_refused() -> None:
    with pytest.raises(Invalid):
        consistency_path(ENTRIES[:3], 4)
    assert not holds(4, 3, [])
    assert not holds(0, 3, [bytes(32)])
    assert not holds(3, 3, [], second_root=bytes(32))


@pytest.mark.parametrize(
    "change",
    [
        {"lines": -1},
        {"lines": True},
        {"lines": "1"},
        {"log": "other"},
        {"root": "00"},
        {"head": "A" * 64},
        {"head": 1},
        {"root": "A" * 64},
        {"format": "ipx/log-head/v2"},
        {"note": 1},
    ],
)
def test_a_record_of_another_form_is_refused(change: dict[str, Any]) -> None:
    good = LogHead("audit", 1, "a" * 64, bytes(32)).record()
    assert read_record(good)
    with pytest.raises(Tampered):
        read_record({**good, **change})
