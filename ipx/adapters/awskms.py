"""A root key in AWS KMS (extra ``aws``). It never leaves the service, which seals and opens organisation keys.

Encrypt and Decrypt of the JSON API (TrentService 2014-11-01), with the context as encryption context: KMS authenticates
it and writes it to its trail, so it holds ids and no secret. Credentials come from AWS's own chain (variables, profile,
container, instance) and requests are signed (SigV4) by AWS's runtime; boto3 cannot be installed beside our workflow
runtime (docs/decisions/0017). An organisation key that was opened is remembered in memory for five minutes, so that a
reading needs no call. It must never take an alias: that may be pointed at another key.
"""

import base64
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests

from ipx.core.errors import Invalid, Tampered, Unavailable
from ipx.core.wrapped_keys import ROOT_ID_BYTES

ARN = re.compile(r"arn:(?P<partition>aws[\w-]*):kms:(?P<region>[\w-]+):\d{12}:key/[\w-]+")
ID_TAG = b"ipx/root-key-id/v1"
REMEMBERED_SECONDS, MOST_REMEMBERED = 300.0, 4096
TIMEOUT = (3.0, 10.0)  # seconds to connect, and for the answer
_CHANGED = ("InvalidCiphertextException", "IncorrectKeyException")  # what says that the value is at fault
Sign = Callable[[str, str, Mapping[str, str], bytes], Mapping[str, str]]


class AwsRootKey:
    """A symmetric KMS key named by its ARN; ``endpoint`` where it is not the region's own, as in a private network."""

    def __init__(
        self,
        arn: str,
        *,
        endpoint: str | None = None,
        sign: Sign | None = None,
        remembered: float = REMEMBERED_SECONDS,
    ) -> None:
        """Raises Invalid for what is no key's ARN, or without AWS's runtime."""
        match = ARN.fullmatch(arn)
        if match is None:
            raise Invalid(
                "IPX_ROOT_KEY must be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID; an alias may change.",
                field="root_key",
            )
        self.id = hashlib.sha256(ID_TAG + arn.encode()).digest()[:ROOT_ID_BYTES]
        self.name = arn
        self._url = (endpoint or _endpoint(match["partition"], match["region"])).rstrip("/") + "/"
        self._sign = sign or _Signer(match["region"])
        self._remembered = remembered
        self._opened: dict[tuple[bytes, frozenset[tuple[str, str]]], tuple[float, bytes]] = {}
        self._lock = threading.Lock()

    def seal(self, plain: bytes, context: Mapping[str, str]) -> bytes:
        """Return KMS's ciphertext of at most 4096 bytes. Raises Unavailable."""
        return self._ask("Encrypt", "CiphertextBlob", Plaintext=_text(plain), EncryptionContext=dict(context))

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        """Return what was sealed. Raises Tampered when KMS refuses it, Unavailable when KMS cannot be asked."""
        place, now = (sealed, frozenset(context.items())), time.monotonic()
        with self._lock:
            until, plain = self._opened.get(place, (0.0, b""))
        if until > now:
            return plain
        plain = self._ask("Decrypt", "Plaintext", CiphertextBlob=_text(sealed), EncryptionContext=dict(context))
        with self._lock:
            if len(self._opened) >= MOST_REMEMBERED:
                self._opened.clear()
            self._opened[place] = (now + self._remembered, plain)
        return plain

    def _ask(self, operation: str, wanted: str, **fields: Any) -> bytes:
        body = json.dumps({"KeyId": self.name, **fields}).encode()
        plain_headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"}
        headers = self._sign("POST", self._url, plain_headers, body)
        try:
            answer = requests.post(self._url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
            fields = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Unavailable(f"The key management service cannot be asked: {type(error).__name__}.") from error
        if answer.status_code == requests.codes.ok and fields.get("KeyId") == self.name:
            return base64.b64decode(fields[wanted])
        kind = str(fields.get("__type", f"status {answer.status_code}")).rpartition("#")[2]
        if kind in _CHANGED:
            raise Tampered("The key management service does not open it: it is changed, or another key's.")
        raise Unavailable(f"The key management service refuses to {operation.lower()}: {kind}.")


def _endpoint(partition: str, region: str) -> str:
    return f"https://kms.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")


class _Signer:
    """Signs requests with whatever credentials AWS's chain finds at that moment.

    The runtime has threads, which a fork does not copy: so it begins at the first use, in each process for itself.
    """

    def __init__(self, region: str) -> None:
        if find_spec("awscrt") is None:
            raise Invalid("A root key in AWS KMS needs AWS's runtime; run: pip install 'ipx[aws]'", field="root_key")
        self._region = region
        self._begun: tuple[int, Any] = (0, None)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        """Return the headers with date and signature. Raises Unavailable without credentials."""
        from awscrt.auth import AwsSigningConfig, aws_sign_request
        from awscrt.http import HttpHeaders, HttpRequest

        host = urlsplit(url).netloc
        request = HttpRequest(method, "/", HttpHeaders([*headers.items(), ("Host", host)]), BytesIO(body))
        try:
            config = AwsSigningConfig(credentials_provider=self._credentials(), region=self._region, service="kms")
            aws_sign_request(request, config).result(sum(TIMEOUT))
        except Exception as error:  # the runtime has one class for every trouble, and a time-out another
            raise Unavailable(f"There are no credentials for the key management service: {error}") from error
        return dict(request.headers)

    def _credentials(self) -> Any:
        from awscrt.auth import AwsCredentialsProvider
        from awscrt.io import ClientBootstrap, DefaultHostResolver, EventLoopGroup

        if self._begun[0] != os.getpid():
            loops = EventLoopGroup(1)
            bootstrap = ClientBootstrap(loops, DefaultHostResolver(loops))
            self._begun = (os.getpid(), AwsCredentialsProvider.new_default_chain(bootstrap))
        return self._begun[1]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
