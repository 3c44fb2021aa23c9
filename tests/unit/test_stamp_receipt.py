"""The receipt of a stamp: one spelling, nothing that does not fit, and the full bundle from it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipx.core import canonical
from ipx.core.errors import Conflict, Tampered
from ipx.evidence import bundle as bundles
from ipx.evidence import stamp_receipt
from ipx.evidence.stamp_receipt import StampReceipt, commit_file
from ipx.evidence.verification import HOLDS, verify_bundle

FOLDER = Path(__file__).resolve().parents[2] / "docs/spec/vectors"
VECTORS = json.loads((FOLDER / "stamp_receipt.json").read_text())
SECOND = json.loads((FOLDER / "evidence_bundle_2.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["receipts"], ids=lambda vector: vector["name"])
def test_receipts_are_written_and_read(vector: Any) -> None:
    data = vector["receipt"].encode()
    receipt = stamp_receipt.read(data)
    assert stamp_receipt.write(receipt) == data
    assert [stamp.commitment.hex() for stamp in receipt.stamps] == vector["commitments"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_what_is_no_receipt_is_refused(vector: Any) -> None:
    with pytest.raises(Tampered):
        stamp_receipt.read(vector["receipt"].encode())


def test_the_receipt_and_the_bare_bundle_make_the_full_one() -> None:
    vector = VECTORS["full"]
    receipt = stamp_receipt.read(vector["receipt"].encode())
    full = stamp_receipt.full_bundle(vector["bundle"].encode(), receipt.stamps[0], owner=receipt.owner)
    assert full == vector["full_bundle"].encode()
    verdict = verify_bundle(full, file_sha256=receipt.stamps[0].content_sha256)
    assert verdict.outcome == HOLDS, verdict.summary


def test_it_makes_the_full_one_of_version_2_too() -> None:
    receipt = stamp_receipt.read(VECTORS["full"]["receipt"].encode())
    second = {vector["name"]: vector["bundle"].encode() for vector in SECOND["holds"]}
    full = stamp_receipt.full_bundle(second["commitment only"], receipt.stamps[0], owner=receipt.owner)
    assert full == second["five leaves"]


def test_a_bundle_of_something_else_is_not_opened() -> None:
    vector = VECTORS["full"]
    other = commit_file(file_name="x", file_size=1, content_sha256=b"c" * 32, salt=b"s" * 32, owner="0x" + "1" * 40)
    with pytest.raises(Conflict):
        stamp_receipt.full_bundle(vector["bundle"].encode(), other, owner="0x" + "1" * 40)


def test_what_else_is_in_a_bundle_stays() -> None:
    """A later version may fill the places that are null today."""
    vector = VECTORS["full"]
    receipt = stamp_receipt.read(vector["receipt"].encode())
    before = json.loads(vector["bundle"])
    after = json.loads(stamp_receipt.full_bundle(vector["bundle"].encode(), receipt.stamps[0], owner=receipt.owner))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"disclosure", "commitment", "digest"}


@pytest.mark.parametrize("field", ["owner", "tag", "content_sha256", "salt", "commitment", "format"])
def test_no_character_of_what_counts_can_be_changed(field: str) -> None:
    text = VECTORS["receipts"][0]["receipt"]
    start = text.index(f'"{field}":"') + len(field) + 4
    for place in range(start, text.index('"', start)):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        with pytest.raises(Tampered):
            stamp_receipt.read(changed.encode())


def test_a_receipt_holds_a_thousand_files_at_most() -> None:
    owner = "0x" + "2" * 40
    one = commit_file(file_name="a", file_size=0, content_sha256=b"c" * 32, salt=b"s" * 32, owner=owner)
    most = stamp_receipt.write(StampReceipt("https://a.example", owner, [one] * 1_000))
    assert len(stamp_receipt.read(most).stamps) == 1_000
    with pytest.raises(Tampered):
        stamp_receipt.read(stamp_receipt.write(StampReceipt("https://a.example", owner, [one] * 1_001)))


def test_the_digest_of_the_full_bundle_is_right() -> None:
    found = bundles.read(VECTORS["full"]["full_bundle"].encode())
    assert found.digest == found.computed_digest
    assert canonical.decode(VECTORS["full"]["full_bundle"].encode())["disclosure"] == "full"  # type: ignore[call-overload, index]
