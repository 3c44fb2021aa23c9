"""An HTTP proxy before a real node that loses, delays, repeats and falsifies answers, as rules say.

A rule gets the question and a way to ask the node, and returns the answer's object, or raises what shall happen.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

Answer = dict[str, Any]
Rule = Callable[[dict[str, Any], "Ask"], Answer]
WRITES = ("eth_sendRawTransaction",)


class LostError(Exception):
    """The connection breaks without an answer."""


class StatusError(Exception):
    """An HTTP status instead of an answer."""


def honest(question: dict[str, Any], ask: Ask) -> Answer:
    return ask()


def silent(question: dict[str, Any], ask: Ask) -> Answer:
    """Nothing arrives."""
    raise LostError


def deaf(question: dict[str, Any], ask: Ask) -> Answer:
    """The node acts, its answer is lost."""
    ask()
    raise LostError


def busy(question: dict[str, Any], ask: Ask) -> Answer:
    raise StatusError


def twice(question: dict[str, Any], ask: Ask) -> Answer:
    """The question is delivered two times; the second answer arrives."""
    ask()
    return ask()


def refusing(question: dict[str, Any], ask: Ask) -> Answer:
    return {"error": {"code": -32000, "message": "header not found"}}


def mistaken(question: dict[str, Any], ask: Ask) -> Answer:
    """The answer to another question."""
    return {**ask(), "id": -7}


def null(*methods: str) -> Rule:
    """Answer some questions by nothing."""

    def rule(question: dict[str, Any], ask: Ask) -> Answer:
        return {"result": None} if question["method"] in methods else ask()

    return rule


def other_chain(question: dict[str, Any], ask: Ask) -> Answer:
    return {"result": "0x1"} if question["method"] == "eth_chainId" else ask()


def other_code(question: dict[str, Any], ask: Ask) -> Answer:
    return {"result": "0x6001"} if question["method"] == "eth_getCode" else ask()


def without_logs(question: dict[str, Any], ask: Ask) -> Answer:
    return {"result": []} if question["method"] == "eth_getLogs" else ask()


def other_blocks(question: dict[str, Any], ask: Ask) -> Answer:
    """A fork of its own: every block has another hash."""
    answer = ask()
    if question["method"] == "eth_getBlockByNumber" and answer.get("result"):
        answer["result"]["hash"] = "0x" + "ee" * 32
    return answer


def behind(blocks: int) -> Rule:
    """A node that has not got the newest blocks yet."""

    def rule(question: dict[str, Any], ask: Ask) -> Answer:
        method, params = question["method"], question["params"]
        answer = ask()
        if method not in ("eth_getBlockByNumber", "eth_getTransactionReceipt") or not answer.get("result"):
            return answer
        limit = ask.height() - blocks
        found = answer["result"]
        if method == "eth_getBlockByNumber" and not str(params[0]).startswith("0x"):
            height = min(int(found["number"], 16), limit)
            question["params"] = [hex(max(height, 0)), *params[1:]]
            return ask()
        number = found["number"] if method == "eth_getBlockByNumber" else found["blockNumber"]
        return {"result": None} if int(number, 16) > limit else answer

    return rule


class Whims:
    """Faults by chance, repeatable from a seed; a share of the questions gets through."""

    def __init__(self, seed: int, share: float = 0.75) -> None:
        self._chance = random.Random(seed)
        self._share = share
        self._last: dict[str, Answer] = {}
        self.count = 0

    def __call__(self, question: dict[str, Any], ask: Ask) -> Answer:
        method = question["method"]
        if self._chance.random() < self._share:
            answer = ask()
            self._last[method] = answer
            return answer
        self.count += 1
        rules = [silent, deaf, busy, twice, refusing, mistaken, self._late, self._nothing, self._slow]
        return self._chance.choice(rules)(question, ask)

    def _nothing(self, question: dict[str, Any], ask: Ask) -> Answer:
        return {"result": None} if question["method"] not in WRITES else ask()

    def _slow(self, question: dict[str, Any], ask: Ask) -> Answer:
        answer = ask()
        time.sleep(self._chance.random() / 200)
        return answer

    def _late(self, question: dict[str, Any], ask: Ask) -> Answer:
        """An answer of before, to the receipts alone: what was null a moment ago."""
        if question["method"] == "eth_getTransactionReceipt":
            return {"result": None}
        return ask()


class FaultProxy:
    """One endpoint; ``rule`` may be changed at any time. ``asked`` counts the questions by method."""

    def __init__(self, node: Callable[[], str]) -> None:
        self.rule: Rule = honest
        self.asked: dict[str, int] = {}
        self._node = node
        self._local = threading.local()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self) -> None:
        self._server.serve_forever(0.02)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, question: dict[str, Any]) -> Answer:
        self.asked[question["method"]] = self.asked.get(question["method"], 0) + 1
        return {"jsonrpc": "2.0", "id": question["id"], **self.rule(question, Ask(self._forward, question))}

    def _forward(self, question: dict[str, Any]) -> Answer:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        found = session.post(self._node(), json=question, timeout=20).json()
        return {key: value for key, value in found.items() if key in ("result", "error")}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet for each answer, or the other side waits 40 ms before it confirms the first

            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                try:
                    self._send(200, json.dumps(proxy.answer(question)).encode())
                except StatusError:
                    self._send(503, b"busy")
                except (LostError, requests.RequestException):
                    self.close_connection = True

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                return

        return Handler


class Ask:
    """The way to the node that a rule gets."""

    def __init__(self, forward: Callable[[dict[str, Any]], Answer], question: dict[str, Any]) -> None:
        self._forward, self._question = forward, question

    def __call__(self) -> Answer:
        return self._forward(self._question)

    def height(self) -> int:
        answer = self._forward({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []})
        return int(answer["result"], 16)


@contextmanager
def proxies(node: Callable[[], str], count: int) -> Iterator[list[FaultProxy]]:
    """Several endpoints before one node."""
    made = [FaultProxy(node) for _ in range(count)]
    threads = [threading.Thread(target=proxy.serve, daemon=True) for proxy in made]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        for proxy in made:
            proxy.stop()
        for thread in threads:
            thread.join()
