"""All anchors of a contract as any node tells them, by ranges of blocks. It must never use a table of ours."""

from collections.abc import Iterator, Sequence
from typing import Any

from ipx.core.errors import Unavailable
from ipx.evidence.log_chain import ChainAnchor
from ipx.evidence.node import ANCHORED, NodeReader, anchor_fields, is_anchor, number

BLOCKS_A_RANGE = 5_000


class LogReader(NodeReader):
    """Reads our log from one node."""

    def height(self) -> int:
        """Return the number of the node's newest block."""
        return number(self._ask("eth_blockNumber"))

    def has_code(self, address: str) -> bool:
        """Tell whether there is a contract at an address."""
        return self._ask("eth_getCode", address, "latest") not in (None, "0x", "0x0")

    def anchors(self, contracts: Sequence[str], *, sender: str | None, first: int, last: int) -> Iterator[ChainAnchor]:
        """Return the anchors of blocks ``first`` to ``last`` in the chain's order. Raises Unavailable."""
        final = self.final_height()
        topics = [ANCHORED] + ([_topic(sender)] if sender else [])
        for log in self.logs(contracts, topics=topics, first=first, last=last):
            if is_anchor(log):
                yield _anchor(log, final)

    def logs(
        self, contracts: Sequence[str], *, topics: Sequence[Any], first: int, last: int
    ) -> Iterator[dict[str, Any]]:
        """Return the logs of blocks ``first`` to ``last`` in the chain's order. Raises Unavailable.

        A node that refuses a range as too large is asked for halves of it.
        """
        begin, width = first, BLOCKS_A_RANGE
        while begin <= last:
            end = min(last, begin + width - 1)
            query = {"address": list(contracts), "topics": list(topics), "fromBlock": hex(begin), "toBlock": hex(end)}
            try:
                logs = self._ask("eth_getLogs", query)
            except Unavailable:
                if end == begin:
                    raise
                width = max(1, (end - begin + 1) // 2)
                continue
            yield from sorted((log for log in logs if not log.get("removed")), key=_place)
            begin = end + 1


def _place(log: dict[str, Any]) -> tuple[int, int]:
    return number(log["blockNumber"]), number(log["logIndex"])


def _anchor(log: dict[str, Any], final: int | None) -> ChainAnchor:
    height = number(log["blockNumber"])
    return ChainAnchor(
        **anchor_fields(log),
        transaction=str(log["transactionHash"]).lower(),
        block_number=height,
        block_hash=str(log["blockHash"]).lower(),
        is_final=final is not None and height <= final,
    )


def _topic(address: str) -> str:
    return "0x" + address.lower().removeprefix("0x").rjust(64, "0")
