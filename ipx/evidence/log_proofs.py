"""Proofs about our own logs for those who hold a copy: a head is in a batch, a later log continues an earlier one.

It hands out hashes only, but for the lines that the caller may show. It must never show the lines of others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ipx.core import canonical, merkle, merkle_log
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.evidence.log_head import PROOF_FORMAT, LogHead
from ipx.evidence.log_heads import LogHeads, head_of, heads_with_batches
from ipx.evidence.models import BatchRow, LogHeadRow
from ipx.evidence.rules import ANCHORED, BatchState, StampState, stamp_state


@dataclass(frozen=True)
class HeadView:
    """One head that is a leaf of a batch; block and time (Unix seconds) are None until it is in one."""

    id: str
    head: LogHead
    state: StampState
    block_number: int | None
    block_time: int | None
    taken_at: datetime


class LogProofs:
    """The anchored heads of our logs, and what follows from them."""

    def __init__(self, *, heads: LogHeads, bundle_of: Callable[[Session, str], bytes]) -> None:
        self._heads = heads
        self._bundle_of = bundle_of

    def heads_of(self, session: Session, *, log: str, limit: int) -> list[HeadView]:
        """Return the newest heads of a log, newest first."""
        query = heads_with_batches().where(LogHeadRow.log == log).order_by(LogHeadRow.sequence.desc()).limit(limit)
        return [_view(row, batch) for row, batch in session.execute(query)]

    def find_newest(self, session: Session, *, log: str) -> HeadView | None:
        """Return the newest head of a log that is in a block, or None."""
        return self._outermost(session, log, newest=True)

    def record(self, session: Session, head_id: str) -> bytes:
        """Return the canonical bytes that a head's bundle is about. Raises NotFound."""
        return canonical.encode(head_of(self._rows(session, head_id)[0]).record())

    def bundle(self, session: Session, head_id: str) -> bytes:
        """Return the evidence bundle of a head. Raises NotFound, Conflict while it is in no block."""
        row, _ = self._rows(session, head_id)
        return self._bundle_of(session, row.stamp_id)

    def proof(
        self,
        session: Session,
        *,
        log: str,
        first_id: str | None = None,
        last_id: str | None = None,
        lines: Mapping[int, Json] | None = None,
    ) -> dict[str, Json]:
        """Return a proof (``ipx/log-proof/v1``): two anchored heads, that the later continues the earlier, and the
        places of ``lines`` (number → what is hashed, None to show the hash alone) in the later.

        Without ids: the first and the newest head in a block. Reads the hashes of the whole log. Raises NotFound,
        Conflict when there is no head in a block, Invalid when the heads are not in that order.
        """
        ends = [self._end(session, log, first_id, newest=False), self._end(session, log, last_id, newest=True)]
        first, last = ends
        if first.head.lines > last.head.lines or {end.head.log for end in ends} != {log}:
            raise Invalid("The earlier of two heads of one log comes first.")
        hashes = [bytes.fromhex(h) for h in self._heads.sources[log].hashes(session, after=0, upto=last.head.lines)]
        shown = [last] if first.id == last.id else ends
        path = merkle_log.consistency_path(hashes, first.head.lines) if len(shown) == 2 else None
        return {
            "format": PROOF_FORMAT,
            "log": log,
            "heads": [self._evidence_of(session, end) for end in shown],
            "consistency": None if path is None else [sibling.hex() for sibling in path],
            "lines": _places(hashes, lines or {}),
        }

    def _end(self, session: Session, log: str, head_id: str | None, *, newest: bool) -> HeadView:
        found = _view(*self._rows(session, head_id)) if head_id else self._outermost(session, log, newest=newest)
        if found is None:
            raise Conflict("No head of this log is in a block yet.")
        return found

    def _outermost(self, session: Session, log: str, *, newest: bool) -> HeadView | None:
        query = heads_with_batches().where(LogHeadRow.log == log, BatchRow.state.in_(ANCHORED))
        order = LogHeadRow.sequence.desc() if newest else LogHeadRow.sequence
        found = session.execute(query.order_by(order).limit(1)).first()
        return _view(*found) if found else None

    def _evidence_of(self, session: Session, view: HeadView) -> dict[str, Json]:
        return {"record": view.head.record(), "bundle": canonical.decode(self.bundle(session, view.id))}

    def _rows(self, session: Session, head_id: str) -> tuple[LogHeadRow, BatchRow]:
        found = session.execute(heads_with_batches().where(LogHeadRow.id == head_id)).first()
        if found is None:
            raise NotFound("There is no such head of a log.")
        row, batch = found
        return row, batch


def _places(hashes: Sequence[bytes], lines: Mapping[int, Json]) -> list[Json]:
    numbers = sorted(number for number in lines if 0 < number <= len(hashes))
    paths = merkle.paths(hashes, [number - 1 for number in numbers]) if numbers else []
    return [
        {
            "number": number,
            "hash": hashes[number - 1].hex(),
            "line": lines[number],
            "path": [sibling.hex() for sibling in path],
        }
        for number, path in zip(numbers, paths, strict=True)
    ]


def _view(row: LogHeadRow, batch: BatchRow) -> HeadView:
    is_anchored = batch.state in ANCHORED
    return HeadView(
        id=row.id,
        head=head_of(row),
        state=stamp_state(BatchState(batch.state)),
        block_number=batch.block_number if is_anchored else None,
        block_time=batch.block_time if is_anchored else None,
        taken_at=row.created_at,
    )
