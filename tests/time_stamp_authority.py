"""An RFC 3161 authority for tests: `openssl ts` behind HTTP, with a root, an intermediate and revocation lists."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CONFIG = """
[ca]
default_ca = the_ca
[the_ca]
database = {folder}/{issuer}-index
serial = {folder}/{issuer}-serial
crlnumber = {folder}/{issuer}-crlnumber
new_certs_dir = {folder}
default_md = sha256
default_crl_days = 30
policy = anything
unique_subject = no
[anything]
commonName = supplied
[intermediate]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
crlDistributionPoints = URI:{url}/root.crl
[signer]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
crlDistributionPoints = URI:{url}/intermediate.crl
[tsa]
default_tsa = the_tsa
[the_tsa]
serial = {folder}/tsa-serial
signer_cert = {folder}/signer.pem
certs = {folder}/intermediate.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """``days`` is how long the signer's certificate holds; ``down`` and ``answer`` make it misbehave."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("no openssl here: install it to run an authority for time stamps")
        self.folder = folder
        self.down = False
        self.answer: bytes | None = None
        self.url = ""
        self.asked = 0

    @property
    def roots(self) -> Path:
        return self.folder / "root.pem"

    def make(self, *, days: int = 900) -> None:
        """Make keys and certificates: root → intermediate → signer."""
        for issuer in ("root", "intermediate"):
            (self.folder / f"{issuer}-index").touch()
            (self.folder / f"{issuer}-crlnumber").write_text("01\n")
            (self.folder / f"{issuer}-serial").write_text("1000\n")
            self._config(issuer)
        (self.folder / "tsa-serial").write_text("01\n")
        self._key("root")
        subject = ("-subj", "/CN=Test Root")
        self._run("req", "-x509", "-new", "-key", "root.key", "-days", "3650", *subject, "-out", "root.pem", "-sha256")
        self._issue("root", "intermediate", "Test Authority CA", 2000)
        self.renew_signer(days=days)
        self.publish_revocations()

    def renew_signer(self, *, days: int) -> None:
        """Give the authority a new certificate."""
        self._issue("intermediate", "signer", f"Test Time Stamps {days}", days)

    def revoke_signer(self, reason: str) -> None:
        self._run(
            "ca",
            "-config",
            "intermediate.cnf",
            *self._as("intermediate"),
            "-revoke",
            "signer.pem",
            "-crl_reason",
            reason,
        )
        self.publish_revocations()

    def publish_revocations(self) -> None:
        for issuer in ("root", "intermediate"):
            self._run("ca", "-config", f"{issuer}.cnf", *self._as(issuer), "-gencrl", "-out", f"{issuer}.crl.pem")
            self._run("crl", "-in", f"{issuer}.crl.pem", "-outform", "DER", "-out", f"{issuer}.crl")

    def reply(self, query: bytes) -> bytes:
        self.asked += 1
        (self.folder / "query").write_bytes(query)
        self._run("ts", "-reply", "-config", "intermediate.cnf", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def _issue(self, issuer: str, name: str, subject: str, days: int) -> None:
        self._key(name)
        self._run("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={subject}", "-out", f"{name}.csr")
        given = (
            "-batch",
            "-notext",
            "-in",
            f"{name}.csr",
            "-days",
            str(days),
            "-extensions",
            name,
            "-out",
            f"{name}.pem",
        )
        self._run("ca", "-config", f"{issuer}.cnf", *self._as(issuer), *given)

    def _as(self, issuer: str) -> tuple[str, ...]:
        return ("-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key")

    def _config(self, issuer: str) -> None:
        text = CONFIG.format(folder=self.folder, url=self.url, issuer=issuer)
        (self.folder / f"{issuer}.cnf").write_text(text)

    def _key(self, name: str) -> None:
        self._run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    def _run(self, *command: str) -> None:
        done = subprocess.run(("openssl", *command), cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@contextmanager
def authority(folder: Path, *, days: int = 900) -> Iterator[Authority]:
    """Run an authority until the end of the block."""
    made = Authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if made.down:
                self._send(503, b"out of order")
            else:
                self._send(200, made.answer if made.answer is not None else made.reply(query))

        def do_GET(self) -> None:
            file = made.folder / Path(self.path).name
            self._send(200, file.read_bytes()) if file.suffix == ".crl" else self._send(404, b"")

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        made.make(days=days)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()
