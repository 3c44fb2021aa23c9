"""Just enough DER (X.690) to put the certificates of a CMS message into the order that DER asks for.

Authorities built on OpenSSL write them in another one, and a strict reader refuses that; no signature covers them.
"""

from collections.abc import Iterator, Sequence

SEQUENCE, CONTEXT_0 = 0x30, 0xA0
# TimeStampResp → timeStampToken → content [0] → SignedData → certificates [0] (RFC 3161, 2.4.2; RFC 5652, 5.1)
_WAY = ((SEQUENCE, 1), (SEQUENCE, 1), (CONTEXT_0, 0), (SEQUENCE, 3))


def with_sorted_certificates(response: bytes) -> bytes:
    """Return a TimeStampResp with its certificates in DER's order, same length. Raises ValueError for other bytes."""
    begin, end = 0, len(response)
    for tag, place in _WAY:
        begin, end = _inside(response, begin, end, tag)
        begin, end = _element(response, begin, end, place)
    if begin >= end or response[begin] != CONTEXT_0:
        return response  # no certificates inside
    begin, end = _inside(response, begin, end, CONTEXT_0)
    certificates = sorted(response[first:last] for first, last in _elements(response, begin, end))
    return response[:begin] + b"".join(certificates) + response[end:]


def _element(data: bytes, begin: int, end: int, place: int) -> tuple[int, int]:
    elements: Sequence[tuple[int, int]] = list(_elements(data, begin, end))
    if place >= len(elements):
        raise ValueError("an element is missing")
    return elements[place]


def _elements(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    while begin < end:
        _, last = _content(data, begin, end)
        yield begin, last
        begin = last


def _inside(data: bytes, begin: int, end: int, tag: int) -> tuple[int, int]:
    if begin >= end or data[begin] != tag:
        raise ValueError("an element of another kind is expected")
    return _content(data, begin, end)


def _content(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return where an element's content begins and ends."""
    if begin + 2 > end:
        raise ValueError("an element is cut short")
    length, at = data[begin + 1], begin + 2
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or at + size > end:
            raise ValueError("a length cannot be read")
        length, at = int.from_bytes(data[at : at + size]), at + size
    if at + length > end:
        raise ValueError("an element is cut short")
    return at, at + length
