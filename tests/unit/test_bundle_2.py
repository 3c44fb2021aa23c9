"""Bundles of version 2: the frozen vectors, both verifiers, one spelling of all bytes, and their size."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ipx.core import canonical, commitment, merkle
from ipx.core.errors import Invalid, Tampered
from ipx.core.ports import BlockProof
from ipx.evidence import bundle as bundles
from ipx.evidence import bundle_format, verify
from ipx.evidence.bundle import Anchor, Opening, Proof
from ipx.evidence.bundle_format import FORMATS, V1, V2, BundleFormat, Spelling
from ipx.evidence.time_stamps import TimeStamps
from ipx.evidence.verification import CONTENT, HEADER, HOLDS, REFUSED, UNREADABLE, verify_bundle

FOLDER = Path(__file__).parents[2] / "docs/spec/vectors"
VECTORS = json.loads((FOLDER / "evidence_bundle_2.json").read_text("utf-8"))
HELD = [(vector, CONTENT) for vector in VECTORS["holds"]] + [(vector, HEADER) for vector in VECTORS["with_header"]]
MILLION = next(vector["bundle"].encode() for vector in VECTORS["holds"] if vector["name"] == "a million leaves")
LARGEST = 2**53 - 1


def first_failure(data: bytes) -> str:
    """Return the step that both verifiers name, and fail when they differ."""
    ours, alone = verify_bundle(data), verify.verify(data)
    failed = next((step["step"] for step in alone["steps"] if step["ok"] is False), "")
    assert (ours.outcome, ours.failed.name if ours.failed else "") == (alone["outcome"], failed)
    return failed


@pytest.mark.parametrize(("vector", "level"), HELD, ids=[vector["name"] for vector, _ in HELD])
def test_genuine_bundles_hold(vector: Any, level: str) -> None:
    data = vector["bundle"].encode()
    is_full = json.loads(data)["disclosure"] == "full"
    digest = hashlib.sha256(vector["content"].encode()).digest() if is_full else None
    ours, alone = verify_bundle(data, file_sha256=digest), verify.verify(data, digest)
    assert (ours.outcome, ours.level) == (alone["outcome"], alone["level"]) == (HOLDS, level)
    assert "ipx/evidence/v2" in ours.steps[0].detail
    assert ours.steps[0].detail == alone["steps"][0]["detail"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: str(vector["name"]))
def test_wrong_bundles_are_refused_at_the_step_that_fails_by_both_verifiers(vector: Any) -> None:
    data = bytes.fromhex(vector["bytes_hex"])
    assert first_failure(data) == vector["step"]
    assert verify_bundle(data).outcome == REFUSED


@pytest.mark.parametrize("vector", VECTORS["unreadable"], ids=lambda vector: str(vector["name"]))
def test_a_later_version_is_unreadable(vector: Any) -> None:
    data = bytes.fromhex(vector["bytes_hex"])
    assert first_failure(data) == ""
    assert verify_bundle(data).outcome == UNREADABLE


def test_verifiers_of_version_1_take_it_for_a_later_version_and_not_for_a_forgery() -> None:
    """What the specification of version 1 asks of a later one: canonical, its digest in 64 digits, another format."""
    for vector, _ in HELD:
        fields: Any = canonical.decode(vector["bundle"].encode())
        assert fields["format"] != V1.name
        rest = {name: value for name, value in fields.items() if name != "digest"}
        assert fields["digest"] == hashlib.sha256(canonical.encode(rest)).hexdigest()


# ── one spelling ─────────────────────────────────────────────────────────────────────────────────


@given(some.binary(min_size=1, max_size=40))
def test_bytes_have_one_spelling_each(data: bytes) -> None:
    for spelling in (bundle_format.HEX_DATA, bundle_format.BASE64_DATA, bundle_format.BASE64_PADDED):
        text = spelling.write(data)
        assert spelling.pattern.fullmatch(text)
        assert spelling.read(text) == data


@given(some.from_regex(r"[A-Za-z0-9+/]{0,12}[AQgwEIMUYcko0BZ9+/]={0,3}\n?", fullmatch=True))
@pytest.mark.parametrize("spelling", [bundle_format.BASE64_DATA, bundle_format.BASE64_PADDED], ids=["bare", "padded"])
def test_a_text_is_taken_only_when_writing_its_bytes_gives_it_again(spelling: Spelling, text: str) -> None:
    def is_the_one_spelling() -> bool:
        try:
            data = spelling.read(text)
        except ValueError:
            return False
        return bool(data) and spelling.write(data) == text

    assert (spelling.pattern.fullmatch(text) is not None) == is_the_one_spelling()


hashes = some.binary(min_size=32, max_size=32)
numbers = some.integers(0, LARGEST)
addresses = some.binary(min_size=20, max_size=20).map(lambda data: "0x" + data.hex())
words = hashes.map(lambda data: "0x" + data.hex())
openings = some.none() | some.builds(Opening, hashes, hashes, addresses)
pieces = some.lists(some.binary(min_size=1, max_size=50), min_size=1, max_size=3)
stamps = some.none() | some.builds(TimeStamps, pieces, pieces, pieces)
blocks = some.none() | some.builds(BlockProof, some.binary(min_size=1), numbers, some.binary(min_size=1), pieces)
anchors = some.builds(
    Anchor, hashes, hashes, numbers, hashes, numbers, addresses, addresses, words, numbers, words, numbers
)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: str(form.name))
@given(some.data())
def test_what_is_written_is_read_again_in_both_versions_by_both_readers(form: BundleFormat, data: Any) -> None:
    anchor = data.draw(anchors)
    given_parts = {
        "tag": data.draw(some.sampled_from(sorted(commitment.TAGS))),
        "value": data.draw(hashes),
        "opening": data.draw(openings),
        "proof": Proof(data.draw(numbers), anchor.size, data.draw(some.lists(hashes, max_size=20))),
        "anchor": anchor,
        "time_stamps": data.draw(stamps),
        "block_proof": data.draw(blocks),
    }
    written = bundles.write(**given_parts, form=form)
    read = bundles.read(written)
    assert {name: getattr(read, name) for name in given_parts} == given_parts
    assert (read.format, read.digest) == (form, read.computed_digest)
    fields, computed = verify.read(written)
    assert computed == read.digest.hex()
    assert bytes.fromhex(fields["commitment"]["value"]) == given_parts["value"]
    assert [bytes.fromhex(node) for node in fields["merkle"]["path"]] == given_parts["proof"].path
    if read.block_proof is not None:
        nodes = [bytes.fromhex(node.removeprefix("0x")) for node in fields["receipt_proof"]["nodes"]]
        assert nodes == read.block_proof.nodes


def test_a_tree_of_another_size_than_the_anchor_cannot_be_written() -> None:
    read = bundles.read(MILLION)
    with pytest.raises(Invalid, match="999 leaves"):
        bundles.write(
            tag=read.tag,
            value=read.value,
            opening=None,
            proof=Proof(0, 999, read.proof.path),
            anchor=read.anchor,
        )


# ── size ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_leaf_among_a_million_stays_under_two_kib_whatever_its_numbers_are() -> None:
    fields: Any = canonical.decode(MILLION)
    assert len(fields["merkle"]["path"]) == (999_999).bit_length() == 20
    fields["merkle"]["leaf_index"] = 999_999
    for name in ("chain_id", "block_number", "block_time"):
        fields["anchor"][name] = LARGEST
    fields["commitment"]["tag"] = max(commitment.TAGS, key=len)
    assert len(canonical.encode(fields)) < 2048
    assert len(MILLION) < 2048


def test_it_is_much_smaller_than_version_1_with_header_and_receipt_too() -> None:
    for vector in VECTORS["with_header"]:
        read = bundles.read(vector["bundle"].encode())
        parts = {name: getattr(read, name) for name in ("tag", "value", "opening", "proof", "anchor", "block_proof")}
        assert len(bundles.write(**parts, form=V2)) < 0.75 * len(bundles.write(**parts, form=V1))


def test_what_people_compare_elsewhere_stays_in_hexadecimal() -> None:
    fields: Any = canonical.decode(MILLION)
    hexadecimal = re.compile(r"(0x)?[0-9a-f]{40,64}")
    assert hexadecimal.fullmatch(fields["commitment"]["content_sha256"])
    assert hexadecimal.fullmatch(fields["commitment"]["owner"])
    for name in ("previous_head", "root", "head", "contract", "sender", "transaction", "block_hash"):
        assert hexadecimal.fullmatch(fields["anchor"][name])


def test_the_path_is_checked_against_the_number_of_leaves_that_the_head_commits_to() -> None:
    read = bundles.read(MILLION)
    assert read.proof.tree_size == read.anchor.size == 1_000_000
    root = merkle.root_from_path(read.value, index=read.proof.leaf_index, size=1_000_000, path=read.proof.path)
    assert root == read.anchor.root


@pytest.mark.parametrize(
    "name", ["ipx/evidence/v", "ipx/evidence/v11", "IPX/evidence/v2", "", None, 2, ["ipx/evidence/v2"]]
)
def test_a_format_that_is_none_is_no_bundle_that_is_read(name: Any) -> None:
    fields: Any = canonical.decode(MILLION)
    fields.pop("digest")
    fields["format"] = name
    data = canonical.encode({**fields, "digest": bundles.digest_of(fields).hex()})
    assert first_failure(data) == ""
    with pytest.raises((bundles.NotABundle, Tampered)):
        bundles.read(data)
