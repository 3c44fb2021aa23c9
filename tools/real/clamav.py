"""ClamAV's daemon as Debian packages it, with one signature of our own: the hash of the EICAR test file.

The signatures of the world are updated from a network that tests do not have; the engine is the real one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tools.real.service import Service, free_port, listens, need

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 1 << 20


class ClamAV(Service):
    name = "ClamAV"
    variable = "IPX_TEST_CLAMD"

    def prepare(self, cache: Path) -> None:
        self.binary = need("clamd", "on Debian: apt-get install clamav-daemon")

    def start(self, folder: Path) -> str:
        signatures = folder / "signatures"
        signatures.mkdir(parents=True)
        line = f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Eicar-Test-Signature\n"
        (signatures / "ours.hdb").write_text(line)
        port = free_port()
        settings = {
            "Foreground": "yes",
            "TCPSocket": port,
            "TCPAddr": "127.0.0.1",
            "DatabaseDirectory": signatures,
            "TemporaryDirectory": folder,
            "StreamMaxLength": LIMIT,
            "MaxFileSize": LIMIT,
            "MaxScanSize": LIMIT,
            "ConcurrentDatabaseReload": "no",
        }
        (folder / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        self.spawn(folder, [self.binary, f"--config-file={folder / 'clamd.conf'}"])
        self.wait_until(lambda: listens(port))
        return f"tcp://127.0.0.1:{port}"
