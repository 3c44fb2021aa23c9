"""JSON-RPC to one node. It asks and returns; it must never decide, retry a write, or hide an error's kind."""

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import requests

from ipx.core.errors import Unavailable

TIMEOUT_SECONDS = 10.0
# What a node may answer by null. Null from any other question is a node (or a proxy) that is not well.
_NULLABLE = ("eth_getTransactionReceipt", "eth_getTransactionByHash", "eth_getBlockByNumber", "eth_getBlockByHash")


class NodeError(Exception):
    """The node answered with an error: its code, text, and data (the revert's bytes as a 0x-string, if any)."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class Rpc:
    """One node. ``revive`` is called once when nothing listens; it returns True when asking again makes sense."""

    def __init__(
        self,
        url: str | Callable[[], str],
        *,
        timeout: float = TIMEOUT_SECONDS,
        revive: Callable[[], bool] = lambda: False,
    ) -> None:
        self._url = url
        self._timeout = timeout
        self._revive = revive
        self._numbers = itertools.count(1)
        self._local = threading.local()

    def call(self, method: str, *params: object) -> Any:
        """Return the result. Raises Unavailable when the node does not answer, NodeError when it refuses."""
        number = next(self._numbers)
        answer = self._post({"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)})
        result = _result(answer)
        if answer.get("id") != number:
            raise Unavailable("The chain node answers another question than was asked.")
        if result is None and method.startswith("eth_") and method not in _NULLABLE:
            raise Unavailable(f"The chain node answers {method} by nothing.")
        return result

    def many(self, method: str, parameters: Sequence[Sequence[object]]) -> list[Any]:
        """Return the results of several calls in one request, in the order asked."""
        if not parameters:
            return []
        batch = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, params in enumerate(parameters)
        ]
        answers = self._post(batch)
        if not isinstance(answers, list) or len(answers) != len(batch):
            raise Unavailable("The chain node does not answer batches of questions.")
        return [_result(answer) for answer in sorted(answers, key=lambda answer: int(answer["id"]))]

    def _post(self, body: object) -> Any:
        try:
            return self._send(body)
        except requests.ConnectionError as error:
            if not self._revive():
                raise Unavailable("The chain node does not answer.") from error
        except (requests.RequestException, ValueError) as error:
            raise Unavailable("The chain node does not answer as a node should.") from error
        try:
            return self._send(body)
        except (requests.RequestException, ValueError) as error:
            raise Unavailable("The chain node does not answer.") from error

    def _send(self, body: object) -> Any:
        url = self._url if isinstance(self._url, str) else self._url()
        answer = self._session().post(url, json=body, timeout=self._timeout)
        if answer.status_code >= 500 or answer.status_code in (401, 403, 404, 429):
            raise requests.HTTPError(f"status {answer.status_code}")
        return answer.json()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False  # a proxy of the environment is for the web, not for the node
        return session


def _result(answer: Any) -> Any:
    if not isinstance(answer, dict):
        raise Unavailable("The chain node does not answer as a node should.")
    if "error" in answer and answer["error"] is not None:
        error = answer["error"]
        raise NodeError(int(error.get("code", 0)), str(error.get("message", "")), error.get("data"))
    return answer.get("result")
