"""The vault's frozen formats give what their vectors say, for ever."""

import base64
import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from ipx.core.canonical import Json, decode
from ipx.vault import sealed_form
from ipx.vault.receipt_lines import FIRST_HASH, Closed, Opened, committed, first_broken, record_bytes, record_hash
from ipx.vault.rules import Form, Outcome, SourceKind

VECTORS = Path(__file__).parents[2] / "docs" / "spec" / "vectors"
SEALED = json.loads((VECTORS / "sealed_document.json").read_text())
RECEIPTS = json.loads((VECTORS / "receipt.json").read_text())["lines"]


@pytest.mark.parametrize("vector", SEALED["padded_sizes"])
def test_padded_size_when_computed_then_is_the_vector_s(vector: dict[str, Any]) -> None:
    assert sealed_form.padded_size(vector["content"]) == vector["inside"]


@pytest.mark.parametrize("vector", SEALED["inside"])
def test_inside_when_packed_then_is_the_vector_s(vector: dict[str, Any]) -> None:
    content = bytes((31 * i + 7) & 255 for i in range(vector["size"]))
    inside = b"".join(sealed_form.pack([content], len(content)))
    assert hashlib.sha256(inside).hexdigest() == vector["sha256"]


def test_sealed_file_when_opened_with_its_identity_then_gives_the_content() -> None:
    vector = SEALED["sealed"]
    identity = pyrage.x25519.Identity.from_str(vector["identity"])
    inside = pyrage.decrypt(base64.b64decode(vector["age_base64"]), [identity])
    content = vector["content"].encode()
    assert b"".join(sealed_form.unpack([inside], len(content))) == content


def line_of(vector: dict[str, Any]) -> Opened | Closed:
    given = dict(vector["given"])
    given["salt"] = bytes.fromhex(given["salt"])
    if vector["event"] == "closed":
        return Closed(**{**given, "outcome": Outcome(given["outcome"])})
    return Opened(**{**given, "form": Form(given["form"]), "source_kind": SourceKind(given["source_kind"])})


def test_receipts_when_written_then_are_the_vector_s_bytes() -> None:
    previous = FIRST_HASH
    for number, vector in enumerate(RECEIPTS, 1):
        at = datetime.fromisoformat(vector["at"])
        record = record_bytes(line_of(vector), sequence=number, at=at, previous=previous)
        assert record.decode() == vector["record"]
        previous = record_hash(record)
        assert previous == vector["hash"]


def test_receipts_when_any_character_of_a_line_is_changed_then_the_chain_is_broken_there() -> None:
    pairs = [(vector["record"].encode(), vector["hash"]) for vector in RECEIPTS]
    assert first_broken(pairs) == (None, len(pairs), pairs[-1][1])
    for index, (record, stored) in enumerate(pairs):
        for place in range(len(record)):
            changed = record[:place] + bytes((record[place] ^ 1,)) + record[place + 1 :]
            broken, _lines, _last = first_broken([*pairs[:index], (changed, stored), *pairs[index + 1 :]])
            assert broken == index + 1
    assert first_broken(pairs[1:])[0] == 1
    assert first_broken([pairs[0], pairs[2]])[0] == 2


def test_receipt_when_read_then_says_nothing_that_has_to_be_erasable() -> None:
    for vector in RECEIPTS:
        line = decode(vector["record"].encode())
        assert isinstance(line, dict)
        assert not {"purpose", "recipient", "sha256", "salt"} & set(line)
    opened = line_of(RECEIPTS[0])
    assert isinstance(opened, Opened)
    value: dict[str, Json] = {"purpose": opened.purpose, "recipient": None}
    assert committed(opened.salt, value) == json.loads(RECEIPTS[0]["record"])["request"]
