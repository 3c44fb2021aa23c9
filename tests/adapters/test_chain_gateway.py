"""The behaviour suite of the port ChainGateway, on anvil and, with `make test-real`, on geth in development mode."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.evm.rpc import Rpc
from ipx.adapters.evm.signer import EthSigner
from ipx.core import merkle
from ipx.core.canonical import Json
from ipx.core.errors import Invalid, Refused, Unavailable
from ipx.core.ports import Fees
from ipx.core.typed_data import ZERO_WORD, TypedData
from tests.chain_clients import CLIENTS, Client, running_client, wait_until
from tests.chain_world import new_key

ROOT = "0x" + "22" * 32
GETHS_EPOCH = 32  # geth --dev: a block whose number is a multiple of it is final at once


@pytest.fixture(scope="module", params=CLIENTS)
def client(request: pytest.FixtureRequest, folder: Path) -> Iterator[Client]:
    with running_client(request.param, folder / request.param) as client:
        yield client


@pytest.fixture
def gateway(client: Client) -> EvmGateway:
    return client.gateway()


def anchor_data(gateway: EvmGateway, previous: Any = ZERO_WORD, size: Any = 5) -> Any:
    return gateway.encode_call("EvidenceLog", "anchor", [previous, ROOT, size])


def signed_anchor(gateway: EvmGateway, *, nonce: Any = None, previous: Any = ZERO_WORD, fees: Any = None) -> Any:
    to, data = gateway.contract_address("EvidenceLog"), anchor_data(gateway, previous)
    return gateway.sign(
        nonce=gateway.next_nonce() if nonce is None else nonce,
        to=to,
        data=data,
        gas=100_000,
        fees=fees or gateway.fees(),
    )


def mined(gateway: EvmGateway, signed: Any) -> Any:
    """Clients answer a broadcast before they have mined it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        receipt = gateway.receipt(signed.hash)
        if receipt is not None:
            return receipt
        time.sleep(0.005)
    raise AssertionError("not mined")


def head_after(root: str = ROOT, size: int = 5, previous: bytes = bytes(32)) -> str:
    return "0x" + merkle.chained_head(previous, bytes.fromhex(root[2:]), size).hex()


def test_a_transaction_is_signed_sent_mined_and_read_back(gateway: EvmGateway) -> None:
    signed = signed_anchor(gateway)
    assert gateway.receipt(signed.hash) is None
    gateway.broadcast(signed.raw)
    receipt = mined(gateway, signed)
    assert receipt.succeeded
    assert 21_000 < receipt.gas_used < 60_000
    assert receipt.gas_price > 0
    block = gateway.block(receipt.block_number)
    assert block is not None
    parent = gateway.block(block.number - 1)
    assert parent is not None
    assert (block.hash, block.parent_hash) == (receipt.block_hash, parent.hash)
    assert abs(block.timestamp - time.time()) < 60


def test_a_transaction_is_told_as_it_was_signed_waiting_or_mined(gateway: EvmGateway) -> None:
    nonce, fees = gateway.next_nonce(), Fees(10**10, 10**9)
    signed = signed_anchor(gateway, nonce=nonce, fees=fees)
    assert gateway.transaction(signed.hash) is None
    gateway.broadcast(signed.raw)
    waiting = gateway.transaction(signed.hash)  # or mined already
    mined(gateway, signed)
    found = gateway.transaction(signed.hash)
    assert found is not None
    assert waiting in (None, found)
    assert (found.sender, found.nonce, found.fees) == (gateway.relayer(), nonce, fees)
    assert (found.to, found.data) == (gateway.contract_address("EvidenceLog"), anchor_data(gateway))
    again = gateway.sign(nonce=found.nonce, to=found.to or "", data=found.data, gas=found.gas, fees=found.fees)
    assert again == signed


def test_signing_is_pure_and_names_the_hash_beforehand(gateway: EvmGateway) -> None:
    fees = Fees(10**10, 10**9)
    first, second = signed_anchor(gateway, nonce=0, fees=fees), signed_anchor(gateway, nonce=0, fees=fees)
    assert first == second
    assert gateway.mined_nonce() == gateway.next_nonce() == 0
    gateway.broadcast(first.raw)
    assert mined(gateway, first).transaction == first.hash


def test_broadcasting_again_is_harmless_before_and_after_mining(gateway: EvmGateway, client: Client) -> None:
    with client.mining_stopped():
        signed = signed_anchor(gateway)
        gateway.broadcast(signed.raw)
        gateway.broadcast(signed.raw)
        assert gateway.next_nonce() == 1
        if client.can_stop_mining:
            assert gateway.mined_nonce() == 0
    assert mined(gateway, signed).succeeded
    gateway.broadcast(signed.raw)
    assert gateway.mined_nonce() == 1


def test_a_replacement_that_pays_too_little_is_an_unknown_outcome_not_an_error(
    gateway: EvmGateway, client: Client
) -> None:
    with client.mining_stopped():
        fees = gateway.fees()
        gateway.broadcast(signed_anchor(gateway, nonce=0, fees=fees).raw)
        gateway.broadcast(signed_anchor(gateway, nonce=0, fees=Fees(fees.max_fee + 1, fees.priority_fee)).raw)
        dearer = Fees(fees.max_fee * 2, fees.priority_fee * 2)
        replacement = signed_anchor(gateway, nonce=0, fees=dearer)
        gateway.broadcast(replacement.raw)
    if client.can_stop_mining:  # elsewhere a block may have come in between
        assert mined(gateway, replacement).succeeded
    wait_until(lambda: gateway.mined_nonce() == 1)


def test_a_revert_is_refused_with_the_contracts_own_reason(gateway: EvmGateway) -> None:
    data, to = anchor_data(gateway, previous="0x" + "77" * 32), gateway.contract_address("EvidenceLog")
    with pytest.raises(Refused, match="StaleHead") as caught:
        gateway.estimate_gas(to, data)
    assert "77" * 32 in caught.value.message


def test_a_revert_in_a_block_has_a_receipt_that_says_so(gateway: EvmGateway) -> None:
    signed = signed_anchor(gateway, previous="0x" + "77" * 32)
    gateway.broadcast(signed.raw)
    assert mined(gateway, signed).succeeded is False


def test_an_estimate_has_head_room_and_suffices(gateway: EvmGateway) -> None:
    gas = gateway.estimate_gas(gateway.contract_address("EvidenceLog"), anchor_data(gateway))
    signed = signed_anchor(gateway)
    gateway.broadcast(signed.raw)
    assert mined(gateway, signed).gas_used < gas < 2 * mined(gateway, signed).gas_used


def test_logs_are_decoded_by_name(gateway: EvmGateway) -> None:
    signed = signed_anchor(gateway)
    gateway.broadcast(signed.raw)
    block = mined(gateway, signed).block_number
    (log,) = gateway.logs(block, block)
    assert (log.contract, log.event, log.transaction) == ("EvidenceLog", "Anchored", signed.hash)
    assert log.arguments == {"sender": gateway.relayer(), "root": ROOT, "size": 5, "head": head_after()}
    assert log.address == gateway.contract_address("EvidenceLog")
    assert gateway.logs(0, 0) == []
    assert gateway.logs(gateway.first_block(), block)[-1] == log


def test_reads_answer_what_the_contract_holds(gateway: EvmGateway) -> None:
    assert gateway.call("EvidenceLog", "headOf", [gateway.relayer()]) == ZERO_WORD
    signed = signed_anchor(gateway)
    gateway.broadcast(signed.raw)
    assert mined(gateway, signed).succeeded
    assert gateway.call("EvidenceLog", "headOf", [gateway.relayer()]) == head_after()


@pytest.mark.parametrize(
    "arguments",
    [[], [ZERO_WORD], ["0x1234", ROOT, 5], [ZERO_WORD, ROOT, -1], [ZERO_WORD, ROOT, 2**64], ["zz", ROOT, 5]],
)
def test_arguments_that_do_not_fit_are_invalid(gateway: EvmGateway, arguments: Any) -> None:
    with pytest.raises(Invalid):
        gateway.encode_call("EvidenceLog", "anchor", arguments)


def test_unknown_contracts_and_functions_are_invalid(gateway: EvmGateway) -> None:
    with pytest.raises(Invalid):
        gateway.encode_call("EvidenceLog", "erase", [])
    with pytest.raises(Invalid):
        gateway.contract_address("Treasury")


def test_structs_are_encoded_as_the_contract_hashes_them(gateway: EvmGateway) -> None:
    """The contract's own digest of a struct equals the signer's: encoding and EIP-712 agree with Solidity."""
    signer = EthSigner()
    holder, key = signer.create_account()
    messages: dict[str, dict[str, Json]] = {
        "Acceptance": {"signer": holder, "terms": ROOT, "subject": ZERO_WORD, "deadline": "4102444800"},
        "Registration": {
            "holder": holder,
            "title": str(2**255 + 7),
            "evidence": "1",
            "document": ROOT,
            "deadline": "4102444800",
        },
        "Grant": {
            "commitment": ROOT,
            "titles": [str(2**200), "7"],
            "parent": "0",
            "holder": holder,
            "authority": holder,
            "transferRule": "1",
            "survives": True,
            "exclusivity": "0",
            "start": "0",
            "end": "0",
            "deadline": "4102444800",
        },
    }
    contracts = {"Acceptance": "TermsAcceptance", "Registration": "TitleRegistry", "Grant": "LicenceRegistry"}
    for struct, message in messages.items():
        contract = contracts[struct]
        data = TypedData(struct, message, gateway.chain_id, gateway.contract_address(contract))
        assert gateway.call(contract, "digestOf", [message]) == "0x" + signer.digest(data).hex()
        assert signer.recover(data, signer.sign(key, data)) == holder


def test_a_signed_registration_is_accepted_and_its_event_read(gateway: EvmGateway) -> None:
    signer = EthSigner()
    holder, key = signer.create_account()
    title = int.from_bytes(os.urandom(32))
    message = {"holder": holder, "title": str(title), "evidence": "0", "document": ZERO_WORD, "deadline": "4102444800"}
    data = TypedData("Registration", message, gateway.chain_id, gateway.contract_address("TitleRegistry"))
    call = gateway.encode_call("TitleRegistry", "register", [message, "0x" + signer.sign(key, data).hex()])
    to = gateway.contract_address("TitleRegistry")
    signed = gateway.sign(nonce=0, to=to, data=call, gas=gateway.estimate_gas(to, call), fees=gateway.fees())
    gateway.broadcast(signed.raw)
    block = mined(gateway, signed).block_number
    registered = next(log for log in gateway.logs(block, block) if log.event == "Registered")
    assert registered.arguments["title"] == title
    assert registered.arguments["holder"] == holder
    assert gateway.call("TitleRegistry", "ownerOf", [title]) == holder


def test_unknown_blocks_and_receipts_are_none(gateway: EvmGateway) -> None:
    assert gateway.block(10**9) is None
    assert gateway.block(-1) is None
    assert gateway.receipt("0x" + "00" * 32) is None


def test_a_block_is_final_only_when_it_was_settled(gateway: EvmGateway) -> None:
    for _ in range(2):
        signed = signed_anchor(gateway)
        gateway.broadcast(signed.raw)
        number = mined(gateway, signed).block_number
        if number % GETHS_EPOCH:
            break
    assert gateway.final_height() < number
    gateway.settle()
    wait_until(lambda: number <= gateway.final_height() <= gateway.head().number)


def test_finality_by_depth_counts_from_the_head(client: Client) -> None:
    gateway = client.gateway(finality="3", funded=False)
    before = gateway.head().number
    assert max(before - 3, -1) <= gateway.final_height() <= gateway.head().number - 3 or before < 3
    assert client.gateway(finality="100000", funded=False).final_height() == -1
    with pytest.raises(Invalid):
        client.gateway(finality="soon", funded=False)


def test_no_money_for_gas_is_worth_retrying(client: Client) -> None:
    gateway = client.gateway(funded=False)
    assert gateway.balance() == 0
    with pytest.raises(Unavailable, match="no money"):
        gateway.broadcast(signed_anchor(gateway).raw)


def test_a_transaction_that_the_node_rejects_is_refused(gateway: EvmGateway) -> None:
    data, to = anchor_data(gateway), gateway.contract_address("EvidenceLog")
    starved = gateway.sign(nonce=0, to=to, data=data, gas=20_000, fees=gateway.fees())
    with pytest.raises(Refused):
        gateway.broadcast(starved.raw)
    with pytest.raises(Refused):
        gateway.broadcast(b"no transaction")


def test_a_node_that_is_down_is_unavailable_for_every_question(client: Client) -> None:
    gateway = EvmGateway(
        Rpc("http://127.0.0.1:9"),
        deployments=client.deployments,
        relayer_key=new_key(),
        chain_id=client.chain_id,
    )
    to, data = gateway.contract_address("EvidenceLog"), anchor_data(gateway)  # these need no node
    questions: list[Callable[[], object]] = [
        gateway.next_nonce,
        gateway.mined_nonce,
        lambda: gateway.estimate_gas(to, data),
        gateway.fees,
        lambda: gateway.broadcast(b"x"),
        lambda: gateway.receipt("0x" + "00" * 32),
        gateway.head,
        lambda: gateway.block(1),
        gateway.final_height,
        lambda: gateway.logs(0, 1),
        gateway.balance,
        gateway.check,
        lambda: gateway.call("EvidenceLog", "headOf", [to]),
    ]
    for question in questions:
        with pytest.raises(Unavailable):
            question()


def test_the_check_is_one_line(gateway: EvmGateway, client: Client) -> None:
    line = gateway.check()
    assert f"chain {client.chain_id}" in line
    assert "\n" not in line
