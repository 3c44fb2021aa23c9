"""FROZEN. RFC 6962 Merkle trees over commitments, and the chained head that the contract keeps.

docs/spec/merkle.md is the specification; docs/spec/vectors/merkle.json its vectors.
Leaves are 32-byte commitments; every hash is SHA-256.
"""

import hashlib
from collections.abc import Sequence

from ipx.core.errors import Invalid

FIRST_HEAD = bytes(32)
SUBTREE = 1024  # leaves of a subtree whose root is kept, so that a proof reads one subtree instead of the whole batch


def leaf_hash(commitment: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ commitment) (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + commitment).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right) (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def chained_head(previous_head: bytes, root: bytes, size: int) -> bytes:
    """Return SHA-256(0x02 ‖ previousHead ‖ root ‖ size as uint64 big-endian), as EvidenceLog does."""
    return hashlib.sha256(b"\x02" + previous_head + root + size.to_bytes(8, "big")).digest()


def root(commitments: Sequence[bytes]) -> bytes:
    """Return the root over ``commitments``. Raises Invalid when there are none: we never anchor nothing."""
    return _levels(commitments)[-1][0]


def path(commitments: Sequence[bytes], index: int) -> list[bytes]:
    """Return the inclusion proof of leaf ``index``, from the leaf's sibling upwards (RFC 6962, 2.1.1)."""
    return paths(commitments, [index])[0]


def paths(commitments: Sequence[bytes], indexes: Sequence[int]) -> list[list[bytes]]:
    """Return the inclusion proofs of several leaves; the tree is hashed once."""
    levels = _levels(commitments)
    if any(not 0 <= index < len(commitments) for index in indexes):
        raise Invalid(f"A tree of {len(commitments)} leaves has no such leaf.")
    return [_siblings(levels, index) for index in indexes]


def root_over(subtree_roots: Sequence[bytes]) -> bytes:
    """Return a batch's root from those of its subtrees of SUBTREE leaves, in order; the last may be smaller."""
    return _levels_above(subtree_roots)[-1][0]


def path_through(subtree: Sequence[bytes], subtree_roots: Sequence[bytes], index: int) -> list[bytes]:
    """Return the inclusion proof of leaf ``index``: the same as ``path``, from the commitments of its subtree alone.

    SUBTREE is a power of two, so a subtree's root is a node of the tree. Raises Invalid when there is no such leaf.
    """
    place, inside = divmod(index, SUBTREE)
    if not (index >= 0 and place < len(subtree_roots)):
        raise Invalid(f"A batch of {len(subtree_roots)} subtrees has no leaf {index}.")
    return path(subtree, inside) + _siblings(_levels_above(subtree_roots), place)


def root_from_path(commitment: bytes, *, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that the proof leads to (RFC 9162, section 2.1.3.2).

    Raises Invalid when the proof has a length that no tree of ``size`` leaves gives at ``index``.
    """
    if not 0 <= index < size:
        raise Invalid(f"Leaf {index} cannot be in a tree of {size} leaves.")
    node, last, hashed = index, size - 1, leaf_hash(commitment)
    for sibling in path:
        if last == 0:
            raise Invalid("The proof is longer than the tree is high.")
        if node % 2 == 1 or node == last:
            hashed = node_hash(sibling, hashed)
            while node % 2 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Invalid("The proof is shorter than the tree is high.")
    return hashed


def _levels(commitments: Sequence[bytes]) -> list[list[bytes]]:
    """Hash level by level; a last node without a sibling rises as it is, which equals RFC 6962's split."""
    if not commitments:
        raise Invalid("A batch needs at least one commitment.")
    return _levels_above([leaf_hash(commitment) for commitment in commitments])


def _levels_above(nodes: Sequence[bytes]) -> list[list[bytes]]:
    level = list(nodes)
    levels = [level]
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
        levels.append(level)
    return levels


def _siblings(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    found = []
    for level in levels[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            found.append(level[sibling])
        index >>= 1
    return found
