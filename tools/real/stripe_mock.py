"""stripe-mock, built once with Go: Stripe's own description of its API, as an oracle of shapes.

It keeps no state and knows no behaviour; that is our simulator's part.
"""

from __future__ import annotations

from pathlib import Path

from tools.real.service import Service, built_by_go, free_port, listens


class StripeMock(Service):
    name = "stripe-mock 0.203.0"
    variable = "IPX_TEST_STRIPE_MOCK_URL"

    def prepare(self, cache: Path) -> None:
        self.binary = built_by_go(cache, "stripe-mock", "0.203.0", "github.com/stripe/stripe-mock", "stripe-mock")

    def start(self, folder: Path) -> str:
        port = free_port()
        https = "127.0.0.1:0"  # unless told otherwise it also opens a fixed port on every address
        self.spawn(folder, [str(self.binary), "-http-addr", f"127.0.0.1:{port}", "-https-addr", https])
        self.wait_until(lambda: listens(port))
        return f"http://127.0.0.1:{port}"
