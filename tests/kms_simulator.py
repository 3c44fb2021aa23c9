"""A SIMULATOR of AWS KMS for tests: Encrypt and Decrypt of the JSON API over HTTP on loopback. It is no KMS.

It checks the request's signature (Signature Version 4) by AWS's published steps, with hashlib and hmac alone, and
binds the ciphertext to key and encryption context as KMS does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

REGION = "eu-central-1"
ACCESS_KEY, SECRET_KEY = "AKIASIMULATED0000001", "simulated/secret/access/key"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def arn(number: int) -> str:
    return f"arn:aws:kms:{REGION}:111122223333:key/00000000-0000-4000-8000-{number:012d}"


@dataclass
class KmsSimulator:
    """Runs while it is entered. ``trail`` is what KMS would write to its own."""

    keys: dict[str, bytes] = field(default_factory=lambda: {arn(1): os.urandom(32), arn(2): os.urandom(32)})
    trail: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    trouble: str | None = None  # the type of an error that it answers with instead

    def __enter__(self) -> Self:
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = simulator.answer(dict(self.headers.items()), body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *parts: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        if self.trouble:
            return 400, {"__type": self.trouble}
        if not is_signed(headers, body):
            return 400, {"__type": "InvalidSignatureException"}
        operation, asked = headers["X-Amz-Target"].removeprefix("TrentService."), json.loads(body)
        name, context = asked["KeyId"], asked.get("EncryptionContext", {})
        self.trail.append((operation, name, context))
        if name not in self.keys:
            return 400, {"__type": "com.amazonaws.kms#NotFoundException"}
        bound = json.dumps([name, context], sort_keys=True).encode()
        cipher = AESGCM(self.keys[name])
        if operation == "Encrypt":
            nonce = os.urandom(12)
            blob = nonce + cipher.encrypt(nonce, base64.b64decode(asked["Plaintext"]), bound)
            return 200, {"KeyId": name, "CiphertextBlob": base64.b64encode(blob).decode()}
        blob = base64.b64decode(asked["CiphertextBlob"])
        try:
            plain = cipher.decrypt(blob[:12], blob[12:], bound)
        except (InvalidTag, ValueError):
            return 400, {"__type": "InvalidCiphertextException", "message": "null"}
        return 200, {"KeyId": name, "Plaintext": base64.b64encode(plain).decode()}


def is_signed(headers: dict[str, str], body: bytes) -> bool:
    """AWS, "Create a signed AWS API request", steps 1 to 4."""
    given = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    kind, _, rest = given.get("authorization", "").partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if kind != "AWS4-HMAC-SHA256" or not {"host", "x-amz-date"} <= set(parts["SignedHeaders"].split(";")):
        return False
    access, day, region, service, end = parts["Credential"].split("/")
    names = parts["SignedHeaders"].split(";")
    signed = [f"{name}:{given[name]}" for name in names]
    canonical = "\n".join(["POST", "/", "", *signed, "", ";".join(names), hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{region}/{service}/{end}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{given['x-amz-date']}\n{scope}\n{digest}"
    key = f"AWS4{SECRET_KEY}".encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return (access, region, service) == (ACCESS_KEY, REGION, "kms") and signature == parts["Signature"]
