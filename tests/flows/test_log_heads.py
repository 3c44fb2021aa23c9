"""The heads of our own logs on a real chain: who edits history and computes every hash anew is found out."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from ipx.adapters.evm.anvil import Anvil
from ipx.adapters.system import SystemEntropy
from ipx.audit.models import AuditHead, AuditRow
from ipx.audit.rules import FIRST_HASH, line_hash
from ipx.audit.service import THE_EXCHANGE, _line
from ipx.core import canonical, merkle
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.evidence.log_audit import HeadFinding
from ipx.evidence.log_head import AUDIT, RECEIPTS
from ipx.evidence.log_heads import AuditSource, head_of
from ipx.evidence.log_verification import verify_proof
from ipx.evidence.models import BatchRow, LogHeadRow, StampRow
from ipx.evidence.node import NodeReader
from ipx.evidence.rules import HEAD_DELAY
from ipx.evidence.verification import CHAIN, HOLDS, verify_bundle
from ipx.vault.receipt_book import ReceiptBook
from tests.chain_world import database_url, new_world
from tests.evidence_world import EvidenceWorld
from tests.exchanges import DATABASES


@pytest.fixture(params=DATABASES)
def room(request: pytest.FixtureRequest, tmp_path: Path, anvil: Anvil, folder: Path) -> Iterator[EvidenceWorld]:
    world = new_world(tmp_path, anvil, folder, url=database_url(request.param))
    made = EvidenceWorld(world)
    made.batches.heads.add(AUDIT, AuditSource(made.audit))
    made.batches.heads.add(RECEIPTS, ReceiptBook(clock=world.clock, entropy=SystemEntropy()))
    yield made
    world.database.dispose()


def write_line(room: EvidenceWorld, subject: str = "something") -> None:
    with room.world.database.write() as session:
        room.audit.record(
            session, action="test:line:written", by=THE_EXCHANGE, subject_kind="document", subject_id=subject
        )


def anchor_thrice(room: EvidenceWorld) -> None:
    for number in range(3):
        room.stamp(b"document %d" % number, subject=f"document {number}")
        room.anchor_all()


def heads(room: EvidenceWorld, log: str = AUDIT) -> Any:
    with room.world.database.read() as session:
        return list(reversed(room.evidence.logs.heads_of(session, log=log, limit=100)))


def findings(room: EvidenceWorld, *, asked: bool = True) -> list[HeadFinding]:
    chain = NodeReader(room.world.anvil.url()) if asked else None
    with room.world.database.read() as session:
        return list(room.evidence.check_log(session, log=AUDIT, chain=chain))


def proof(room: EvidenceWorld, **asked: Any) -> Any:
    with room.world.database.read() as session:
        return room.evidence.logs.proof(session, log=AUDIT, **asked)


def count_batches(room: EvidenceWorld) -> int:
    with room.world.database.read() as session:
        return session.scalar(select(func.count()).select_from(BatchRow)) or 0


def rewrite(room: EvidenceWorld, sequence: int) -> None:
    """Be an operator: change one line, and compute the hashes of it and of all later lines anew."""
    with room.world.database.write() as session:
        session.execute(update(AuditRow).where(AuditRow.sequence == sequence).values(subject_id="somebody else"))
        session.expire_all()
        previous = FIRST_HASH
        rows = session.scalars(select(AuditRow).order_by(AuditRow.sequence)).all()
        hashes: dict[int, tuple[str, str]] = {}
        for row in rows:
            unchained = _line(row)
            line = type(unchained)(**{**unchained.__dict__, "previous": previous})
            hashes[row.sequence] = (previous, line_hash(line))
            previous = hashes[row.sequence][1]
        for number, (before, own) in reversed(hashes.items()):
            session.execute(update(AuditRow).where(AuditRow.sequence == number).values(previous=before, hash=own))
        session.execute(update(AuditHead).values(hash=previous))
    with room.world.database.read() as session:
        assert room.audit.check(session).broken_at is None  # every hash fits again


def test_heads_of_both_logs_are_leaves_of_every_batch_and_provable_on_the_chain(room: EvidenceWorld) -> None:
    anchor_thrice(room)
    reader = NodeReader(room.world.anvil.url())
    for log in (AUDIT, RECEIPTS):
        taken = heads(room, log)
        assert len(taken) == count_batches(room)
        for view in taken:
            with room.world.database.read() as session:
                bundle = room.evidence.logs.bundle(session, view.id)
                record = room.evidence.logs.record(session, view.id)
            assert canonical.decode(record) == view.head.record()
            verdict = verify_bundle(bundle, file_sha256=view.head.content_sha256(), chain=reader)
            assert (verdict.outcome, verdict.level) == (HOLDS, CHAIN), verdict.summary
    assert heads(room, RECEIPTS)[-1].head.lines == 0


def test_stamps_keep_their_proofs_beside_the_heads(room: EvidenceWorld) -> None:
    stamps = [room.stamp(b"document %d" % number) for number in range(5)]
    room.anchor_all()
    reader = NodeReader(room.world.anvil.url())
    for stamp in stamps:
        assert room.look(stamp).batch_size == 7
        assert verify_bundle(room.bundle(stamp), chain=reader).level == CHAIN


def test_two_heads_of_an_unchanged_log_do_not_look_alike(room: EvidenceWorld) -> None:
    anchor_thrice(room)
    with room.world.database.read() as session:
        leaves = list(session.scalars(select(StampRow.commitment).where(StampRow.subject_id == RECEIPTS)))
    assert len(set(leaves)) == len(leaves) >= 3


def test_an_idle_exchange_anchors_once_and_then_no_more(room: EvidenceWorld) -> None:
    room.anchor_all()
    assert count_batches(room) == 1  # the organisation's own lines
    for _ in range(5):
        room.world.clock.advance(2 * HEAD_DELAY)
        room.anchor_all()
    assert count_batches(room) == 1


def test_a_changed_log_is_anchored_alone_after_its_delay(room: EvidenceWorld) -> None:
    room.anchor_all()
    write_line(room)
    room.anchor_all()
    assert count_batches(room) == 1
    room.world.clock.advance(HEAD_DELAY)
    room.anchor_all()
    assert count_batches(room) == 2
    (finding,) = findings(room)[1:]
    assert (finding.problem, finding.is_on_chain) == ("", True)


def test_a_clock_set_back_does_not_keep_the_heads_from_the_chain(room: EvidenceWorld) -> None:
    room.anchor_all()
    write_line(room)
    room.world.clock.advance(timedelta(hours=-3))
    assert room.batcher().advance() is True


def test_an_untouched_log_holds_at_every_head(room: EvidenceWorld) -> None:
    anchor_thrice(room)
    found = findings(room)
    assert len(found) >= 3
    assert [(finding.problem, finding.is_on_chain) for finding in found] == [("", True)] * len(found)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_operator_who_edits_a_line_and_computes_every_hash_anew_is_found_out(
    room: EvidenceWorld, place: int
) -> None:
    """The check names the first anchored head that does not hold."""
    anchor_thrice(room)
    before = [view.head.lines for view in heads(room)]
    edited = before[place]  # the last line that this head speaks of
    rewrite(room, edited)
    found = findings(room)
    assert [finding.lines for finding in found if finding.problem] == before[place:]
    first = next(finding for finding in found if finding.problem)
    assert (first.lines, first.head) == (before[place], heads(room)[place].head.head)
    assert "has the hash" in first.problem


def test_an_operator_who_cuts_the_end_off_is_found_out(room: EvidenceWorld) -> None:
    anchor_thrice(room)
    last = heads(room)[-1].head.lines
    with room.world.database.write() as session:
        session.execute(delete(AuditRow).where(AuditRow.sequence >= last))
        session.execute(
            update(AuditHead).values(
                sequence=last - 1, hash=select(AuditRow.hash).where(AuditRow.sequence == last - 1).scalar_subquery()
            )
        )
    with room.world.database.read() as session:
        assert room.audit.check(session).broken_at is None
    assert findings(room, asked=False)[-1].problem == f"the log has {last - 1} lines where {last} were anchored"


def forge_heads(room: EvidenceWorld, *, commitments: bool, batches: bool) -> None:
    """Go on as the operator: make the stored heads say what the new lines say, and maybe leaves and roots too."""
    with room.world.database.write() as session:
        for row in session.scalars(select(LogHeadRow).where(LogHeadRow.log == AUDIT)).all():
            entries = [bytes.fromhex(h) for h in room.audit.hashes(session, after=0, upto=row.lines)]
            row.head, row.root = entries[-1].hex(), merkle.root(entries)
            if commitments:
                stamp = session.get_one(StampRow, row.stamp_id)
                stamp.commitment = head_of(row).commitment(salt=row.salt, owner=stamp.owner)
        session.flush()
        previous = merkle.FIRST_HEAD
        for batch in session.scalars(select(BatchRow).order_by(BatchRow.sequence)).all() if batches else ():
            stamps = session.scalars(
                select(StampRow.commitment).where(StampRow.batch_id == batch.id).order_by(StampRow.leaf_index)
            )
            batch.previous_head, batch.root = previous, merkle.root(list(stamps))
            previous = batch.head = merkle.chained_head(previous, batch.root, batch.size)


@pytest.mark.parametrize(
    ("commitments", "batches", "problem"),
    [
        (False, False, "its commitment is not made of it"),
        (True, False, "the leaves of its batch do not give the root that was anchored"),
        (True, True, "its batch is not on the chain as the table says"),
    ],
)
def test_an_operator_who_forges_the_stored_heads_too_is_found_out(
    room: EvidenceWorld, commitments: bool, batches: bool, problem: str
) -> None:
    anchor_thrice(room)
    rewrite(room, 1)
    forge_heads(room, commitments=commitments, batches=batches)
    assert findings(room)[0].problem == problem


@pytest.mark.parametrize("with_leaf", [False, True])
def test_an_operator_who_takes_a_head_out_is_found_out(room: EvidenceWorld, with_leaf: bool) -> None:
    anchor_thrice(room)
    with room.world.database.write() as session:
        assert room.evidence.bad_batches(session) == []
        row = session.scalars(select(LogHeadRow).order_by(LogHeadRow.sequence).limit(1)).one()
        session.execute(delete(LogHeadRow).where(LogHeadRow.id == row.id))
        if with_leaf:
            session.execute(delete(StampRow).where(StampRow.id == row.stamp_id))
    with room.world.database.read() as session:
        first = session.scalars(select(BatchRow.id).order_by(BatchRow.sequence).limit(1)).one()
        assert room.evidence.bad_batches(session) == [first]


# ── what others hold ─────────────────────────────────────────────────────────────────────────────


def holds(made: Any, **asked: Any) -> bool:
    return all(finding.ok for finding in verify_proof(made, **asked))


def test_a_proof_shows_that_the_newest_head_continues_the_first(room: EvidenceWorld) -> None:
    anchor_thrice(room)
    made = proof(room, lines={1: None, 2: None})
    reader = NodeReader(room.world.anvil.url())
    words = [finding.words for finding in verify_proof(made, chain=reader)]
    assert holds(made, chain=reader), words
    first, last = heads(room)[0].head.lines, heads(room)[-1].head.lines
    assert f"The log of {last} lines continues the log of {first} lines." in words
    assert canonical.decode(canonical.encode(made)) == made


def test_a_proof_of_a_rewritten_log_does_not_fit_the_head_that_somebody_kept(room: EvidenceWorld) -> None:
    anchor_thrice(room)
    kept = proof(room, last_id=heads(room)[0].id)
    rewrite(room, 1)
    write_line(room)
    room.world.clock.advance(HEAD_DELAY)
    room.anchor_all()
    later = proof(room, first_id=heads(room)[0].id)
    assert later["heads"][0] == kept["heads"][0]  # it is on the chain, and cannot be unsaid
    said = verify_proof(later, chain=NodeReader(room.world.anvil.url()))
    assert [finding.words for finding in said if finding.ok is False]
    assert any("DOES NOT continue" in finding.words for finding in said)


def damaged(made: Any) -> Iterator[Any]:
    """Every text and number of a proof, changed one at a time."""

    def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        if isinstance(value, dict):
            for name in sorted(value):
                yield from places(value[name], (*path, name))
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from places(item, (*path, number))
        elif value is not None:
            yield path

    for path in places(made):
        wrong = copy.deepcopy(made)
        holder = wrong
        for step in path[:-1]:
            holder = holder[step]
        old = holder[path[-1]]
        holder[path[-1]] = old + 1 if isinstance(old, int) else ("1" if old[:1] != "1" else "2") + old[1:]
        yield path, wrong


def test_a_proof_that_is_changed_anywhere_is_refused(room: EvidenceWorld) -> None:
    room.anchor_all()
    room.stamp(b"x")
    room.anchor_all()
    made = proof(room, lines={1: None})
    assert holds(made)
    survivors = [path for path, wrong in damaged(made) if holds(wrong)]
    assert survivors == []


@pytest.mark.parametrize("nonsense", [None, 1, "x", [], {}, {"format": "ipx/log-proof/v1"}])
def test_what_is_no_proof_is_refused_and_raises_nothing(nonsense: Any) -> None:
    (finding,) = verify_proof(nonsense)
    assert finding.ok is False


def test_proofs_are_refused_in_plain_words(room: EvidenceWorld) -> None:
    with pytest.raises(Conflict, match="No head"):
        proof(room)
    anchor_thrice(room)
    taken = heads(room)
    with pytest.raises(Invalid, match="comes first"):
        proof(room, first_id=taken[-1].id, last_id=taken[0].id)
    with pytest.raises(NotFound):
        proof(room, first_id="nothing")
    with pytest.raises(Invalid):
        proof(room, last_id=heads(room, RECEIPTS)[0].id)
