"""Copies in clear for readers of other organisations: a PDF carries the reader's name and the time on each page.

The owner's own people get the file as it was deposited, since that is what its time stamp proves. A PDF that cannot be
marked is not handed over in clear. A mark deters and tells where a copy came from; whoever wants to can take it off.
"""

from collections.abc import Callable
from datetime import datetime

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict, ExchangeError
from ipx.core.inspection_ports import Workshop
from ipx.core.ports import DocumentStore, StoreSource
from ipx.vault.clear_pieces import Pieces, clear_pieces
from ipx.vault.delivery import NO_BYTES, CloseReceipt, Stream
from ipx.vault.findings import InspectionState
from ipx.vault.piping import PIECE
from ipx.vault.records import Document, Inspection, Reading
from ipx.vault.rules import Form, Outcome, SourceKind

MARKED = "application/pdf"
PICTURE = "image/jpeg"
CURE = "Take it sealed for your own key (.age) instead, or ask its owner for one that can be marked."


def is_due(document: Document, reading: Reading, form: Form) -> bool:
    """Tell whether this reading gets a marked copy."""
    return form is Form.CLEAR and document.media_type == MARKED and reading.source_kind is not SourceKind.OWN


def check_can_be_marked(inspection: Inspection | None) -> None:
    """Refuse at once what is known not to be markable. Raises Conflict."""
    if inspection is not None and inspection.state is InspectionState.OPAQUE:
        raise Conflict(f"This PDF cannot carry your name, so it is not handed over in clear. {CURE}")


def lines_of(actor: Actor, *, at: datetime, receipt_id: str) -> list[str]:
    """Return what stands on each page: who reads for whom, and when, by which receipt."""
    return [f"{actor.name}, {actor.organisation_name}", f"{at:%Y-%m-%d %H:%M} UTC · receipt {receipt_id}"]


class Marking:
    """Makes marked copies and pictures."""

    def __init__(self, *, workshop: Workshop, store: DocumentStore) -> None:
        self._workshop = workshop
        self._store = store

    def stream(
        self,
        document: Document,
        *,
        identity: str,
        lines: list[str],
        page: int | None,
        close_receipt: CloseReceipt,
        check: Callable[[], None],
    ) -> Stream:
        """Return a marked copy, or a page as a marked picture: made after the whole file was verified, and before its
        first byte leaves. ``check`` is asked while it leaves, as of every stream.

        Raises Conflict when it cannot be made, and what the store raises; the receipt then says *failed*.
        """
        try:
            with clear_pieces(self._store, cid=document.cid, identity=identity, size=document.size) as pieces:
                made = self._make(pieces, document, lines=lines, page=page)
        except ExchangeError as error:
            close_receipt(Outcome.FAILED, 0, NO_BYTES)
            if isinstance(error, Conflict):
                raise Conflict(f"{error.message} {CURE}") from error
            raise
        return Stream(iter(lambda: made.read(PIECE), b""), release=made.close, close_receipt=close_receipt, check=check)

    def _make(self, pieces: Pieces, document: Document, *, lines: list[str], page: int | None) -> StoreSource:
        if page is None:
            return self._workshop.mark(pieces, lines=lines, size=document.size)
        kind = document.media_type
        return self._workshop.draw(pieces, media_type=kind, page=page, lines=lines, size=document.size)
