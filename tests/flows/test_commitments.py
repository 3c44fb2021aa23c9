"""Commitments made elsewhere, in bulk: taken once, batched with all others, proven without holding the batch."""

from __future__ import annotations

import secrets
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from ipx.api.service import Answer, AnswerService
from ipx.audit.service import By
from ipx.core import merkle
from ipx.core.errors import Conflict, Tampered
from ipx.evidence import leaves
from ipx.evidence.commitments import Accepted
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.node import NodeReader
from ipx.evidence.verification import CHAIN, HOLDS, verify_bundle
from tests.evidence_world import EvidenceWorld


def accept(room: EvidenceWorld, values: list[bytes], *, organisation: str | None = None) -> Accepted:
    by = By(organisation_id=organisation or room.laboratory)
    with room.world.database.write() as session:
        return room.evidence.accept(session, by=by, organisation_id=organisation or room.laboratory, commitments=values)


def bundles(room: EvidenceWorld, ids: list[str]) -> dict[str, bytes | None]:
    with room.world.database.read() as session:
        found = room.evidence.accepted_bundles(session, organisation_id=room.laboratory, ids=ids)
    return {stamp.id: bundle for stamp, bundle in found}


def newest_batch(room: EvidenceWorld) -> BatchRow:
    with room.world.database.read() as session:
        found = session.scalars(select(BatchRow).order_by(BatchRow.sequence.desc()).limit(1)).one()
        session.expunge_all()
    return found


def values(number: int) -> list[bytes]:
    return [secrets.token_bytes(32) for _ in range(number)]


def test_commitments_and_documents_share_a_batch_of_several_subtrees(room: EvidenceWorld) -> None:
    given = values(2_500)
    stamps = [stamp for part in range(0, 2_500, 500) for stamp in accept(room, given[part : part + 500]).stamps]
    document = room.stamp(b"a document of ours")
    room.anchor_all()
    batch = newest_batch(room)
    assert (batch.size, len(batch.subtree_roots or b"")) == (2_501, 3 * 32)
    reader = NodeReader(room.world.anvil.url())
    for stamp in (stamps[0], stamps[1_024], stamps[2_047], stamps[2_499]):
        bundle = bundles(room, [stamp.id])[stamp.id]
        assert bundle is not None
        verdict = verify_bundle(bundle, chain=reader)
        assert (verdict.outcome, verdict.level) == (HOLDS, CHAIN), verdict.summary
    assert verify_bundle(room.bundle(document), chain=reader).level == CHAIN


def test_bundles_in_bulk_are_those_one_by_one(room: EvidenceWorld) -> None:
    first = accept(room, values(5)).stamps
    room.anchor_all()
    second = accept(room, values(5)).stamps
    room.anchor_all()
    waiting = accept(room, values(1)).stamps[0]
    ids = [stamp.id for stamp in (*second, waiting, *first)]
    together = bundles(room, ids)
    assert list(together) == ids
    assert together[waiting.id] is None
    assert together == {stamp_id: bundles(room, [stamp_id])[stamp_id] for stamp_id in ids}


def test_a_batch_of_before_subtrees_were_kept_proves_as_well(room: EvidenceWorld) -> None:
    stamps = accept(room, values(20)).stamps
    room.anchor_all()
    before = bundles(room, [stamps[7].id])
    with room.world.database.write() as session:
        session.execute(update(BatchRow).values(subtree_roots=None))
    assert bundles(room, [stamps[7].id]) == before


@pytest.mark.parametrize("broken", ["roots", "leaf"])
def test_what_was_changed_in_our_own_database_is_found_out(room: EvidenceWorld, broken: str) -> None:
    stamps = accept(room, values(3)).stamps
    room.anchor_all()
    with room.world.database.write() as session:
        if broken == "roots":
            session.execute(update(BatchRow).values(subtree_roots=b"\x00" * 32))
        else:
            mine = StampRow.id == stamps[0].id
            session.execute(update(StampRow).where(mine).values(commitment=b"\x00" * 32))
    with pytest.raises(Tampered):
        bundles(room, [stamps[1].id])


def test_two_requests_at_once_take_a_commitment_once(room: EvidenceWorld) -> None:
    given = values(50)

    def give(_: int) -> Any:
        try:
            return [stamp.id for stamp in accept(room, given).stamps]
        except Exception as error:  # noqa: BLE001 - PostgreSQL refuses the second, which comes again
            return type(error).__name__

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(give, range(4)))
    ids = [one for one in found if isinstance(one, list)]
    assert ids
    assert all(one == ids[0] for one in ids)
    assert {one for one in found if isinstance(one, str)} <= {"IntegrityError"}
    assert [stamp.id for stamp in accept(room, given).stamps] == ids[0]


def test_a_key_that_is_used_twice_at_once_acts_once(room: EvidenceWorld) -> None:
    answers = AnswerService(clock=room.world.clock)
    acted: list[int] = []

    def ask(number: int) -> str:
        def act() -> Answer:
            acted.append(number)
            return Answer(201, f"answer of {number}")

        with room.world.database.write() as session:
            return answers.once(
                session, organisation_id=room.laboratory, key="one", fingerprint="the same", act=act
            ).body

    with ThreadPoolExecutor(4) as pool:
        said = set(pool.map(ask, range(4)))
    assert len(acted) == 1
    assert said == {f"answer of {acted[0]}"}


def test_another_organisation_cannot_take_what_was_given(room: EvidenceWorld) -> None:
    given = values(2)
    accept(room, given)
    with room.world.database.write() as session:
        rival = room.accounts.create_organisation(session, name="Rival", country="CH")
    with pytest.raises(Conflict):
        accept(room, given[:1], organisation=rival)


def test_a_large_batch_is_frozen_and_proven_without_holding_it(room: EvidenceWorld) -> None:
    """50,000 leaves are 1.6 MB of hashes; what is held at once stays far below what all of them take as objects."""
    size = 50_000
    put_pending(room, size)
    tracemalloc.start()
    try:
        with room.world.database.write() as session:
            batch_id = room.batches.freeze(session, largest=size)
        frozen = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        with room.world.database.read() as session:
            batch = session.scalars(select(BatchRow).where(BatchRow.id == batch_id)).one()
            found, root = batch.size, batch.root
            paths = leaves.paths(session, batch, [0, 49_999])
            commitments = dict(
                session.execute(
                    select(StampRow.leaf_index, StampRow.commitment).where(StampRow.leaf_index.in_([0, 49_999]))
                ).all()
            )
        proven = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == size
    for index, path in paths.items():
        assert merkle.root_from_path(commitments[index], index=index, size=size, path=path) == root
    assert frozen < 6_000_000, frozen
    assert proven < 3_000_000, proven


def put_pending(room: EvidenceWorld, size: int) -> None:
    now = room.world.clock.now()
    rows = [
        {
            "id": f"{number:08d}", "organisation_id": room.laboratory, "owner": "0x", "tag": "ipx/commitment/v1",
            "commitment": number.to_bytes(32, "big"), "subject_kind": "stamp", "subject_id": f"{number:08d}",
            "created_at": now,
        }
        for number in range(size)
    ]  # fmt: skip
    with room.world.database.write() as session:
        session.execute(insert(StampRow), rows)
