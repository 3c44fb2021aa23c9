"""FROZEN. The sealed form's inside: length, content, zero padding by Padmé. Pure; age around it is ``sealing``.

docs/spec/sealed-document.md is the specification; docs/spec/vectors/sealed_document.json its vectors.
It must never give out a content whose padding or length is not exactly what this file would have written.
"""

from collections.abc import Iterable, Iterator

from ipx.core.errors import Tampered

HEADER_SIZE = 8
SMALLEST = 4096
_ZEROS = bytes(1 << 16)


def padme(length: int) -> int:
    """Return the length after padding: at most 12 % more, leaking O(log log length) bits.

    Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, section 4.
    """
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def padded_size(content_size: int) -> int:
    """Return how many bytes go into the age file for a content of this many bytes."""
    return max(SMALLEST, padme(HEADER_SIZE + content_size))


def pack(pieces: Iterable[bytes], content_size: int) -> Iterator[bytes]:
    """Give the bytes to be encrypted. ``pieces`` must add up to ``content_size``; the caller has checked that."""
    yield content_size.to_bytes(HEADER_SIZE, "big")
    yield from pieces
    left = padded_size(content_size) - HEADER_SIZE - content_size
    while left:
        step = min(left, len(_ZEROS))
        yield _ZEROS[:step]
        left -= step


def unpack(pieces: Iterable[bytes], content_size: int) -> Iterator[bytes]:
    """Give the content of decrypted bytes. Raises Tampered, at the latest at the end: hold the last piece back.

    ``content_size`` is what our records say; the sealed header has to say the same.
    """
    source = iter(pieces)
    head = bytearray()
    while len(head) < HEADER_SIZE:
        head += _next(source)
    if int.from_bytes(head[:HEADER_SIZE], "big") != content_size:
        raise Tampered("The sealed document has another length than its record says.")
    left, piece = content_size, bytes(head[HEADER_SIZE:])
    while True:
        if piece and left:
            yield piece[:left]
        rest, left = piece[left:], left - min(left, len(piece))
        if not left:
            break
        piece = _next(source)
    _check_padding(rest, source, padded_size(content_size) - HEADER_SIZE - content_size)


def _next(source: Iterator[bytes]) -> bytes:
    piece = next(source, None)
    if piece is None:
        raise Tampered("The sealed document ends too early.")
    return piece


def _check_padding(rest: bytes, source: Iterator[bytes], expected: int) -> None:
    seen = len(rest)
    clean = not any(rest)
    for piece in source:
        seen += len(piece)
        clean = clean and piece.count(0) == len(piece)
    if seen != expected or not clean:
        raise Tampered("The padding of the sealed document is not what it must be.")
