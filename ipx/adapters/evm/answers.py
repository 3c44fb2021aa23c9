"""What a node's answers mean, as facts of ours. Pure; a field that is missing or malformed raises Unavailable."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ipx.adapters.evm.deployment import DeployedContract
from ipx.core.errors import Unavailable
from ipx.core.ports import Block, Fees, Log, Receipt, SentTransaction

Given = ParamSpec("Given")
Fact = TypeVar("Fact")


def _strict(read: Callable[Given, Fact]) -> Callable[Given, Fact]:
    """Let no malformed answer look like an error of ours: another node may do better."""

    @wraps(read)
    def checked(*args: Given.args, **kwargs: Given.kwargs) -> Fact:
        try:
            return read(*args, **kwargs)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unavailable("The chain node does not answer as a node should.") from error

    return checked


@_strict
def number(answer: Any) -> int:
    """Return a quantity (0x…)."""
    return int(answer, 16)


@_strict
def block(answer: Any) -> Block | None:
    """Return a block, None for null."""
    if answer is None:
        return None
    height, moment = int(answer["number"], 16), int(answer["timestamp"], 16)
    return Block(height, str(answer["hash"]), str(answer["parentHash"]), moment)


@_strict
def receipt(answer: Any, transaction: str) -> Receipt | None:
    """Return the receipt of a mined transaction, None for null and for one that is pending."""
    if answer is None or answer.get("blockHash") is None:
        return None
    if str(answer.get("transactionHash", transaction)).lower() != transaction.lower():
        raise ValueError("a receipt of another transaction")
    return Receipt(
        transaction=transaction,
        block_number=int(answer["blockNumber"], 16),
        block_hash=str(answer["blockHash"]),
        succeeded=int(answer["status"], 16) == 1,
        gas_used=int(answer["gasUsed"], 16),
        gas_price=int(answer.get("effectiveGasPrice") or "0x0", 16),
    )


@_strict
def transaction(answer: Any) -> SentTransaction | None:
    """Return a transaction, mined or waiting, None for null; before EIP-1559 its gas price was both fees."""
    from eth_utils.address import to_checksum_address

    if answer is None:
        return None
    price, to = answer.get("gasPrice") or "0x0", answer.get("to")
    return SentTransaction(
        hash=str(answer["hash"]),
        sender=to_checksum_address(answer["from"]),
        nonce=int(answer["nonce"], 16),
        to=to_checksum_address(to) if to else None,
        data=bytes.fromhex(str(answer["input"])[2:]),
        gas=int(answer["gas"], 16),
        fees=Fees(
            int(answer.get("maxFeePerGas") or price, 16),
            int(answer.get("maxPriorityFeePerGas") or price, 16),
        ),
    )


@_strict
def log(entry: Mapping[str, Any], *, name: str, contract: DeployedContract) -> Log | None:
    """Return an event of one of our contracts, None for one that it does not declare, or that was taken back."""
    from ipx.adapters.evm.abi import load_artifact

    decoded = load_artifact(contract.artifact).decode_log(entry["topics"], entry["data"])
    if decoded is None or entry.get("removed"):
        return None
    return Log(
        contract=name,
        event=decoded[0],
        arguments=decoded[1],
        address=contract.address,
        transaction=str(entry["transactionHash"]),
        block_number=int(entry["blockNumber"], 16),
        block_hash=str(entry["blockHash"]),
        log_index=int(entry["logIndex"], 16),
        data=str(entry["data"]),
        topics=tuple(entry["topics"]),
    )
