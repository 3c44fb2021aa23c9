"""FROZEN. Salted commitments: what goes on chain in the place of a secret.

docs/spec/commitment.md is the specification; docs/spec/vectors/commitment.json its vectors.
"""

import hashlib

from ipx.core.errors import Invalid

DOCUMENT = "ipx/commitment/v1"
GRANT = "ipx/grant/v1"
TITLE = "ipx/title/v1"
TERMS = "ipx/terms/v1"
AUDIT = "ipx/audit/v1"
TAGS = (DOCUMENT, GRANT, TITLE, TERMS, AUDIT)


def commit(tag: str, *, salt: bytes, content_sha256: bytes, owner: str) -> bytes:
    """Return SHA-256(tag ‖ 0x00 ‖ salt[32] ‖ content_sha256[32] ‖ owner[32]).

    ``owner`` is a 0x-prefixed account address, left-padded with zeros to 32 bytes: a copier of the
    commitment cannot claim it for himself. Raises Invalid for other lengths or an unknown tag.
    """
    if tag not in TAGS:
        raise Invalid(f"{tag} is not a kind of commitment.")
    if len(salt) != 32 or len(content_sha256) != 32:
        raise Invalid("A commitment takes a salt and a SHA-256 of 32 bytes each.")
    return hashlib.sha256(tag.encode("ascii") + b"\x00" + salt + content_sha256 + pad_address(owner)).digest()


def pad_address(address: str) -> bytes:
    """Return a 0x-prefixed account address as 32 bytes, left-padded with zeros."""
    digits = address.removeprefix("0x")
    if not address.startswith("0x") or len(digits) != 40 or not all(c in "0123456789abcdefABCDEF" for c in digits):
        raise Invalid(f"{address} is not an account address (0x and 40 hexadecimal digits).")
    return bytes(12) + bytes.fromhex(digits)
