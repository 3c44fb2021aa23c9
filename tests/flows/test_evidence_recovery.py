"""The log after an old backup (K22): what was anchored stays where it is, and the next batch follows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from ipx.adapters.evm.anvil import Anvil
from ipx.adapters.system import SystemEntropy
from ipx.audit.models import AuditRow
from ipx.core.errors import Tampered
from ipx.evidence import checkpoint as checkpoints
from ipx.evidence.models import AlarmRow, BatchRow, StampRow
from ipx.evidence.node import NodeReader
from ipx.evidence.recovery import AdoptedBatch, LogRecovery
from ipx.evidence.rules import BatchState, StampState
from ipx.evidence.transparency import Transparency
from ipx.evidence.verification import CHAIN, verify_bundle
from tests.chain_steps import copied, world_on_copy
from tests.chain_world import new_world, settle
from tests.evidence_world import EvidenceWorld
from tests.log_watch_world import watch


@pytest.fixture
def room(tmp_path: Path, anvil: Anvil, folder: Path) -> Iterator[EvidenceWorld]:
    world = new_world(tmp_path, anvil, folder)
    yield EvidenceWorld(world)
    world.database.dispose()


def old_room(kept: Path, room: EvidenceWorld) -> EvidenceWorld:
    return EvidenceWorld(world_on_copy(kept, room.world), laboratory=room.laboratory)


def adopt(room: EvidenceWorld) -> list[AdoptedBatch]:
    room.world.relay().resynchronise()
    recovery = LogRecovery(chain=room.world.chain, audit=room.audit, entropy=SystemEntropy())
    with room.world.database.write() as session:
        return recovery.adopt(session)


def batches(room: EvidenceWorld) -> list[Any]:
    with room.world.database.read() as session:
        found = list(session.scalars(select(BatchRow).order_by(BatchRow.sequence)))
        session.expunge_all()
    return found


def check_one_log(room: EvidenceWorld) -> None:
    """Every batch follows the one before, and the chain's head is the last."""
    found = batches(room)
    assert [batch.previous_head for batch in found[1:]] == [batch.head for batch in found[:-1]]
    head = room.world.gateway.call("EvidenceLog", "headOf", [room.world.gateway.relayer()])
    assert head == "0x" + found[-1].head.hex()


def test_lost_batches_keep_their_place_and_the_next_one_follows(room: EvidenceWorld, tmp_path: Path) -> None:
    room.stamp(b"first")
    room.anchor_all()
    kept = copied(room.world, tmp_path)
    for content in (b"second", b"third"):
        room.stamp(content)
        room.anchor_all()
    lost = batches(room)[1:]

    old = old_room(kept, room)
    adopted = adopt(old)
    assert [each.root for each in adopted] == [batch.root.hex() for batch in lost]
    again = old.stamp(b"fourth")
    old.anchor_all()

    assert [batch.state for batch in batches(old)] == ["FINAL", "ADOPTED", "ADOPTED", "FINAL"]
    assert old.look(again).state is StampState.FINAL
    assert len(batches(old)) == len(batches(room)) + 1
    check_one_log(old)
    assert adopt(old) == []


def test_stamps_that_waited_are_anchored_anew(room: EvidenceWorld, tmp_path: Path) -> None:
    stamps = [room.stamp(content) for content in (b"a", b"b", b"c")]
    kept = copied(room.world, tmp_path)
    room.anchor_all()
    room.stamp(b"after")
    room.anchor_all()

    old = old_room(kept, room)
    assert len(adopt(old)) == 2
    old.anchor_all()

    assert [batch.state for batch in batches(old)] == ["ADOPTED", "ADOPTED", "FINAL"]
    for stamp in stamps:
        assert old.look(stamp).state is StampState.FINAL
        verdict = verify_bundle(old.bundle(stamp), chain=NodeReader(old.world.anvil.url()))
        assert verdict.level == CHAIN
    check_one_log(old)


def test_a_stamp_whose_batch_is_lost_with_others_gets_another(room: EvidenceWorld, tmp_path: Path) -> None:
    waited = room.stamp(b"waited")
    kept = copied(room.world, tmp_path)
    room.stamp(b"after")
    room.anchor_all()

    old = old_room(kept, room)
    assert [each.size for each in adopt(old)] == [2]
    old.anchor_all()

    assert old.look(waited).state is StampState.FINAL
    assert [batch.size for batch in batches(old)] == [2, 1]
    check_one_log(old)


def test_a_frozen_batch_that_was_anchored_elsewhere_in_the_log_takes_its_place(
    room: EvidenceWorld, tmp_path: Path
) -> None:
    stamp = room.stamp(b"frozen")
    room.world.clock.advance(room.batcher()._delay * 2)
    room.batcher().advance()
    kept = copied(room.world, tmp_path)
    elsewhere = room.world.gateway  # our key, used by somebody else
    data = elsewhere.encode_call("EvidenceLog", "anchor", ["0x" + "00" * 32, "0x" + "77" * 32, "1"])
    to = elsewhere.contract_address("EvidenceLog")
    signed = elsewhere.sign(nonce=0, to=to, data=data, gas=100_000, fees=elsewhere.fees())
    elsewhere.broadcast(signed.raw)
    settle(room.world.relay())
    room.anchor_all()
    assert room.look(stamp).state is StampState.FINAL

    old = old_room(kept, room)
    adopted = adopt(old)
    old.anchor_all()

    assert [each.root for each in adopted] == ["77" * 32]
    assert old.look(stamp).state is StampState.FINAL
    assert {batch.state for batch in batches(old)} == {BatchState.ADOPTED, BatchState.FINAL}
    verdict = verify_bundle(old.bundle(stamp), chain=NodeReader(old.world.anvil.url()))
    assert verdict.level == CHAIN


def test_an_adopted_batch_leaves_an_audit_line(room: EvidenceWorld, tmp_path: Path) -> None:
    kept = copied(room.world, tmp_path)
    room.stamp(b"lost")
    room.anchor_all()
    old = old_room(kept, room)
    (adopted,) = adopt(old)
    with old.world.database.read() as session:
        lines = select(AuditRow.subject_id).where(AuditRow.action == "evidence:batch:adopted")
        assert list(session.scalars(lines)) == [adopted.batch_id]


def test_anchors_that_do_not_follow_each_other_are_refused(room: EvidenceWorld, tmp_path: Path) -> None:
    kept = copied(room.world, tmp_path)
    for content in (b"one", b"two"):
        room.stamp(content)
        room.anchor_all()
    old = old_room(kept, room)
    old.world.relay().resynchronise()
    recovery = LogRecovery(chain=old.world.chain, audit=old.audit, entropy=SystemEntropy())
    with old.world.database.write() as session:
        session.connection().exec_driver_sql(
            "DELETE FROM chain_logs WHERE rowid = (SELECT min(rowid) FROM chain_logs WHERE subject LIKE ?)",
            ("%" + old.world.gateway.relayer().lower()[2:],),
        )
        with pytest.raises(Tampered):
            recovery.adopt(session)


def test_batches_that_only_the_chain_knew_are_public_and_alarm_nobody(room: EvidenceWorld, tmp_path: Path) -> None:
    room.stamp(b"first")
    room.anchor_all()
    kept = copied(room.world, tmp_path)
    room.stamp(b"second")
    room.anchor_all()

    old = old_room(kept, room)
    (adopted,) = adopt(old)
    looking = watch(old)
    assert (looking.look(), looking.look()) == (False, False)
    with old.world.database.read() as session:
        assert session.scalars(select(AlarmRow.key)).all() == []
        assert [(batch.state, batch.root) for batch in Transparency().page(session, page=1)] == [
            ("final", bytes.fromhex(adopted.root)),
            ("final", batches(old)[0].root),
        ]
        assert old.evidence.bad_batches(session) == []
        found = checkpoints.find(session)
    assert found is not None
    assert found.batches == 2


def test_nobody_hides_lost_leaves_by_calling_a_batch_adopted(room: EvidenceWorld) -> None:
    room.stamp(b"first")
    room.anchor_all()
    with room.world.database.write() as session:
        session.execute(update(StampRow).values(batch_id=None, leaf_index=None))
        session.execute(update(BatchRow).values(state=BatchState.ADOPTED))
    with room.world.database.read() as session:
        assert room.evidence.bad_batches(session) == [batches(room)[0].id]
