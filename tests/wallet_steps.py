"""Wallets of tests: keys of their own, contract wallets on the embedded chain, and what they answer a page."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ipx.adapters.evm.keys import address_of, eth_account
from ipx.adapters.evm.rpc import Rpc
from ipx.core.typed_data import TypedData
from ipx.outside import chain_address, embedded_chain
from ipx.wallets.sign_in_message import checksummed
from tests.pages import Person, token_of
from tests.world import World

CREATION = json.loads((Path(__file__).parent / "contract_wallets.json").read_text("utf-8"))["creation"]


class KeyWallet:
    """A wallet with one key, as in the extension of a browser."""

    def __init__(self) -> None:
        self.key = secrets.token_bytes(32)
        self.address = address_of(self.key)

    def sign_text(self, text: str) -> str:
        message = eth_account().messages.encode_defunct(text=text)
        return "0x" + bytes(eth_account().Account.sign_message(message, self.key).signature).hex()

    def sign_data(self, data: TypedData) -> str:
        message = eth_account().messages.encode_typed_data(full_message=json.loads(json.dumps(data.full())))
        return "0x" + bytes(eth_account().Account.sign_message(message, self.key).signature).hex()


class ContractWallet(KeyWallet):
    """A contract on the chain that accepts what its owner's key signs (ERC-1271)."""

    def __init__(self, world: World, kind: str = "Wallet") -> None:
        super().__init__()
        chain = world.exchange.outside.chain.chain_id
        anvil = embedded_chain(world.exchange.settings)
        rpc = Rpc(chain_address(world.exchange.settings))
        self.address = create(rpc, chain, anvil.fund, creation_of(kind, self.address))


def create(rpc: Rpc, chain_id: int, fund: Callable[[str], object], code: bytes) -> str:
    """Put a contract on a chain from an account that nobody else uses; return its address (EIP-55)."""
    key = secrets.token_bytes(32)
    fund(address_of(key))
    fields = {
        "type": 2,
        "chainId": chain_id,
        "nonce": 0,
        "value": 0,
        "data": code,
        "gas": 2_000_000,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 10**9,
    }
    signed = eth_account().Account.sign_transaction(fields, key)
    sent = rpc.call("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
    end = time.monotonic() + 60
    while not (receipt := rpc.call("eth_getTransactionReceipt", sent)):
        assert time.monotonic() < end, "not mined"
        time.sleep(0.05)
    assert receipt["status"] == "0x1"
    return checksummed(str(receipt["contractAddress"]))


def creation_of(kind: str, owner: str) -> bytes:
    """Return the code that makes one of the contracts of contracts/test/support/Wallets.sol."""
    arguments = bytes.fromhex(owner[2:]).rjust(32, b"\0") if kind == "Wallet" else b""
    return bytes.fromhex(CREATION[kind][2:]) + arguments


def asked(client: Any, path: str, address: str) -> str:
    """Ask for the message that an account is to sign."""
    token = token_of(client.get(path).text)
    answer = client.post(f"{path}/challenge", data={"csrf_token": token, "address": address})
    assert answer.status_code == 200, answer.text
    return str(answer.json["message"])


def answered(client: Any, path: str, message: str, signature: str) -> Any:
    """Send what a wallet signed; redirects are not followed."""
    token = token_of(client.get(path).text)
    return client.post(path, data={"csrf_token": token, "message": message, "signature": signature})


def link(person: Person, wallet: KeyWallet) -> Any:
    """Link a wallet to a person's account."""
    message = asked(person.client, "/account/wallets", wallet.address)
    return answered(person.client, "/account/wallets", message, wallet.sign_text(message))


def sign_in(world: World, wallet: KeyWallet, client: Any = None) -> Any:
    """Sign in with a wallet in a new browser; return the answer."""
    client = client or world.app.test_client()
    message = asked(client, "/sign-in/wallet", wallet.address)
    return answered(client, "/sign-in/wallet", message, wallet.sign_text(message))
