"""anvil as npm brings it with the contracts' tools: the binary of this platform, by its path."""

from __future__ import annotations

import platform
from pathlib import Path

from tools.real.service import CHECKOUT, AbsentError, Service, free_port, http_answers

ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class Anvil(Service):
    name = "anvil 1.7.1"
    variable = "IPX_TEST_ANVIL_URL"

    def prepare(self, cache: Path) -> None:
        machine = ARCHITECTURES.get(platform.machine().lower(), platform.machine())
        package = f"@foundry-rs/anvil-{platform.system().lower()}-{machine}"
        self.binary = CHECKOUT / "contracts" / "node_modules" / package / "bin" / "anvil"
        if not self.binary.exists():
            raise AbsentError(f"contracts/node_modules/{package} is not there; run: make setup")

    def start(self, folder: Path) -> str:
        port = free_port()
        self.spawn(folder, [str(self.binary), "--host", "127.0.0.1", "--port", str(port), "--slots-in-an-epoch", "1"])
        url = f"http://127.0.0.1:{port}"
        question = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
        self.wait_until(lambda: http_answers(url, data=question))
        return url
