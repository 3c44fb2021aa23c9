"""From stamp to bundle: batches on a real chain, and what can go wrong between."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from ipx.core import merkle
from ipx.core.errors import Conflict, NotFound, Tampered
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.node import NodeReader
from ipx.evidence.rules import BatchState, StampState
from ipx.evidence.verification import CHAIN, CONTENT, HOLDS, REFUSED, verify_bundle
from tests.chain_world import SECOND, gateway_on, new_world, running_chain, settle
from tests.evidence_world import DELAY, EvidenceWorld


def batches(room: EvidenceWorld) -> Any:
    with room.world.database.read() as session:
        found = list(session.scalars(select(BatchRow).order_by(BatchRow.sequence)))
        session.expunge_all()
    return found


def anchors(room: EvidenceWorld) -> Any:
    logs = room.world.gateway.logs(room.world.first_block, room.world.gateway.head().number)
    return [log.arguments for log in logs if log.arguments.get("sender") == room.world.gateway.relayer()]


def test_a_stamp_goes_from_sealed_to_included_to_final(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"an invention")
    assert stamp.state is StampState.SEALED
    room.world.clock.advance(DELAY)
    assert room.batcher().advance() is True
    assert room.look(stamp).state is StampState.SEALED
    room.world.relay().advance()
    settle(room.world.relay())
    view = room.look(stamp)
    assert view.state is StampState.FINAL
    assert (view.batch_size, view.chain_id) == (1, 31337)
    assert view.block_hash == room.world.gateway.block(view.block_number).hash
    assert [type(event).__name__ for event in room.world.told if "Batch" in type(event).__name__] == [
        "BatchIncluded",
        "BatchFinal",
    ]


def test_a_batch_waits_for_its_delay_and_no_longer(room: EvidenceWorld) -> None:
    room.stamp(b"first")
    batcher = room.batcher()
    assert batcher.advance() is False
    room.world.clock.advance(DELAY - timedelta(milliseconds=1))
    room.stamp(b"second")
    assert batcher.advance() is False
    room.world.clock.advance(timedelta(milliseconds=1))
    assert batcher.advance() is True
    assert [batch.size for batch in batches(room)] == [2]


def test_a_clock_set_back_does_not_make_stamps_wait_for_ever(room: EvidenceWorld) -> None:
    room.stamp(b"from the future")
    room.world.clock.advance(timedelta(hours=-1))
    assert room.batcher().advance() is True


def test_many_stamps_share_one_transaction_and_each_has_its_proof(room: EvidenceWorld) -> None:
    stamps = [room.stamp(b"document %d" % number) for number in range(13)]
    room.anchor_all()
    assert len(anchors(room)) == 1
    reader = NodeReader(room.world.anvil.url())
    for number, stamp in enumerate(stamps):
        digest = hashlib.sha256(b"document %d" % number).digest()
        verdict = verify_bundle(room.bundle(stamp), file_sha256=digest, chain=reader)
        assert (verdict.outcome, verdict.level) == (HOLDS, CHAIN), verdict.summary
        assert verify_bundle(room.bundle(stamp), file_sha256=b"x" * 32).outcome == REFUSED


def test_the_order_of_the_leaves_is_time_then_id(room: EvidenceWorld) -> None:
    for number in range(5):
        room.stamp(b"%d" % number)
        room.world.clock.advance(timedelta(milliseconds=number % 2))
    room.anchor_all()
    with room.world.database.read() as session:
        query = select(StampRow.created_at, StampRow.id).order_by(StampRow.leaf_index)
        order = [tuple(row) for row in session.execute(query)]
    assert order == sorted(order)


def test_each_batch_follows_the_head_of_the_one_before(room: EvidenceWorld) -> None:
    for number in range(3):
        room.stamp(b"%d" % number)
        room.anchor_all()
    found = batches(room)
    assert [batch.previous_head for batch in found] == [merkle.FIRST_HEAD, found[0].head, found[1].head]
    assert [anchor["head"] for anchor in anchors(room)] == ["0x" + batch.head.hex() for batch in found]


def test_only_one_batch_is_under_way(room: EvidenceWorld) -> None:
    room.stamp(b"first")
    room.world.clock.advance(DELAY)
    batcher = room.batcher()
    batcher.advance()
    room.stamp(b"second")
    room.world.clock.advance(DELAY)
    assert batcher.advance() is False  # the chain is down, say: the second waits, and shares with all later ones
    room.stamp(b"third")
    room.anchor_all()
    assert [batch.size for batch in batches(room)] == [1, 2]
    assert {batch.state for batch in batches(room)} == {BatchState.FINAL}


def test_a_batch_is_never_larger_than_allowed(room: EvidenceWorld) -> None:
    for number in range(5):
        room.stamp(b"%d" % number)
    room.world.clock.advance(DELAY)
    batcher = room.batcher(largest=2)
    for _ in range(5):
        batcher.advance()
        settle(room.world.relay())
    assert [batch.size for batch in batches(room)] == [2, 2, 1]


def test_no_two_stamps_of_the_same_content_look_alike(room: EvidenceWorld) -> None:
    first, second = room.stamp(b"same"), room.stamp(b"same")
    assert first.commitment != second.commitment
    assert hashlib.sha256(b"same").digest() not in (first.commitment, second.commitment)


# ── crashes ──────────────────────────────────────────────────────────────────────────────────────


class DiedError(BaseException):
    """The process is gone."""


class MortalDatabase:
    def __init__(self, database: Any, *, before: Any) -> None:
        self._database, self._before = database, before
        self.read = database.read

    @contextmanager
    def write(self) -> Any:
        with self._database.write() as session:
            yield session
            session.flush()
            if self._before:
                raise DiedError
        raise DiedError


@pytest.mark.parametrize("before", [True, False])
def test_death_around_the_freezing_loses_and_doubles_nothing(room: EvidenceWorld, before: Any) -> None:
    stamps = [room.stamp(b"%d" % number) for number in range(3)]
    room.world.clock.advance(DELAY)
    batcher = room.batcher()
    batcher._lease.hold()
    mortal: Any = MortalDatabase(room.world.database, before=before)
    batcher._database = mortal
    with pytest.raises(DiedError):
        batcher.advance()
    roots = [batch.root for batch in batches(room)]
    assert len(roots) == (0 if before else 1)
    room.anchor_all()
    assert len(anchors(room)) == 1
    assert {room.look(stamp).state for stamp in stamps} == {StampState.FINAL}
    assert roots in ([], [batch.root for batch in batches(room)])  # membership and root are as they were frozen


def test_two_batchers_never_freeze_at_once(room: EvidenceWorld) -> None:
    room.stamp(b"one")
    room.world.clock.advance(DELAY)
    first, second = room.batcher(holder="one"), room.batcher(holder="two")
    assert first.advance() is True
    assert second.advance() is False
    assert len(batches(room)) == 1


# ── the chain says otherwise ─────────────────────────────────────────────────────────────────────


def test_an_anchor_of_our_key_from_elsewhere_makes_the_batch_follow_it(room: EvidenceWorld) -> None:
    """The contract refuses the fork; the same leaves are anchored after the head that the chain has."""
    stranger_root = b"\x99" * 32
    room.world.anchor("stranger", bytes(32), stranger_root)
    settle(room.world.relay())
    stamp = room.stamp(b"ours")
    room.anchor_all()
    view = room.look(stamp)
    assert view.state is StampState.FINAL
    (batch,) = batches(room)
    assert batch.previous_head == merkle.chained_head(bytes(32), stranger_root, 1)
    assert batch.tries == 2
    verdict = verify_bundle(room.bundle(stamp), chain=NodeReader(room.world.anvil.url()))
    assert verdict.level == CHAIN, verdict.summary


def test_an_anchor_that_is_there_already_is_adopted(room: EvidenceWorld) -> None:
    """An old copy of the database was restored: the batch was anchored by a transaction that it does not know."""
    stamp = room.stamp(b"ours")
    room.world.clock.advance(DELAY)
    room.batcher().advance()
    (batch,) = batches(room)
    gateway = room.world.gateway
    data = gateway.encode_call("EvidenceLog", "anchor", [bytes(32), batch.root, batch.size])
    to = gateway.contract_address("EvidenceLog")
    forgotten = gateway.sign(nonce=0, to=to, data=data, gas=100_000, fees=gateway.fees())
    gateway.broadcast(forgotten.raw)
    room.world.anvil.rpc.call("anvil_mine", "0x1")
    room.anchor_all()
    room.world.anvil.rpc.call("anvil_mine", "0x3")
    room.world.anvil.keep()
    room.anchor_all()
    view = room.look(stamp)
    assert (view.state, view.transaction) == (StampState.FINAL, forgotten.hash)
    assert len(anchors(room)) == 1
    assert verify_bundle(room.bundle(stamp), chain=NodeReader(room.world.anvil.url())).level == CHAIN


def test_a_reorg_makes_stamps_pending_again_and_then_final(tmp_path: Path) -> None:
    with running_chain(tmp_path) as anvil:
        gateway = gateway_on(anvil, tmp_path, finality="3")
        gateway._settlement = None
        world = new_world(tmp_path, anvil, tmp_path, gateway=gateway)
        room = EvidenceWorld(world)
        stamp = room.stamp(b"an invention")
        room.anchor_all()
        assert room.look(stamp).state is StampState.INCLUDED
        early = room.bundle(stamp)
        reader = NodeReader(anvil.url())
        assert verify_bundle(early, chain=reader).level == CHAIN

        anvil.rpc.call("evm_setAutomine", False)
        anvil.rpc.call("anvil_reorg", 1, [])
        anvil.rpc.call("anvil_dropAllTransactions")
        room.world.relay().advance()
        assert room.look(stamp).state is StampState.SEALED
        with pytest.raises(Conflict, match="pending"):
            room.bundle(stamp)
        verdict = verify_bundle(early, chain=reader)
        assert (verdict.outcome, verdict.failed and verdict.failed.name) == (REFUSED, "chain")

        anvil.rpc.call("evm_setAutomine", True)
        world.clock.advance(2 * SECOND)
        settle(world.relay())
        anvil.rpc.call("anvil_mine", "0x4")
        settle(world.relay())
        assert room.look(stamp).state is StampState.FINAL
        assert verify_bundle(room.bundle(stamp), chain=reader).level == CHAIN
        names = [type(event).__name__ for event in world.told if "Batch" in type(event).__name__]
        assert names == ["BatchIncluded", "BatchReorged", "BatchIncluded", "BatchFinal"]
        world.database.dispose()


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def test_a_bundle_is_the_same_every_time_and_refused_before_it_is_in_a_block(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"x")
    with pytest.raises(Conflict, match="pending"):
        room.bundle(stamp)
    room.anchor_all()
    assert room.bundle(stamp) == room.bundle(stamp)


def test_a_bundle_that_discloses_the_commitment_only_says_nothing_of_the_content(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"x")
    room.anchor_all()
    sealed = room.bundle(stamp, disclosure="commitment")
    assert hashlib.sha256(b"x").hexdigest().encode() not in sealed
    assert stamp.owner.lower().encode() not in sealed
    assert verify_bundle(sealed).level == CONTENT


def test_stamps_of_another_organisation_open_with_its_key_only(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"x")
    room.anchor_all()
    with room.world.database.write() as session:
        other = room.accounts.create_organisation(session, name="Rival", country="CH")
        session.execute(update(StampRow).where(StampRow.id == stamp.id).values(organisation_id=other))
    with pytest.raises(Tampered):
        room.bundle(stamp)


def test_a_changed_leaf_in_our_own_database_is_found_out(room: EvidenceWorld) -> None:
    first, second = room.stamp(b"x"), room.stamp(b"y")
    room.anchor_all()
    with room.world.database.write() as session:
        session.execute(update(StampRow).where(StampRow.id == second.id).values(commitment=b"\x00" * 32))
    with pytest.raises(Tampered):
        room.bundle(first)


def test_an_erased_opening_leaves_the_commitment_only(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"x")
    room.anchor_all()
    with room.world.database.write() as session:
        room.evidence.erase_opening(session, stamp_id=stamp.id)
    with pytest.raises(Conflict, match="erased"):
        room.bundle(stamp)
    assert verify_bundle(room.bundle(stamp, disclosure="commitment")).level == CONTENT


def test_stamps_of_a_subject_are_listed_oldest_first(room: EvidenceWorld) -> None:
    first = room.stamp(b"x", subject="a")
    room.world.clock.advance(SECOND)
    second = room.stamp(b"y", subject="a")
    room.stamp(b"z", subject="b")
    with room.world.database.read() as session:
        found = room.evidence.stamps_of(session, subject_kind="document", subject_id="a")
        assert [stamp.id for stamp in found] == [first.id, second.id]
        with pytest.raises(NotFound):
            room.evidence.get_stamp(session, "nothing")


def test_the_audit_log_holds_stamp_and_anchor_and_is_whole(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"x")
    room.anchor_all()
    with room.world.database.read() as session:
        lines = room.audit.lines_of(session, [("document", "1"), ("batch", room.look(stamp).batch_id)])
        assert [line.action for line in lines] == ["evidence:stamp:made", "evidence:batch:anchored"]
        assert room.audit.check(session).broken_at is None
