"""The leaves of a batch: put in their places, hashed and proven, without ever holding more of it than one subtree.

A batch keeps the roots of its subtrees of 1,024 leaves (``core.merkle.SUBTREE``), so that a proof of one leaf among
100,000 reads 1,024 of them. It must never change a leaf that has its place.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ipx.core import merkle
from ipx.core.errors import Invalid, Tampered
from ipx.evidence.models import BatchRow, StampRow

_WORD = 32


def place(session: Session, *, batch_id: str, first_index: int, most: int) -> int:
    """Give the oldest pending stamps, by time and id, places in a batch from ``first_index`` on; return how many."""
    order = (StampRow.created_at, StampRow.id)
    number = (func.row_number().over(order_by=order) - 1 + first_index).label("place")
    pending = select(StampRow.id, number).where(StampRow.batch_id.is_(None)).order_by(*order).limit(most).subquery()
    stamps = StampRow.__table__
    placed = update(stamps).where(stamps.c.id == pending.c.id)  # type: ignore[arg-type]
    result = session.connection().execute(placed.values(batch_id=batch_id, leaf_index=pending.c.place))
    return result.rowcount


def hash_subtrees(session: Session, *, batch_id: str, first_index: int = 0) -> list[bytes]:
    """Return the roots of a batch's subtrees from a leaf on that begins one, reading one subtree after the other."""
    query = select(StampRow.commitment).where(StampRow.batch_id == batch_id, StampRow.leaf_index >= first_index)
    ordered = query.order_by(StampRow.leaf_index).execution_options(yield_per=merkle.SUBTREE)
    leaves: Iterator[bytes] = iter(session.scalars(ordered))
    roots = []
    while subtree := list(islice(leaves, merkle.SUBTREE)):
        roots.append(merkle.root(subtree))
    return roots


def paths(session: Session, batch: BatchRow, indexes: Sequence[int]) -> dict[int, list[bytes]]:
    """Return the inclusion proofs of leaves of a batch by their index.

    Raises Tampered when what is stored does not lead to the root that was anchored.
    """
    roots = _subtree_roots(session, batch)
    if not roots or merkle.root_over(roots) != batch.root:
        raise _tampered()
    by_subtree: dict[int, list[int]] = defaultdict(list)
    for index in indexes:
        by_subtree[index // merkle.SUBTREE].append(index)
    found: dict[int, list[bytes]] = {}
    for number, wanted in sorted(by_subtree.items()):
        subtree = _subtree(session, batch, number)
        if number >= len(roots) or not subtree or merkle.root(subtree) != roots[number]:
            raise _tampered()
        found |= {index: _path(subtree, roots, index) for index in wanted}
    return found


def check(session: Session, batch: BatchRow) -> None:
    """Read a batch's leaves from end to end. Raises Tampered when they do not give the root that was anchored."""
    count = session.scalar(select(func.count()).where(StampRow.batch_id == batch.id))
    roots = hash_subtrees(session, batch_id=batch.id)
    if count != batch.size or not roots or merkle.root_over(roots) != batch.root:
        raise _tampered()


def pack(roots: Sequence[bytes]) -> bytes:
    """Return the roots of subtrees as a batch keeps them."""
    return b"".join(roots)


def unpack(packed: bytes) -> list[bytes]:
    """Return the roots of subtrees, 32 bytes each, in order."""
    return [packed[start : start + _WORD] for start in range(0, len(packed), _WORD)]


def _subtree_roots(session: Session, batch: BatchRow) -> list[bytes]:
    """Batches of before these roots were kept are read from end to end."""
    packed = batch.subtree_roots
    if packed is None:
        return hash_subtrees(session, batch_id=batch.id)
    return unpack(packed)


def _subtree(session: Session, batch: BatchRow, number: int) -> list[bytes]:
    first = number * merkle.SUBTREE
    place = StampRow.leaf_index
    query = select(StampRow.commitment).where(StampRow.batch_id == batch.id, place >= first)
    return list(session.scalars(query.where(place < first + merkle.SUBTREE).order_by(place)))


def _path(subtree: Sequence[bytes], roots: Sequence[bytes], index: int) -> list[bytes]:
    try:
        return merkle.path_through(subtree, roots, index)
    except Invalid as error:
        raise _tampered() from error


def _tampered() -> Tampered:
    return Tampered("The stored stamps of this batch do not give the root that was anchored.")
