"""A time-stamp authority over HTTP (port TimeStampAuthority; RFC 3161, 3.4). It judges nothing."""

import requests

from ipx.core.der import with_sorted_certificates
from ipx.core.errors import Unavailable

TIMEOUT_SECONDS = 30
LARGEST_ANSWER = 4 << 20
GRANTED = 0


class HttpAuthority:
    """The authority at a URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def stamp(self, data: bytes) -> bytes:
        """Return the TimeStampResp (DER) over the SHA-256 of ``data``. Raises Unavailable."""
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        answer = self._fetch("POST", self._url, request.as_bytes())
        try:
            response = decode_timestamp_response(with_sorted_certificates(answer))
            if response.status != GRANTED:
                raise Unavailable(f"The time-stamp authority refused: {' '.join(response.status_string)}".strip())
            nonce = response.tst_info.nonce
        except ValueError as error:
            raise Unavailable("The time-stamp authority does not answer as RFC 3161 asks for.") from error
        if nonce != request.nonce:
            raise Unavailable("The time-stamp authority answered another request.")
        return answer

    def revocation_list(self, url: str) -> bytes:
        """Return what an issuer publishes at an address that one of its certificates names. Raises Unavailable."""
        return self._fetch("GET", url, None)

    def check(self) -> str:
        """Ask for a stamp over nothing in particular. Raises Unavailable."""
        self.stamp(b"ipx doctor")
        return f"RFC 3161 authority at {self._url}"

    def _fetch(self, method: str, url: str, body: bytes | None) -> bytes:
        headers = {"Content-Type": "application/timestamp-query"} if body else {}
        try:
            with requests.request(
                method, url, data=body, headers=headers, timeout=TIMEOUT_SECONDS, stream=True
            ) as answer:
                content = answer.raw.read(LARGEST_ANSWER + 1, decode_content=True)
        except requests.RequestException as error:
            raise Unavailable(f"The time-stamp authority cannot be reached: {type(error).__name__}.") from error
        if answer.status_code != requests.codes.ok or len(content) > LARGEST_ANSWER:
            raise Unavailable(f"{url} answered with status {answer.status_code}.")
        return bytes(content)
