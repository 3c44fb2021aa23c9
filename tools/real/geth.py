"""geth, built once with Go: the mainstream client, as a development chain of its own with one block a second.

It knows no peer, keeps its chain in the run's folder, and answers the tags `finalized` and `safe` as it does elsewhere.
"""

from __future__ import annotations

from pathlib import Path

from tools.real.service import Service, built_by_go, free_port, http_answers


class Geth(Service):
    name = "geth 1.16.7"
    variable = "IPX_TEST_GETH_URL"

    def prepare(self, cache: Path) -> None:
        self.binary = built_by_go(cache, "geth", "1.16.7", "github.com/ethereum/go-ethereum/cmd/geth", "geth")

    def start(self, folder: Path) -> str:
        port = free_port()
        argv = [str(self.binary), "--dev", "--dev.period", "1", "--datadir", str(folder), "--ipcdisable"]
        argv += ["--http", "--http.addr", "127.0.0.1", "--http.port", str(port), "--http.api", "eth,net,web3"]
        argv += ["--authrpc.port", str(free_port()), "--nodiscover", "--maxpeers", "0"]
        self.spawn(folder, argv)
        url = f"http://127.0.0.1:{port}"
        question = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
        self.wait_until(lambda: http_answers(url, data=question))
        return url
