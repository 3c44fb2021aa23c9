"""What the public sees of our log: batches, whether their heads chain, and alarms.

It must never say more than the chain does, or soon will: no id, no time of ours, no subject, no owner.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.core import canonical, merkle
from ipx.core.canonical import Json
from ipx.evidence import checkpoint as checkpoints
from ipx.evidence.checkpoint import Checkpoint
from ipx.evidence.filling import IS_FROZEN
from ipx.evidence.log_chain import ListedBatch
from ipx.evidence.models import AlarmRow, BatchRow, LookRow
from ipx.evidence.rules import ENDED, ON_CHAIN, BatchState

FORMAT = "ipx/transparency/v1"
PER_PAGE = 25
# Columns alone: everybody may ask for the page, and there may be millions of rows.
_COLUMNS = (
    BatchRow.contract,
    BatchRow.sender,
    BatchRow.previous_head,
    BatchRow.root,
    BatchRow.size,
    BatchRow.head,
    BatchRow.state,
)
_CHAINED = select(*_COLUMNS).where(IS_FROZEN).order_by(BatchRow.sequence)
PENDING = "pending"
_STATES = {BatchState.INCLUDED: "included", **dict.fromkeys(ENDED, "final")}


@dataclass(frozen=True)
class PublicBatch:
    """A batch as the public sees it; everything but number and state is None while it is in no block."""

    number: int
    state: str
    contract: str
    sender: str
    chain_id: int
    previous_head: bytes | None
    root: bytes | None
    size: int | None
    head: bytes | None
    transaction: str | None
    block_number: int | None
    block_hash: str | None
    block_time: int | None

    @property
    def included_at(self) -> datetime | None:
        """The time of the block."""
        return None if self.block_time is None else datetime.fromtimestamp(self.block_time, UTC)

    def record(self) -> dict[str, Json]:
        """Return the fields of ``transparency.json``."""
        hashes = {name: getattr(self, name) for name in ("previous_head", "root", "head")}
        return {
            **self.__dict__,
            **{name: value.hex() if value is not None else None for name, value in hashes.items()},
        }


@dataclass(frozen=True)
class Consistency:
    """Whether the stored heads chain: how many batches, the newest head in a block, the first batch that does not
    follow. ``older_at``: when those before the checkpoint were checked, None when all were just now."""

    batches: int
    anchored: int
    head: bytes | None
    broken_at: int | None
    older_at: datetime | None = None


@dataclass(frozen=True)
class Alarm:
    """A difference between our table and the chain that was seen twice. ``ended_at`` is None while it lasts."""

    kind: str
    subject: str
    raised_at: datetime
    ended_at: datetime | None


class Transparency:
    """The public view of our log."""

    def count(self, session: Session) -> int:
        """Return the number of batches."""
        return session.scalar(select(func.count()).select_from(BatchRow).where(IS_FROZEN)) or 0

    def page(self, session: Session, *, page: int) -> list[PublicBatch]:
        """Return a page of batches, newest first; pages count from 1."""
        skipped = (page - 1) * PER_PAGE
        newest = self.count(session) - skipped
        query = select(BatchRow).where(IS_FROZEN).order_by(BatchRow.sequence.desc()).offset(skipped).limit(PER_PAGE)
        return [public(row, newest - place) for place, row in enumerate(session.scalars(query))]

    def batches(self, session: Session) -> Iterator[PublicBatch]:
        """Return all batches in their order, without holding them in memory."""
        for number, row in self._rows(session):
            yield public(row, number)

    def listing(self, session: Session, *, after: Checkpoint | None = None) -> list[ListedBatch]:
        """Return all batches, or those after a checkpoint, as they are compared with the chain, heads of those in no
        block included."""
        return [_listed(row, number) for number, row in self._rows(session, after)]

    def document(self, session: Session, *, chain_id: int) -> Iterator[bytes]:
        """Return ``transparency.json`` piece by piece; together they are canonical JSON."""
        yield b'{"batches":['
        for batch in self.batches(session):
            yield (b"," if batch.number > 1 else b"") + canonical.encode(batch.record())
        yield b'],"chain_id":%d,"format":"%b"}' % (chain_id, FORMAT.encode())

    def version(self, session: Session) -> str:
        """Return a text that changes with the document. Final batches never do, so only the others are looked at."""
        final = select(func.count()).select_from(BatchRow).where(BatchRow.state == BatchState.FINAL)
        others = select(BatchRow).where(BatchRow.state != BatchState.FINAL, IS_FROZEN).order_by(BatchRow.sequence)
        facts: list[Json] = [session.scalar(final) or 0]
        facts += [public(row, row.sequence).record() for row in session.scalars(others)]
        return hashlib.sha256(canonical.encode(facts)).hexdigest()[:32]

    def consistency(self, session: Session, *, after: Checkpoint | None = None) -> Consistency:
        """Check that the heads of our table chain, for each contract and sender: from 32 zero bytes on, or from those
        of a checkpoint, whose batches count as checked."""
        heads = dict(after.heads) if after else {}
        covered = after.batches if after else 0
        count = anchored = covered
        head, broken_at = after.head if after else None, None
        query = _CHAINED.where(BatchRow.sequence > (after.sequence if after else 0))
        rows = session.execute(query.execution_options(yield_per=2000))
        for count, (*log, before, root, size, reached, state) in enumerate(rows, start=covered + 1):
            previous = heads.get((log[0], log[1]), merkle.FIRST_HEAD)
            follows = before == previous and reached == merkle.chained_head(previous, root, size)
            if broken_at is None and not follows:
                broken_at = count
            if state in ON_CHAIN:
                anchored, head = anchored + 1, reached
            heads[log[0], log[1]] = reached
        return Consistency(count, anchored, head, broken_at, after.whole_at if after else None)

    def consistency_for_the_public(self, session: Session) -> Consistency:
        """Check what came since the checkpoint, which the watch keeps; all of it when there is none."""
        return self.consistency(session, after=checkpoints.find(session))

    def alarms(self, session: Session) -> list[Alarm]:
        """Return all alarms that were ever raised, the newest first."""
        query = (
            select(AlarmRow).where(AlarmRow.raised_at.is_not(None)).order_by(AlarmRow.raised_at.desc(), AlarmRow.key)
        )
        return [
            Alarm(row.kind, row.subject, row.raised_at, row.ended_at)
            for row in session.scalars(query)
            if row.raised_at is not None
        ]

    def looked_at(self, session: Session) -> datetime | None:
        """Return when our table was last compared with the chain, None when it never was."""
        look = session.get(LookRow, 1)
        return look.looked_at if look else None

    def _rows(self, session: Session, after: Checkpoint | None = None) -> Iterator[tuple[int, BatchRow]]:
        query = select(BatchRow).where(IS_FROZEN, BatchRow.sequence > (after.sequence if after else 0))
        query = query.order_by(BatchRow.sequence).execution_options(yield_per=500)
        for number, row in enumerate(session.scalars(query), start=1 + (after.batches if after else 0)):
            yield number, row
            session.expunge(row)


def _listed(row: BatchRow, number: int) -> ListedBatch:
    return ListedBatch(
        number=number,
        is_anchored=row.state in ON_CHAIN,
        is_final=row.state in ENDED,
        contract=row.contract.lower(),
        sender=row.sender.lower(),
        head=row.head,
        root=row.root,
        size=row.size,
        transaction=row.transaction.lower() if row.transaction else None,
        block_number=row.block_number,
        block_hash=row.block_hash.lower() if row.block_hash else None,
    )


def public(row: BatchRow, number: int) -> PublicBatch:
    """Return a batch as the public sees it."""
    is_anchored = row.state in ON_CHAIN
    return PublicBatch(
        number=number,
        state=_STATES.get(BatchState(row.state), PENDING),
        contract=row.contract.lower(),
        sender=row.sender.lower(),
        chain_id=row.chain_id,
        previous_head=row.previous_head if is_anchored else None,
        root=row.root if is_anchored else None,
        size=row.size if is_anchored else None,
        head=row.head if is_anchored else None,
        transaction=row.transaction if is_anchored else None,
        block_number=row.block_number if is_anchored else None,
        block_hash=row.block_hash if is_anchored else None,
        block_time=row.block_time if is_anchored else None,
    )
