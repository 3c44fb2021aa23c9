"""Starts the chain and the server, keeps them running, and stops all it started.

However this process or any of the others ends, another `ipx run` on the same data goes on where they were: whoever
lives is found by locks that processes hold, never guessed (docs/decisions/0008-embedded-chain.md).
"""

import contextlib
import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from ipx.adapters.evm.deploy import Deployer, RectifierPlan
from ipx.adapters.evm.rpc import Rpc
from ipx.adapters.evm.simulated_rectifiers import THRESHOLD
from ipx.backup.report import last_restore
from ipx.core.errors import Conflict, Unavailable
from ipx.db.restoring import refuse_half_restored
from ipx.db.session import Database
from ipx.embedded.child import ServerChild
from ipx.embedded.signals import StopSignals
from ipx.migrate import bring_up_to_date
from ipx.outside import deployments_folder, embedded_chain, relayer_key, simulated_rectifiers
from ipx.settings import Settings

if TYPE_CHECKING:
    from ipx.adapters.evm.anvil import Anvil

RECTIFICATION_DELAY_SECONDS = 7 * 24 * 3600
START_PATIENCE_SECONDS = 120.0
STOP_PATIENCE_SECONDS = 12.0
TRIES = 5  # to bring up a server that ends before it answers


def run(settings: Settings) -> int:
    """Run until Ctrl-C; return the exit code. Raises Conflict (already running, port), Unavailable (disk, database)."""
    if not settings.embedded:
        raise Conflict("`ipx run` is for one machine. In production: ipx migrate, ipx deploy, ipx serve, ipx worker.")
    with StopSignals() as signals, _usable(settings.data_dir), _only_one(settings.data_dir):
        refuse_half_restored(settings.data_dir)
        server = ServerChild(settings.data_dir)
        anvil = None if settings.chain_url else embedded_chain(settings)
        try:
            try:
                _start(settings, server, anvil, signals)
                _keep_running(settings, server)
            finally:
                signals.ignore()
        except KeyboardInterrupt:
            _say("Stopping …")
        finally:
            server.end(patience=STOP_PATIENCE_SECONDS)
            if anvil is not None:
                anvil.stop()
    return 0


def prepare(settings: Settings, anvil: "Anvil | None") -> None:
    """Bring chain, database and contracts to where the server can start; harmless when they are there already."""
    from ipx.adapters.evm.keys import address_of

    key = relayer_key(settings)
    relayer = address_of(key)
    if anvil is not None:
        anvil.start()
        if int(anvil.rpc.call("eth_getBalance", relayer, "latest"), 16) < 10**20:
            anvil.fund(relayer)
    _say("Bringing the database up to date")
    database = Database(settings.database_url)
    bring_up_to_date(database)
    database.dispose()
    _say("Checking the contracts on the chain")
    rpc = anvil.rpc if anvil is not None else Rpc(settings.chain_url or "")
    deployer = Deployer(
        rpc,
        folder=deployments_folder(settings),
        key=key,
        settle=(lambda: anvil.settle(anvil.rpc)) if anvil is not None else (lambda: None),
    )
    # Rectifiers of ours: pages say *simulated* (chain-and-evidence.md).
    rectifiers = simulated_rectifiers(settings).plan()
    deployer.deploy(RectifierPlan(rectifiers=rectifiers, threshold=THRESHOLD, delay=RECTIFICATION_DELAY_SECONDS))


def _start(settings: Settings, server: ServerChild, anvil: "Anvil | None", signals: StopSignals) -> None:
    server.end(patience=0)  # of a run that was killed
    _check_port(settings)
    with signals.held():
        server.start()  # it loads its modules while we prepare
        if anvil is not None:
            _say("Starting the embedded chain (anvil)")
            anvil.start()
    prepare(settings, anvil)
    _say("Starting the server")
    server.go()
    _await_answer(settings, server)
    _load_demo(settings)
    _greet(settings)


def _keep_running(settings: Settings, server: ServerChild) -> None:
    """Start the server again whenever it ends. Raises Conflict when it ends again and again before it answers."""
    failures = 0
    while True:
        code = server.wait()
        _say(f"The server ended (code {code}); starting it again.")
        server.end(patience=0)  # its workers may still live
        server.start()
        server.go()
        try:
            _await_answer(settings, server)
            failures = 0
        except Conflict:
            failures += 1
            if failures == TRIES:
                raise
            time.sleep(failures)


def _check_port(settings: Settings) -> None:
    """Raise Conflict when another program has the port, before anything is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except (OSError, OverflowError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                message = f"Another program uses port {settings.port}. Choose another port, as in IPX_PORT=8001."
            else:
                message = f"Nobody can listen on {settings.host}:{settings.port}: {error}. See IPX_HOST and IPX_PORT."
            raise Conflict(message) from error


def _await_answer(settings: Settings, server: ServerChild) -> None:
    end = time.monotonic() + START_PATIENCE_SECONDS
    with requests.Session() as client:
        client.trust_env = False  # no proxy is between us and ourselves
        while time.monotonic() < end:
            if server.has_ended():
                raise Conflict("The server ended while it started; its own words are above.")
            with contextlib.suppress(requests.RequestException):
                if client.get(f"http://{settings.host}:{settings.port}/healthz", timeout=5).ok:
                    return
            time.sleep(0.05)
    raise Conflict("The server does not answer.")


def _load_demo(settings: Settings) -> None:
    if not settings.demo:
        return
    from ipx.demo.load import load_demo_if_missing

    load_demo_if_missing(settings, _say)


def _greet(settings: Settings) -> None:
    _say("")
    _say(f"IPX is ready:  {settings.public_url}")
    if settings.demo:
        from ipx.demo.people import ACCOUNTS, PASSWORD

        for account in ACCOUNTS:
            _say(f"  {account.email:28} {account.role_in_words}")
        _say(f"  all with the password {PASSWORD}")
    if (lacking := last_restore(settings.data_dir)) is not None:
        _say(f"Beware: {lacking}.")
    _say("Ctrl-C stops everything. Data stays in " + str(settings.data_dir))


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more: no reason to stop, nor to stop stopping
        print(line, flush=True)  # noqa: T201 - this is what the person at the terminal sees


@contextlib.contextmanager
def _usable(data_dir: Path) -> Iterator[None]:
    """Make the data folder, for its owner alone, and say it clearly when the disk does not let us."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
    except OSError as error:
        where = error.filename or data_dir
        raise Unavailable(f"The data folder {data_dir} cannot be used: {error.strerror or error} ({where}).") from error


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Refuse a second run on the same data. The lock goes with the process, however it ends."""
    with (data_dir / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"Another exchange is running on {data_dir}. Stop it, or set IPX_DATA_DIR.") from error
        os.set_inheritable(lock.fileno(), False)
        yield
