"""Merkle-Patricia tries against ethereum/tests' roots, frozen paths, and whatever hypothesis thinks of."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import rlp
from hypothesis import given, settings
from hypothesis import strategies as st

from ipx.core import patricia
from ipx.core.errors import Tampered

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/patricia.json").read_text("utf-8"))
NUMBERED = VECTORS["numbered"]


@pytest.mark.parametrize("trie", VECTORS["tries"], ids=lambda trie: trie["name"])
def test_roots_and_paths_are_the_frozen_ones(trie: Any) -> None:
    values = [(key.encode(), value.encode()) for key, value in trie["values"].items()]
    root = bytes.fromhex(trie["root"])
    assert patricia.root(values) == root
    for key, value in values:
        path = patricia.path(values, key)
        assert [node.hex() for node in path] == trie["paths"][key.decode()]
        assert patricia.value_at(root, key, path) == value


def test_paths_of_numbered_values_are_the_frozen_ones() -> None:
    values = [(rlp.encode(number), b"receipt %d" % number * 20) for number in range(300)]
    assert patricia.root(values).hex() == NUMBERED["root"]
    for entry in NUMBERED["paths"]:
        assert [node.hex() for node in patricia.path(values, rlp.encode(entry["index"]))] == entry["path"]


def test_the_empty_trie_has_the_yellow_papers_root() -> None:
    assert patricia.root([]).hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


keys = st.binary(min_size=1, max_size=3)


@settings(deadline=None)
@given(st.dictionaries(keys, st.binary(min_size=1, max_size=40), min_size=1, max_size=40), st.data())
def test_a_path_proves_its_value_and_nothing_else(values: Any, data: Any) -> None:
    pairs = list(values.items())
    root, key = patricia.root(pairs), data.draw(st.sampled_from(sorted(values)))
    path = patricia.path(pairs, key)
    assert patricia.value_at(root, key, path) == values[key]
    place, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 7))
    changed = bytes([path[place][0] ^ 1 << bit]) + path[place][1:]
    for wrong in ([*path, path[-1]], path[:-1], [*path[:place], changed, *path[place + 1 :]]):
        with pytest.raises(Tampered):
            patricia.value_at(root, key, wrong)
    other = data.draw(keys)
    with contextlib.suppress(Tampered):
        # A node that stands whole in its parent brings other small values along: then it proves those, and only those.
        assert patricia.value_at(root, other, path) == values.get(other)


def hostile(*nodes: Any) -> list[bytes]:
    return [rlp.encode(node) for node in nodes]


@pytest.mark.parametrize(
    "nodes",
    [
        hostile(b"text"),
        hostile([b"\x20", b"value"] * 2),
        hostile([[b"\x20"], b"value"]),
        hostile([b"", b"value"]),
        hostile([b"\x40", b"value"]),
        hostile([b"\x01", b"value"]),
        hostile([b"\x35", b""]),
        hostile([b"\x35", [b"value"]]),
        hostile([b"\x00\x05", b"value"]),
        hostile([[]] * 17),
        hostile([b""] * 17),
        [b"\xc1"],
        [b"\xf8\x01\x80"],
        [b"\x81\x05"],
    ],
    ids=str,
)
def test_nodes_that_hash_well_and_are_none_lead_nowhere(nodes: Any) -> None:
    with pytest.raises(Tampered):
        patricia.value_at(patricia.keccak(nodes[0]), b"\x15"[:1], nodes)


def test_endless_nesting_is_no_rlp() -> None:
    nested = b""
    for _ in range(20_000):
        nested = rlp.codec.length_prefix(len(nested), 0xC0) + nested
    with pytest.raises(Tampered):
        patricia.decode(nested)
