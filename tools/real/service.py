"""What the real services share: building once into a cache, starting on loopback, stopping by pid.

Nothing here may outlive the run, and nothing may listen on another address than 127.0.0.1.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent


class AbsentError(Exception):
    """This machine cannot have the service; the text says why and what would help."""


class Service:
    """One real service. `prepare` may take minutes, once; `start` returns its address."""

    name: ClassVar[str]
    variable: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self, cache: Path) -> None:
        """Find or build what the service needs; raise AbsentError when that cannot be."""
        raise NotImplementedError

    def start(self, folder: Path) -> str:
        """Start with all data below the empty FOLDER; return the URL once it answers."""
        raise NotImplementedError

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def spawn(self, folder: Path, argv: list[str], env: Mapping[str, str] | None = None) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches it only through us."""
        with Path(f"{folder}.log").open("ab") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **(env or {})},
                start_new_session=True,
            )  # fmt: skip

    def wait_until(self, answers: Callable[[], bool], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not answers():
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"{self.name} stopped by itself")
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not answer within {seconds:.0f} s")
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def http_answers(url: str, data: bytes | None = None) -> bool:
    """Whether URL answers at all without an error; proxies of the machine are not asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    try:
        with opener.open(request, timeout=35) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def need(program: str, remedy: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise AbsentError(f"{program} was not found; {remedy}")
    return found


def call(argv: list[str], env: Mapping[str, str] | None = None) -> None:
    """Run a short command of a service; what it complains of becomes the error."""
    done = subprocess.run(argv, cwd="/", env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(argv[0]).name}: {done.stderr.strip()}")


def run(argv: list[str], cwd: Path) -> None:
    """Run a build command quietly; its output is shown only when it fails."""
    done = subprocess.run(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.decode(errors="replace").splitlines()[-15:])
        raise AbsentError(f"`{' '.join(argv[:3])} ...` failed:\n{tail}")


def built(cache: Path, recipe: str, version: str, build: Callable[[Path, Path], None]) -> Path:
    """The folder that BUILD(source, target) filled, once for each state of the recipe's files."""
    source = HERE / recipe
    files = sorted(p for p in source.rglob("*") if p.is_file())
    state = hashlib.sha256(b"".join(str(p.relative_to(source)).encode() + p.read_bytes() for p in files))
    target = cache / f"{recipe}-{version}-{state.hexdigest()[:12]}"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            made = Path(scratch, "made")
            made.mkdir()
            copy = Path(scratch, "source")
            shutil.copytree(source, copy)
            build(copy, made)
            made.rename(target)
    return target


def built_by_go(cache: Path, recipe: str, version: str, package: str, binary: str) -> Path:
    go = need("go", "install Go 1.25 or newer")

    def build(source: Path, target: Path) -> None:
        run([go, "build", "-buildvcs=false", "-mod=readonly", "-o", str(target / binary), package], source)

    return built(cache, recipe, version, build) / binary
