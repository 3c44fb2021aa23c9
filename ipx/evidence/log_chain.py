"""Our log as the chain tells it: do its heads chain from the first on, and is it what a list of batches says? Pure.

The list is our table or a copy of it that somebody took (``transparency.json``). It must never take the list's word for
what is on the chain.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ipx.core import merkle

NOT_CHAINED, UNKNOWN, MISSING, DIFFERENT, UNNOTICED = "not_chained", "unknown", "missing", "different", "unnoticed"
COMPARED = ("root", "size", "transaction", "block_number", "block_hash")


@dataclass(frozen=True)
class ChainAnchor:
    """One ``Anchored`` event. Addresses, transaction and block hash in lower case."""

    contract: str
    sender: str
    root: bytes
    size: int
    head: bytes
    transaction: str
    block_number: int
    block_hash: str
    is_final: bool


@dataclass(frozen=True)
class ListedBatch:
    """One batch as a list tells it. A public list says nothing of a batch in no block, not even its head: None."""

    number: int
    is_anchored: bool
    is_final: bool
    contract: str
    sender: str
    head: bytes | None
    root: bytes | None
    size: int | None
    transaction: str | None
    block_number: int | None
    block_hash: str | None


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it must be; ``subject`` is a head (64 digits) or, in our table, a batch's number."""

    kind: str
    subject: str
    words: str

    @property
    def key(self) -> str:
        """What the difference is known by."""
        return f"{self.kind}:{self.subject}"


def check_heads(
    anchors: Iterable[ChainAnchor], after: Mapping[tuple[str, str], bytes] | None = None
) -> list[Difference]:
    """Check that the anchors of each contract and sender, in the chain's order, chain from 32 zero bytes on, or from
    the heads that were reached before."""
    heads = dict(after or {})
    found = []
    for anchor in anchors:
        log = anchor.contract, anchor.sender
        expected = merkle.chained_head(heads.get(log, merkle.FIRST_HEAD), anchor.root, anchor.size)
        if anchor.head != expected:
            words = f"the anchor in block {anchor.block_number} does not follow the one before it: a gap or a fork"
            found.append(Difference(NOT_CHAINED, anchor.head.hex(), words))
        heads[log] = anchor.head
    return found


def compare(anchors: Sequence[ChainAnchor], batches: Sequence[ListedBatch], *, height: int) -> list[Difference]:
    """Compare what the chain has, up to a height, with a list of batches of the same contracts and senders."""
    listed = {(batch.contract, batch.sender, batch.head): batch for batch in batches if batch.head is not None}
    unsaid = Counter((batch.contract, batch.sender) for batch in batches if batch.head is None)
    found = []
    for anchor in anchors:
        batch = listed.pop((anchor.contract, anchor.sender, anchor.head), None)
        difference = _unlike(anchor, batch) if batch else _unlisted(anchor, unsaid)
        found += [difference] if difference else []
    for batch in listed.values():
        is_expected = batch.is_final and batch.block_number is not None and batch.block_number <= height
        if is_expected and batch.head is not None:
            words = (
                f"batch {batch.number} is called final, in block {batch.block_number}, but the chain does not have it"
            )
            found.append(Difference(MISSING, batch.head.hex(), words))
    return found


def _unlisted(anchor: ChainAnchor, unsaid: Counter[tuple[str, str]]) -> Difference | None:
    if unsaid[anchor.contract, anchor.sender]:  # it may be the one that is called pending
        unsaid[anchor.contract, anchor.sender] -= 1
        words = f"a batch is called pending, but one more is in the final block {anchor.block_number}"
        return Difference(UNNOTICED, anchor.head.hex(), words) if anchor.is_final else None
    words = f"the chain has an anchor of {anchor.sender} in block {anchor.block_number} that is in no batch of the list"
    return Difference(UNKNOWN, anchor.head.hex(), words)


def _unlike(anchor: ChainAnchor, batch: ListedBatch) -> Difference | None:
    if not batch.is_anchored:
        if not anchor.is_final:
            return None  # it was mined a moment ago
        words = f"batch {batch.number} is called pending, but it is in the final block {anchor.block_number}"
        return Difference(UNNOTICED, anchor.head.hex(), words)
    names = [name for name in COMPARED if getattr(anchor, name) != getattr(batch, name)]
    if not names or not (batch.is_final or anchor.is_final):
        return None  # a block that is not final may still be replaced between two looks
    words = f"the chain says otherwise than the list about batch {batch.number}: {', '.join(names)}"
    return Difference(DIFFERENT, anchor.head.hex(), words)
