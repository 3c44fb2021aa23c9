"""A stored file's content, piece by piece, for whoever looks at it inside the exchange. It leaves no receipt.

It must only be handed to code that gives it to no reader.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ipx.core.ports import DocumentStore
from ipx.vault import sealed_form, sealing
from ipx.vault.piping import PIECE

Pieces = Iterator[bytes]


@contextmanager
def clear_pieces(store: DocumentStore, *, cid: str, identity: str | None, size: int) -> Iterator[Pieces]:
    """Give the content of a file of ``size`` bytes, sealed when there is an identity. The pieces raise Tampered at the
    latest at their end; NotFound and Unavailable come at once."""
    source = store.open(cid)
    try:
        if identity is None:
            yield iter(lambda: source.read(PIECE), b"")
            return
        inner = sealing.decrypted(source, identity=identity)
        try:
            yield sealed_form.unpack(inner, size)
        finally:
            inner.close()
    finally:
        source.close()
