"""Header and receipt of a batch's block are kept with it, and bundles carry them when the node is gone."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.adapters.evm.anvil import Anvil
from ipx.core import canonical
from ipx.core.errors import Unavailable
from ipx.evidence import bundle as bundles
from ipx.evidence import fuzz, verify
from ipx.evidence.block_proofs import MOST_TRIES, BlockProofs
from ipx.evidence.models import BlockProofRow
from ipx.evidence.mutations import at_random
from ipx.evidence.node import NodeReader
from ipx.evidence.verification import CHAIN, CONTENT, HEADER, HOLDS, REFUSED, verify_bundle
from tests.chain_steps import Death, DiedError, MortalDatabase
from tests.chain_world import SECOND, gateway_on, new_world, running_chain, settle
from tests.evidence_world import EvidenceWorld


class OddGateway:
    """The real gateway, except that what proves a block is told by ``tell``."""

    def __init__(self, gateway: Any, tell: Any) -> None:
        self._gateway = gateway
        self.block_proof = tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)


def odd(room: EvidenceWorld, tell: Any) -> BlockProofs:
    gateway: Any = OddGateway(room.world.gateway, tell)
    return BlockProofs(database=room.world.database, gateway=gateway)


def rows(room: EvidenceWorld) -> Any:
    with room.world.database.read() as session:
        found = list(session.scalars(select(BlockProofRow)))
        session.expunge_all()
    return found


def forged(bundle: bytes, **changes: Any) -> bytes:
    """Change fields, named by their path with __, and compute the digest again."""
    fields = json.loads(bundle)
    for path, value in changes.items():
        *parts, name = path.split("__")
        target = fields
        for part in parts:
            target = target[part]
        target[name] = value
    fields.pop("digest")
    return canonical.encode({**fields, "digest": bundles.digest_of(fields).hex()})


def failed(data: bytes, **more: Any) -> str:
    verdict = verify_bundle(data, **more)
    assert verdict.outcome == REFUSED
    assert verdict.failed is not None
    return verdict.failed.name


def test_a_bundle_reaches_the_level_header_when_no_node_is_left(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"an invention")
    room.anchor_all()
    digest = hashlib.sha256(b"an invention").digest()
    assert verify_bundle(room.bundle(stamp), file_sha256=digest).level == CONTENT, "it was not asked for yet"
    assert room.block_proofs.advance() is True
    verdict = verify_bundle(room.bundle(stamp), file_sha256=digest)
    assert (verdict.outcome, verdict.level) == (HOLDS, HEADER)
    assert verdict.reaches(HEADER)
    assert "enuine" not in verdict.summary
    assert room.block_proofs.advance() is False, "it is asked for once"
    assert verify_bundle(room.bundle(stamp), chain=NodeReader(room.world.anvil.url())).level == CHAIN
    assert len(room.bundle(stamp, disclosure=bundles.COMMITMENT)) > 2048


def test_what_a_node_does_not_give_stays_null_and_is_given_up_in_the_end(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"an invention")
    room.anchor_all()
    proofs = odd(room, lambda transaction, block_hash: None)
    for _ in range(MOST_TRIES):
        assert [row.due for row in rows(room)] == [True]
        assert proofs.advance() is False
    assert [row.due for row in rows(room)] == [False]
    bundle = json.loads(room.bundle(stamp))
    assert (bundle["header"], bundle["receipt_proof"]) == (None, None)
    assert room.block_proofs.advance() is False


def test_a_node_that_is_down_is_asked_again_for_ever(room: EvidenceWorld) -> None:
    def down(transaction: str, block_hash: str) -> Any:
        raise Unavailable("no route")

    room.stamp(b"an invention")
    room.anchor_all()
    for _ in range(MOST_TRIES + 1):
        with pytest.raises(Unavailable):
            odd(room, down).advance()
    assert room.block_proofs.advance() is True


@pytest.mark.parametrize("at", [1, 2])
def test_a_crash_around_the_commit_neither_loses_nor_doubles_the_answer(room: EvidenceWorld, at: int) -> None:
    stamp = room.stamp(b"an invention")
    room.anchor_all()
    mortal: Any = MortalDatabase(room.world.database, Death(at))
    with pytest.raises(DiedError):
        BlockProofs(database=mortal, gateway=room.world.gateway).advance()
    assert room.block_proofs.advance() is (at == 1), "the answer was lost before the commit, and kept after it"
    assert [(row.due, row.tries) for row in rows(room)] == [(False, 1)]
    assert verify_bundle(room.bundle(stamp)).level == HEADER


def test_a_header_of_another_block_is_not_kept(room: EvidenceWorld) -> None:
    stamp = room.stamp(b"an invention")
    room.anchor_all()
    first = json.loads(room.bundle(stamp))["anchor"]
    other = room.stamp(b"another")
    room.anchor_all()
    gateway = room.world.gateway
    wrong = json.loads(room.bundle(other))["anchor"]
    told = {first["transaction"]: wrong, wrong["transaction"]: first}

    def swapped(transaction: str, block_hash: str) -> Any:
        return gateway.block_proof(told[transaction]["transaction"], told[transaction]["block_hash"])

    assert odd(room, swapped).advance() is False
    assert {row.header for row in rows(room)} == {None}
    assert room.block_proofs.advance() is True
    assert {row.due for row in rows(room)} == {False}


def test_a_reorg_forgets_the_header_and_asks_for_the_next(tmp_path: Path) -> None:
    with running_chain(tmp_path) as anvil:
        gateway = gateway_on(anvil, tmp_path, finality="3")
        gateway._settlement = None
        room = EvidenceWorld(new_world(tmp_path, anvil, tmp_path, gateway=gateway))
        stamp = room.stamp(b"an invention")
        room.anchor_all()
        assert room.block_proofs.advance() is True
        early = room.bundle(stamp)
        assert verify_bundle(early).level == HEADER

        anvil.rpc.call("evm_setAutomine", False)
        anvil.rpc.call("anvil_reorg", 1, [])
        anvil.rpc.call("anvil_dropAllTransactions")
        room.world.relay().advance()
        assert rows(room) == []
        assert room.block_proofs.advance() is False

        anvil.rpc.call("evm_setAutomine", True)
        room.world.clock.advance(2 * SECOND)
        settle(room.world.relay())
        assert room.block_proofs.advance() is True
        later = verify_bundle(room.bundle(stamp))
        assert later.level == HEADER
        assert json.loads(early)["header"] != json.loads(room.bundle(stamp))["header"]
        room.world.database.dispose()


@pytest.fixture(scope="module")
def genuine(tmp_path_factory: pytest.TempPathFactory, anvil: Anvil, folder: Path) -> bytes:
    world = new_world(tmp_path_factory.mktemp("genuine"), anvil, folder)
    room = EvidenceWorld(world)
    stamp = room.stamp(b"an invention")
    room.anchor_all()
    room.block_proofs.advance()
    bundle = room.bundle(stamp)
    world.database.dispose()
    return bundle


def test_the_file_of_its_own_asks_any_node_and_calls_genuine_what_the_chain_has(genuine: bytes, anvil: Anvil) -> None:
    node = verify.Node(anvil.url())
    verdict = verify.verify(genuine, hashlib.sha256(b"an invention").digest(), node)
    assert (verdict["outcome"], verdict["level"]) == ("holds", "chain")
    assert verdict["summary"].startswith("Genuine: this file existed on ")
    steps = {step["step"]: step["detail"] for step in verdict["steps"]}
    assert "It is final." in steps["chain"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chain_id", 1),
        ("transaction", "0x" + "11" * 32),
        ("contract", "0x" + "11" * 20),
        ("sender", "0x" + "11" * 20),
        ("block_number", 1),
        ("block_hash", "0x" + "11" * 32),
        ("block_time", 1),
    ],
)
def test_both_verifiers_refuse_what_the_chain_has_otherwise(
    genuine: bytes, anvil: Anvil, field: str, value: Any
) -> None:
    forgery = forged(genuine, header=None, receipt_proof=None, **{f"anchor__{field}": value})
    assert verify_bundle(forgery).outcome == HOLDS
    assert failed(forgery, chain=NodeReader(anvil.url())) == "chain"
    alone = verify.verify(forgery, None, verify.Node(anvil.url()))
    assert [step["step"] for step in alone["steps"] if step["ok"] is False] == ["chain"]


def test_a_node_that_does_not_answer_leaves_the_step_open(genuine: bytes) -> None:
    verdict = verify.verify(genuine, None, verify.Node("http://127.0.0.1:9"))
    assert (verdict["outcome"], verdict["level"], verdict["steps"][-1]["ok"]) == ("holds", "header", None)


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"header": None}, "form"),
        ({"receipt_proof": None}, "form"),
        ({"receipt_proof__nodes": []}, "form"),
        ({"receipt_proof__index": -1}, "form"),
        ({"header": ""}, "form"),
        ({"header": "0xc0+"}, "form"),
        ({"header": "wA=="}, "form"),
        ({"header": "wB"}, "form"),
        ({"header": "wA"}, "header"),
        ({"receipt_proof__index": 1}, "header"),
        ({"receipt_proof__receipt": "Ag"}, "header"),
        ({"receipt_proof__nodes": ["gA"]}, "header"),
        ({"anchor__block_hash": "0x" + "11" * 32}, "header"),
        ({"anchor__block_number": 1}, "header"),
        ({"anchor__block_time": 1}, "header"),
        ({"anchor__contract": "0x" + "11" * 20}, "header"),
        ({"anchor__sender": "0x" + "11" * 20}, "header"),
    ],
)
def test_a_forged_header_or_receipt_is_refused(genuine: bytes, changes: Any, step: str) -> None:
    assert failed(forged(genuine, **changes)) == step


def test_a_left_over_node_and_a_cut_header_are_refused(genuine: bytes) -> None:
    fields = json.loads(genuine)
    nodes = fields["receipt_proof"]["nodes"]
    assert failed(forged(genuine, receipt_proof__nodes=[*nodes, nodes[0]])) == "header"
    whole = fields["header"][: len(fields["header"]) // 4 * 4]
    assert failed(forged(genuine, header=whole[:-4])) == "header"


def test_against_the_chain_no_mutation_holds_whatever_its_digest(genuine: bytes, anvil: Anvil) -> None:
    judges = fuzz.verifiers(file_sha256=hashlib.sha256(b"an invention").digest(), rpc=anvil.url())
    fuzz.check_genuine(genuine, judges, needs_chain=True)
    mutations = [mutation for mutation in at_random(genuine, random.Random(11), 3000) if mutation.resealed]
    findings = fuzz.fuzz(mutations, judges, has_chain=True)
    assert (findings.accepted, findings.disagreed) == ([], [])
    assert findings.refused == findings.tried == len(mutations)
    assert findings.by_step["chain"] > 0
