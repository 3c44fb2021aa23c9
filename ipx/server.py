"""Serves the exchange over HTTP with gunicorn's threads; request bodies are streamed, never spooled to a file."""

import logging
import os
import resource
import signal
import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import DBAPIError

from ipx.core.errors import Conflict, ExchangeError
from ipx.factory import create_app
from ipx.matching.service import SearchService
from ipx.outside import embedded_chain
from ipx.settings import Settings
from ipx.wiring import Exchange, build_exchange
from ipx.worker import Periodic, Worker

THREADS = 16
LONGEST_ADDRESS = 8190  # bytes of a request’s first line, gunicorn’s most; 800 Chinese characters are 7,200
STALLED_SECONDS = 60  # a client that neither sends nor takes a byte for so long is let go, with its thread
DEMO_SECONDS = 2.0  # how long a step of the demonstration's deals waits for the one before it
CANNOT_BOOT = 3  # gunicorn's own: the master ends instead of starting worker after worker
GO = b"go\n"

log = logging.getLogger("ipx.server")


class Lifeline:
    """Our standard input, a pipe from the `ipx run` that started us: it ends when that process does."""

    def __init__(self) -> None:
        self.is_cut = False

    def wait_for_go(self) -> bool:
        """Wait until we may begin; False when our parent is gone."""
        return os.read(0, len(GO)) == GO

    def watch(self, worker: Any) -> None:
        """In a worker process: end the whole server when the line is cut."""
        threading.Thread(target=self._watch, args=(worker,), name="ipx-lifeline", daemon=True).start()

    def _watch(self, worker: Any) -> None:
        while os.read(0, 64):
            pass
        self.is_cut = True
        if os.getppid() == worker.ppid:  # else the master is gone too, and this worker ends by itself
            with suppress(ProcessLookupError):
                os.kill(worker.ppid, signal.SIGTERM)


class Server(BaseApplication):  # type: ignore[misc]
    """One gunicorn master with one or more workers; in embedded mode the one worker also does the background work."""

    def __init__(self, settings: Settings, *, workers: int, with_worker: bool, lifeline: Lifeline | None) -> None:
        self._settings = settings
        self._workers = workers
        self._with_worker = with_worker
        self._lifeline = lifeline
        self._background: Worker | None = None
        super().__init__()

    def load_config(self) -> None:
        """Say how to serve."""
        options = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "workers": self._workers,
            "threads": THREADS,
            "worker_class": "gthread",
            "timeout": 120,
            "graceful_timeout": 5,
            "keepalive": 5,
            "limit_request_line": LONGEST_ADDRESS,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_fork": lambda server, worker: _limit_patience(worker),
            "post_worker_init": lambda worker: self._lifeline.watch(worker) if self._lifeline else None,
            "worker_exit": lambda server, worker: self._stop(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application in the worker process, after the fork: connections do not survive one."""
        try:
            exchange = build_exchange(self._settings)
            exchange.durable.connect()
            if self._with_worker:
                more = _deals_of_the_demonstration(exchange) if self._settings.demo else ()
                self._background = Worker(exchange, executor="embedded", more=more)
                self._background.start()
            app = create_app(exchange)
            threading.Thread(target=_warm, args=(exchange,), name="ipx-warm", daemon=True).start()
        except (ExchangeError, DBAPIError) as error:
            log.critical("The server cannot start: %s", getattr(error, "message", None) or getattr(error, "orig", ""))
            raise SystemExit(CANNOT_BOOT) from error
        if self._settings.demo:
            _show_demo_accounts(app)
        return app

    def _stop(self) -> None:
        """The worker process ends; nothing in here is needed for what is on the disk to be right."""
        if self._background is not None:
            self._background.stop()
        if self._lifeline is not None and self._lifeline.is_cut and not self._settings.chain_url:
            embedded_chain(self._settings).stop()  # nobody else is left to do it


def _warm(exchange: Exchange) -> None:
    """Load the model of meaning and its vectors beside the first pages, so that no search waits for them."""
    search = exchange.services[SearchService]
    assert isinstance(search, SearchService)
    try:
        with exchange.database.read() as session:
            search.warm(session)
    except (ExchangeError, DBAPIError) as error:
        log.warning("Search by meaning is not ready yet: %s", error)


def _deals_of_the_demonstration(exchange: Exchange) -> Sequence[Periodic]:
    """Return what plays them in the background: they wait for the chain, and the start must not."""
    from ipx.demo.load import demo_deals

    return [Periodic("demonstration", demo_deals(exchange).advance, quiet=DEMO_SECONDS)]


def _show_demo_accounts(app: Flask) -> None:
    """Let the page of signing in name the accounts that `ipx run` prints."""
    from ipx.demo.people import ACCOUNTS, PASSWORD

    shown = [{"label": account.email, "value": account.role_in_words} for account in ACCOUNTS]
    app.context_processor(lambda: {"demo_accounts": shown, "demo_password": PASSWORD})


def serve(settings: Settings, *, workers: int, with_worker: bool, as_child: bool = False) -> None:
    """Serve until told to stop (SIGINT, SIGTERM). ``as_child``: begin when our parent says so, end when it does."""
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise Conflict("More than one web process needs PostgreSQL: set IPX_DATABASE_URL.")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold documents in clear
    lifeline = Lifeline() if as_child else None
    if lifeline is None or lifeline.wait_for_go():
        server: Any = Server(settings, workers=workers, with_worker=with_worker, lifeline=lifeline)
        server.run()


def _limit_patience(worker: Any) -> None:
    """Let reads and writes on a connection fail after a while; connections inherit this from the listening socket."""
    limit = struct.pack("ll", STALLED_SECONDS, 0)
    for listener in worker.sockets:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, limit)
