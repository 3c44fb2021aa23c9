"""The mutation fuzzer: what it makes, that both verifiers refuse all of it, and that it would notice otherwise."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ipx.core.errors import Tampered
from ipx.evidence import fuzz
from ipx.evidence.certificate import CertificateFacts, write_certificate
from ipx.evidence.cli import evidence
from ipx.evidence.fuzz import Opinion
from ipx.evidence.mutations import at_random, single_bytes
from ipx.evidence.verification import HOLDS, REFUSED

FOLDER = Path(__file__).parents[2] / "docs/spec/vectors"
PLAIN = json.loads((FOLDER / "evidence_bundle.json").read_text("utf-8"))["holds"]
HEADER = json.loads((FOLDER / "evidence_bundle_header.json").read_text("utf-8"))["holds"][1]
SECOND = json.loads((FOLDER / "evidence_bundle_2.json").read_text("utf-8"))
SECOND_PLAIN = next(vector for vector in SECOND["holds"] if vector["name"] == "a million leaves")
SECOND_HEADER = SECOND["with_header"][1]
BUNDLE = PLAIN[0]["bundle"].encode()


@pytest.mark.parametrize(
    "vector", [PLAIN[0], HEADER, SECOND_PLAIN, SECOND_HEADER], ids=["v1", "v1 with a header", "v2", "v2 with a header"]
)
def test_every_changed_byte_and_thousands_of_mutations_are_refused_by_both_verifiers(vector: Any) -> None:
    data = vector["bundle"].encode()
    judges = fuzz.verifiers()
    fuzz.check_genuine(data, judges, needs_chain=False)
    findings = fuzz.fuzz(fuzz.mutations_of(data, count=2500, seed=4), judges, has_chain=False)
    assert (findings.accepted, findings.disagreed) == ([], [])
    assert findings.by_kind["single byte"] >= 3 * len(data) - len(data) // 50
    assert findings.tried == findings.by_kind["single byte"] + 2500
    assert findings.refused + findings.needs_chain == findings.tried
    assert set(findings.by_step) >= {"form", "digest", "commitment", "path", "head"}
    assert len(findings.by_kind) > 25, "every kind of mutation comes up"
    assert sum(findings.by_step.values()) == findings.refused


def test_every_careless_spelling_of_base64_is_tried() -> None:
    data = SECOND_PLAIN["bundle"].encode()
    tried = {mutation.kind for mutation in at_random(data, random.Random(3), 2000)}
    assert tried >= {"bits left over", "base64 padded", "base64 for addresses"}


def test_the_same_seed_makes_the_same_mutations_and_another_seed_others() -> None:
    def made(seed: int) -> Any:
        return list(at_random(BUNDLE, random.Random(seed), 300))

    assert made(1) == made(1)
    assert made(1) != made(2)
    assert BUNDLE not in {mutation.data for mutation in made(1)}


def test_the_whole_sweep_makes_every_other_byte_at_every_place() -> None:
    swept = {mutation.data for mutation in single_bytes(BUNDLE[:40], random.Random(1), every_value=True)}
    assert len(swept) == 40 * 255
    assert all(sum(a != b for a, b in zip(data, BUNDLE, strict=False)) == 1 for data in swept)


@pytest.mark.parametrize("vector", [HEADER, SECOND_HEADER], ids=["v1", "v2"])
def test_no_mutation_is_another_genuine_bundle_of_the_same_stamp(vector: Any) -> None:
    """A node would confirm such a bundle, and rightly so."""
    data = vector["bundle"].encode()
    before = json.loads(data)
    for mutation in at_random(data, random.Random(9), 1500):
        if mutation.resealed:
            after = json.loads(mutation.data)
            changed = {name for name in set(before) | set(after) if before.get(name, ...) != after.get(name, ...)} - {
                "digest"
            }
            assert len(changed) == 1, mutation
            assert after.get("header", "") is not None or after.get("receipt_proof", "") is not None


def blind(data: bytes) -> Opinion:
    """A verifier that looks at nothing but the text of one field."""
    return Opinion(HOLDS, "content", None) if b'"tree_size":5' in data else Opinion(REFUSED, None, "form")


def test_a_verifier_that_accepts_is_found_out() -> None:
    judges = {"blind": blind}
    findings = fuzz.fuzz(fuzz.mutations_of(BUNDLE, count=100, seed=1), judges, has_chain=False)
    assert not findings.is_good
    assert "single byte (byte 0 from 0x7b" in findings.accepted[0]
    assert len(findings.accepted) == fuzz.MOST_SHOWN


def test_verifiers_that_differ_about_a_step_are_found_out() -> None:
    ours = fuzz.verifiers()["ipx verify"]

    def other(data: bytes) -> Opinion:
        opinion = ours(data)
        return replace(opinion, step="path") if opinion.step == "digest" else opinion

    judges = {"ours": ours, "other": other}
    findings = fuzz.fuzz(fuzz.mutations_of(BUNDLE, count=0, seed=1), judges, has_chain=False)
    assert findings.accepted == []
    assert "ours: refused digest; other: refused path" in findings.disagreed[0]
    assert not findings.is_good


def test_with_a_node_what_holds_after_a_new_digest_is_a_failure_and_without_one_it_is_counted_apart() -> None:
    forgeries = [mutation for mutation in at_random(BUNDLE, random.Random(5), 3000) if mutation.resealed]
    judges = fuzz.verifiers()
    without = fuzz.fuzz(forgeries, judges, has_chain=False)
    assert without.needs_chain > 0
    assert without.is_good
    pretended = fuzz.fuzz(forgeries, judges, has_chain=True)
    assert not pretended.is_good


def test_a_bundle_that_does_not_hold_itself_is_not_fuzzed() -> None:
    with pytest.raises(Tampered, match="digest"):
        fuzz.check_genuine(BUNDLE.replace(b"31337", b"31338"), fuzz.verifiers(), needs_chain=False)
    with pytest.raises(Tampered, match="level chain"):
        fuzz.check_genuine(BUNDLE, fuzz.verifiers(), needs_chain=True)


# ── the command ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def run(tmp_path: Path) -> Any:
    facts = CertificateFacts("Title", "d.pdf", "Laboratory", "https://ipx.example/verify", is_final=True)
    (tmp_path / "bundle").write_bytes(BUNDLE)
    (tmp_path / "certificate").write_bytes(write_certificate(BUNDLE, facts))
    (tmp_path / "document").write_text(PLAIN[0]["content"])
    (tmp_path / "damaged").write_bytes(BUNDLE.replace(b"31337", b"31338"))

    def invoke(*arguments: str) -> Any:
        paths = {file.name: str(file) for file in tmp_path.iterdir()}
        return CliRunner().invoke(evidence, ["fuzz", *(paths.get(argument, argument) for argument in arguments)])

    return invoke


def test_the_command_says_what_it_did_and_how_fast(run: Any) -> None:
    done = run("bundle", "-n", "200", "--seed", "7", "--file", "document", "--json")
    record = json.loads(done.output)
    assert done.exit_code == 0, done.output
    assert record["accepted"] == record["disagreed"] == []
    assert record["tried"] == record["by_kind"]["single byte"] + 200
    assert record["mutations_per_second"] > 0
    shown = run("certificate", "-n", "10").output
    for word in ("single byte", "refused at digest", "a second", "0 accepted"):
        assert word in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["damaged"],
        ["document"],
        ["missing"],
        ["bundle", "--file", "damaged"],
        ["bundle", "--rpc", "http://127.0.0.1:9"],
        ["bundle", "--rpc", "ftp://x"],
    ],
)
def test_what_cannot_be_fuzzed_is_unreadable(run: Any, arguments: Any) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Unreadable" in done.output
