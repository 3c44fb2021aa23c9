"""A block's header and receipts, written again from a real node's answers, hash to what the node calls the block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rlp

from ipx.adapters.evm.anvil import CHAIN_ID, Anvil
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.evm.keys import eth_account
from ipx.adapters.evm.receipts import header_bytes, receipt_bytes
from ipx.adapters.evm.rpc import NodeError, Rpc
from ipx.core import patricia
from tests.chain_steps import mining_stopped
from tests.chain_world import gateway_on, new_key

TARGET = "0x" + "22" * 20
FEES = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
KINDS: list[dict[str, Any]] = [
    {"gasPrice": 10**11},
    {"type": 1, "gasPrice": 10**11, "accessList": []},
    {"type": 2, **FEES},
    {"type": 4, **FEES},
]


@pytest.fixture
def gateway(anvil: Anvil, folder: Path) -> Any:
    return gateway_on(anvil, folder)


def transfers(anvil: Anvil, count: int) -> list[str]:
    """Put transfers of every type that a wallet can send into one block; return their hashes."""
    key = new_key()
    account = eth_account().Account.from_key(key)
    anvil.fund(account.address)
    hashes = []
    with mining_stopped(anvil):
        for nonce in range(count):
            fields = {"to": TARGET, "value": 1, "gas": 90_000, "nonce": nonce, "chainId": CHAIN_ID}
            fields |= KINDS[nonce % len(KINDS)]
            if fields.get("type") == 4:
                allowed = {"chainId": CHAIN_ID, "address": TARGET, "nonce": 0}
                fields["authorizationList"] = [eth_account().Account.sign_authorization(allowed, new_key())]
            raw = eth_account().Account.sign_transaction(fields, key).raw_transaction
            hashes.append(anvil.rpc.call("eth_sendRawTransaction", "0x" + bytes(raw).hex()))
        anvil.rpc.call("evm_mine")
    return hashes


def proves(gateway: EvmGateway, transaction: str, block_hash: str) -> bytes:
    """Return the proven receipt, once header and path are checked against the block's hash alone."""
    proof = gateway.block_proof(transaction, block_hash)
    assert proof is not None
    assert "0x" + patricia.keccak(proof.header).hex() == block_hash
    fields = patricia.decode(proof.header)
    root = fields[5]
    assert isinstance(root, bytes)
    found = patricia.value_at(root, rlp.encode(proof.index), proof.nodes)
    assert found == proof.receipt
    return found


@pytest.mark.parametrize("count", [1, 4, 18, 140])
def test_receipts_of_every_type_are_proven_by_the_blocks_hash(anvil: Anvil, gateway: EvmGateway, count: int) -> None:
    hashes = transfers(anvil, count)
    block_hash = anvil.rpc.call("eth_getTransactionReceipt", hashes[0])["blockHash"]
    for place in sorted({0, 1 % count, 2 % count, 3 % count, count // 2, count - 1}):
        receipt = proves(gateway, hashes[place], block_hash)
        kind = (0xF9, 1, 2, 4)[place % 4]
        assert receipt[0] == kind


def test_a_block_or_transaction_that_is_not_there_has_no_proof(anvil: Anvil, gateway: EvmGateway) -> None:
    [known] = transfers(anvil, 1)
    block_hash = anvil.rpc.call("eth_getTransactionReceipt", known)["blockHash"]
    assert gateway.block_proof("0x" + "11" * 32, block_hash) is None
    assert gateway.block_proof(known, "0x" + "11" * 32) is None


class OtherNode:
    """A real node whose answers differ in one respect, as those of another client may."""

    def __init__(self, rpc: Rpc, *, lacks: str = "", changes: Any = lambda method, answer: answer) -> None:
        self._rpc, self._lacks, self._changes = rpc, lacks, changes

    def call(self, method: str, *params: object) -> Any:
        if method == self._lacks:
            raise NodeError(-32601, "the method does not exist")
        return self._changes(method, self._rpc.call(method, *params))


def asking(anvil: Anvil, folder: Path, **difference: Any) -> Any:
    node: Any = OtherNode(anvil.rpc, **difference)
    return EvmGateway(node, deployments=folder / "deployments", relayer_key=new_key(), chain_id=CHAIN_ID)


def test_a_node_without_block_receipts_is_asked_one_by_one(anvil: Anvil, folder: Path) -> None:
    hashes = transfers(anvil, 5)
    block_hash = anvil.rpc.call("eth_getTransactionReceipt", hashes[0])["blockHash"]
    proves(asking(anvil, folder, lacks="eth_getBlockReceipts"), hashes[4], block_hash)
    assert asking(anvil, folder, lacks="eth_getBlockByHash").block_proof(hashes[4], block_hash) is None


@pytest.mark.parametrize(
    ("method", "field", "value"),
    [
        ("eth_getBlockByHash", "stateRoot", "0x" + "11" * 32),
        ("eth_getBlockByHash", "requestsHash", None),
        ("eth_getBlockByHash", "receiptsRoot", "0x" + "11" * 32),
        ("eth_getBlockByHash", "gasUsed", "no number"),
        ("eth_getBlockByHash", "extraData", 7),
    ],
)
def test_what_does_not_compute_is_not_handed_out(
    anvil: Anvil, folder: Path, method: str, field: str, value: Any
) -> None:
    hashes = transfers(anvil, 3)
    block_hash = anvil.rpc.call("eth_getTransactionReceipt", hashes[0])["blockHash"]

    def change(asked: str, answer: Any) -> Any:
        return {**answer, field: value} if asked == method else answer

    assert asking(anvil, folder, changes=change).block_proof(hashes[0], block_hash) is None


@pytest.mark.parametrize("spoil", [lambda found: found[:-1], lambda found: [*found[:-1], {**found[-1], "type": "0x3"}]])
def test_receipts_that_do_not_give_the_root_are_not_handed_out(anvil: Anvil, folder: Path, spoil: Any) -> None:
    hashes = transfers(anvil, 3)
    block_hash = anvil.rpc.call("eth_getTransactionReceipt", hashes[0])["blockHash"]

    def change(asked: str, answer: Any) -> Any:
        return spoil(answer) if asked == "eth_getBlockReceipts" else answer

    assert asking(anvil, folder, changes=change).block_proof(hashes[0], block_hash) is None


def test_headers_of_every_fork_are_written_with_the_fields_that_they_have(anvil: Anvil) -> None:
    genesis = anvil.rpc.call("eth_getBlockByNumber", "0x0", False)
    assert "0x" + patricia.keccak(header_bytes(genesis)).hex() == genesis["hash"]
    assert "0x" + patricia.keccak(header_bytes(FRONTIER)).hex() == FRONTIER["hash"]


def test_a_receipt_before_byzantium_holds_a_root_instead_of_a_status() -> None:
    old = {"root": "0x" + "33" * 32, "cumulativeGasUsed": "0x5208", "logsBloom": "0x" + "00" * 256, "logs": []}
    fields = patricia.decode(receipt_bytes(old))
    assert list(fields) == [b"\x33" * 32, b"\x52\x08", bytes(256), []]


# Ethereum's main network, block 0, as every node answers: the oldest form of a header.
FRONTIER = {
    "hash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
    "parentHash": "0x" + "00" * 32,
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0x" + "00" * 20,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": "0x" + "00" * 32,
    "nonce": "0x0000000000000042",
}
