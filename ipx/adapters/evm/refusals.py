"""What nodes' error texts mean, in one table (geth, Erigon, Nethermind, Besu, Reth, anvil). It must never drop a text
that it does not know: that one is shown as it came."""

from collections.abc import Sequence
from typing import Any

from ipx.adapters.evm.rpc import NodeError
from ipx.core.errors import ExchangeError, Refused, Unavailable

# The node may have the transaction, or one of the same nonce: look up our own hashes.
_UNKNOWN_OUTCOME = (
    "already known",
    "already imported",
    "alreadyknown",
    "known transaction",
    "nonce too low",
    "nonce is too low",
    "oldnonce",
    "underpriced",  # another attempt of the same nonce pays as much or more
    "replacement not allowed",
    "feetoolowtocompete",
)
# Nothing is wrong with the transaction; trying again later may succeed.
_LATER = ("insufficient funds", "insufficientfunds", "txpool is full", "nonce too high", "limit exceeded", "timeout")
_REVERTED = ("revert", "execution reverted", "vm execution error")


def is_unknown_outcome(error: NodeError) -> bool:
    """Tell whether a refused broadcast says nothing about our transaction's fate."""
    return _holds(error, _UNKNOWN_OUTCOME)


def is_revert(error: NodeError) -> bool:
    """Tell whether the contract itself refused, so that every other node would say the same."""
    return _revert_data(error.data) is not None or _holds(error, _REVERTED)


def refusal(error: NodeError) -> ExchangeError:
    """Return the error of ours for a refused broadcast."""
    if "insufficient funds" in error.message.lower():
        return Unavailable(f"The relayer has no money for the gas: {error.message}")
    if _holds(error, _LATER):
        return Unavailable(f"The chain node cannot take the transaction now: {error.message}")
    return Refused(f"The chain node rejects the transaction: {error.message}")


def estimate_refusal(error: NodeError, artifacts: Sequence[Any]) -> ExchangeError:
    """Return Refused with the contract's reason when it was a revert, else Unavailable."""
    from ipx.adapters.evm.abi import revert_reason

    data = _revert_data(error.data)
    if data is not None:
        return Refused(f"The contract refuses: {revert_reason(data, artifacts)}.")
    if _holds(error, _REVERTED):
        return Refused(f"The contract refuses: {error.message}.")
    return refusal(error) if _holds(error, _LATER) else Unavailable(f"The chain node cannot answer: {error.message}")


def _holds(error: NodeError, texts: Sequence[str]) -> bool:
    message = error.message.lower()
    return any(text in message for text in texts)


def _revert_data(data: object) -> bytes | None:
    """Nodes put the revert's bytes into ``data``, bare or in an object, some with a word before them."""
    if isinstance(data, dict):
        data = data.get("data") or data.get("result")
    if not isinstance(data, str) or "0x" not in data:
        return None
    try:
        return bytes.fromhex(data[data.index("0x") + 2 :])
    except ValueError:
        return None
