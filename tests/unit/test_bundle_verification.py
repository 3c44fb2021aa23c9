"""Bundles against their frozen vectors, and every way to be wrong."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipx.core import canonical
from ipx.core.errors import Unavailable
from ipx.evidence import bundle as bundles
from ipx.evidence.bundle_format import V1
from ipx.evidence.verification import (
    CHAIN,
    CONTENT,
    HEADER,
    HOLDS,
    REFUSED,
    UNREADABLE,
    Anchored,
    Verdict,
    verify_bundle,
)

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/evidence_bundle.json").read_text("utf-8"))
GOOD = VECTORS["holds"][0]["bundle"].encode()
SEALED = VECTORS["holds"][1]["bundle"].encode()
CONTENT_SHA256 = hashlib.sha256(VECTORS["holds"][0]["content"].encode()).digest()


def failed_step(verdict: Verdict) -> str:
    assert verdict.failed is not None
    return verdict.failed.name


class Chain:
    """A chain that holds just what the bundle says."""

    def __init__(self, data: Any = GOOD, **other: Any) -> None:
        anchor = bundles.read(data).anchor
        self.id = other.pop("chain_id", anchor.chain_id)
        event = Anchored(**{name: getattr(anchor, name) for name in Anchored.__dataclass_fields__})
        self.transactions = {anchor.transaction: [replace(event, **other)]}
        self.final = anchor.block_number

    def chain_id(self) -> Any:
        return self.id

    def anchored_in(self, transaction: Any) -> Any:
        return self.transactions.get(transaction, [])

    def final_height(self) -> Any:
        return self.final


def forge(path: Any, value: Any) -> Any:
    """Change one field and compute the digest again, as a forger would."""
    fields = json.loads(GOOD)
    part, name = path.split(".")
    fields[part][name] = value
    fields.pop("digest")
    return canonical.encode({**fields, "digest": bundles.digest_of(fields).hex()})


@pytest.mark.parametrize("vector", VECTORS["holds"], ids=lambda vector: vector["name"])
def test_genuine_bundles_hold(vector: Any) -> None:
    data = vector["bundle"].encode()
    disclosed = json.loads(data)["disclosure"] == "full"
    digest = hashlib.sha256(vector["content"].encode()).digest() if disclosed else None
    verdict = verify_bundle(data, file_sha256=digest)
    assert (verdict.outcome, verdict.level, verdict.failed) == (HOLDS, CONTENT, None)
    assert verify_bundle(data, file_sha256=digest, chain=Chain(data)).level == CHAIN


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_wrong_bundles_are_refused_at_the_step_that_fails(vector: Any) -> None:
    verdict = verify_bundle(bytes.fromhex(vector["bytes_hex"]))
    assert (verdict.outcome, verdict.level) == (REFUSED, None)
    assert failed_step(verdict) == vector["step"]
    assert failed_step(verdict) in verdict.summary or failed_step(verdict) == "form"


NO_BUNDLES = [vector for vector in VECTORS["unreadable"] if vector["name"] != "later format"]


@pytest.mark.parametrize("vector", NO_BUNDLES, ids=lambda vector: vector["name"])
def test_what_is_no_bundle_is_unreadable(vector: Any) -> None:
    verdict = verify_bundle(bytes.fromhex(vector["bytes_hex"]))
    assert (verdict.outcome, verdict.level, verdict.steps) == (UNREADABLE, None, ())


def test_what_was_later_and_unknown_to_version_1_is_refused_now_that_it_is_known() -> None:
    """The frozen vector calls itself version 2, and is none (docs/spec/evidence-bundle.md)."""
    vector = next(vector for vector in VECTORS["unreadable"] if vector["name"] == "later format")
    verdict = verify_bundle(bytes.fromhex(vector["bytes_hex"]))
    assert (verdict.outcome, failed_step(verdict)) == (REFUSED, "form")


@pytest.mark.parametrize("data", [GOOD, SEALED], ids=["full", "commitment"])
def test_every_change_of_one_byte_is_refused(data: Any) -> None:
    chance = random.Random(1)
    for place in range(len(data)):
        for value in {data[place] ^ 1, data[place] ^ 0x20, chance.randrange(256), 0, 0x30} - {data[place]}:
            changed = data[:place] + bytes([value]) + data[place + 1 :]
            verdict = verify_bundle(changed)
            assert verdict.outcome == REFUSED, (place, value)
            assert verdict.failed is not None


def test_every_cut_and_every_insertion_is_refused_or_unreadable() -> None:
    for place in range(0, len(GOOD), 7):
        assert verify_bundle(GOOD[:place]).outcome != HOLDS
        assert verify_bundle(GOOD[:place] + b"0" + GOOD[place:]).outcome == REFUSED
        assert verify_bundle(GOOD[:place] + GOOD[place + 1 :]).outcome == REFUSED


def test_no_bytes_make_the_verifier_raise() -> None:
    chance = random.Random(2)
    for _ in range(500):
        noise = bytearray(GOOD)
        for _ in range(chance.randint(1, 20)):
            noise[chance.randrange(len(noise))] = chance.randrange(256)
        assert verify_bundle(bytes(noise), chain=Chain()).outcome in (REFUSED, UNREADABLE)
    assert verify_bundle(b'["ipx/evidence/",' + b"[" * 100_000).outcome == REFUSED
    assert verify_bundle(b'{"previous_head":' + b"9" * 10_000 + b"}").outcome == REFUSED


def test_another_file_is_refused_and_a_missing_one_is_not_checked() -> None:
    step = {step.name: step for step in verify_bundle(GOOD, file_sha256=b"\x00" * 32).steps}
    assert step["file"].ok is False
    step = {step.name: step for step in verify_bundle(GOOD).steps}
    assert (step["file"].ok, step["chain"].ok, step["header"].ok) == (None, None, None)


def test_a_file_cannot_be_checked_against_a_sealed_bundle() -> None:
    verdict = verify_bundle(SEALED, file_sha256=CONTENT_SHA256)
    assert (verdict.outcome, failed_step(verdict)) == (REFUSED, "file")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contract", "0x" + "11" * 20),
        ("sender", "0x" + "11" * 20),
        ("transaction", "0x" + "11" * 32),
        ("block_number", 8),
        ("block_hash", "0x" + "11" * 32),
        ("block_time", 1),
        ("chain_id", 1),
    ],
)
def test_a_forged_anchor_holds_without_a_chain_and_is_refused_with_one(field: Any, value: Any) -> None:
    forged = forge(f"anchor.{field}", value)
    assert verify_bundle(forged).level == CONTENT  # nothing in the bundle contradicts it: so the level is named
    verdict = verify_bundle(forged, chain=Chain())
    assert (verdict.outcome, failed_step(verdict)) == (REFUSED, "chain")


@pytest.mark.parametrize("difference", [{"root": b"x" * 32}, {"size": 6}, {"head": b"x" * 32}, {"chain_id": 5}])
def test_a_chain_that_says_otherwise_refuses(difference: Any) -> None:
    verdict = verify_bundle(GOOD, chain=Chain(**difference))
    assert (verdict.outcome, failed_step(verdict)) == (REFUSED, "chain")


def test_a_node_that_does_not_answer_is_not_checked() -> None:
    class Down(Chain):
        def chain_id(self) -> Any:
            raise Unavailable("no route")

    verdict = verify_bundle(GOOD, chain=Down())
    assert (verdict.outcome, verdict.level) == (HOLDS, CONTENT)
    assert "no route" in {step.name: step for step in verdict.steps}["chain"].detail


def test_levels_are_ordered_and_only_chain_is_genuine() -> None:
    content, chain = verify_bundle(GOOD), verify_bundle(GOOD, file_sha256=CONTENT_SHA256, chain=Chain())
    assert [content.reaches(level) for level in (CONTENT, HEADER, CHAIN)] == [True, False, False]
    assert [chain.reaches(level) for level in (CONTENT, HEADER, CHAIN)] == [True, True, True]
    assert "Genuine" in chain.summary
    assert "enuine" not in content.summary
    refused = verify_bundle(GOOD, file_sha256=b"\x00" * 32)
    assert not refused.reaches(CONTENT)


def test_a_block_that_is_not_final_is_said_to_be_so() -> None:
    young = Chain()
    young.final = 0
    steps = {step.name: step for step in verify_bundle(GOOD, chain=young).steps}
    assert "not final yet" in steps["chain"].detail


def test_the_record_of_a_verdict_is_json() -> None:
    record = json.loads(json.dumps(verify_bundle(GOOD, chain=Chain()).record()))
    assert record["outcome"] == HOLDS
    names = [step["step"] for step in record["steps"]]
    assert names == ["form", "digest", "file", "commitment", "path", "head", "header", "chain", "time_stamp"]


def test_times_beyond_every_calendar_do_no_harm() -> None:
    assert verify_bundle(forge("anchor.block_time", 2**53 - 1), chain=Chain()).outcome == REFUSED


def test_writing_what_was_read_gives_the_same_bytes() -> None:
    for data in (GOOD, SEALED):
        read = bundles.read(data)
        again = bundles.write(
            tag=read.tag,
            value=read.value,
            opening=read.opening,
            proof=read.proof,
            anchor=read.anchor,
            form=read.format,
        )
        assert again == data
        assert read.format == V1
