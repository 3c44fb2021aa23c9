"""The checkpoint of the checked chain of heads: what it spares, and that whoever changes an old row is found out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from ipx.evidence import checkpoint as checkpoints
from ipx.evidence.checkpoint import AT_LEAST_EVERY
from ipx.evidence.models import BatchRow, BlockProofRow, StampRow
from ipx.evidence.rules import BatchState
from ipx.evidence.transparency import Consistency, Transparency
from tests.evidence_world import DELAY, EvidenceWorld
from tests.log_watch_world import alarms, anchor_elsewhere, watch


@pytest.fixture
def stamped(room: EvidenceWorld) -> EvidenceWorld:
    """Three batches in final blocks."""
    for number in range(3):
        room.stamp(b"document %d" % number)
        room.anchor_all()
    return room


def checkpoint(stamped: EvidenceWorld) -> Any:
    with stamped.world.database.read() as session:
        return checkpoints.find(session)


def public(stamped: EvidenceWorld) -> Consistency:
    with stamped.world.database.read() as session:
        return Transparency().consistency_for_the_public(session)


def change(stamped: EvidenceWorld, sequence: int, **values: Any) -> None:
    with stamped.world.database.write() as session:
        session.execute(update(BatchRow).where(BatchRow.sequence == sequence).values(**values))


def test_checkpoint_when_all_is_well_then_covers_what_is_final_and_grows(stamped: EvidenceWorld) -> None:
    assert checkpoint(stamped) is None
    watch(stamped).look()
    first = checkpoint(stamped)
    assert (first.batches, first.whole_at) == (3, stamped.world.clock.now())
    stamped.stamp(b"another")
    stamped.world.clock.advance(2 * DELAY)
    stamped.batcher().advance()
    watch(stamped).look()
    assert checkpoint(stamped) == first, "a batch in no final block is not covered"
    found = public(stamped)
    assert (found.batches, found.anchored, found.broken_at, found.older_at) == (4, 3, None, first.whole_at)
    stamped.anchor_all()
    watch(stamped).look()
    second = checkpoint(stamped)
    assert (second.batches, second.whole_at) == (4, first.whole_at)
    assert public(stamped).head == second.head
    with stamped.world.database.read() as session:
        assert Transparency().consistency(session) == replace(public(stamped), older_at=None)


def test_checkpoint_when_there_is_one_then_older_batches_are_not_looked_at_again(stamped: EvidenceWorld) -> None:
    watch(stamped).look()
    stamped.stamp(b"another")
    stamped.anchor_all()
    with stamped.world.database.read() as session:
        known = checkpoints.find(session)
        assert known is not None
        assert [batch.number for batch in Transparency().listing(session, after=known)] == [4]
        assert len(watch(stamped)._anchors(session, known)) == 1
        assert len(watch(stamped)._anchors(session, None)) == 4


@pytest.mark.parametrize(
    ("sequence", "values", "kind"),
    [
        (1, {"root": b"\x01" * 32}, "not_chained"),
        (2, {"size": 7}, "not_chained"),
        (2, {"transaction": "0x" + "1" * 64}, "different"),
        (1, {"block_number": 1_000}, "different"),
        (2, {"state": BatchState.PENDING}, "unnoticed"),
    ],
)
def test_checkpoint_when_an_old_row_is_changed_then_the_daily_check_finds_it(
    stamped: EvidenceWorld, sequence: int, values: dict[str, Any], kind: str
) -> None:
    watch(stamped).look()
    change(stamped, sequence, **values)
    for _ in range(2):
        watch(stamped).look()
    assert alarms(stamped) == [], "between two whole checks it is spared"
    stamped.world.clock.advance(AT_LEAST_EVERY)
    watch(stamped).look()
    assert checkpoint(stamped) is None, "what differs is not relied on"
    if kind == "not_chained":
        assert public(stamped).broken_at == sequence
    watch(stamped).look()
    assert (kind, False) in alarms(stamped)


def test_checkpoint_when_it_is_a_day_old_then_all_is_checked_again(stamped: EvidenceWorld) -> None:
    watch(stamped).look()
    first = checkpoint(stamped)
    stamped.world.clock.advance(AT_LEAST_EVERY - DELAY)
    watch(stamped).look()
    assert checkpoint(stamped).whole_at == first.whole_at
    stamped.world.clock.advance(DELAY)
    watch(stamped).look()
    assert checkpoint(stamped).whole_at == first.whole_at + AT_LEAST_EVERY
    assert alarms(stamped) == []


def test_checkpoint_when_an_old_row_is_gone_then_not_relied_on(stamped: EvidenceWorld) -> None:
    watch(stamped).look()
    with stamped.world.database.write() as session:
        oldest = session.scalars(select(BatchRow).order_by(BatchRow.sequence).limit(1)).one()
        session.execute(delete(StampRow).where(StampRow.batch_id == oldest.id))
        session.execute(delete(BlockProofRow).where(BlockProofRow.batch_id == oldest.id))
        session.delete(oldest)
    assert checkpoint(stamped) is None
    assert public(stamped).broken_at == 1
    watch(stamped).look()
    watch(stamped).look()
    assert ("unknown", False) in alarms(stamped)


def test_checkpoint_when_its_own_last_row_is_changed_then_not_relied_on(stamped: EvidenceWorld) -> None:
    watch(stamped).look()
    change(stamped, 3, head=b"\x07" * 32)
    assert checkpoint(stamped) is None
    assert public(stamped).broken_at == 3


def test_checkpoint_when_our_key_anchored_elsewhere_meanwhile_then_alarms_as_without_one(
    stamped: EvidenceWorld,
) -> None:
    watch(stamped).look()
    anchor_elsewhere(stamped)
    for is_raised in (False, True):
        assert watch(stamped).look() is is_raised
    assert alarms(stamped) == [("unknown", False)]
    assert checkpoint(stamped) is None, "while something differs, each look is a whole one"
