"""The few addresses of the API that stamping needs. It sends commitments and ids, and nothing else."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import requests

from ipx.core.errors import Conflict, ExchangeError, Forbidden, Invalid, Unavailable

TIMEOUT_SECONDS = 60
MOST_AT_ONCE, MOST_BUNDLES = 1_000, 100
FIRST_WAIT, LONGEST_WAIT = 0.3, 5.0
WRONG_TOKEN = "The exchange does not accept this token: make one on the page of your account."  # noqa: S105 - words
TRANSIENT = (429, 502, 503, 504)


class Api:
    """An exchange as a program sees it. A request that fails for the moment is sent again while there is patience."""

    def __init__(self, url: str, token: str, *, patience: float) -> None:
        if not token.isascii() or not token.isprintable():
            raise Forbidden(WRONG_TOKEN)
        self.url = url.rstrip("/")
        self._end = time.monotonic() + patience
        self._http = requests.Session()
        self._http.headers.update({"Authorization": f"Bearer {token}", "User-Agent": "ipx-stamp"})

    def account(self) -> str:
        """Return the account that belongs into commitments. Raises Unavailable at once when nobody answers."""
        try:
            found = self._read(self._send("GET", "/me", None))
        except requests.RequestException as error:
            raise Unavailable(f"There is no exchange at {self.url}: {_reason(error)}.") from error
        return str(found["account"])

    def give(self, commitments: Sequence[str]) -> dict[str, str]:
        """Give commitments, in as few requests as possible; return their ids by commitment. Repeatable."""
        ids: dict[str, str] = {}
        for part in _parts(commitments, MOST_AT_ONCE):
            key = hashlib.sha256("".join(part).encode()).hexdigest()  # the same part is the same request
            stamps = self._ask("/stamps", {"commitments": part}, key=key)["stamps"]
            ids |= {str(stamp["commitment"]): str(stamp["id"]) for stamp in stamps}
        return ids

    def states(self, ids: Sequence[str]) -> dict[str, str]:
        """Return how far stamps are, by id."""
        parts = [self._ask("/stamps/status", {"ids": part})["stamps"] for part in _parts(ids, MOST_AT_ONCE)]
        return {str(stamp["id"]): str(stamp["state"]) for part in parts for stamp in part}

    def bundles(self, ids: Sequence[str]) -> dict[str, Any]:
        """Return bundles that disclose the commitment only, as values, by id; those in no block are left out."""
        parts = [self._ask("/stamps/bundles", {"ids": part})["bundles"] for part in _parts(ids, MOST_BUNDLES)]
        return {str(item["id"]): item["bundle"] for part in parts for item in part if item["bundle"] is not None}

    def wait_until(self, is_done: Callable[[], bool]) -> None:
        """Ask again and again until it is. Raises Unavailable when patience ends."""
        wait = FIRST_WAIT
        while not is_done():
            self._pause(wait, "The exchange has not got so far yet.")
            wait = min(wait * 1.5, LONGEST_WAIT)

    def _ask(self, path: str, body: Any, *, key: str | None = None) -> Any:
        wait = FIRST_WAIT
        while True:
            try:
                answer = self._send("POST", path, body, key=key)
            except requests.RequestException as error:
                self._pause(wait, f"The exchange does not answer: {_reason(error)}.")
            else:
                if answer.status_code not in TRANSIENT:
                    return self._read(answer)
                asked = answer.headers.get("Retry-After", "")
                self._pause(float(asked) if asked.isdigit() else wait, f"The exchange says {answer.status_code}.")
            wait = min(wait * 2, LONGEST_WAIT)

    def _send(self, method: str, path: str, body: Any, *, key: str | None = None) -> requests.Response:
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        data = None if body is None else json.dumps(body).encode()
        return self._http.request(
            method,
            f"{self.url}/api/v1{path}",
            data=data,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )

    def _read(self, answer: requests.Response) -> Any:
        if answer.status_code == 401:
            raise Forbidden(WRONG_TOKEN)
        if not answer.ok:
            raise _refusal(answer)
        try:
            return answer.json()
        except ValueError as error:
            raise Invalid(f"What answers at {self.url} is not an exchange.") from error

    def _pause(self, seconds: float, why: str) -> None:
        if time.monotonic() + seconds > self._end:
            raise Unavailable(f"{why} Nothing is lost: run the same command again later.")
        time.sleep(seconds)


def _refusal(answer: requests.Response) -> ExchangeError:
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"What answers at this address is not an exchange, or refuses ({answer.status_code})."
    return Conflict(detail) if answer.status_code == 409 else Invalid(detail)


def _reason(error: requests.RequestException) -> str:
    return "no connection" if isinstance(error, requests.ConnectionError) else type(error).__name__


def _parts(items: Sequence[str], size: int) -> list[list[str]]:
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
