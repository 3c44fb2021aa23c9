"""A block's header and receipts as Ethereum hashes them, written again from what a node tells in JSON.

It must never hand out what does not compute: a node of another kind (or a later fork) has fields that we do not know.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import rlp

from ipx.adapters.evm.rpc import NodeError
from ipx.core import patricia
from ipx.core.ports import BlockProof

Ask: TypeAlias = Callable[..., Any]  # a method's name and its parameters; raises Unavailable, NodeError

MOST_RECEIPTS = 20_000  # of a block: some 20 MB as JSON
MOST_ONE_BY_ONE = 1_000  # where the node does not give a block's receipts at once
NUMBERS = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas")
# In their order (yellow paper, 4.4; EIP-1559, 4895, 4844, 4788, 7685). Those of later forks are absent before them.
FIELDS = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty"),
    *("number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
    *("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash"),
)


def read_block_proof(ask: Ask, transaction: str, block_hash: str) -> BlockProof | None:
    """Return what proves a transaction's receipt by its block's hash, None when the node's answers do not compute.

    Raises Unavailable when the node does not answer, NodeError when it refuses to.
    """
    try:
        return _proof(ask, transaction, block_hash)
    except (KeyError, TypeError, ValueError):  # the answers have another form than Ethereum's
        return None


def _proof(ask: Ask, transaction: str, block_hash: str) -> BlockProof | None:
    block = ask("eth_getBlockByHash", block_hash, False)
    if not block or transaction not in block["transactions"] or len(block["transactions"]) > MOST_RECEIPTS:
        return None
    header, index = header_bytes(block), block["transactions"].index(transaction)
    receipts = _receipts(ask, block)
    if "0x" + patricia.keccak(header).hex() != block_hash or len(receipts) != len(block["transactions"]):
        return None
    values = [(rlp.encode(place), receipt_bytes(receipt)) for place, receipt in enumerate(receipts)]
    if patricia.root(values) != _bytes(block["receiptsRoot"]):
        return None
    key, receipt = values[index]
    return BlockProof(header=header, index=index, receipt=receipt, nodes=patricia.path(values, key))


def header_bytes(block: Mapping[str, Any]) -> bytes:
    """Return the RLP of a block's header."""
    return bytes(rlp.encode([_field(block, name) for name in FIELDS if block.get(name) is not None]))


def receipt_bytes(receipt: Mapping[str, Any]) -> bytes:
    """Return a receipt as the receipts' trie holds it (EIP-2718; a root instead of the status before EIP-658)."""
    logs = [
        [_bytes(log["address"]), [_bytes(topic) for topic in log["topics"]], _bytes(log["data"])]
        for log in receipt["logs"]
    ]
    status = _number(receipt["status"]) if receipt.get("status") is not None else _bytes(receipt["root"])
    fields = [status, _number(receipt["cumulativeGasUsed"]), _bytes(receipt["logsBloom"]), logs]
    return _number(receipt.get("type") or "0x0") + bytes(rlp.encode(fields))


def _receipts(ask: Ask, block: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    try:
        found = ask("eth_getBlockReceipts", block["number"]) or []
    except NodeError:  # not every node has the method
        names = block["transactions"] if len(block["transactions"]) <= MOST_ONE_BY_ONE else []
        found = [ask("eth_getTransactionReceipt", name) for name in names]
    same = [receipt for receipt in found if receipt and receipt["blockHash"] == block["hash"]]
    return sorted(same, key=lambda receipt: int(receipt["transactionIndex"], 16))


def _field(block: Mapping[str, Any], name: str) -> bytes:
    return _number(block[name]) if name in NUMBERS else _bytes(block[name])


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _number(text: str) -> bytes:
    """Return a number big-endian, without leading zeros: RLP knows no other."""
    number = int(text, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
