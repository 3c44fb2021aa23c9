"""Markers as they may look in a file: plain, in other alphabets of computers, in pieces of base64. Pure."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ipx.core.errors import Invalid

SHORTEST = 8


@dataclass(frozen=True)
class Needle:
    """One look of one marker; ``folds`` when upper and lower case are the same."""

    marker: str
    looks: str
    bytes: bytes
    folds: bool


def needles_of(markers: Sequence[str]) -> list[Needle]:
    """Return every usual look of the markers. Raises Invalid for one that is too short to be told from chance."""
    for marker in markers:
        if len(marker.encode()) < SHORTEST:
            raise Invalid(f"The marker {marker!r} is too short: take {SHORTEST} bytes or more.")
    return [needle for marker in markers for needle in _looks(marker)]


def _looks(marker: str) -> Iterator[Needle]:
    plain = marker.encode()
    found: dict[bytes, Needle] = {}
    for looks, bytes_ in _folding(marker, plain):
        found.setdefault(bytes_.lower(), Needle(marker, looks, bytes_.lower(), folds=True))
    for shift in range(3):
        for looks, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            # The characters at both ends depend on the neighbours' bits as well, so they are left out.
            whole = encode(bytes(shift) + plain).rstrip(b"=")
            inner = whole[(0, 2, 3)[shift] : len(whole) - (1 if (shift + len(plain)) % 3 else 0)]
            found.setdefault(inner, Needle(marker, looks, inner, folds=False))
    yield from found.values()


def _folding(marker: str, plain: bytes) -> Iterator[tuple[str, bytes]]:
    yield "plain", plain
    yield "backwards", plain[::-1]
    for alphabet in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        yield alphabet, marker.encode(alphabet)
    yield "hex", plain.hex().encode()
    yield "percent-encoded", quote(marker, safe="").encode()
    yield "JSON", json.dumps(marker)[1:-1].encode()


class Sieve:
    """Finds needles in bytes that come piece by piece, also across the seams."""

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._needles = needles
        self._overlap = max(len(needle.bytes) for needle in needles) - 1
        self._before = b""
        self.found: set[Needle] = set()

    def feed(self, piece: bytes) -> None:
        """Look at the next piece."""
        window = self._before + piece
        lowered = window.lower()
        for needle in self._needles:
            if needle.bytes in (lowered if needle.folds else window):
                self.found.add(needle)
        self._before = window[-self._overlap :]
