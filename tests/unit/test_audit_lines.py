"""The audit line follows its specification, as computed here a second time with json and hashlib alone."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.audit.rules import FIRST_HASH, FORMAT, AuditLine, canonical_bytes, first_broken, line_hash, microseconds

VECTORS = json.loads(
    (Path(__file__).parents[2] / "docs" / "spec" / "vectors" / "audit_line.json").read_text(encoding="utf-8")
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def line_of(fields: dict[str, Any], stored_hash: str) -> AuditLine:
    return AuditLine(
        sequence=fields["sequence"],
        at=EPOCH + timedelta(microseconds=fields["at"]),
        action=fields["action"],
        actor_id=fields["actor"],
        organisation_id=fields["organisation"],
        subject_kind=fields["subject_kind"],
        subject_id=fields["subject"],
        details=fields["details"],
        previous=fields["previous"],
        hash=stored_hash,
    )


def chain() -> list[AuditLine]:
    return [line_of(vector["fields"], vector["hash"]) for vector in VECTORS["lines"]]


@pytest.mark.parametrize("vector", VECTORS["lines"], ids=lambda vector: vector["name"])
def test_line_when_encoded_then_bytes_and_hash_are_the_vector_s(vector):
    line = line_of(vector["fields"], vector["hash"])
    assert canonical_bytes(line).hex() == vector["utf8_hex"]
    assert line_hash(line) == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["lines"], ids=lambda vector: vector["name"])
def test_vector_when_computed_by_json_and_hashlib_then_the_same(vector):
    plain = json.dumps(vector["fields"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert plain.hex() == vector["utf8_hex"]
    assert hashlib.sha256(plain).hexdigest() == vector["hash"]
    assert vector["fields"]["format"] == FORMAT


def test_chain_when_whole_then_nothing_is_broken():
    assert first_broken(chain()) is None
    assert first_broken([]) is None


@pytest.mark.parametrize("case", VECTORS["broken"], ids=lambda case: case["name"])
def test_chain_when_changed_then_the_first_broken_line_is_named(case):
    lines, index = chain(), case["line"] - 1
    if case["change"] is None:
        del lines[index]
    else:
        fields = VECTORS["lines"][index]["fields"] | case["change"]
        lines[index] = line_of(fields, lines[index].hash)
    assert first_broken(lines) == case["first_broken"]


def test_chain_when_a_line_is_rewritten_with_a_fitting_hash_then_the_next_line_is_broken():
    lines = chain()
    forged = replace(lines[1], subject_id="another")
    lines[1] = replace(forged, hash=line_hash(forged))
    assert first_broken(lines) == 3


def test_chain_when_continued_from_a_known_head_then_checked_from_there():
    lines = chain()
    assert first_broken(lines[2:], previous=lines[1].hash, sequence=3) is None
    assert first_broken(lines[2:], previous=FIRST_HASH, sequence=3) == 3


@given(st.integers(min_value=0, max_value=4_102_444_800_000_000))
def test_moment_when_in_microseconds_then_exact(count):
    assert microseconds(EPOCH + timedelta(microseconds=count)) == count


@given(st.integers(min_value=0, max_value=10**15), st.integers(min_value=-14 * 60, max_value=14 * 60))
def test_moment_when_in_another_zone_then_the_same_number(count, minutes):
    from datetime import timezone

    moment = EPOCH + timedelta(microseconds=count)
    assert microseconds(moment.astimezone(timezone(timedelta(minutes=minutes)))) == count
