"""Our log against the chain: the page, the JSON, the command that trusts the chain alone, and alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from typer.testing import CliRunner

import ipx.cli
from ipx.adapters.evm.anvil import Anvil
from ipx.audit.models import AuditRow
from ipx.core import canonical, merkle
from ipx.core.errors import ExchangeError, Unavailable
from ipx.evidence.cli import EXIT_HOLDS, EXIT_REFUSED
from ipx.evidence.log_chain import check_heads
from ipx.evidence.log_reader import LogReader
from ipx.evidence.models import AlarmRow, BatchRow, BlockProofRow, StampRow
from ipx.evidence.rules import BatchState
from ipx.evidence.transparency import PER_PAGE, Transparency
from ipx.evidence.watch import ALARMED
from tests.chain_world import database_url, new_world, settle
from tests.evidence_world import DELAY, EvidenceWorld
from tests.exchanges import DATABASES
from tests.log_watch_world import alarms, anchor_elsewhere, watch


@pytest.fixture(params=DATABASES)
def room(request: pytest.FixtureRequest, tmp_path: Path, anvil: Anvil, folder: Path) -> Iterator[EvidenceWorld]:
    world = new_world(tmp_path, anvil, folder, url=database_url(request.param))
    made = EvidenceWorld(world)
    for number in range(3):
        made.stamp(b"document %d" % number)
        made.anchor_all()
    yield made
    world.database.dispose()


def lines(room: EvidenceWorld) -> list[str]:
    with room.world.database.read() as session:
        query = select(AuditRow.details).where(AuditRow.action == ALARMED).order_by(AuditRow.sequence)
        return [details["kind"] for details in session.scalars(query)]


def document(room: EvidenceWorld) -> bytes:
    with room.world.database.read() as session:
        return b"".join(Transparency().document(session, chain_id=room.world.gateway.chain_id))


def verify(room: EvidenceWorld, *more: str) -> Any:
    world = room.world
    fixed = ("--rpc", world.anvil.url(), "--contract", world.gateway.contract_address("EvidenceLog"))
    return CliRunner().invoke(
        ipx.cli.app, ["log", "verify", *fixed, "--sender", world.gateway.relayer(), "--json", *more]
    )


def against(room: EvidenceWorld, tmp_path: Path, content: bytes) -> Any:
    file = tmp_path / "transparency.json"
    file.write_bytes(content)
    return verify(room, "--transparency", str(file))


# ── from the chain alone ─────────────────────────────────────────────────────────────────────────


def test_command_when_given_the_contract_then_needs_no_table_and_finds_every_batch(
    room: EvidenceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPX_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    answer = verify(room)
    assert answer.exit_code == EXIT_HOLDS, answer.output
    report = json.loads(answer.output)
    (log,) = report["logs"]
    assert (log["batches"], log["leaves"], report["compared_with"]) == (3, 3, None)
    head = room.world.gateway.call("EvidenceLog", "headOf", [room.world.gateway.relayer()])
    assert "0x" + log["head"] == head


def test_reader_when_the_node_takes_small_ranges_only_then_asks_for_halves(
    room: EvidenceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = LogReader(room.world.anvil.url())
    contract, sender = room.world.gateway.contract_address("EvidenceLog"), room.world.gateway.relayer()
    whole = list(reader.anchors([contract], sender=sender, first=0, last=reader.height()))
    ask, refused = reader._ask, []

    def stingy(method: str, *params: Any) -> Any:
        if method == "eth_getLogs" and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) > 2:
            refused.append(params)
            raise Unavailable("query returned more than 10000 results")
        return ask(method, *params)

    monkeypatch.setattr(reader, "_ask", stingy)
    assert list(reader.anchors([contract], sender=sender, first=0, last=reader.height())) == whole
    assert refused
    assert len(whole) == 3


def test_heads_when_one_anchor_is_left_out_or_changed_then_not_chained(room: EvidenceWorld) -> None:
    reader = LogReader(room.world.anvil.url())
    contract, sender = room.world.gateway.contract_address("EvidenceLog"), room.world.gateway.relayer()
    first, second, third = reader.anchors([contract], sender=sender, first=0, last=reader.height())
    assert check_heads([first, second, third]) == []
    for wrong in ([second, third], [first, third], [second, first, third], [first, first, second, third]):
        assert [found.kind for found in check_heads(wrong)][:1] == ["not_chained"]


def test_command_when_there_is_no_contract_or_no_node_then_unreadable(room: EvidenceWorld) -> None:
    for more in (("--rpc", room.world.anvil.url(), "--contract", "0x" + "11" * 20), ("--rpc", "http://127.0.0.1:1")):
        answer = CliRunner().invoke(ipx.cli.app, ["log", "verify", *more])
        assert isinstance(answer.exception, ExchangeError)  # `main` makes it one line and exit code 2


# ── compared with a list ─────────────────────────────────────────────────────────────────────────


def test_list_when_genuine_then_holds_and_is_canonical(room: EvidenceWorld, tmp_path: Path) -> None:
    answer = against(room, tmp_path, document(room))
    assert answer.exit_code == EXIT_HOLDS, answer.output
    assert json.loads(answer.output)["compared_with"] == 3
    told: Any = canonical.decode(document(room))
    assert [batch["number"] for batch in told["batches"]] == [1, 2, 3]
    assert {batch["state"] for batch in told["batches"]} == {"final"}


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (lambda batches: batches.pop(1), ["unknown"]),
        (lambda batches: batches[0].update(head="1" * 64), ["unknown", "missing"]),
        (lambda batches: batches[0].update(root="1" * 64), ["different"]),
        (lambda batches: batches[2].update(size=2), ["different"]),
        (lambda batches: batches[2].update(block_hash="0x" + "1" * 64), ["different"]),
        (lambda batches: batches[2].update(state="pending"), ["unnoticed"]),
    ],
)
def test_list_when_it_lies_then_refused_and_named(
    room: EvidenceWorld, tmp_path: Path, change: Any, kinds: list[str]
) -> None:
    told: Any = canonical.decode(document(room))
    change(told["batches"])
    answer = against(room, tmp_path, canonical.encode(told))
    assert answer.exit_code == EXIT_REFUSED
    assert [found["kind"] for found in json.loads(answer.output)["differences"]] == kinds


def test_list_when_a_batch_is_pending_then_says_nothing_that_is_not_on_the_chain(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"secret")
    room.world.clock.advance(2 * DELAY)
    room.batcher().advance()
    told: Any = canonical.decode(document(room))
    pending = told["batches"][-1]
    shown = {name for name, value in pending.items() if value is not None}
    assert pending["state"] == "pending"
    assert shown == {"number", "state", "contract", "sender", "chain_id"}
    with room.world.database.read() as session:
        secrets = [stamp.id, stamp.commitment.hex(), *session.scalars(select(BatchRow.id))]
    assert not [secret for secret in secrets if secret in document(room).decode()]


def test_version_when_a_batch_moves_then_changes_and_else_not(room: EvidenceWorld) -> None:
    def version() -> str:
        with room.world.database.read() as session:
            return Transparency().version(session)

    seen = [version()]
    assert version() == seen[0]
    room.stamp(b"another")
    assert version() == seen[0]  # a stamp that waits is nobody's business
    room.world.clock.advance(2 * DELAY)
    room.batcher().advance()
    seen.append(version())
    room.anchor_all()
    seen.append(version())
    assert len(set(seen)) == 3


# ── alarms ───────────────────────────────────────────────────────────────────────────────────────


def test_watch_when_all_is_well_then_silent(room: EvidenceWorld) -> None:
    for _ in range(3):
        assert watch(room).look() is False
    assert (alarms(room), lines(room)) == ([], [])


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_watch_when_our_key_anchored_elsewhere_then_raises_one_alarm_once(
    room: EvidenceWorld, is_mirrored: bool
) -> None:
    anchor_elsewhere(room)
    if is_mirrored:
        settle(room.world.relay())
    assert watch(room).look() is False  # once may be chance
    assert alarms(room) == []
    assert watch(room).look() is True
    for _ in range(2):
        assert watch(room).look() is False
    assert alarms(room) == [("unknown", False)]
    assert lines(room) == ["unknown"]


def test_watch_when_an_old_copy_of_the_table_was_restored_then_alarms(room: EvidenceWorld) -> None:
    with room.world.database.write() as session:
        newest = session.scalars(select(BatchRow).order_by(BatchRow.sequence.desc()).limit(1)).one()
        session.execute(delete(StampRow).where(StampRow.batch_id == newest.id))
        session.execute(delete(BlockProofRow).where(BlockProofRow.batch_id == newest.id))
        session.delete(newest)
    watch(room).look()
    watch(room).look()
    assert alarms(room) == [("unknown", False)]


def test_watch_when_a_final_batch_is_not_on_the_chain_then_alarms(room: EvidenceWorld) -> None:
    with room.world.database.write() as session:
        newest = session.scalars(select(BatchRow).order_by(BatchRow.sequence.desc()).limit(1)).one()
        root = b"\x77" * 32
        head = merkle.chained_head(newest.head, root, 1)
        invented = {name: getattr(newest, name) for name in ("chain_id", "contract", "sender", "created_at")}
        place = {"block_number": newest.block_number, "block_hash": newest.block_hash, "block_time": 1}
        state = {"state": BatchState.FINAL, "tries": 1, "transaction": "0x" + "12" * 32}
        session.add(
            BatchRow(
                id="invented", size=1, root=root, previous_head=newest.head, head=head, **invented, **place, **state
            )
        )
    watch(room).look()
    watch(room).look()
    assert alarms(room) == [("missing", False)]


def test_watch_when_our_table_forgot_that_a_batch_is_final_then_alarms_and_says_when_it_ends(
    room: EvidenceWorld,
) -> None:
    state = update(BatchRow).where(BatchRow.sequence == 2)
    with room.world.database.write() as session:
        session.execute(state.values(state=BatchState.PENDING))
    watch(room).look()
    watch(room).look()
    found = alarms(room)
    assert ("unnoticed", False) in found
    with room.world.database.write() as session:
        session.execute(state.values(state=BatchState.FINAL))
    watch(room).look()
    assert set(alarms(room)) == {(kind, True) for kind, _ in found}
    written = lines(room)
    watch(room).look()
    assert lines(room) == written


def test_watch_when_a_difference_vanishes_before_the_second_look_then_nothing_is_raised(room: EvidenceWorld) -> None:
    state = update(BatchRow).where(BatchRow.sequence == 3)
    with room.world.database.write() as session:
        session.execute(state.values(state=BatchState.PENDING))
    watch(room).look()
    with room.world.database.write() as session:
        session.execute(state.values(state=BatchState.FINAL))
    assert watch(room).look() is False
    with room.world.database.read() as session:
        assert session.scalars(select(AlarmRow)).all() == []
    assert lines(room) == []


def test_consistency_when_a_row_was_changed_then_names_the_batch(room: EvidenceWorld) -> None:
    with room.world.database.read() as session:
        found = Transparency().consistency(session)
        newest = session.scalars(select(BatchRow.head).order_by(BatchRow.sequence.desc()).limit(1)).one()
    assert (found.batches, found.anchored, found.broken_at, found.head) == (3, 3, None, newest)
    with room.world.database.write() as session:
        session.execute(update(BatchRow).where(BatchRow.sequence == 2).values(root=b"\x01" * 32))
    with room.world.database.read() as session:
        assert Transparency().consistency(session).broken_at == 2


def test_pages_when_there_are_many_batches_then_newest_first_and_numbered_from_one(room: EvidenceWorld) -> None:
    with room.world.database.write() as session:
        newest = session.scalars(select(BatchRow).order_by(BatchRow.sequence.desc()).limit(1)).one()
        fixed = {name: getattr(newest, name) for name in ("chain_id", "contract", "sender", "created_at", "root")}
        for number in range(PER_PAGE):
            head = {"previous_head": newest.head, "head": bytes([number]) * 32}
            session.add(BatchRow(id=str(number), size=1, state=BatchState.PENDING, tries=0, **head, **fixed))
    with room.world.database.read() as session:
        first, second = (Transparency().page(session, page=page) for page in (1, 2))
    assert [batch.number for batch in first] == list(range(PER_PAGE + 3, 3, -1))
    assert [batch.number for batch in second] == [3, 2, 1]
