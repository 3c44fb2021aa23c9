"""The raw body of an upload as the vault reads it: never parsed as a form, never spooled to a file."""

from urllib.parse import unquote

from flask import abort, request
from werkzeug.exceptions import ClientDisconnected

from ipx.accounts.records import Actor
from ipx.core.errors import Invalid
from ipx.vault.export_control import UNREVIEWED
from ipx.vault.records import Document
from ipx.vault.service import DocumentRole, VaultService
from ipx.web.services import provided

# What is read and thrown away after a refusal, so that a browser sees the answer instead of a broken connection.
MOST_DRAINED = 64 << 20


class Body:
    """The request's body; a connection that breaks looks like an early end."""

    def __init__(self, length: int) -> None:
        self._stream = request.stream
        self._left = length

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, ``b""`` at the end and after a broken connection."""
        try:
            piece = self._stream.read(size)
        except (ClientDisconnected, OSError):
            return b""
        self._left -= len(piece)
        return piece

    def drain(self) -> None:
        """Throw away what is left, unless it is so much that the sender will not wait for the answer."""
        if self._left <= MOST_DRAINED:
            while self.read(1 << 16):
                pass


def announced_length() -> int:
    """Return Content-Length; 411 without it, 415 for a form, which would have been written to a file in clear."""
    if request.mimetype.startswith("multipart/"):
        abort(415, "Send the file itself as the body of the request, not as a form.")
    if request.content_length is None:
        abort(411, "Say the length of the file in the header Content-Length; chunked bodies are not accepted.")
    return request.content_length


def deposited(actor: Actor, *, subject_kind: str, subject_id: str, role: DocumentRole, length: int) -> Document:
    """Deposit the request's body as its headers describe it. No transaction may be open.

    Raises what ``VaultService.deposit`` raises, after the rest of the body was read: a browser sees the answer.
    """
    body = Body(length)
    try:
        return provided(VaultService).deposit(
            actor,
            subject_kind=subject_kind,
            subject_id=subject_id,
            role=role,
            file_name=file_name(),
            media_type=request.content_type or "",
            length=length,
            stream=body,
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            expected_sha256=request.headers.get("X-Content-SHA256"),
            export_control=request.headers.get("X-Export-Control", UNREVIEWED),
        )
    except Exception:
        body.drain()
        raise


def asked_role() -> DocumentRole:
    """Return the role from header or address. Raises Invalid."""
    asked = request.headers.get("X-Document-Role") or request.args.get("role") or DocumentRole.CONFIDENTIAL
    try:
        return DocumentRole(asked)
    except ValueError as error:
        raise Invalid("X-Document-Role is confidential, public, image or instrument.") from error


def file_name() -> str:
    """Return the file's name, which the browser has percent-encoded."""
    return unquote(request.headers.get("X-File-Name", ""), errors="replace")
