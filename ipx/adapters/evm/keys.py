"""eth-account, imported late and with its side effect undone; and what needs no more than a key.

A library below it raises Python's recursion limit to 100,000. With that, a JSON text of deep nesting overflows the C
stack and kills the process instead of raising RecursionError, and such texts come from strangers.
"""

import sys
from functools import cache
from typing import Any


@cache
def eth_account() -> Any:
    """Return the module eth_account (its import takes a second)."""
    limit = sys.getrecursionlimit()
    try:
        import eth_account.messages
    finally:
        sys.setrecursionlimit(limit)
    return eth_account


def address_of(private_key: str | bytes) -> str:
    """Return the checksummed address (EIP-55) of a private key of 32 bytes; text is hex. Raises ValueError for others.

    Without eth-account: most processes want to know an address and sign nothing, and its import costs them a third of
    a second.
    """
    from coincurve import PrivateKey
    from eth_utils.address import to_checksum_address
    from eth_utils.crypto import keccak

    secret = bytes.fromhex(private_key.removeprefix("0x")) if isinstance(private_key, str) else private_key
    if len(secret) != 32:
        raise ValueError(f"A private key has 32 bytes, not {len(secret)}.")
    point = PrivateKey(secret).public_key.format(compressed=False)
    return str(to_checksum_address(keccak(point[1:])[-20:]))
