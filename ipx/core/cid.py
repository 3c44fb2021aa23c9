"""Content identifiers as the exchange uses them: CIDv1, SHA-256, base32; raw blocks and dag-pb nodes.

It must never accept a second spelling of the same identifier: CIDs are compared and signed as text.
"""

import base64
import hashlib
from dataclasses import dataclass

from ipx.core.errors import Invalid, Tampered

RAW, DAG_PB = 0x55, 0x70  # https://github.com/multiformats/multicodec/blob/master/table.csv
BYTE_LENGTH = 36
TEXT_LENGTH = 59
_SHA2_256 = b"\x12\x20"  # multihash: the function's code, then 32, the length of its digest


@dataclass(frozen=True)
class Cid:
    """A CIDv1: the codec of the block (RAW or DAG_PB) and the block's SHA-256."""

    codec: int
    digest: bytes

    @classmethod
    def of(cls, codec: int, block: bytes) -> "Cid":
        """Return the identifier of a block."""
        return cls(codec, hashlib.sha256(block).digest())

    @classmethod
    def parse(cls, text: str) -> "Cid":
        """Read the text form. Raises Invalid for anything but the one spelling that ``str`` gives."""
        refusal = Invalid("This is not a content identifier that the exchange uses (CIDv1, SHA-256, base32).")
        if len(text) != TEXT_LENGTH or not text.startswith("b") or not text.isascii():
            raise refusal
        try:
            cid = cls.from_bytes(base64.b32decode(text[1:].upper() + "======"))
        except (ValueError, Tampered) as error:
            raise refusal from error
        if str(cid) != text:
            raise refusal
        return cid

    @classmethod
    def from_bytes(cls, data: bytes) -> "Cid":
        """Read the 36 bytes that ``bytes`` gives. Raises Tampered for any others."""
        if len(data) != BYTE_LENGTH or data[0] != 1 or data[1] not in (RAW, DAG_PB) or data[2:4] != _SHA2_256:
            raise Tampered("These bytes are not a CIDv1 of a raw or dag-pb block with a SHA-256.")
        return cls(data[1], data[4:])

    def __bytes__(self) -> bytes:
        return bytes((1, self.codec)) + _SHA2_256 + self.digest

    def __str__(self) -> str:
        return "b" + base64.b32encode(bytes(self)).decode("ascii").lower().rstrip("=")

    def verify(self, block: bytes) -> bytes:
        """Return ``block`` when it is the one that this CID names. Raises Tampered when it is not."""
        if hashlib.sha256(block).digest() != self.digest:
            raise Tampered(f"The stored block {self} does not have the hash that its name says.")
        return block
