"""The server as a child process of `ipx run`, and how its processes are found and ended, ours or a killed run's."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ipx.core.errors import Conflict

GO = b"go\n"
SURE_SECONDS = 10.0  # for a killed process to be gone


class ServerChild:
    """``ipx serve`` in a process group of its own.

    All its processes hold the file ``server.lock`` open and locked, so the lock tells whether one of them lives, and
    its content which group they are. Their standard input is a pipe from us: when we die, they end by themselves.
    """

    def __init__(self, data_dir: Path) -> None:
        self._lock = data_dir / "server.lock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it loads its modules and waits for ``go``. Nothing of a former one may live."""
        held = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(held, 0)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ipx.cli", "serve", "--with-worker", "--as-child"],
                stdin=subprocess.PIPE,
                pass_fds=(held,),
                start_new_session=True,  # Ctrl-C reaches it only through us
                env=_environment(),
            )
            os.pwrite(held, str(self._process.pid).encode(), 0)
        finally:
            os.close(held)

    def go(self) -> None:
        """Let it serve."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(GO)
            self._process.stdin.flush()

    def has_ended(self) -> bool:
        """Tell whether its main process is gone."""
        return self._process is None or self._process.poll() is not None

    def wait(self) -> int:
        """Wait until its main process is gone; return how it ended."""
        assert self._process is not None
        return self._process.wait()

    def end(self, *, patience: float) -> None:
        """End every process of it, ours or one that a killed run has left. Harmless when there is none."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        end = time.monotonic() + patience
        while self._lives():
            now = time.monotonic()
            if now > end:
                self._kill()
            if now > end + SURE_SECONDS:
                raise Conflict(f"Processes of a former run do not end; see {self._lock}.")
            time.sleep(0.02)
        if self._process is not None:
            self._process.wait()
            if self._process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    self._process.stdin.close()
            self._process = None

    def _lives(self) -> bool:
        held = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(held)
        return False

    def _kill(self) -> None:
        """End the group. While one of its processes lives, no other group can have its number."""
        with contextlib.suppress(ValueError, ProcessLookupError, FileNotFoundError):
            os.killpg(int(self._lock.read_text()), signal.SIGKILL)


def _environment() -> dict[str, str]:
    """Return ours, without a proxy for this machine: the simulator of payments and the chain are here."""
    here = "127.0.0.1,localhost"
    without = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    value = f"{without},{here}" if without else here
    return {**os.environ, "NO_PROXY": value, "no_proxy": value}
