"""The one place where errors become HTTP: pages for people, problem+json (RFC 9457) for programs."""

import logging
import traceback

from flask import Flask, Response, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from ipx.core.errors import (
    Conflict,
    ExchangeError,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Tampered,
    TooLarge,
    Unavailable,
)
from ipx.web.guards import current_actor, is_public
from ipx.web.transactions import release

log = logging.getLogger("ipx.web")

# First match wins, so the narrower class stands first.
STATUS: tuple[tuple[type[ExchangeError], int], ...] = (
    (TooLarge, 413),
    (Conflict, 409),
    (Forbidden, 403),
    (Invalid, 422),
    (Refused, 422),
    (NotFound, 404),
    (Tampered, 422),
    (Unavailable, 503),
)
PAGES = (400, 401, 403, 404, 405, 409, 411, 413, 415, 422, 429, 500, 503)


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(ExchangeError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(IntegrityError, _twin)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """Tell whether the caller is a program."""
    known = ["text/html", "application/json", "application/problem+json"]
    best = request.accept_mimetypes.best_match(known, default="text/html")
    return best != "text/html" or request.path.startswith("/api/")


def _ours(error: ExchangeError) -> Response:
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    if status >= 500:
        log.warning("unavailable: %s", error.message)
    return _answer(status, error.message, field=getattr(error, "field", None))


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    if isinstance(error, CSRFError) and current_actor() is None and not is_public(request.endpoint):
        return _answer(401, "You were signed out meanwhile. Sign in, open the page again and send it once more.")
    response = _answer(error.code, error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
    return response


def _twin(error: IntegrityError) -> Response:
    """Two requests made the same thing at once, and the database let one of them through."""
    log.error("refused by the database at %s %s\n%s", request.method, request.path, trace_of(error))
    return _answer(409, "The same was done elsewhere at this moment. Open the page again to see how it stands.")


def _database_away(error: OperationalError) -> Response:
    """The database does not answer, or its disk is full; the words of the driver are for the log, types only."""
    log.error("the database cannot be used at %s %s\n%s", request.method, request.path, trace_of(error))
    return _answer(503, "The database cannot be used at the moment. Nothing was changed; please try again later.")


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error at %s %s\n%s", request.method, request.path, trace_of(error))
    return _answer(
        500, "Something went wrong on our side. Nothing that was confirmed to you is lost. Please try again."
    )


def trace_of(error: BaseException) -> str:
    """Return where an error came from, types only: a message may hold what a confidential document says, or a key."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines.append(
            f"{type(cause).__module__}.{type(cause).__name__}\n{''.join(traceback.format_tb(cause.__traceback__))}"
        )
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "… which came from\n".join(lines)


def _answer(status: int, detail: str, *, field: str | None = None) -> Response:
    release()
    if wants_json():
        body = {
            "type": f"/api#problem-{status}",
            "title": TITLES.get(status, "Error"),
            "status": status,
            "detail": detail,
        }
        if field:
            body["field"] = field
        response = jsonify(body)
        response.content_type = "application/problem+json"
    else:
        page = f"errors/{status if status in PAGES else 500}.html"
        response = Response(
            render_template(page, detail=detail, status=status), content_type="text/html; charset=utf-8"
        )
    response.status_code = status
    return response


TITLES = {
    400: "The request could not be read",
    401: "Please sign in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "The state has changed",
    411: "The length is missing",
    413: "Too large",
    415: "This type is not accepted",
    422: "Something needs to be corrected",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Temporarily unavailable",
}
