"""Contract wallets: does one accept a signature (ERC-1271)? It asks a node; the wallet's own code decides."""

from collections.abc import Callable
from typing import Any

from ipx.adapters.evm.refusals import is_revert
from ipx.adapters.evm.rpc import NodeError
from ipx.core.errors import Unavailable
from ipx.core.ports import Block, WalletAnswer

_SELECTOR = bytes.fromhex("1626ba7e")  # isValidSignature(bytes32,bytes), and what it returns for yes (ERC-1271)
_GAS = hex(5_000_000)  # a wallet may ask further contracts, but not without end


def ask_wallet(call: Callable[..., Any], block: Block, address: str, digest: bytes, signature: bytes) -> WalletAnswer:
    """Return what the account at ``address`` says as of ``block`` (EIP-1898). Raises Unavailable."""
    where = {"blockHash": block.hash}
    try:
        if str(call("eth_getCode", address, where)) in ("0x", "0x0"):
            return WalletAnswer(block, has_code=False, accepts=False)
        request = {"to": address, "data": "0x" + _question(digest, signature).hex(), "gas": _GAS}
        answer = bytes.fromhex(str(call("eth_call", request, where))[2:])
    except NodeError as error:
        if is_revert(error):
            return WalletAnswer(block, has_code=True, accepts=False)
        raise Unavailable(f"The chain node cannot ask the wallet: {error.message}") from error
    except ValueError as error:
        raise Unavailable("The chain node does not answer as a node should.") from error
    return WalletAnswer(block, has_code=True, accepts=answer[:32] == _SELECTOR + bytes(28))


def _question(digest: bytes, signature: bytes) -> bytes:
    from eth_abi.abi import encode

    return _SELECTOR + bytes(encode(["bytes32", "bytes"], [digest, signature]))
