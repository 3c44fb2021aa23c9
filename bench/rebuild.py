"""How long titles and licences take to be rebuilt from logs: made-up logs that a node tells over HTTP."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eth_abi.abi import encode

from ipx.history.rebuild.decoding import by_topic
from ipx.history.rebuild.reader import Registries, RegistryReader, Tip
from ipx.history.rebuild.reducer import Reducer

TITLES, LICENCES = "0x" + "a1" * 20, "0x" + "a2" * 20
LOGS_A_BLOCK = 4


@dataclass(frozen=True)
class RebuildTimes:
    """Seconds to read and decode all logs, and to reduce them to every token's state."""

    tokens: int
    events: int
    read_seconds: float
    reduce_seconds: float


def measure_rebuild(*, tokens: int = 10_000, events: int = 100_000) -> RebuildTimes:
    """Rebuild half as many titles as tokens, each licensed once, and spread the other events over both."""
    logs = list(_logs(tokens // 2, events))
    server = _node(logs)
    try:
        reader = RegistryReader(f"http://127.0.0.1:{server.server_port}")
        registries = Registries({LICENCES: TITLES}, (), 0)
        height = len(logs) // LOGS_A_BLOCK
        began = time.perf_counter()
        found = list(reader.events(registries, Tip(height, _word(height), height, height)))
        read = time.perf_counter()
        reducer = Reducer(title_registry_of=registries.title_registry_of)
        reducer.read(found)
        record = reducer.record(as_of=height, known_at=height)
        reduced = time.perf_counter()
    finally:
        server.shutdown()
        server.server_close()
    if record.problems or len(record.titles) + len(record.licences) != tokens or len(found) != events:
        raise RuntimeError(f"the rebuild is not whole: {record.problems[:3]}")
    return RebuildTimes(tokens, len(found), read - began, reduced - read)


def _logs(pairs: int, events: int) -> Iterator[dict[str, Any]]:
    topics = {declaration.name: topic for topic, declaration in by_topic().items()}
    number = 0
    holder = [_account(title) for title in range(pairs)]

    def log(registry: str, name: str, indexed: list[str], kinds: list[str], values: list[Any]) -> dict[str, Any]:
        nonlocal number
        number += 1
        block = (number - 1) // LOGS_A_BLOCK
        return {
            "address": registry,
            "topics": [topics[name], *indexed],
            "data": "0x" + encode(kinds, values).hex(),
            "blockNumber": hex(block),
            "blockHash": _word(block),
            "blockTimestamp": hex(block),
            "transactionHash": _word(number),
            "logIndex": hex(number),
        }

    for title in range(pairs):
        who = _pad(holder[title])
        yield log(TITLES, "Registered", [_word(title + 1), who], ["uint8", "bytes32"], [0, bytes(32)])
    for title in range(pairs):
        kinds = ["uint256", "uint256[]", "address", "uint8", "bool", "uint8", "uint64", "uint64"]
        values = [0, [title + 1], _account(0), 1, False, 0, 0, 0]
        yield log(LICENCES, "Granted", [_word(pairs + title + 1), _pad(_account(title))], kinds, values)
    nonces = [[0, 0] for _ in range(pairs)]
    while number < events:
        title, conveys = number % pairs, number % 3 != 0
        nonce = nonces[title][conveys]
        nonces[title][conveys] += 1
        if conveys:
            giver, holder[title] = holder[title], _account(number)
            kinds, values = ["uint8", "uint16", "uint64", "bytes32", "uint64"], [1, 10_000, 0, bytes(32), nonce]
            indexed = [_word(title + 1), _pad(giver), _pad(holder[title])]
            yield log(TITLES, "Conveyed", indexed, kinds, values)
        else:
            name, kinds = "Suspended" if nonce % 2 == 0 else "Resumed", ["uint8", "bytes32", "uint64"]
            indexed = [_word(pairs + title + 1), _pad(_account(title))]
            yield log(LICENCES, name, indexed, kinds, [1, bytes(32), nonce])


def _node(logs: list[dict[str, Any]]) -> ThreadingHTTPServer:
    """A node that knows these logs, and blocks by their number."""

    class Node(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            first = asked["params"][0]
            if asked["method"] == "eth_getLogs":
                begin, end = int(first["fromBlock"], 16) * LOGS_A_BLOCK, (int(first["toBlock"], 16) + 1) * LOGS_A_BLOCK
                result: Any = logs[begin:end]
            else:
                number = int(first, 16)
                result = {"number": first, "hash": _word(number), "timestamp": first}
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Node)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _word(number: int) -> str:
    return f"0x{number:064x}"


def _account(number: int) -> str:
    return f"0x{number + 1:040x}"


def _pad(account: str) -> str:
    return "0x" + account[2:].rjust(64, "0")
