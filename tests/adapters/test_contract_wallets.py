"""Asking contract wallets (ERC-1271), on anvil and, with `make test-real`, on geth in development mode."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipx.adapters.evm.rpc import NodeError
from ipx.adapters.evm.wallets import ask_wallet
from ipx.core.errors import Unavailable
from ipx.core.ports import Block
from tests.chain_clients import CLIENTS, Client, running_client
from tests.wallet_steps import KeyWallet, create, creation_of

TEXT = "What was signed."
BLOCK = Block(7, "0x" + "11" * 32, "0x" + "22" * 32, 1_700_000_000)


@pytest.fixture(scope="module", params=CLIENTS)
def client(request: pytest.FixtureRequest, folder: Path) -> Iterator[Client]:
    with running_client(request.param, folder / request.param) as client:
        yield client


def asked(client: Client, address: str, owner: KeyWallet) -> Any:
    from ipx.adapters.evm.signer import EthSigner

    signature = bytes.fromhex(owner.sign_text(TEXT)[2:])
    return client.gateway(funded=False).ask_wallet(address, EthSigner().digest_text(TEXT), signature)


@pytest.mark.parametrize(
    ("kind", "accepts"), [("Wallet", True), ("AgreeingWallet", True), ("NoWallet", False)], ids=str
)
def test_a_contract_is_asked_as_of_a_block_that_is_named(client: Client, kind: str, accepts: bool) -> None:
    owner = KeyWallet()
    address = create(client.rpc, client.chain_id, client.fund, creation_of(kind, owner.address))
    answer = asked(client, address, owner)
    assert (answer.has_code, answer.accepts) == (True, accepts)
    known = client.rpc.call("eth_getBlockByNumber", hex(answer.block.number), False)
    assert known["hash"] == answer.block.hash


def test_a_stranger_to_the_wallet_is_refused_also_where_it_reverts(client: Client) -> None:
    address = create(client.rpc, client.chain_id, client.fund, creation_of("Wallet", KeyWallet().address))
    assert not asked(client, address, KeyWallet()).accepts
    answer = client.gateway(funded=False).ask_wallet(address, secrets.token_bytes(32), b"\x01")  # ECDSA reverts
    assert (answer.has_code, answer.accepts) == (True, False)


def test_an_account_without_code_accepts_nothing(client: Client) -> None:
    owner = KeyWallet()
    answer = asked(client, owner.address, owner)
    assert (answer.has_code, answer.accepts) == (False, False)


@pytest.mark.parametrize(
    "answer", ["0x", "0x1626ba7e", "0x" + "1626ba7e" + "00" * 27 + "01", "0x" + "00" * 28 + "1626ba7e"]
)
def test_any_other_answer_than_the_magic_word_means_no(answer: str) -> None:
    def call(method: str, *params: object) -> object:
        assert params[-1] == {"blockHash": BLOCK.hash}
        return "0x6001" if method == "eth_getCode" else answer

    assert not ask_wallet(call, BLOCK, "0x" + "ab" * 20, bytes(32), b"").accepts


def test_a_node_that_cannot_answer_is_no_verdict() -> None:
    def call(method: str, *params: object) -> object:
        raise NodeError(-32000, "header not found")

    with pytest.raises(Unavailable):
        ask_wallet(call, BLOCK, "0x" + "ab" * 20, bytes(32), b"")
