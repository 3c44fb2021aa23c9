"""The port Signer with eth_account: accounts and EIP-712 signatures. No key is kept here, and none is printed."""

import re
import secrets
from collections.abc import Sequence
from typing import Any

from ipx.adapters.evm.keys import address_of, eth_account
from ipx.core.errors import Invalid
from ipx.core.ports import Entropy
from ipx.core.typed_data import STRUCTS, TypedData

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_WORD = re.compile(r"0x[0-9a-fA-F]{64}")
# Order of secp256k1 (SEC 2, section 2.4.1).
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class EthSigner:
    """secp256k1 accounts and EIP-712 signatures; ``entropy`` only where a run is to be repeated from a seed."""

    def __init__(self, entropy: Entropy | None = None) -> None:
        self._token = entropy.token if entropy else secrets.token_bytes

    def create_account(self) -> tuple[str, bytes]:
        """Return a new account: checksummed address and its 32-byte private key."""
        private_key = self._token(32)
        while not 0 < int.from_bytes(private_key) < _ORDER:
            private_key = self._token(32)
        return address_of(private_key), private_key

    def sign(self, private_key: bytes, data: TypedData) -> bytes:
        """Return 65 bytes r ‖ s ‖ v, s in the lower half of the order (RFC 6979, so the same every time)."""
        return bytes(eth_account().Account.sign_message(_message(data), private_key).signature)

    def recover(self, data: TypedData, signature: bytes) -> str:
        """Return the checksummed address that signed. Raises Invalid for a malformed or malleable signature."""
        return _recovered(_message(data), signature)

    def recover_text(self, text: str, signature: bytes) -> str:
        """Return the checksummed address that signed a text (EIP-191, version 0x45). Raises Invalid likewise."""
        return _recovered(eth_account().messages.encode_defunct(text=text), signature)

    def digest(self, data: TypedData) -> bytes:
        """Return Keccak-256(0x1901 ‖ domain separator ‖ struct hash) (EIP-712)."""
        return _digest(_message(data))

    def digest_text(self, text: str) -> bytes:
        """Return Keccak-256 of the prefix for texts, the length and the text (EIP-191, version 0x45)."""
        return _digest(eth_account().messages.encode_defunct(text=text))


def _recovered(message: Any, signature: bytes) -> str:
    if len(signature) != 65 or signature[64] not in (27, 28):
        raise Invalid("A signature is 65 bytes long and ends with 27 or 28.")
    if not 0 < int.from_bytes(signature[32:64]) <= _ORDER // 2:
        raise Invalid("The signature is not in its lower form (s is too high).")
    try:
        return str(eth_account().Account.recover_message(message, signature=signature))
    except Exception as error:  # eth_keys raises a family of its own for points off the curve
        raise Invalid("This is not a signature.") from error


def _digest(message: Any) -> bytes:
    from eth_utils.crypto import keccak

    return bytes(keccak(b"\x19" + message.version + message.header + message.body))


def _message(data: TypedData) -> Any:
    if data.struct not in STRUCTS:
        raise Invalid(f"{data.struct} is not a structure that the exchange signs.")
    return eth_account().messages.encode_typed_data(full_message={**data.full(), "message": _checked_message(data)})


def _checked_message(data: TypedData) -> dict[str, object]:
    _, fields = STRUCTS[data.struct]
    if set(data.message) != {name for name, _ in fields}:
        raise Invalid(f"The message does not have the fields of {data.struct}.")
    return {name: _value(name, kind, data.message[name]) for name, kind in fields}


def _value(name: str, kind: str, value: Any) -> object:
    """Return a value as eth-account takes it. It would pad short words and wrap others; here they are refused."""
    if kind.endswith("[]"):
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise Invalid(f"{name} must be a list.", field=name)
        return [_value(name, kind[:-2], item) for item in value]
    if kind == "bool":
        is_fit = isinstance(value, bool)
    elif kind.startswith("uint"):
        is_fit = isinstance(value, str) and bool(_DECIMAL.fullmatch(value)) and int(value) < 1 << int(kind[4:])
    else:
        pattern = _ADDRESS if kind == "address" else _WORD
        is_fit = isinstance(value, str) and bool(pattern.fullmatch(value))
    if not is_fit:
        raise Invalid(f"{name} is not a {kind} in the spelling that is signed.", field=name)
    return int(value) if kind.startswith("uint") else value
