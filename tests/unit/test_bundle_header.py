"""Bundles that bring their block's header and receipt, against frozen vectors from real blocks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rlp

from ipx.core import patricia
from ipx.core.ports import BlockProof
from ipx.evidence import bundle as bundles
from ipx.evidence.header import header_problem
from ipx.evidence.verification import HEADER, HOLDS, REFUSED, verify_bundle

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/evidence_bundle_header.json").read_text("utf-8"))
GOOD = VECTORS["holds"][1]["bundle"].encode()


@pytest.mark.parametrize("vector", VECTORS["holds"], ids=lambda vector: vector["name"])
def test_genuine_bundles_reach_the_level_header(vector: Any) -> None:
    digest = hashlib.sha256(vector["content"].encode()).digest()
    verdict = verify_bundle(vector["bundle"].encode(), file_sha256=digest)
    assert (verdict.outcome, verdict.level) == (HOLDS, HEADER)
    assert "enuine" not in verdict.summary


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_wrong_headers_are_refused_at_the_step_that_fails(vector: Any) -> None:
    verdict = verify_bundle(bytes.fromhex(vector["bytes_hex"]))
    assert (verdict.outcome, verdict.level) == (REFUSED, None)
    assert verdict.failed is not None
    assert verdict.failed.name == vector["step"]


def test_writing_what_was_read_gives_the_same_bytes() -> None:
    read = bundles.read(GOOD)
    again = bundles.write(
        tag=read.tag,
        value=read.value,
        opening=read.opening,
        proof=read.proof,
        anchor=read.anchor,
        block_proof=read.block_proof,
        form=read.format,
    )
    assert again == GOOD


def forge(anchor: Any, header: Any, receipt: bytes) -> str:
    """Make a block for a receipt, as a forger may, and return what is wrong with it."""
    key = rlp.encode(0)
    header = [*header[:5], patricia.root([(key, receipt)]), *header[6:]]
    written = rlp.encode(header)
    made = {**anchor.__dict__, "block_hash": "0x" + patricia.keccak(written).hex()}
    proof = BlockProof(written, 0, receipt, patricia.path([(key, receipt)], key))
    return header_problem(bundles.Anchor(**made), proof)


def test_only_the_contracts_own_event_in_a_successful_transaction_counts() -> None:
    read = bundles.read(GOOD)
    assert read.block_proof is not None
    header = rlp.decode(read.block_proof.header)
    status, gas, bloom, logs = rlp.decode(read.block_proof.receipt[1:])
    [[contract, topics, data]] = logs
    kind = read.block_proof.receipt[:1]

    def problem(fields: Any, kind: bytes = kind) -> str:
        return forge(read.anchor, header, kind + rlp.encode(fields))

    assert problem([status, gas, bloom, logs]) == ""
    assert problem([status, gas, bloom, logs], b"") == "", "a receipt without a type"
    assert problem([status, gas, bloom, [[b"\x11" * 20, [], b""], *logs]]) == "", "the event is the second"
    no_anchor = "The receipt holds no such anchor."
    assert problem([status, gas, bloom, []]) == no_anchor
    assert problem([status, gas, bloom, [[b"\x11" * 20, topics, data]]]) == no_anchor
    assert problem([status, gas, bloom, [[contract, topics[1:], data]]]) == no_anchor
    assert problem([status, gas, bloom, [[contract, topics, data + b"\x00"]]]) == no_anchor
    assert "successful" in problem([b"", gas, bloom, logs])
    assert "successful" in problem([status, gas, bloom, b"logs"])
    assert "successful" in problem([status, gas, bloom])
    assert "RLP" in forge(read.anchor, header, kind)


@pytest.mark.parametrize("header", [b"text", [b""] * 14, [[]] * 20, [b"", [b""] * 20] + [b""] * 20], ids=str)
def test_a_header_that_hashes_well_and_is_none_does_not_raise(header: Any) -> None:
    read = bundles.read(GOOD)
    assert read.block_proof is not None
    written = rlp.encode(header)
    made = {**read.anchor.__dict__, "block_hash": "0x" + patricia.keccak(written).hex()}
    proof = BlockProof(written, 0, read.block_proof.receipt, read.block_proof.nodes)
    assert header_problem(bundles.Anchor(**made), proof) == "The header is none."
