"""Asks for one page again and again over connections that stay open. `python -m bench.load URL CONNECTIONS SECONDS`.

A process of its own, so that what measures does not wait for itself. Prints requests per second.
"""

import http.client
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit


def ask(url: str, end: float) -> int:
    """Return how many answers came until ``end``."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    count = 0
    while time.monotonic() < end:
        connection.request("GET", parts.path or "/", headers={"Accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{url} answered {answer.status}")
        count += 1
    connection.close()
    return count


def rate(url: str, connections: int, seconds: float) -> float:
    """Return answers per second over all connections."""
    began = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        counts = list(pool.map(lambda _: ask(url, began + seconds), range(connections)))
    return sum(counts) / (time.monotonic() - began)


if __name__ == "__main__":
    print(f"{rate(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])):.2f}")
