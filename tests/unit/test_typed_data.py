"""EIP-712 with eth-account against the vectors that viem wrote, and the signatures that must not count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipx.adapters.evm.keys import address_of, eth_account
from ipx.adapters.evm.signer import EthSigner
from ipx.adapters.system import SeededEntropy
from ipx.core.errors import Invalid
from ipx.core.typed_data import STRUCTS, TypedData

ROOT = Path(__file__).parents[2]
VIEM = json.loads((ROOT / "contracts/test/vectors/typed_data.json").read_text("utf-8"))
OURS = json.loads((ROOT / "docs/spec/vectors/typed_data.json").read_text("utf-8"))
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SIGNER = EthSigner()
VECTORS = [vector for vector in VIEM["vectors"] if vector["primaryType"] in STRUCTS]


def decimal(kind: Any, value: Any) -> Any:
    if kind.endswith("[]"):
        return [decimal(kind[:-2], item) for item in value]
    return str(int(str(value), 0)) if kind.startswith("uint") else value


def typed(vector: Any) -> Any:
    _, fields = STRUCTS[vector["primaryType"]]
    message = {name: decimal(kind, vector["message"][name]) for name, kind in fields}
    return TypedData(vector["primaryType"], message, vector["domain"]["chainId"], vector["domain"]["verifyingContract"])


def test_every_struct_has_a_vector() -> None:
    assert {vector["primaryType"] for vector in VECTORS} == set(STRUCTS)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["primaryType"])
def test_digest_and_signature_are_those_of_viem(vector: Any) -> None:
    data = typed(vector)
    assert "0x" + SIGNER.digest(data).hex() == vector["digest"]
    signature = SIGNER.sign(bytes.fromhex(VIEM["privateKey"][2:]), data)
    assert "0x" + signature.hex() == vector["signature"]
    assert SIGNER.recover(data, signature) == VIEM["signer"]


@pytest.mark.parametrize("vector", OURS["vectors"], ids=lambda vector: vector["record"]["struct"])
def test_our_records_keep_their_digests(vector: Any) -> None:
    record = vector["record"]
    data = TypedData(record["struct"], record["message"], record["chain_id"], record["verifying_contract"])
    assert data.record() == record
    assert SIGNER.digest(data).hex() == vector["digest"]
    assert SIGNER.recover(data, bytes.fromhex(vector["signature"])) == vector["signer"]


def test_the_type_strings_are_those_of_the_contracts() -> None:
    for vector in VECTORS:
        _, fields = STRUCTS[vector["primaryType"]]
        written = f"{vector['primaryType']}({','.join(f'{kind} {name}' for name, kind in fields)})"
        assert vector["type"] == written


def test_a_signature_counts_for_its_message_chain_and_contract_alone() -> None:
    data = typed(VECTORS[0])
    address, key = EthSigner(SeededEntropy(1)).create_account()
    signature = SIGNER.sign(key, data)
    assert SIGNER.recover(data, signature) == address
    others = [
        TypedData(data.struct, {**data.message, "deadline": "1"}, data.chain_id, data.verifying_contract),
        TypedData(data.struct, data.message, 1, data.verifying_contract),
        TypedData(data.struct, data.message, data.chain_id, "0x" + "12" * 20),
    ]
    assert all(SIGNER.recover(other, signature) != address for other in others)


def test_the_other_form_of_a_signature_is_refused() -> None:
    """s and n - s both satisfy the curve; only the lower one may count, or anybody could change a signature."""
    data = typed(VECTORS[0])
    _, key = SIGNER.create_account()
    signature = SIGNER.sign(key, data)
    high = (ORDER - int.from_bytes(signature[32:64])).to_bytes(32)
    twisted = signature[:32] + high + bytes([55 - signature[64]])
    with pytest.raises(Invalid):
        SIGNER.recover(data, twisted)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"x" * 64,
        b"x" * 66,
        b"\x00" * 65,
        b"\x01" * 64 + b"\x1d",
        b"\x00" * 32 + b"\x01" * 32 + b"\x1b",
        b"\xff" * 32 + b"\x01" * 32 + b"\x1b",
    ],
)
def test_malformed_signatures_are_invalid(signature: Any) -> None:
    with pytest.raises(Invalid):
        SIGNER.recover(typed(VECTORS[0]), signature)


@pytest.mark.parametrize(
    "change",
    [
        {"deadline": "soon"},
        {"signer": "0x12"},
        {"terms": "0x1234"},
        {"extra": "1"},
        {"deadline": str(2**64)},
        {"deadline": "-1"},
    ],
)
def test_messages_that_do_not_fit_are_invalid(change: Any) -> None:
    data = next(typed(vector) for vector in VECTORS if vector["primaryType"] == "Acceptance")
    wrong = TypedData(data.struct, {**data.message, **change}, data.chain_id, data.verifying_contract)
    with pytest.raises(Invalid):
        SIGNER.digest(wrong)


def test_accounts_of_one_seed_repeat_and_others_differ() -> None:
    first, again = EthSigner(SeededEntropy(7)).create_account(), EthSigner(SeededEntropy(7)).create_account()
    assert first == again
    assert SIGNER.create_account() != SIGNER.create_account()
    assert len(first[1]) == 32


def test_the_address_of_a_key_is_that_of_eth_account() -> None:
    known = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # anvil's first
    assert address_of(known) == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    for number in range(1, 9):
        key = number.to_bytes(32, "big")
        assert address_of(key) == address_of(key.hex()) == eth_account().Account.from_key(key).address
    for none in (bytes(32), b"\xff" * 32, b"1", "0x12"):
        with pytest.raises(ValueError):  # noqa: PT011 - each library words it in its own way
            address_of(none)


def test_the_libraries_do_not_raise_pythons_recursion_limit() -> None:
    """With a limit of 100,000 a deeply nested JSON text kills the process instead of raising an error."""
    code = (
        "import sys; from ipx.adapters.evm.signer import EthSigner; from ipx.adapters.evm.keys import eth_account;"
        "before = sys.getrecursionlimit(); EthSigner().create_account(); eth_account();"
        "import ipx.adapters.evm.abi, ipx.adapters.evm.deploy; assert sys.getrecursionlimit() == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
