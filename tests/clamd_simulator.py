"""A SIMULATOR of ClamAV's daemon, for tests: it speaks INSTREAM as clamd(8) says, and knows the EICAR file alone."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ClamdSimulator:
    """``with ClamdSimulator(folder) as clamd``: listens at ``clamd.address``; ``limit`` is its StreamMaxLength."""

    def __init__(self, folder: Path, *, limit: int = 1 << 20, answer: bytes | None = None) -> None:
        self._path = folder / "clamd.ctl"
        self._limit = limit
        self._answer = answer
        self.address = f"unix:{self._path}"
        self.seen: list[bytes] = []

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self._path))
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._path.unlink()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as source:
                command = b""
                while not command.endswith(b"\0"):
                    command += source.read(1)
                connection.sendall(b"ClamAV 0.0.0 simulator\0" if command == b"zVERSION\0" else self._judge(source))

    def _judge(self, source: object) -> bytes:
        content = b""
        while size := int.from_bytes(source.read(4), "big"):  # type: ignore[attr-defined]
            content += source.read(size)  # type: ignore[attr-defined]
            if len(content) > self._limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(content)
        if self._answer is not None:
            return self._answer
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
