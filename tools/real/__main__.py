"""Run a command beside real services:  python -m tools.real COMMAND...

Each service that could be had is announced to the command by its variable; the others are named
with the reason. With IPX_TEST_REAL_REQUIRED=1 a missing one is a failure.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.real.anvil import Anvil
from tools.real.clamav import ClamAV
from tools.real.elasticsearch import Elasticsearch
from tools.real.geth import Geth
from tools.real.kubo import Kubo
from tools.real.postgres import Postgres
from tools.real.service import AbsentError, Service
from tools.real.stripe_mock import StripeMock

SERVICES: list[type[Service]] = [Postgres, Kubo, Elasticsearch, StripeMock, Anvil, Geth, ClamAV]


def main(command: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    work = Path(tempfile.mkdtemp(prefix="ipx-real-"))
    work.chmod(0o711)  # PostgreSQL runs as another user and has to reach its own folder
    services = [make() for make in SERVICES]
    code = 1
    try:
        code = run_beside(services, work, command)
    except KeyboardInterrupt:
        code = 130
        print("stopped", flush=True)
    finally:
        take_down(services, work, keep_logs=code not in (0, 130))
    return code


def run_beside(services: list[Service], work: Path, command: list[str]) -> int:
    addresses, absent = bring_up(services, cache_folder(), work)
    if absent and os.environ.get("IPX_TEST_REAL_REQUIRED") == "1":
        print(f"Missing: {', '.join(absent)}. All are required (IPX_TEST_REAL_REQUIRED=1).", flush=True)
        return 1
    code = call(command, addresses)
    if absent:
        print(f"Not tested on: {', '.join(absent)} (reasons above).", flush=True)
    return code


def bring_up(services: list[Service], cache: Path, work: Path) -> tuple[dict[str, str], list[str]]:
    addresses: dict[str, str] = {}
    absent: list[str] = []
    for service in services:
        began = time.monotonic()
        print(f"  {service.name:<24}", end="", flush=True)
        try:
            service.prepare(cache)
            ready = time.monotonic()
            addresses[service.variable] = service.start(work / type(service).__name__.lower())
            took = f"prepared {ready - began:.1f} s, started {time.monotonic() - ready:.1f} s"
            print(f"{addresses[service.variable]}  {took}", flush=True)
        except (AbsentError, OSError, RuntimeError) as problem:
            absent.append(service.name)
            print(f"NOT HERE: {problem}", flush=True)
    return addresses, absent


def call(command: list[str], addresses: dict[str, str]) -> int:
    """Run COMMAND; when we are told to stop, let it tidy up before the services go."""
    with subprocess.Popen(command, env={**os.environ, **addresses}) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def take_down(services: list[Service], work: Path, *, keep_logs: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave one behind
    for service in reversed(services):
        service.stop()
    if keep_logs:
        for folder in (p for p in work.iterdir() if p.is_dir()):
            shutil.rmtree(folder)
        print(f"The services' logs: {work}", flush=True)
    else:
        shutil.rmtree(work)


def cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("IPX_CACHE") or f"{home}/ipx").absolute()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["true"]))
