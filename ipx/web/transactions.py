"""One transaction for each request: opened when first asked for, committed when the answer is a success.

Never commits after an error or an answer of 400 and above. A GET reads only, unless its view says @writes.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from ipx.db.session import READ_ONLY, Database
from ipx.web.services import provided

View = TypeVar("View", bound=Callable[..., object])


def writes(view: View) -> View:
    """Mark a GET view that records something, such as the reading of a document."""
    view.ipx_writes = True  # type: ignore[attr-defined]
    return view


def db() -> Session:
    """Return the request's session."""
    if "ipx_session" not in g:
        session = provided(Database).sessions()
        if _reads_only():
            session.connection(execution_options=READ_ONLY)
        g.ipx_session = session
    found: Session = g.ipx_session
    return found


def commit() -> None:
    """Commit now: before a long stream, or to keep something although the answer will be an error."""
    session: Session | None = g.pop("ipx_session", None)
    if session is not None:
        with ExitStack() as stack:
            stack.callback(session.close)
            session.commit()


def release() -> None:
    """Give the transaction back without keeping anything: before waiting for a slow upload."""
    session: Session | None = g.pop("ipx_session", None)
    if session is not None:
        session.rollback()
        session.close()


def install(app: Flask) -> None:
    """Commit after successes, roll back after everything else."""

    @app.after_request
    def finish(response: Response) -> Response:
        if response.status_code >= 400 or "ipx_session" not in g or _reads_only():
            return response
        try:
            commit()
        except Exception as error:  # noqa: BLE001 - nothing was kept, so the answer may not be the success it was
            return app.make_response(app.handle_user_exception(error))
        return response

    @app.teardown_request
    def clean_up(error: BaseException | None) -> None:
        release()


def _reads_only() -> bool:
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        return False
    view = current_app.view_functions.get(request.endpoint or "")
    return not getattr(view, "ipx_writes", False)
