"""`ipx run` as a person starts it: a child of the test with its own data, port and temp folder, and with its processes
within reach of a signal."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGKILL, Signals
from typing import Any, Self

import requests

from tools.real.service import free_port

IPX = Path(sys.executable).with_name("ipx")
SUPERVISOR, MASTER, WORKER, ANVIL = "supervisor", "master", "worker", "anvil"
EVERYBODY = (SUPERVISOR, MASTER, WORKER, ANVIL)


class Running:
    """One exchange below ``folder``; ``settings`` are further IPX_… variables."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "data"
        self.temp = folder / "temp"
        self.temp.mkdir(parents=True, exist_ok=True)
        self.log = folder / "run.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    # ── its life ─────────────────────────────────────────────────────────────────────────────────

    def start(self) -> Self:
        """Start it and wait until it answers."""
        self.launch()
        self.await_up()
        return self

    def launch(self, *command: str) -> subprocess.Popen[bytes]:
        """Start it, in a process group of its own as a shell would, and do not wait."""
        self._said_before += len(self.said())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command or (str(IPX), "run"), env=self.environment(), stdout=log, stderr=log, process_group=0
            )
        return self.process

    def run(self, *, patience: float = 60) -> tuple[int, str]:
        """Run it to its end; return the exit code and what it said."""
        done = subprocess.run(
            (str(IPX), "run"), env=self.environment(), capture_output=True, text=True, timeout=patience, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("IPX_")}
        own = {"IPX_DATA_DIR": str(self.data), "IPX_PORT": str(self.port), "IPX_DEMO": "0", "TMPDIR": str(self.temp)}
        return {**ours, **own, "IPX_BATCH_DELAY": "0.3", **self.settings}

    def await_up(self, seconds: float = 120) -> None:
        until(self.is_up, seconds, self.said)

    def is_up(self) -> bool:
        assert self.process is None or self.process.poll() is None, self.said()
        return "IPX is ready" in self.said() and self.answers()

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def send(self, number: Signals, *, to_group: bool = True) -> None:
        assert self.process is not None
        (os.killpg if to_group else os.kill)(self.process.pid, number)

    def stop(self, number: Signals = SIGINT, *, to_group: bool = True, seconds: float = 40) -> int:
        """Ask it to stop, as Ctrl-C does, and wait until nothing of it is left; return its exit code."""
        assert self.process is not None
        self.send(number, to_group=to_group)
        code = self.process.wait(seconds)
        until(lambda: not self.left(), 1, lambda: f"left: {self.left()}\n{self.said()}")
        return code

    def clean_up(self) -> None:
        """Leave nothing behind, whatever the test did."""
        for pid in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, SIGKILL)
        if self.process is not None:
            self.process.wait(10)

    # ── its processes ────────────────────────────────────────────────────────────────────────────

    def pids(self) -> dict[str, int]:
        """Return who runs, by role."""
        assert self.process is not None
        found = {SUPERVISOR: self.process.pid} if self.process.poll() is None else {}
        with contextlib.suppress(FileNotFoundError, ValueError):
            found[MASTER] = int((self.data / "server.lock").read_text())
            found |= {WORKER: max(children(found[MASTER]), default=0)}
        with contextlib.suppress(FileNotFoundError, ValueError):
            found[ANVIL] = int(json.loads((self.data / "chain" / "process.json").read_text())["pid"])
        return {role: pid for role, pid in found.items() if is_alive(pid)}

    def kill(self, *roles: str) -> None:
        """`kill -9` these processes, at once."""
        pids = self.pids()
        for role in roles:
            os.kill(pids[role], SIGKILL)
        if SUPERVISOR in roles:
            assert self.process is not None
            self.process.wait(5)

    def kill_everything(self) -> None:
        for pid in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, SIGKILL)
        until(lambda: not self.left(), 5, lambda: str(self.left()))
        if self.process is not None:
            self.process.wait(5)

    def left(self) -> dict[int, str]:
        """Return every living process that has our data folder in its environment or command."""
        mark = str(self.data).encode()
        return {pid: what.decode(errors="replace") for pid, what in processes() if mark in what and pid != os.getpid()}

    def said(self) -> str:
        """Return what it printed since its last start."""
        return self.log.read_text(errors="replace")[self._said_before :] if self.log.exists() else ""


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Running]:
    """An exchange that nothing survives of; not started yet."""
    exchange = Running(folder, **settings)
    try:
        yield exchange
    finally:
        exchange.clean_up()


def processes() -> Iterator[tuple[int, bytes]]:
    """Return pid, environment and command of all living processes."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and is_alive(int(folder.name)):
            with contextlib.suppress(OSError):
                yield int(folder.name), (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()


def children(of: int) -> list[int]:
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
    return [pid for pid in pids if (stat := _stat(pid)) and int(stat[1]) == of and stat[0] != "Z"]


def is_alive(pid: int) -> bool:
    stat = _stat(pid) if pid else None
    return stat is not None and stat[0] != "Z"


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def until(look: Callable[[], Any], seconds: float, tell: Callable[[], str]) -> Any:
    """Look again and again until it is true."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, tell()
        time.sleep(0.05)
    return found
