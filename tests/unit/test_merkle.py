"""The Merkle tree and the chained head against their frozen vectors, and against RFC 6962's own recursion."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core import merkle
from ipx.core.errors import Invalid

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/merkle.json").read_text("utf-8"))


def leaves(count: int) -> Any:
    return [hashlib.sha256(b"ipx vector" + (1000 + index).to_bytes(4, "big")).digest() for index in range(count)]


def recursive_root(entries: Any) -> Any:
    """RFC 6962, section 2.1, word for word."""
    if len(entries) == 1:
        return merkle.leaf_hash(entries[0])
    split = 1 << (len(entries) - 1).bit_length() - 1
    return merkle.node_hash(recursive_root(entries[:split]), recursive_root(entries[split:]))


@pytest.mark.parametrize("tree", VECTORS["trees"], ids=lambda tree: str(tree["size"]))
def test_trees_have_the_frozen_roots_and_paths(tree: Any) -> None:
    entries = leaves(tree["size"])
    assert [entry.hex() for entry in entries[:3]] == VECTORS["first_commitments"][: tree["size"]]
    assert merkle.root(entries).hex() == tree["root"]
    found = merkle.paths(entries, range(len(entries)))
    assert [[node.hex() for node in path] for path in found] == tree["paths"]
    for index, path in enumerate(found):
        assert merkle.root_from_path(entries[index], index=index, size=len(entries), path=path).hex() == tree["root"]


@pytest.mark.parametrize("head", VECTORS["heads"])
def test_heads_are_the_frozen_ones(head: Any) -> None:
    previous, root = bytes.fromhex(head["previous_head"]), bytes.fromhex(head["root"])
    assert merkle.chained_head(previous, root, int(head["size"])).hex() == head["head"]


@given(st.integers(1, 200), st.data())
def test_a_path_proves_its_leaf_and_nothing_else(size: Any, data: Any) -> None:
    entries = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    root, path = merkle.root(entries), merkle.path(entries, index)
    assert root == recursive_root(entries)
    assert merkle.root_from_path(entries[index], index=index, size=size, path=path) == root
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert proves(entries[other], index, size, path) != root
        assert proves(entries[index], other, size, path) != root
    assert proves(entries[index], index, size, [*path, root]) is None
    if path:
        assert proves(entries[index], index, size, path[:-1]) is None


def proves(entry: Any, index: Any, size: Any, path: Any) -> Any:
    try:
        return merkle.root_from_path(entry, index=index, size=size, path=path)
    except Invalid:
        return None


def test_there_is_no_tree_without_leaves() -> None:
    with pytest.raises(Invalid):
        merkle.root([])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (5, 3)])
def test_leaves_outside_the_tree_are_invalid(index: Any, size: Any) -> None:
    with pytest.raises(Invalid):
        merkle.root_from_path(b"x" * 32, index=index, size=size, path=[])
    with pytest.raises(Invalid):
        merkle.paths(leaves(3), [index or 3])


def test_a_leaf_is_no_node() -> None:
    """Without the two prefixes an inner node could be passed off as a leaf."""
    left, right = leaves(2)
    inner = merkle.leaf_hash(left) + merkle.leaf_hash(right)
    assert merkle.root([left, right]) != merkle.leaf_hash(inner)


@pytest.mark.parametrize("size", [1, 2, 1_023, 1_024, 1_025, 2_048, 2_049, 5_000])
def test_subtrees_give_the_same_root_and_the_same_paths(size: int) -> None:
    entries = leaves(size)
    subtrees = [entries[start : start + merkle.SUBTREE] for start in range(0, size, merkle.SUBTREE)]
    roots = [merkle.root(subtree) for subtree in subtrees]
    assert merkle.root_over(roots) == merkle.root(entries)
    indexes = sorted({0, 1 % size, size // 2, size - 1, min(size - 1, 1_024)})
    for index, path in zip(indexes, merkle.paths(entries, indexes), strict=True):
        assert merkle.path_through(subtrees[index // merkle.SUBTREE], roots, index) == path


def test_a_leaf_beyond_the_subtrees_is_refused() -> None:
    entries = leaves(3)
    for index in (-1, 3, merkle.SUBTREE):
        with pytest.raises(Invalid):
            merkle.path_through(entries, [merkle.root(entries)], index)
