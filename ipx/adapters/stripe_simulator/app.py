"""Owns putting the simulator together as a WSGI application of its own, with paths relative to where it is mounted.

It never reads the environment; whoever mounts it gives the settings.
"""

import logging
from pathlib import Path

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from ipx.adapters.stripe_simulator.api import add_headers, api_blueprint, fault_response
from ipx.adapters.stripe_simulator.books import BookStore
from ipx.adapters.stripe_simulator.courier import Courier, Route
from ipx.adapters.stripe_simulator.desk import new_id
from ipx.adapters.stripe_simulator.engine import EXTENSION, Engine
from ipx.adapters.stripe_simulator.faults import API, ApiFault
from ipx.adapters.stripe_simulator.operations import operations_blueprint
from ipx.adapters.stripe_simulator.page import page_blueprint
from ipx.adapters.system import SystemClock
from ipx.core.ports import Clock

_LARGEST_BODY = 64 * 1024

_log = logging.getLogger(__name__)


def create_simulator(
    database_path: Path | str,
    public_url: str,
    webhook_url: str,
    webhook_secret: str,
    secret_key: str,
    *,
    clock: Clock | None = None,
    first_pause: float = 1.0,
) -> Flask:
    """Return the simulator and start its courier, which goes on with what an earlier process left undelivered.

    ``public_url``: where a browser finds this application, mount path included, for the payment page.
    ``first_pause``: seconds after the first failed delivery; each further pause is twice as long.
    """
    clock = clock or SystemClock()
    store = BookStore(Path(database_path))
    courier = Courier(store, clock, Route(webhook_url, webhook_secret, first_pause))
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    app.extensions[EXTENSION] = Engine(store, clock, public_url.rstrip("/"), secret_key, courier)
    app.before_request(_number_request)
    app.after_request(_finish)
    app.register_error_handler(ApiFault, fault_response)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crash)
    app.register_blueprint(api_blueprint())
    app.register_blueprint(operations_blueprint(), url_prefix="/operator")
    app.register_blueprint(page_blueprint(), url_prefix="/pay")
    courier.wake()
    return app


def _number_request() -> None:
    g.request_id = new_id("req", 14)


def _is_api() -> bool:
    return request.path.startswith(("/v1/", "/operator/"))


def _finish(response: Response) -> Response:
    return add_headers(response) if _is_api() else response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if not _is_api():
        return Response(render_template("closed.html", state="unknown", onward=None), status)
    if status in (404, 405):
        message = f"Unrecognized request URL ({request.method}: {request.path}). (The simulator knows only a part.)"
        return fault_response(ApiFault(message, status=404))
    return fault_response(ApiFault(error.description or "The request cannot be read.", status=status))


def _crash(error: Exception) -> Response:
    _log.exception("The Stripe simulator failed to answer.", exc_info=error)
    if _is_api():
        return fault_response(ApiFault("The simulator failed; see its log.", status=500, type=API))
    return Response(render_template("closed.html", state="failed", onward=None), 500)
