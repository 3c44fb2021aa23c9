"""Anchors as any node of the chain tells them, for the verification of bundles.

With the standard library alone, and apart from the adapters: a verifier needs no settings, no deployment and no key. It
must never follow an address that is not http or https.
"""

import json
import urllib.request
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from ipx.core.errors import Unavailable
from ipx.evidence.verification import Anchored

TIMEOUT_SECONDS = 20
LARGEST_ANSWER = 1 << 24
# Keccak-256 of Anchored(address,bytes32,uint64,bytes32)
ANCHORED = "0x3d0c97912257c6ad70e8f6fc81ae518ad3e14734d308b512c2729cc637a4b0b1"


class NodeReader:
    """The protocol ChainReader over one node's JSON-RPC."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise Unavailable("The address of a node begins with http:// or https://.")
        self._url = url

    def chain_id(self) -> int:
        """Return the node's chain id."""
        return number(self._ask("eth_chainId"))

    def anchored_in(self, transaction: str) -> Sequence[Anchored]:
        """Return the anchors of a successful transaction whose block is on the node's present chain."""
        receipt = self._ask("eth_getTransactionReceipt", transaction)
        if not receipt or number(receipt["status"]) != 1:
            return ()
        block = self._ask("eth_getBlockByNumber", receipt["blockNumber"], False)
        if not block or block["hash"] != receipt["blockHash"]:
            return ()
        return [_anchored(log, block) for log in receipt["logs"] if is_anchor(log)]

    def final_height(self) -> int | None:
        """Return the height of the newest block that the node calls finalized, None when it has no such notion."""
        try:
            block = self._ask("eth_getBlockByNumber", "finalized", False)
        except Unavailable:
            return None
        return number(block["number"]) if block else None

    def _ask(self, method: str, *params: object) -> Any:
        found = self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if not isinstance(found, dict) or found.get("error"):
            raise Unavailable(f"it answers {method} with an error")
        return found.get("result")

    def _ask_many(self, method: str, parameters: Sequence[Sequence[object]]) -> list[Any]:
        """Return the answers to several questions of one kind, asked at once; None for one that is refused."""
        if not parameters:
            return []
        questions = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, params in enumerate(parameters)
        ]
        found = self._post(questions)
        if not isinstance(found, list):
            raise Unavailable("it does not answer several questions at once")
        answers = {answer.get("id"): answer for answer in found if isinstance(answer, dict)}
        if len(answers) != len(questions):
            raise Unavailable("it does not answer every question")
        return [answers[number].get("result") for number in range(len(questions))]

    def _post(self, questions: object) -> Any:
        body = json.dumps(questions).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url, body, headers)  # noqa: S310 - the scheme is checked above
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return json.loads(answer.read(LARGEST_ANSWER))
        except (OSError, ValueError) as error:
            raise Unavailable(str(error)) from error


def number(text: Any) -> int:
    """Return a quantity (0x…) of a node's answer. Raises Unavailable."""
    try:
        return int(text, 16)
    except (TypeError, ValueError) as error:
        raise Unavailable("it does not answer as a node should") from error


def is_anchor(log: dict[str, Any]) -> bool:
    """Tell whether a log of a node is the event ``Anchored``."""
    return len(log["topics"]) == 3 and log["topics"][0] == ANCHORED and len(log["data"]) == 2 + 128


def anchor_fields(log: dict[str, Any]) -> dict[str, Any]:
    """Return what such an event says: contract, sender, root, size and head."""
    data = bytes.fromhex(log["data"][2:])
    return {
        "contract": str(log["address"]).lower(),
        "sender": "0x" + str(log["topics"][1])[-40:].lower(),
        "root": bytes.fromhex(log["topics"][2][2:]),
        "size": int.from_bytes(data[:32]),
        "head": data[32:],
    }


def _anchored(log: dict[str, Any], block: dict[str, Any]) -> Anchored:
    return Anchored(
        **anchor_fields(log),
        block_number=number(block["number"]),
        block_hash=str(block["hash"]).lower(),
        block_time=number(block["timestamp"]),
    )
