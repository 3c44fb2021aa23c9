"""The registries' logs and the contracts' own answers, from any node, by raw JSON-RPC in ranges of blocks.

It must never use a table of ours, nor take blocks of two histories for one: what it reads ends at one block, whose hash
is asked for before and after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from ipx.core.errors import Tampered, Unavailable
from ipx.evidence.log_reader import LogReader
from ipx.evidence.node import number
from ipx.history.rebuild.decoding import by_topic, decode_log
from ipx.history.rebuild.records import ChainEvent

AT_ONCE = 200  # questions in one request
EVENTS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Registries:
    """Where to read: pairs of title and licence registry, and the block of the oldest."""

    title_registry_of: Mapping[str, str]
    titles_only: Sequence[str]
    first_block: int

    @property
    def addresses(self) -> list[str]:
        """All contracts, in lower case."""
        both = [*self.title_registry_of, *self.title_registry_of.values(), *self.titles_only]
        return list(dict.fromkeys(both))


@dataclass(frozen=True)
class Tip:
    """The block up to which the chain was read; ``final``: the newest final block, None when the node tells none."""

    height: int
    hash: str
    time: int
    final: int | None


class RegistryReader(LogReader):
    """Reads our registries from one node."""

    def tip(self) -> Tip:
        """Return the newest block. Raises Unavailable."""
        block = self._block("latest")
        return Tip(number(block["number"]), str(block["hash"]), number(block["timestamp"]), self.final_height())

    def events(self, registries: Registries, tip: Tip) -> Iterator[ChainEvent]:
        """Return every event up to ``tip`` in the chain's order. Raises Unavailable, Tampered.

        Raises Unavailable when the chain changed while it was read.
        """
        topics = [list(by_topic())]
        waiting: list[dict[str, Any]] = []
        for log in self.logs(registries.addresses, topics=topics, first=registries.first_block, last=tip.height):
            waiting.append(log)
            if len(waiting) == EVENTS_AT_ONCE:
                yield from self._decoded(waiting)
                waiting = []
        yield from self._decoded(waiting)
        if self._block(hex(tip.height))["hash"] != tip.hash:
            raise Unavailable("the chain changed while it was read: ask again")

    def title_registry_of(self, contract: str) -> str | None:
        """Return the title registry that a licence registry names, None when the contract is no licence registry."""
        if not self.has_code(contract):
            raise Unavailable(f"there is no contract at {contract} on the chain of this node")
        answer = self.answers([(contract, "titleRegistry()", ())], block="latest")[0]
        return None if answer is None or len(answer) < 32 else "0x" + answer[12:32].hex()

    def answers(self, questions: Sequence[tuple[str, str, Sequence[str]]], *, block: str) -> list[bytes | None]:
        """Ask contracts (address, signature, words as 0x-strings) at a block; None where one reverts."""
        calls = [[{"to": to, "data": _call_data(signature, words)}, block] for to, signature, words in questions]
        found: list[bytes | None] = []
        for start in range(0, len(calls), AT_ONCE):
            answers = self._ask_many("eth_call", calls[start : start + AT_ONCE])
            found += [None if answer is None else bytes.fromhex(str(answer)[2:]) for answer in answers]
        return found

    def _decoded(self, logs: Sequence[Mapping[str, Any]]) -> Iterator[ChainEvent]:
        times = self._times(logs)
        for log in logs:
            yield decode_log(log, time=times[str(log["blockHash"])])

    def _times(self, logs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Return the times of the logs' blocks: many nodes tell them with the log, others are asked."""
        times = {str(log["blockHash"]): number(log["blockTimestamp"]) for log in logs if log.get("blockTimestamp")}
        missing = list(dict.fromkeys(str(log["blockHash"]) for log in logs if str(log["blockHash"]) not in times))
        for start in range(0, len(missing), AT_ONCE):
            part = missing[start : start + AT_ONCE]
            blocks = self._ask_many("eth_getBlockByHash", [[block_hash, False] for block_hash in part])
            for block_hash, block in zip(part, blocks, strict=True):
                if not block:
                    raise Unavailable("the chain changed while it was read: ask again")
                times[block_hash] = number(block["timestamp"])
        return times

    def _block(self, which: str) -> Any:
        block = self._ask("eth_getBlockByNumber", which, False)
        if not block:
            raise Unavailable("it does not have the block that was asked for")
        return block


def _call_data(signature: str, words: Sequence[str]) -> str:
    if any(len(word) > 66 for word in words):
        raise Tampered("A word is longer than 32 bytes.")
    return "0x" + keccak(signature.encode())[:4].hex() + "".join(word[2:].rjust(64, "0") for word in words)
