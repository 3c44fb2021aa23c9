"""The batch that is filling: places come in portions, nothing is doubled or left out, and nobody sees it before."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from sqlalchemy import func, select

from ipx.adapters.system import SystemEntropy
from ipx.audit.service import By
from ipx.core.errors import Conflict
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.node import NodeReader
from ipx.evidence.records import StampView
from ipx.evidence.recovery import LogRecovery
from ipx.evidence.rules import BatchState, StampState
from ipx.evidence.transparency import Transparency
from ipx.evidence.verification import CHAIN, verify_bundle
from tests.chain_world import settle
from tests.evidence_world import DELAY, EvidenceWorld


def accept(room: EvidenceWorld, count: int) -> list[StampView]:
    """Have so many commitments accepted, 1,000 a request."""
    taken: list[StampView] = []
    while len(taken) < count:
        values = [secrets.token_bytes(32) for _ in range(min(1_000, count - len(taken)))]
        with room.world.database.write() as session:
            by = By(organisation_id=room.laboratory)
            taken += room.evidence.accept(session, by=by, organisation_id=room.laboratory, commitments=values).stamps
    return taken


def batches(room: EvidenceWorld) -> list[Any]:
    with room.world.database.read() as session:
        found = list(session.scalars(select(BatchRow).order_by(BatchRow.sequence)))
        session.expunge_all()
    return found


def placed(room: EvidenceWorld) -> list[tuple[str | None, int | None]]:
    with room.world.database.read() as session:
        query = select(StampRow.batch_id, StampRow.leaf_index).where(StampRow.batch_id.is_not(None))
        found = session.execute(query.order_by(StampRow.batch_id, StampRow.leaf_index))
        return [(batch_id, index) for batch_id, index in found]


def bundle_of(room: EvidenceWorld, stamp: StampView) -> bytes | None:
    with room.world.database.read() as session:
        [(_, bundle)] = room.evidence.accepted_bundles(session, organisation_id=room.laboratory, ids=[stamp.id])
    return bundle


def test_whole_subtrees_get_their_places_before_the_batch_is_due(room: EvidenceWorld) -> None:
    stamps = accept(room, 2_100)
    assert room.batcher().advance() is True
    [batch] = batches(room)
    assert (batch.state, batch.size, len(batch.subtree_roots)) == (BatchState.FILLING, 2_048, 2 * 32)
    first = stamps[0]
    assert (room.look(first).state, room.look(first).batch_id) == (StampState.SEALED, None)
    assert bundle_of(room, first) is None
    with pytest.raises(Conflict, match="still pending"):
        room.bundle(first)


def test_nobody_is_told_of_a_batch_that_is_filling(room: EvidenceWorld) -> None:
    accept(room, 1_024)
    room.batcher().advance()
    public = Transparency()
    with room.world.database.read() as session:
        assert public.count(session) == len(public.page(session, page=1)) == len(public.listing(session)) == 0
        assert public.consistency(session).batches == 0
        assert room.evidence.bad_batches(session) == []
    assert not [event for event in room.world.told if "Batch" in type(event).__name__]


def test_the_rest_joins_when_the_oldest_has_waited_its_time(room: EvidenceWorld) -> None:
    stamps = accept(room, 1_024)
    batcher = room.batcher()
    batcher.advance()
    room.world.clock.advance(DELAY / 2)
    stamps += accept(room, 10)
    assert batcher.advance() is False
    room.world.clock.advance(DELAY / 2)  # the first have waited the whole of it, though they have their places
    assert batcher.advance() is True
    room.anchor_all()
    assert [(batch.state, batch.size) for batch in batches(room)] == [(BatchState.FINAL, 1_034)]
    reader = NodeReader(room.world.anvil.url())
    for stamp in (stamps[0], stamps[1_023], stamps[1_024], stamps[1_033]):
        assert verify_bundle(bundle_of(room, stamp) or b"", chain=reader).level == CHAIN


def test_another_batcher_goes_on_where_one_was_killed_between_two_portions(room: EvidenceWorld) -> None:
    """K5 with portions: what has its place keeps it, and all stamps are in one batch, once."""
    accept(room, 3_000)
    with room.world.database.write() as session:
        room.batches.fill(session, largest=100_000)
    before = placed(room)
    assert len(before) == 1_024
    room.anchor_all()
    [batch] = batches(room)
    assert (batch.state, batch.size) == (BatchState.FINAL, 3_000)
    assert placed(room)[: len(before)] == before
    assert placed(room) == [(batch.id, index) for index in range(3_000)]


def test_the_next_batch_fills_while_one_waits_for_its_block(room: EvidenceWorld) -> None:
    accept(room, 3)
    room.world.clock.advance(DELAY)
    room.batcher().advance()
    accept(room, 1_500)
    room.batcher().advance()
    assert [(batch.state, batch.size) for batch in batches(room)] == [
        (BatchState.PENDING, 3),
        (BatchState.FILLING, 1_024),
    ]
    room.anchor_all()
    first, second = batches(room)
    assert (first.size, second.size, second.previous_head) == (3, 1_500, first.head)


def test_a_batch_that_fills_is_never_larger_than_allowed(room: EvidenceWorld) -> None:
    accept(room, 3_100)
    room.world.clock.advance(DELAY)
    batcher = room.batcher(largest=1_500)
    for _ in range(6):
        batcher.advance()
        settle(room.world.relay())
    assert [batch.size for batch in batches(room)] == [1_500, 1_500, 100]


def test_a_restored_exchange_lets_the_filling_batch_go(room: EvidenceWorld) -> None:
    """Batches that are adopted then come before it in the log, though its row is older."""
    accept(room, 1_030)
    room.batcher().advance()
    room.world.relay().resynchronise()
    recovery = LogRecovery(chain=room.world.chain, audit=room.audit, entropy=SystemEntropy())
    with room.world.database.write() as session:
        recovery.adopt(session)
    assert (batches(room), placed(room)) == ([], [])
    room.anchor_all()
    with room.world.database.read() as session:
        assert session.scalar(select(func.count()).where(StampRow.batch_id.is_(None))) == 0
    assert [batch.size for batch in batches(room)] == [1_030]
