"""All anchors of a contract as any node tells them, by ranges of blocks. It must never use a table of ours."""

from collections.abc import Iterator, Sequence
from typing import Any

from ipx.core.errors import Unavailable
from ipx.evidence.log_chain import ChainAnchor
from ipx.evidence.node import ANCHORED, NodeReader

BLOCKS_A_RANGE = 5_000


class LogReader(NodeReader):
    """Reads our log from one node."""

    def height(self) -> int:
        """Return the number of the node's newest block."""
        return int(self._ask("eth_blockNumber"), 16)

    def has_code(self, address: str) -> bool:
        """Tell whether there is a contract at an address."""
        return self._ask("eth_getCode", address, "latest") not in (None, "0x", "0x0")

    def anchors(self, contracts: Sequence[str], *, sender: str | None, first: int, last: int) -> Iterator[ChainAnchor]:
        """Return the anchors of blocks ``first`` to ``last`` in the chain's order. Raises Unavailable.

        A node that refuses a range as too large is asked for halves of it.
        """
        final = self.final_height()
        topics = [ANCHORED] + ([_topic(sender)] if sender else [])
        begin, width = first, BLOCKS_A_RANGE
        while begin <= last:
            end = min(last, begin + width - 1)
            query = {"address": list(contracts), "topics": topics, "fromBlock": hex(begin), "toBlock": hex(end)}
            try:
                logs = self._ask("eth_getLogs", query)
            except Unavailable:
                if end == begin:
                    raise
                width = max(1, (end - begin + 1) // 2)
                continue
            yield from (_anchor(log, final) for log in sorted(filter(_is_whole, logs), key=_place))
            begin = end + 1


def _is_whole(log: dict[str, Any]) -> bool:
    """A log of a block that vanished meanwhile is marked as removed."""
    return not log.get("removed") and len(log["topics"]) == 3 and len(log["data"]) == 2 + 128


def _place(log: dict[str, Any]) -> tuple[int, int]:
    return int(log["blockNumber"], 16), int(log["logIndex"], 16)


def _anchor(log: dict[str, Any], final: int | None) -> ChainAnchor:
    data = bytes.fromhex(log["data"][2:])
    number = int(log["blockNumber"], 16)
    return ChainAnchor(
        contract=str(log["address"]).lower(),
        sender="0x" + str(log["topics"][1])[-40:].lower(),
        root=bytes.fromhex(log["topics"][2][2:]),
        size=int.from_bytes(data[:32]),
        head=data[32:],
        transaction=str(log["transactionHash"]).lower(),
        block_number=number,
        block_hash=str(log["blockHash"]).lower(),
        is_final=final is not None and number <= final,
    )


def _topic(address: str) -> str:
    return "0x" + address.lower().removeprefix("0x").rjust(64, "0")
