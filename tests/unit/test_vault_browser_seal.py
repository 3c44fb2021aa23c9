"""What a browser sends that seals a document itself, against the vectors that the page passes too."""

import base64
import json
from pathlib import Path
from typing import Any

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipx.core.errors import Invalid
from ipx.evidence import stamp_receipt
from ipx.vault.age_header import MOST_HEADER_BYTES, content_size, read_header
from ipx.vault.browser_seal import check_document, read_note, write_note
from ipx.vault.sealed_form import padded_size, padme
from tests.sealing_browser import age_file, open_version

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "docs/spec/vectors/sealed_in_browser.json").read_text()
)
IDENTITY = pyrage.x25519.Identity.from_str(VECTORS["organisation_identity"])
KEY = str(IDENTITY.to_public())
SMALL = age_file(b"x", [KEY])


def parted(body_base64: str) -> tuple[bytes, bytes]:
    body = base64.b64decode(body_base64)
    end = 4 + int.from_bytes(body[:4], "big")
    return body[4:end], body[end:]


@pytest.mark.parametrize("vector", VECTORS["sealed"], ids=lambda vector: vector["what"])
def test_vector_when_read_then_opens_with_the_organisations_key(vector: dict[str, str]) -> None:
    written, document = parted(vector["body_base64"])
    note = read_note(written)
    assert write_note(note) == written
    assert list(note.recipients) == [VECTORS["recipient"]] == [KEY]
    check_document(read_header(document[:MOST_HEADER_BYTES]), length=len(document))
    key = pyrage.decrypt(note.identity, [IDENTITY])
    assert open_version(key, document).decode() == VECTORS["content"]
    receipt = stamp_receipt.read(pyrage.decrypt(note.opening, [IDENTITY]))
    assert [stamp.commitment for stamp in receipt.stamps] == [note.commitment]
    assert receipt.stamps[0].content_sha256.hex() == VECTORS["content_sha256"]


def test_vector_when_handed_over_then_opens_with_the_readers_key() -> None:
    reader = pyrage.x25519.Identity.from_str(VECTORS["hand_over"]["reader_identity"])
    key = pyrage.decrypt(base64.b64decode(VECTORS["hand_over"]["identity"]), [reader])
    _note, document = parted(VECTORS["sealed"][0]["body_base64"])
    assert open_version(key, document).decode() == VECTORS["content"]


@pytest.mark.parametrize("vector", VECTORS["refused_notes"], ids=lambda vector: vector["what"])
def test_note_when_it_is_not_as_specified_then_is_refused(vector: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        read_note(vector["note"].encode())


@given(size=st.integers(0, 300_000), count=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_header_when_age_wrote_it_then_recipients_and_size_are_known(size: int, count: int) -> None:
    sealed = age_file(bytes(size), [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(count)])
    header = read_header(sealed[:MOST_HEADER_BYTES])
    assert header.stanzas == count
    assert content_size(len(sealed) - header.size) == size


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_header_when_a_byte_is_changed_then_it_is_refused_or_says_the_same(data: st.DataObject) -> None:
    sealed = bytearray(SMALL)
    size = read_header(bytes(sealed)).size
    place = data.draw(st.integers(0, size - 1))
    sealed[place] = data.draw(st.integers(0, 255))
    try:
        header = read_header(bytes(sealed))
    except Invalid:
        return
    assert header.size == size  # a letter of a share was changed: only its key can tell


@pytest.mark.parametrize("size", [0, 1, 4_095, 4_097, 5_001, 70_000])
def test_document_when_not_padded_then_is_refused(size: int) -> None:
    sealed = age_file(bytes(size), [KEY])
    with pytest.raises(Invalid, match="not padded"):
        check_document(read_header(sealed), length=len(sealed))


@given(size=st.integers(0, 400_000))
@settings(max_examples=30, deadline=None)
def test_document_when_padded_then_is_taken(size: int) -> None:
    assert padme(padded_size(size)) == padded_size(size)
    sealed = age_file(bytes(padded_size(size)), [KEY])
    check_document(read_header(sealed[:MOST_HEADER_BYTES]), length=len(sealed))


@pytest.mark.parametrize("payload", [0, 15, 16, 31, 16 + 65_552 + 16, 16 + 65_552 + 1])
def test_payload_when_cut_off_then_is_refused(payload: int) -> None:
    with pytest.raises(Invalid, match="cut off"):
        content_size(payload)
