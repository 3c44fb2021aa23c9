"""Files as HTTP answers: never rendered as a page of ours, whatever is in them."""

from flask import Response

from ipx.vault.delivery import Stream

# The strictest policy there is: an image shown, or a file opened in a tab, can neither run nor fetch anything.
LOCKED = "default-src 'none'; style-src 'none'; script-src 'none'; sandbox; frame-ancestors 'none'"


def streamed(stream: Stream, *, name: str, kind: str, size: int | None, inline: bool = False) -> Response:
    """Return an answer that hands the stream over; it breaks off visibly when the stream fails."""
    response = Response(stream, content_type=kind)
    response.call_on_close(stream.close)
    if size is not None:
        response.content_length = size
    return _as_file(response, name=name, inline=inline)


def attachment(content: bytes, *, name: str, kind: str) -> Response:
    """Return bytes as a download."""
    return _as_file(Response(content, content_type=kind), name=name, inline=False)


def _as_file(response: Response, *, name: str, inline: bool) -> Response:
    response.headers.set("Content-Disposition", "inline" if inline else "attachment", filename=name)
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["Cache-Control"] = "private, no-store"
    return response
