"""The plain head of a wrapped value: which key opens it. Pure; docs/spec/key-wrapping.md is the frozen format.

It must never need a key: who rotates keys finds by the head alone what is still to be done.
"""

from ipx.core.errors import Tampered

FIRST, SECOND = b"\x01", b"\x02"
GENERATION_BYTES, ROOT_ID_BYTES = 4, 8
HEAD_BYTES = len(SECOND) + GENERATION_BYTES
LAST_GENERATION = 2 ** (8 * GENERATION_BYTES) - 1


def head_of(generation: int) -> bytes:
    """Return the first bytes of everything that belongs to this generation of an organisation's key (from 1)."""
    return SECOND + generation.to_bytes(GENERATION_BYTES, "big")


def generation_of(wrapped: bytes) -> int:
    """Return the generation of a wrapped organisation key, or of the key that wraps a secret. Raises Tampered."""
    if wrapped[:1] == FIRST:
        return 1
    generation = int.from_bytes(wrapped[len(SECOND) : HEAD_BYTES], "big")
    if wrapped[:1] != SECOND or len(wrapped) < HEAD_BYTES or generation == 0:
        raise Tampered("This wrapped value is not in a form that this version can open.")
    return generation


def root_of(wrapped: bytes) -> bytes | None:
    """Return the id of the root key that wraps an organisation's key; None in version 1, which does not tell."""
    return wrapped[HEAD_BYTES : HEAD_BYTES + ROOT_ID_BYTES] if wrapped[:1] == SECOND else None
