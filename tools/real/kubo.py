"""Kubo, built once with Go: an offline node that knows no peer and listens on loopback only."""

from __future__ import annotations

from pathlib import Path

from tools.real.service import Service, built_by_go, call, free_port, http_answers


class Kubo(Service):
    name = "Kubo 0.39.0"
    variable = "IPX_TEST_KUBO_API"

    def __init__(self, *, sync: bool = False) -> None:
        """``sync``: force every block to the disk, as production does and Kubo by default does not."""
        super().__init__()
        self.sync = sync

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
        if self.sync:
            config = folder / "config"
            config.write_text(config.read_text().replace('"sync": false', '"sync": true'))
        self.folder, self.env, self.url = folder, env, f"http://127.0.0.1:{port}"
        self._run()
        return self.url

    def kill(self) -> None:
        """End the daemon as a crash does, without a word to it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def kill_and_restart(self) -> None:
        """Crash, and come back on the same repository and address."""
        self.kill()
        self._run()

    def _run(self) -> None:
        self.spawn(self.folder, [str(self.ipfs), "daemon", "--offline"], self.env)
        self.wait_until(lambda: http_answers(f"{self.url}/api/v0/version", data=b""))
