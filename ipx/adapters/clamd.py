"""ClamAV's daemon by its socket (clamd(8), INSTREAM): the file goes there in chunks, and only a word comes back.

clamd calls a file *OK* when a limit of its own kept it from looking further, so we know those limits ourselves: what is
larger was not looked through.
"""

import contextlib
import socket
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from ipx.core.errors import Invalid, Unavailable
from ipx.core.port_records import Scanned, ScanResult

CHUNK = 1 << 18
LONGEST_ANSWER = 4096
LIMITS_EXCEEDED = "Heuristics.Limits.Exceeded"
# The test file of EICAR, in two parts, so that no scanner stops at this one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """One daemon, at ``unix:/run/clamav/clamd.ctl`` or ``tcp://host:3310``.

    ``limit``: the smallest of its StreamMaxLength, MaxFileSize and MaxScanSize, in bytes.
    """

    def __init__(self, address: str, *, limit: int, timeout: float = 120.0) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("unix", "tcp") or (parts.scheme == "tcp" and parts.port is None):
            raise Invalid(f"clamd's address is unix:/path or tcp://host:port, not {address!r}.")
        self._path = parts.path if parts.scheme == "unix" else None
        self._place = (parts.hostname or "", parts.port or 0)
        self._limit = limit
        self._timeout = timeout

    def scan(self, pieces: Iterable[bytes], *, size: int, unpacked: int) -> Scanned:
        """Ask about a file of ``size`` bytes, which unfolds to ``unpacked``. Raises Unavailable, and what the pieces
        raise."""
        name = self._ask(b"zVERSION\0")
        if max(size, unpacked) > self._limit:
            return Scanned(ScanResult.OVER_LIMIT, signature=None, scanner=name)
        return self._judge(self._send(pieces), name)

    def check(self) -> str:
        """Let it find the test file of EICAR. Raises Unavailable."""
        found = self.scan([EICAR], size=len(EICAR), unpacked=0)
        if found.result is not ScanResult.FOUND:
            raise Unavailable(f"{found.scanner} does not find the test file of EICAR: it has no signatures.")
        return f"{found.scanner}, up to {self._limit} bytes; larger files go to quarantine"

    def _judge(self, answer: str, name: str) -> Scanned:
        said = answer.removeprefix("stream: ")
        if said == "OK":
            return Scanned(ScanResult.CLEAN, signature=None, scanner=name)
        if said.endswith(" FOUND"):
            signature = said.removesuffix(" FOUND")[:200]
            if signature.startswith(LIMITS_EXCEEDED):
                return Scanned(ScanResult.OVER_LIMIT, signature=None, scanner=name)
            return Scanned(ScanResult.FOUND, signature=signature, scanner=name)
        if "size limit exceeded" in said:
            return Scanned(ScanResult.OVER_LIMIT, signature=None, scanner=name)
        raise Unavailable(f"The virus scanner answered: {said[:200]}")

    def _send(self, pieces: Iterable[bytes]) -> str:
        with self._connected() as connection:
            connection.sendall(b"zINSTREAM\0")
            try:
                for piece in pieces:
                    for start in range(0, len(piece), CHUNK):
                        part = piece[start : start + CHUNK]
                        connection.sendall(len(part).to_bytes(4, "big") + part)
                connection.sendall(bytes(4))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it stops to listen at its limit, and says so
            return _answer(connection)

    def _ask(self, command: bytes) -> str:
        with self._connected() as connection:
            connection.sendall(command)
            return _answer(connection)[:200]

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        family = socket.AF_INET if self._path is None else socket.AF_UNIX
        try:
            with socket.socket(family, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._timeout)
                connection.connect(self._place if self._path is None else self._path)
                yield connection
        except OSError as error:
            raise Unavailable(f"The virus scanner does not answer: {error}.") from error


def _answer(connection: socket.socket) -> str:
    found = b""
    while not found.endswith(b"\0") and len(found) < LONGEST_ANSWER:
        part = connection.recv(LONGEST_ANSWER)
        if not part:
            break
        found += part
    if not found:
        raise Unavailable("The virus scanner closed the connection without an answer.")
    return found.rstrip(b"\0\n").decode("utf-8", "replace")
