"""Whether an account signed something: by its key, or, where it has code, because it says so (ERC-1271).

The key is tried first, as the contracts do (contracts/src/lib/Signatures.sol): what counts here counts there. Only the
second needs the chain.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from ipx.core.errors import Invalid, Unavailable
from ipx.core.ports import ChainGateway, Signer
from ipx.core.typed_data import TypedData
from ipx.wallets.records import Attribution, Proof
from ipx.wallets.rules import SIGNATURE_LONGEST

_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})+")


class Signatures:
    """Checks signatures."""

    def __init__(self, *, signer: Signer, gateway: ChainGateway) -> None:
        self._signer = signer
        self._gateway = gateway

    def of_text(self, address: str, text: str, signature: bytes) -> Proof:
        """Return the proof that ``address`` signed a text (EIP-191). Raises Invalid, Unavailable (no node to ask)."""
        return self._proof(
            address,
            signature,
            lambda key_signature: self._signer.recover_text(text, key_signature),
            lambda: self._signer.digest_text(text),
        )

    def of_data(self, address: str, data: TypedData, signature: bytes) -> Proof:
        """Return the proof that ``address`` signed typed data (EIP-712). Raises Invalid, Unavailable."""
        proof = self._proof(
            address,
            signature,
            lambda key_signature: self._signer.recover(data, key_signature),
            lambda: self._signer.digest(data),
        )
        return replace(proof, data=data)

    def signer_of(self, address: str, data: TypedData, signature: bytes, *, block: int | None = None) -> Attribution:
        """Return which account's signature under typed data it is: ``address`` when it counts as its, else whoever's
        key made it, or nobody's. ``block``: as of which a contract wallet said yes; it is asked about that block again.

        Raises Unavailable where no block is given; where one is, and the node has it no longer, that is said.
        """

        def recover(key_signature: bytes) -> str:
            return self._signer.recover(data, key_signature)

        try:
            return Attribution(
                self._proof(address, signature, recover, lambda: self._signer.digest(data), block).address
            )
        except Invalid:
            return Attribution(_recovered(recover, signature))
        except Unavailable:
            if block is None:
                raise
            return Attribution(address, unasked=block)

    def _proof(
        self,
        address: str,
        signature: bytes,
        recover: Callable[[bytes], str],
        digest: Callable[[], bytes],
        at: int | None = None,
    ) -> Proof:
        key_signature = key_signature_of(signature)
        recovered = _recovered(recover, key_signature)
        if recovered == address:
            return Proof(address, key_signature, None)
        answer = self._gateway.ask_wallet(address, digest(), signature, at=at)
        if answer.accepts:
            return Proof(address, signature, answer.block)
        if answer.has_code:
            raise Invalid(
                "The contract wallet does not accept this signature. Where it takes several people to sign, let all of "
                "them sign first, then try again."
            )
        if recovered is None:
            raise Invalid("What the wallet sent is no signature. Try again, or use another wallet.")
        raise Invalid(
            f"Another account signed: {recovered}, not {address}. Choose the right one in your wallet, and try again."
        )


def signature_of(text: str) -> bytes:
    """Return what a wallet sent, 0x and hex digits, as bytes. Raises Invalid."""
    text = text.strip()
    if not _HEX.fullmatch(text) or len(text) > 2 + 2 * SIGNATURE_LONGEST:
        raise Invalid("What the wallet sent is no signature. Try again, or use another wallet.", field="signature")
    return bytes.fromhex(text[2:])


def key_signature_of(signature: bytes) -> bytes:
    """Return a signature of a key as the contracts take it, ending with 27 or 28: some wallets count the recovery id
    from 0. What a contract wallet takes is never changed."""
    is_bare = len(signature) == 65 and signature[64] in (0, 1)
    return signature[:64] + bytes([signature[64] + 27]) if is_bare else signature


def _recovered(recover: Callable[[bytes], str], signature: bytes) -> str | None:
    try:
        return recover(signature)
    except Invalid:
        return None
