"""Transactions as a node tells of them (JSON-RPC ``eth_getTransactionByHash``)."""

from typing import Any

from ipx.core.ports import Fees, SentTransaction


def read_transaction(found: dict[str, Any]) -> SentTransaction:
    """Return a node's answer as a record; one of before EIP-1559 has its gas price for both fees."""
    from eth_utils.address import to_checksum_address

    price = found.get("gasPrice") or "0x0"
    to = found.get("to")
    return SentTransaction(
        hash=str(found["hash"]),
        sender=to_checksum_address(found["from"]),
        nonce=int(found["nonce"], 16),
        to=to_checksum_address(to) if to else None,
        data=bytes.fromhex(str(found["input"])[2:]),
        gas=int(found["gas"], 16),
        fees=Fees(
            int(found.get("maxFeePerGas") or price, 16),
            int(found.get("maxPriorityFeePerGas") or price, 16),
        ),
    )
