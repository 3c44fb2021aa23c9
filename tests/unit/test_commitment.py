"""Commitments against their frozen vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ipx.core import commitment
from ipx.core.errors import Invalid

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/commitment.json").read_text("utf-8"))
SALT, CONTENT, OWNER = b"s" * 32, b"c" * 32, "0x" + "ab" * 20


@pytest.mark.parametrize("vector", VECTORS["commitments"])
def test_inputs_become_the_frozen_value(vector: Any) -> None:
    salt, content = bytes.fromhex(vector["salt"]), bytes.fromhex(vector["content_sha256"])
    value = commitment.commit(vector["tag"], salt=salt, content_sha256=content, owner=vector["owner"])
    assert value.hex() == vector["value"]


def test_the_spelling_of_the_owner_does_not_matter() -> None:
    mixed = commitment.commit(commitment.GRANT, salt=SALT, content_sha256=CONTENT, owner="0x" + "aB" * 20)
    assert mixed == commitment.commit(commitment.GRANT, salt=SALT, content_sha256=CONTENT, owner=OWNER)


def test_every_input_counts() -> None:
    values = {
        commitment.commit(tag, salt=salt, content_sha256=content, owner=owner)
        for tag in (commitment.DOCUMENT, commitment.GRANT)
        for salt in (SALT, CONTENT)
        for content in (SALT, CONTENT)
        for owner in (OWNER, "0x" + "cd" * 20)
    }
    assert len(values) == 16


@pytest.mark.parametrize(
    "wrong",
    [
        {"salt": b"s" * 31},
        {"content_sha256": b"c" * 33},
        {"owner": "ab" * 20},
        {"owner": "0x" + "ab" * 19},
        {"owner": "0x" + "zz" * 20},
        {"owner": "0x" + "١" * 40},
        {"owner": "0X" + "ab" * 20},
    ],
)
def test_inputs_of_another_shape_are_invalid(wrong: Any) -> None:
    inputs = {"salt": SALT, "content_sha256": CONTENT, "owner": OWNER, **wrong}
    with pytest.raises(Invalid):
        commitment.commit(commitment.DOCUMENT, **inputs)


def test_an_unknown_tag_is_invalid() -> None:
    with pytest.raises(Invalid):
        commitment.commit("ipx/commitment/v2", salt=SALT, content_sha256=CONTENT, owner=OWNER)
