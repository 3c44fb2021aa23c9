"""The embedded chain: an anvil process of our own, on this machine alone, whose state is kept in the data folder.

anvil keeps everything in memory and its own state dumps are not atomic, so the state is asked for and written here, in
one step and to the disk; a block counts as final only after that. It must never be reachable from another machine.
"""

import fcntl
import gzip
import json
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ipx.adapters.evm.rpc import Rpc
from ipx.core.durable_files import replace_durably
from ipx.core.errors import Unavailable

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts"
CHAIN_ID = 31337
BLOCKS_TO_FINALITY = 2  # with --slots-in-an-epoch 1, finalized = latest - 2 (seen on anvil 1.7.1)
STATES_IN_MEMORY = 64  # as deep as a reorganisation can be tried; without a bound anvil grows by the block
PATIENCE_SECONDS = 20.0
REVIVAL_SECONDS = 2.0
# Nothing runs before it is written down: a shell waits for the word, and then becomes the node (the same process).
_WHEN_TOLD = ("/bin/sh", "-c", 'read -r word && exec "$@"', "anvil")
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def anvil_binary(contracts: Path = CONTRACTS) -> Path:
    """Return the binary that npm brought. Raises Unavailable when it is not there."""
    machine = _MACHINES.get(platform.machine().lower(), platform.machine())
    package = f"@foundry-rs/anvil-{platform.system().lower()}-{machine}"
    binary = contracts / "node_modules" / package / "bin" / "anvil"
    if not binary.is_file():
        raise Unavailable("The chain node anvil is not installed; run: make setup")
    return binary


class Anvil:
    """The process and its folder: ``state.json.gz`` (the chain), ``process.json`` (who runs), ``anvil.log``."""

    def __init__(self, folder: Path, *, binary: Path | None = None) -> None:
        self._folder = folder
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self._durable = -1
        self.rpc = Rpc(self.url, revive=self.revive)
        self._asking = Rpc(self.url)  # while a lock is held nothing may be revived: that takes the lock too

    def url(self) -> str:
        """Return where the process listens. Raises Unavailable when none was started."""
        record = self._record()
        if record is None:
            raise Unavailable("The embedded chain is not running.")
        return f"http://127.0.0.1:{record['port']}"

    def start(self) -> None:
        """Start the process, or go on with the one that a killed exchange left behind."""
        with self._alone():
            if not self._is_running():
                self._launch()
        self._await_answer()
        self._durable = -1
        self.keep()

    def revive(self) -> bool:
        """Start the process again if it was running once and has died. Returns True when it answers now."""
        if self._record() is None:
            return False
        end = time.monotonic() + REVIVAL_SECONDS
        while time.monotonic() < end:
            with self._alone():
                if not self._is_running():
                    self._durable = -1
                    self._launch()
                    break
            with suppress(Unavailable):  # another process was quicker, or it is dying and still looks alive
                self._asking.call("eth_chainId")
                return True
            time.sleep(0.02)
        else:
            return False
        self._await_answer()
        self.keep()
        return True

    def stop(self) -> None:
        """Write the state and end the process."""
        with self._alone():
            record = self._record()
            if record is None:
                return
            if self._is_running():
                with suppress(Unavailable, OSError):  # a full disk keeps what was called final
                    self.keep()
                _end(int(record["pid"]), self._process)
            self._process = None
            (self._folder / "process.json").unlink(missing_ok=True)

    def fund(self, address: str, wei: int = 10**24) -> None:
        """Give an account play money."""
        self.rpc.call("anvil_setBalance", address, hex(wei))
        self.keep()

    def settle(self, rpc: Rpc) -> None:
        """Mine the empty blocks that make the present head final, and keep the state."""
        rpc.call("anvil_mine", hex(BLOCKS_TO_FINALITY))
        self.keep()

    def durable_height(self, rpc: Rpc) -> int:
        """Return the highest block in the state file on disk."""
        if self._durable < 0:
            self.keep()  # another process started the node: what it has now is known to be kept after this
        return self._durable

    def keep(self) -> None:
        """Write the chain's state to the disk, in one step."""
        with self._alone(".state.lock"):  # or an older state could replace a newer one
            height = int(self._asking.call("eth_blockNumber"), 16)
            state = bytes.fromhex(str(self._asking.call("anvil_dumpState"))[2:])  # gzip, as anvil gives it
            replace_durably(self._folder / "state.json.gz", state)
            self._durable = height  # the dump came after the question, so it holds at least this block

    # ── the process ──────────────────────────────────────────────────────────────────────────────

    def _launch(self) -> None:
        binary = self._binary or anvil_binary()
        previous = self._record()
        port = _free_port(int(previous["port"]) if previous else 0)
        command = [str(binary), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID)]
        command += ["--slots-in-an-epoch", "1", "--accounts", "0"]
        command += ["--prune-history", str(STATES_IN_MEMORY), *self._state_to_load()]
        with (self._folder / "anvil.log").open("wb") as log:
            # A session of its own: Ctrl-C ends us first, and we end it after its state is written.
            process = subprocess.Popen(  # noqa: S603
                [*_WHEN_TOLD, *command], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        record = {"pid": process.pid, "port": port, "started": _start_of(process.pid)}
        assert process.stdin is not None
        with process.stdin as told:  # closed without a word, when the record cannot be written or we die: it ends
            replace_durably(self._folder / "process.json", json.dumps(record).encode())
            told.write(b"go\n")
        self._process = process

    def _state_to_load(self) -> list[str]:
        kept = self._folder / "state.json.gz"
        if not kept.exists():
            return []
        unpacked = self._folder / "state.json"  # anvil reads plain JSON only
        unpacked.write_bytes(gzip.decompress(kept.read_bytes()))
        return ["--load-state", str(unpacked)]

    def _await_answer(self) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            if self._process is not None and self._process.poll() is not None:
                break
            with suppress(Unavailable):
                self._asking.call("eth_chainId")
                return
            time.sleep(0.02)
        log = (self._folder / "anvil.log").read_text(errors="replace")[-500:]
        raise Unavailable(f"The chain node anvil does not start: {log.strip()}")

    def _is_running(self) -> bool:
        if self._process is not None and self._process.poll() is None:
            return True
        record = self._record()
        if record is None:
            return False
        # The number of a dead process may belong to another one by now: compare when it was started.
        started = _start_of(int(record["pid"]))
        return started is not None and started == record["started"]

    def _record(self) -> dict[str, Any] | None:
        try:
            record: dict[str, Any] = json.loads((self._folder / "process.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return record

    @contextmanager
    def _alone(self, name: str = ".lock") -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _start_of(pid: int) -> str | None:
    """Return when a process was started, in the system's own words, None when it does not run (or is a zombie)."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            state, *rest = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if state == "Z" else rest[18]  # field 22: clock ticks after boot
    fields = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
    shown = subprocess.run(fields, capture_output=True, text=True, check=False).stdout.split(maxsplit=1)  # noqa: S603
    return None if len(shown) < 2 or shown[0].startswith("Z") else shown[1].strip()


def _end(pid: int, process: subprocess.Popen[bytes] | None) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        end = time.monotonic() + 5
        while time.monotonic() < end:
            if process is not None and process.pid == pid:
                if process.poll() is not None:  # takes the zombie away
                    return
            elif _start_of(pid) is None:
                return
            time.sleep(0.02)


def _free_port(wanted: int) -> int:
    """Return the port wanted when it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Unavailable("There is no free port for the chain node.")
