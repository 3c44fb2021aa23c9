"""FROZEN. Ethereum's Merkle-Patricia tries: the path from one value to a root, made and checked.

Yellow paper, appendices B (RLP), C (hex-prefix) and D (trie). docs/spec/evidence-bundle.md says what they are for here,
docs/spec/vectors/patricia.json holds vectors. It must never take a node on trust: each is named by its Keccak-256.
"""

import itertools
from collections.abc import Sequence
from typing import TypeAlias

import rlp
from eth_hash.auto import keccak

from ipx.core.errors import Tampered

Node: TypeAlias = "bytes | Sequence[Node]"  # what RLP can write: bytes, and lists of such
Pairs: TypeAlias = Sequence[tuple[bytes, bytes]]

EMPTY_ROOT = keccak(rlp.encode(b""))
DEEPEST_NESTING = 32  # lists in lists; a receipt has four, and a node inside nodes no more than its key has nibbles
INLINE = 32  # bytes: a node whose RLP is shorter stands in its parent, without a hash

__all__ = ["EMPTY_ROOT", "Node", "decode", "keccak", "path", "root", "value_at"]


def decode(data: bytes) -> Node:
    """Return what RLP bytes hold. Raises Tampered when they are none, or not in their one canonical spelling."""
    try:
        found: Node = rlp.decode(data)
    except (rlp.exceptions.RLPException, RecursionError) as error:
        raise Tampered("These bytes are not RLP.") from error
    if not _is_shallow(found):
        raise Tampered("These bytes are nested too deeply.")
    return found


def _is_shallow(node: Node) -> bool:
    level: list[Node] = [node]
    for _ in range(DEEPEST_NESTING):
        level = [item for list_ in level if not isinstance(list_, bytes) for item in list_]
        if not level:
            return True
    return False


def root(values: Pairs) -> bytes:
    """Return the root of the trie that holds these keys and values; each key once, no value empty."""
    return keccak(_build(values, {})) if values else EMPTY_ROOT


def path(values: Pairs, key: bytes) -> list[bytes]:
    """Return the nodes from the root to ``key``, which is among the values: the RLP of each that has a hash."""
    named: dict[bytes, bytes] = {}
    found = [_build(values, named)]
    reference, rest, is_value = _follow(decode(found[0]), _nibbles(key))
    while not is_value:
        if isinstance(reference, bytes):
            found.append(named[reference])
            reference = decode(found[-1])
        reference, rest, is_value = _follow(reference, rest)
    return found


def value_at(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes:
    """Return the value under ``key`` in the trie of this root, as the nodes prove it.

    Raises Tampered when a node does not have the hash that is asked for, when the way ends elsewhere, or when a node is
    left over.
    """
    reference: Node = root
    rest: Sequence[int] = _nibbles(key)
    left, is_value = list(nodes), False
    while not is_value:
        if isinstance(reference, bytes):
            if not left or keccak(left[0]) != reference:
                raise Tampered("A node of the path does not have the hash that is asked for.")
            reference = decode(left.pop(0))
        reference, rest, is_value = _follow(reference, rest)
    if left:
        raise Tampered("The path holds a node that it does not need.")
    if not isinstance(reference, bytes) or not reference:
        raise Tampered("The path leads to no value.")
    return reference


def _follow(node: Node, rest: Sequence[int]) -> tuple[Node, Sequence[int], bool]:
    """Go one step down: return what is there, what is left of the key, and whether it is the value."""
    if isinstance(node, bytes) or len(node) not in (2, 17):
        raise Tampered("A node of the path is none.")
    if len(node) == 17:
        return (node[rest[0]], rest[1:], False) if rest else (node[16], (), True)
    steps, is_leaf = _unpacked(node[0])
    if list(rest[: len(steps)]) != steps or (is_leaf and len(rest) != len(steps)):
        raise Tampered("The path leads elsewhere.")
    return node[1], rest[len(steps) :], is_leaf


def _build(values: Pairs, named: dict[bytes, bytes]) -> bytes:
    """Return the root node's RLP; all nodes that have a hash are put under it into ``named``."""
    pairs = sorted((_nibbles(key), value) for key, value in values)
    return bytes(rlp.encode(_node(pairs, named)))


def _node(pairs: Sequence[tuple[list[int], bytes]], named: dict[bytes, bytes]) -> Node:
    first, last = pairs[0][0], pairs[-1][0]
    if len(pairs) == 1:
        return [_packed(first, is_leaf=True), pairs[0][1]]
    shared = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    if shared:
        below = [(key[shared:], value) for key, value in pairs]
        return [_packed(first[:shared], is_leaf=False), _reference(_node(below, named), named)]
    branch: list[Node] = [b""] * 17
    for nibble, group in itertools.groupby(pairs, key=lambda pair: pair[0][0] if pair[0] else 16):
        below = list(group)
        if nibble == 16:
            branch[16] = below[0][1]
        else:
            branch[nibble] = _reference(_node([(key[1:], value) for key, value in below], named), named)
    return branch


def _reference(node: Node, named: dict[bytes, bytes]) -> Node:
    written = bytes(rlp.encode(node))
    if len(written) < INLINE:
        return node
    name = keccak(written)
    named[name] = written
    return name


def _nibbles(data: bytes) -> list[int]:
    return [half for byte in data for half in (byte >> 4, byte & 15)]


def _packed(nibbles: Sequence[int], *, is_leaf: bool) -> bytes:
    """Hex-prefix: the first nibble tells a leaf (2) from an extension (0), plus 1 when the rest is odd."""
    odd = len(nibbles) % 2
    first = [2 * is_leaf + odd] + ([] if odd else [0])
    halves = [*first, *nibbles]
    return bytes(16 * high + low for high, low in zip(halves[::2], halves[1::2], strict=True))


def _unpacked(packed: Node) -> tuple[list[int], bool]:
    halves = _nibbles(packed) if isinstance(packed, bytes) else []
    if not halves or halves[0] > 3 or (halves[0] % 2 == 0 and halves[1] != 0):
        raise Tampered("A node of the path has no way written on it.")
    return halves[1 if halves[0] % 2 else 2 :], halves[0] >= 2
