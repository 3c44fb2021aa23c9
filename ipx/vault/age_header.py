"""The header of an age v1 file, read without any key: is it well formed, and for how many X25519 recipients? Pure.

Source: https://age-encryption.org/v1, "Encrypted file format". It tells nothing about who the recipients are: an X25519
stanza holds an ephemeral share and a wrapped file key only.
"""

import re
from dataclasses import dataclass

from ipx.core.errors import Invalid

MOST_HEADER_BYTES = 16 << 10
NONCE, TAG, CHUNK = 16, 16, 64 << 10

_VERSION = b"age-encryption.org/v1\n"
_STANZA = re.compile(rb"-> X25519 [A-Za-z0-9+/]{43}\n[A-Za-z0-9+/]{43}\n")
# Meaningless stanzas, which libraries add so that readers get used to ignoring what they do not know.
_GREASE = re.compile(rb"-> [!-~]+-grease(?: [!-~]+)*\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n")
_END = re.compile(rb"--- [A-Za-z0-9+/]{43}\n")
# 43 base64 characters without padding hold 32 bytes and two bits more, which must be zero: 16 last characters are left.
_LAST = b"AEIMQUYcgkosw048"


@dataclass(frozen=True)
class AgeHeader:
    """How many X25519 stanzas there are (others mean nothing), and the header's length in bytes with its MAC."""

    stanzas: int
    size: int


def read_header(head: bytes) -> AgeHeader:
    """Return what a file's first bytes say. Raises Invalid unless they are an age header for X25519 recipients."""
    if not head.startswith(_VERSION):
        raise Invalid("This is not an age v1 file. Open the page again; the browser encrypts the file there.")
    at, stanzas = len(_VERSION), 0
    while stanza := _STANZA.match(head, at) or _GREASE.match(head, at):
        if stanza.re is _STANZA:
            _check_words(stanza.group().split()[2:])
            stanzas += 1
        at = stanza.end()
    end = _END.match(head, at)
    if end is None or not stanzas:
        raise Invalid("The header of this age file is damaged, or names recipients of another kind than X25519.")
    _check_words(end.group().split()[1:])
    return AgeHeader(stanzas, end.end())


def content_size(payload: int) -> int:
    """Return how many bytes are inside a payload of this many bytes (nonce and chunks). Raises Invalid."""
    sealed = payload - NONCE
    chunks = -(-sealed // (CHUNK + TAG))
    size = sealed - chunks * TAG
    if chunks < 1 or size < 0 or (chunks > 1 and size <= (chunks - 1) * CHUNK):
        raise Invalid("This age file was cut off.")
    return size


def check_small_file(data: bytes, *, recipients: int, most: int) -> None:
    """Raise Invalid unless the bytes are a whole age file for so many recipients with ``most`` bytes inside at most."""
    header = read_header(data[:MOST_HEADER_BYTES])
    if header.stanzas != recipients:
        raise Invalid(f"This age file is for {header.stanzas} recipients; {recipients} were expected. Try again.")
    if not 0 < content_size(len(data) - header.size) <= most:
        raise Invalid("This age file is empty or larger than it may be. Try again.")


def _check_words(words: list[bytes]) -> None:
    if any(word[-1] not in _LAST for word in words):
        raise Invalid("The header of this age file is not written as age writes it.")
