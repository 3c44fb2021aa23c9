"""Kubo, built once with Go: an offline node that knows no peer and listens on loopback only."""

from __future__ import annotations

from pathlib import Path

from tools.real.service import Service, built_by_go, call, free_port, http_answers


class Kubo(Service):
    name = "Kubo 0.39.0"
    variable = "IPX_TEST_KUBO_API"

    def prepare(self, cache: Path) -> None:
        self.ipfs = built_by_go(cache, "kubo", "0.39.0", "github.com/ipfs/kubo/cmd/ipfs", "ipfs")

    def start(self, folder: Path) -> str:
        port = free_port()
        env = {"IPFS_PATH": str(folder), "IPFS_TELEMETRY": "off"}

        def ipfs(*arguments: str) -> None:
            call([str(self.ipfs), *arguments], env)

        ipfs("init", "--profile=test")  # no bootstrap peers, no discovery, random loopback ports
        ipfs("config", "Addresses.API", f"/ip4/127.0.0.1/tcp/{port}")
        ipfs("config", "Addresses.Gateway", f"/ip4/127.0.0.1/tcp/{free_port()}")
        ipfs("config", "Routing.Type", "none")
        ipfs("config", "--json", "Provide.Enabled", "false")
        self.spawn(folder, [str(self.ipfs), "daemon", "--offline"], env)
        url = f"http://127.0.0.1:{port}"
        self.wait_until(lambda: http_answers(f"{url}/api/v0/version", data=b""))
        return url
