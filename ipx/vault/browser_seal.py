"""FROZEN. What a browser sends that seals a document itself: a note, and the age file it is about. Pure.

docs/spec/sealed-in-browser.md is the specification; docs/spec/vectors/sealed_in_browser.json its vectors.
It must never ask for anything that could open the document: what is inside the note is sealed as well.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.core.errors import Invalid, Tampered
from ipx.vault.age_header import AgeHeader, check_small_file, content_size
from ipx.vault.sealed_form import SMALLEST, padme

FORMAT = "ipx/browser-seal/v1"
PREFIX = 4  # bytes before the note: its length, big-endian
LARGEST_NOTE = 64 << 10
MOST_RECIPIENTS = 20
LARGEST_IDENTITY, LARGEST_OPENING = 4 << 10, 8 << 10  # bytes inside the two small age files

_WORD = re.compile(r"[0-9a-f]{64}")
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_FIELDS = {"format", "commitment", "identity", "opening", "recipients"}


@dataclass(frozen=True)
class SealNote:
    """What is said about a document that was sealed elsewhere.

    ``identity`` and ``opening`` are age files for ``recipients``: the version's identity, and the receipt of the stamp.
    """

    commitment: bytes
    identity: bytes
    opening: bytes
    recipients: Sequence[str]


def write_note(note: SealNote) -> bytes:
    """Return the note's canonical bytes."""
    return canonical.encode(
        {
            "format": FORMAT,
            "commitment": note.commitment.hex(),
            "identity": base64.b64encode(note.identity).decode(),
            "opening": base64.b64encode(note.opening).decode(),
            "recipients": list(note.recipients),
        }
    )


def read_note(data: bytes) -> SealNote:
    """Return a note, read strictly. Raises Invalid, saying what is wrong."""
    fields = _object(data)
    commitment, recipients = fields["commitment"], fields["recipients"]
    if not isinstance(commitment, str) or not _WORD.fullmatch(commitment):
        raise Invalid("commitment is not 64 lower-case hexadecimal digits.")
    note = SealNote(
        commitment=bytes.fromhex(commitment),
        identity=read_base64(fields["identity"], name="identity"),
        opening=read_base64(fields["opening"], name="opening"),
        recipients=read_recipients(recipients),
    )
    count = len(note.recipients)
    check_small_file(note.identity, recipients=count, most=LARGEST_IDENTITY)
    check_small_file(note.opening, recipients=count, most=LARGEST_OPENING)
    return note


def read_recipients(value: Json) -> list[str]:
    """Return age public keys, each once and in order. Raises Invalid."""
    if not isinstance(value, list) or not all(isinstance(one, str) and _RECIPIENT.fullmatch(one) for one in value):
        raise Invalid("recipients is not a list of age public keys.")
    found = cast(list[str], value)
    if not 1 <= len(found) <= MOST_RECIPIENTS or found != sorted(set(found)):
        raise Invalid(f"recipients holds from 1 to {MOST_RECIPIENTS} keys, each once and in order.")
    return found


def read_base64(value: Json, *, name: str) -> bytes:
    """Return bytes from base64 with padding, in its only spelling. Raises Invalid."""
    try:
        data = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except binascii.Error:
        data = b""
    if not data or base64.b64encode(data).decode() != value:
        raise Invalid(f"{name} is not base64 (RFC 4648, section 4) in its only spelling.")
    return data


def check_document(header: AgeHeader, *, length: int) -> None:
    """Raise Invalid unless an age file of ``length`` bytes is for one recipient and padded to one of our sizes."""
    if header.stanzas != 1:
        raise Invalid("The document's age file has to be for the one identity of this version.")
    size = content_size(length - header.size)
    if size < SMALLEST or padme(size) != size:
        raise Invalid("The document is not padded to one of the sizes that hide its length. Open the page again.")


def _object(data: bytes) -> Mapping[str, Json]:
    try:
        fields = canonical.decode(data)
    except Tampered as error:
        raise Invalid(f"The note about the document is damaged: {error.message}") from error
    if not isinstance(fields, dict) or fields.get("format") != FORMAT or set(fields) != _FIELDS:
        raise Invalid(f"The note about the document is not of the format {FORMAT}. Open the page again.")
    return fields
