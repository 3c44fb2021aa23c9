"""An upload on its way in: exactly as many bytes as announced, hashed and judged while they pass.

It must never hold more than two pieces of the upload, nor write any of it anywhere.
"""

import hashlib
from collections.abc import Iterator

from ipx.core.errors import Invalid
from ipx.vault.archives import ArchiveWatch
from ipx.vault.media_types import HEAD, TypeWatch
from ipx.vault.piping import PIECE, Reader


class Intake:
    """Iterates once over the upload's pieces; ``sha256`` is known when the iteration has ended."""

    def __init__(
        self,
        source: Reader,
        *,
        length: int,
        watch: TypeWatch,
        expected_sha256: str | None,
        inside: ArchiveWatch | None = None,
    ) -> None:
        self._source = source
        self._length = length
        self._watch = watch
        self._inside = inside
        self._expected = expected_sha256
        self._hash = hashlib.sha256()
        self.received = 0
        self._head = self._read_head()

    @property
    def sha256(self) -> bytes:
        """The SHA-256 of what has passed."""
        return self._hash.digest()

    def pieces(self) -> Iterator[bytes]:
        """Give the content. Raises Invalid when it is cut off, too long, hostile, of another type or hash."""
        piece = self._head
        while piece:
            self._hash.update(piece)
            self._watch.look(piece)
            if self._inside is not None:
                self._inside.feed(piece)
            yield piece
            piece = self._read()
        self._check_end()

    def _read_head(self) -> bytes:
        head = b""
        while len(head) < min(HEAD, self._length):
            head += self._read()
        self._watch.check_head(head)
        return head

    def _read(self) -> bytes:
        left = self._length - self.received
        if not left:
            return b""
        piece = self._source.read(min(PIECE, left))
        self.received += len(piece)
        if not piece:
            raise Invalid(
                f"The upload was cut off: {self.received} of {self._length} bytes arrived. Nothing was stored; "
                "send the file again.",
                field="file",
            )
        return piece

    def _check_end(self) -> None:
        if self._source.read(1):
            raise Invalid("More bytes arrived than were announced. Nothing was stored; send it again.", field="file")
        self._watch.finish()
        if self._inside is not None:
            self._inside.finish()
        if self._expected is not None and self._hash.hexdigest() != self._expected:
            raise Invalid(
                "The file changed on its way: its fingerprint is not the one that was announced. Nothing was stored; "
                "send it again.",
                field="file",
            )
