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
    """Return the checksummed address (EIP-55) of a private key."""
    return str(eth_account().Account.from_key(private_key).address)
