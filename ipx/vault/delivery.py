"""A document on its way out: decrypted, verified and handed over piece by piece, and the receipt closed at its end.

No byte leaves that was not authenticated, and the last piece leaves only when all of the file was: a reader whose
transfer ended well has exactly what was deposited.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ipx.core.errors import ExchangeError, Tampered
from ipx.core.ports import StoreSource
from ipx.core.unixfs import Importer
from ipx.vault import sealed_form, sealing
from ipx.vault.piping import PIECE
from ipx.vault.records import Document
from ipx.vault.rules import Form, Outcome

CloseReceipt = Callable[[Outcome, int, str], None]
ASKED_EVERY = 1.0  # seconds between two looks whether a running transfer is still allowed
NO_BYTES = hashlib.sha256().hexdigest()


class Stream(Iterator[bytes]):
    """The pieces to hand over. Whoever iterates must call ``close``, which is harmless after the end."""

    def __init__(
        self,
        pieces: Iterator[bytes],
        *,
        release: Callable[[], None],
        close_receipt: CloseReceipt,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Read the first piece at once. Raises what is wrong with the file before anything is promised.

        ``check`` is asked once a second and raises when the reader may not have the rest.
        """
        self._check = check
        self._checked_at = time.monotonic()
        self._pieces = pieces
        self._release = release
        self._close_receipt = close_receipt
        self._hash = hashlib.sha256()
        self._size = 0
        self._open = True
        self._held: bytes | None = self._take()

    def __next__(self) -> bytes:
        """Return the next piece, always one behind what is verified."""
        piece, self._held = self._held, None
        if piece is None:
            raise StopIteration
        self._ask_whether_still_open()
        following = self._take()
        self._hash.update(piece)
        self._size += len(piece)
        if following is None:
            self._end(Outcome.COMPLETE)
        self._held = following
        return piece

    def close(self) -> None:
        """Let go; when the end was not reached, the receipt says so."""
        self._end(Outcome.ABORTED)

    def _ask_whether_still_open(self) -> None:
        if time.monotonic() - self._checked_at < ASKED_EVERY:
            return
        self._checked_at = time.monotonic()
        try:
            self._check()
        except ExchangeError:
            self._end(Outcome.ABORTED)
            raise

    def _take(self) -> bytes | None:
        try:
            return next(self._pieces, None)
        except BaseException:
            self._end(Outcome.FAILED)
            raise

    def _end(self, outcome: Outcome) -> None:
        if not self._open:
            return
        self._open = False
        try:
            self._release()
        finally:
            self._close_receipt(outcome, self._size, self._hash.hexdigest())


@dataclass(frozen=True)
class Delivery:
    """A reading that was allowed and written down. ``size`` is None when it is not known before the end."""

    document: Document
    receipt_id: str
    form: Form
    file_name: str
    media_type: str
    size: int | None
    start: Callable[[], Stream]

    def chunks(self) -> Stream:
        """Start. Call it once, after the transaction with the receipt is committed. Raises Tampered, NotFound,
        Unavailable when the file is damaged, missing or out of reach; the receipt then says *failed*."""
        return self.start()


@dataclass(frozen=True)
class PublicFile:
    """A public document or image, as it is shown to everybody."""

    document: Document
    start: Callable[[], Stream]

    def chunks(self) -> Stream:
        """Start, as in Delivery; nobody keeps a receipt of it."""
        return self.start()


def sealed_stream(
    open_source: Callable[[], StoreSource],
    *,
    document: Document,
    identity: str,
    recipient: str | None,
    close_receipt: CloseReceipt,
    check: Callable[[], None],
) -> Stream:
    """Return the content of a sealed document, or a fresh age file of it for ``recipient``."""
    try:
        source = open_source()
    except ExchangeError:
        close_receipt(Outcome.FAILED, 0, NO_BYTES)
        raise
    inner = sealing.decrypted(source, identity=identity)
    clear = sealed_form.unpack(inner, document.size)
    outer = sealing.encrypted(clear, recipient=recipient) if recipient is not None else None
    pieces = clear if outer is None else outer

    def release() -> None:
        if outer is not None:
            outer.close()  # first: its thread is the one that reads from the inner pump
        inner.close()
        source.close()

    return Stream(pieces, release=release, close_receipt=close_receipt, check=check)


def stored_stream(
    open_source: Callable[[], StoreSource],
    *,
    document: Document,
    close_receipt: CloseReceipt,
    check: Callable[[], None],
) -> Stream:
    """Return what is stored, as it is, compared with its CID before the last piece leaves: we cannot open it."""
    try:
        source = open_source()
    except ExchangeError:
        close_receipt(Outcome.FAILED, 0, NO_BYTES)
        raise
    return Stream(_as_named(source, document.cid), release=source.close, close_receipt=close_receipt, check=check)


def _as_named(source: StoreSource, cid: str) -> Iterator[bytes]:
    importer = Importer()
    while piece := source.read(PIECE):
        importer.feed(piece)
        yield piece
    importer.finish()
    if str(importer.root) != cid:
        raise Tampered("The stored file is not the one that was deposited.")


def public_stream(open_source: Callable[[], StoreSource], *, document: Document, sha256: bytes | None) -> Stream:
    """Return the content of an unsealed document, compared with its hash before the last piece leaves."""
    source = open_source()
    pieces = _verified(source, document.size, sha256)
    return Stream(pieces, release=source.close, close_receipt=lambda *_: None)


def _verified(source: StoreSource, size: int, sha256: bytes | None) -> Iterator[bytes]:
    digest, seen = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        digest.update(piece)
        seen += len(piece)
        yield piece
    if seen != size or (sha256 is not None and digest.digest() != sha256):
        raise Tampered("The stored file is not the one that was deposited.")
