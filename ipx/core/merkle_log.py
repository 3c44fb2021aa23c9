"""FROZEN. RFC 6962 trees over a log that only grows: its root as lines are added, and consistency proofs. Pure.

docs/spec/log-head.md is the specification; docs/spec/vectors/log_head.json its vectors. Entries are 32-byte hashes.
"""

import hashlib
from collections.abc import Sequence

from ipx.core import merkle
from ipx.core.errors import Invalid

EMPTY_ROOT = hashlib.sha256(b"").digest()  # RFC 6962, section 2.1: the tree without leaves


class Frontier:
    """The roots of the perfect subtrees of a log, from the left: enough to go on without the lines before."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise Invalid(f"A tree of {size} leaves has {size.bit_count()} perfect subtrees, not {len(peaks)}.")
        self.size = size
        self.peaks = list(peaks)

    def append(self, entry: bytes) -> None:
        """Add one entry at the end."""
        hashed, below = merkle.leaf_hash(entry), self.size
        while below & 1:
            hashed, below = merkle.node_hash(self.peaks.pop(), hashed), below >> 1
        self.peaks.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over everything added so far."""
        if not self.peaks:
            return EMPTY_ROOT
        hashed = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            hashed = merkle.node_hash(peak, hashed)
        return hashed


def root(entries: Sequence[bytes]) -> bytes:
    """Return the root over ``entries``, also when there are none."""
    return merkle.root(entries) if entries else EMPTY_ROOT


def consistency_path(entries: Sequence[bytes], first: int) -> list[bytes]:
    """Return the proof that the tree over all ``entries`` continues the one over the ``first`` (RFC 6962, 2.1.2)."""
    if not 0 <= first <= len(entries):
        raise Invalid(f"A log of {len(entries)} lines never had {first}.")
    return _subproof(entries, first, is_whole=True) if first else []


def is_consistent(*, first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the larger log begins with the smaller one (RFC 9162, section 2.1.4.2)."""
    if first in (0, second):
        return not path and (first_root == (EMPTY_ROOT if first == 0 else second_root))
    if not 0 < first < second or not path:
        return False
    hashes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = merkle.node_hash(sibling, old), merkle.node_hash(sibling, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = merkle.node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


def _subproof(entries: Sequence[bytes], first: int, *, is_whole: bool) -> list[bytes]:
    if first == len(entries):
        return [] if is_whole else [merkle.root(entries)]
    split = 1 << (len(entries) - 1).bit_length() - 1
    if first <= split:
        return [*_subproof(entries[:split], first, is_whole=is_whole), merkle.root(entries[split:])]
    return [*_subproof(entries[split:], first - split, is_whole=False), merkle.root(entries[:split])]
