"""A whole exchange in a folder of its own, started as a person would start it, and ended with everything it started."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from tools.real.service import free_port

START_SECONDS = 120


class RunningExchange:
    """`ipx run` on a free port; ``url`` is where it answers."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._log = folder / "exchange.log"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = {"IPX_DEMO": "0", **settings}
        self.url = f"http://127.0.0.1:{self._port}"

    @property
    def data_dir(self) -> Path:
        """Where the exchange keeps what it knows."""
        return self._folder / "data"

    @property
    def log(self) -> str:
        """What the exchange has printed so far."""
        return self._log.read_text(errors="replace")

    @property
    def environment(self) -> dict[str, str]:
        """What its processes run with."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("IPX_")}
        return {**others, "IPX_PORT": str(self._port), "IPX_DATA_DIR": str(self.data_dir), **self._settings}

    def call(self, *command: str) -> str:
        """Return what a command of the operator prints."""
        called = [sys.executable, "-m", "ipx.cli", *command]
        return subprocess.run(called, env=self.environment, capture_output=True, text=True, check=True).stdout

    def memory(self) -> float:
        """Return the MiB of the largest process that it has started: the one that serves pages and works behind."""
        assert self._process is not None
        family, sizes = {self._process.pid}, [0.0]
        for number in sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
            with suppress(FileNotFoundError, ProcessLookupError):
                told = dict(line.split(":", 1) for line in Path(f"/proc/{number}/status").read_text().splitlines())
                if int(told["PPid"]) in family and "python" in Path(f"/proc/{number}/cmdline").read_text():
                    family.add(number)
                    sizes.append(int(told["VmRSS"].split()[0]) / 1024)
        return max(sizes)

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ipx.cli", "run"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            self._await_greeting()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _await_greeting(self) -> None:
        """Wait until it says that it is ready: it answers a little earlier than its demo data is there."""
        assert self._process is not None
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            if "IPX is ready" in self.log and requests.get(f"{self.url}/healthz", timeout=5).ok:
                return
            time.sleep(0.05)
        raise RuntimeError(f"The exchange did not start:\n{self.log[-3000:]}")

    def _stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
