"""How many readers a page can have, next to the least that the same server can do."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import requests

from tools.real.service import free_port

CONNECTIONS = 16
WARM_UP_SECONDS, MEASURED_SECONDS = 1.0, 5.0


@dataclass(frozen=True)
class Rates:
    """Requests per second of a page and of the bare view."""

    page: float
    bare: float
    page_bytes: int


def measure_page(url: str) -> Rates:
    """Load a page for a visitor who is not signed in, then the bare view, with the same connections."""
    size = len(requests.get(url, timeout=30).content)
    page = _rate(url)
    with _bare_server() as bare:
        return Rates(page=page, bare=_rate(bare), page_bytes=size)


def _rate(url: str) -> float:
    _load(url, WARM_UP_SECONDS)
    return _load(url, MEASURED_SECONDS)


def _load(url: str, seconds: float) -> float:
    command = [sys.executable, "-m", "bench.load", url, str(CONNECTIONS), str(seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@contextmanager
def _bare_server() -> Iterator[str]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "bench.bare", str(port)])
    url = f"http://127.0.0.1:{port}/"
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with suppress(requests.ConnectionError):
                requests.get(url, timeout=5)
                break
            time.sleep(0.05)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)
