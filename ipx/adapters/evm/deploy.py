"""Deploys our contracts, once. Interrupted half-way and repeated, it goes on where it was.

Every creation is signed and written to the deployment file before it is sent, so a repeat sends the same bytes to the
same addresses. The new generation becomes current in one step, when all its contracts are there: it must never leave
two current generations, nor half of one.
"""

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ipx.adapters.evm.abi import load_artifact
from ipx.adapters.evm.deployment import (
    DeployedContract,
    Deployment,
    Generation,
    PlannedContract,
    code_hash,
    read_deployment,
    verify_deployment,
    write_deployment,
)
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.evm.keys import eth_account
from ipx.adapters.evm.rpc import NodeError, Rpc
from ipx.core.errors import Conflict, Refused, Unavailable

CREATION_GAS_HEAD_ROOM = 1.1
PATIENCE_SECONDS, RECEIPT_SECONDS = 300.0, 2.0


@dataclass(frozen=True)
class RectifierPlan:
    """Who may rectify the record of title: addresses, how many of them must sign, and the public delay in seconds."""

    rectifiers: Sequence[str]
    threshold: int
    delay: int


Arguments = Callable[[Mapping[str, str]], Sequence[object]]


def our_contracts(plan: RectifierPlan) -> dict[str, Arguments]:
    """Return our contracts in the order of deployment, with constructor arguments from the addresses before."""
    rectifiers = sorted(plan.rectifiers, key=str.lower)
    return {
        "EvidenceLog": lambda _: (),
        "TitleRegistry": lambda _: (rectifiers, plan.threshold, plan.delay),
        "LicenceRegistry": lambda addresses: (addresses["TitleRegistry"],),
        "TermsAcceptance": lambda _: (),
    }


class Deployer:
    """One deployment run with one key. ``settle`` makes an embedded chain keep what was mined."""

    def __init__(self, rpc: Rpc, *, folder: Path, key: str, settle: Callable[[], None] = lambda: None) -> None:
        self._rpc = rpc
        self._folder = folder
        self._key = key
        self._settle = settle

    def deploy(self, plan: RectifierPlan, *, new_generation: bool = False) -> Deployment:
        """Deploy a first generation, or, when asked, a further one; finish one that was interrupted.

        Returns the deployment, verified. Raises Tampered when a deployed contract is not on the chain.
        """
        chain_id = int(self._rpc.call("eth_chainId"), 16)
        with _alone(self._folder, chain_id):
            deployment = read_deployment(self._folder, chain_id)
            if deployment.current is None or deployment.under_way or new_generation:
                deployment = self._finish(deployment, our_contracts(plan))
        verify_deployment(self._rpc, deployment)
        return deployment

    def _finish(self, deployment: Deployment, contracts: Mapping[str, Arguments]) -> Deployment:
        for name in contracts:
            planned = next((entry for entry in deployment.under_way if entry.name == name), None)
            if planned is None:
                planned = self._plan(deployment, name, contracts[name])
                deployment = replace(deployment, under_way=(*deployment.under_way, planned))
                write_deployment(self._folder, deployment)
            self._create(deployment, planned)
        self._settle()
        deployed = {planned.name: self._record(planned) for planned in deployment.under_way}
        number = deployment.current.number + 1 if deployment.current else 1
        generations = (*deployment.generations, Generation(number, deployed))
        deployment = Deployment(deployment.chain_id, generations)
        write_deployment(self._folder, deployment)
        return deployment

    def _plan(self, deployment: Deployment, name: str, arguments: Arguments) -> PlannedContract:
        from eth_utils.address import to_checksum_address
        from eth_utils.crypto import keccak

        account = eth_account().Account.from_key(self._key)
        code = load_artifact(name).encode_constructor(arguments({p.name: p.address for p in deployment.under_way}))
        nonce = int(self._rpc.call("eth_getTransactionCount", account.address, "pending"), 16)
        signed = account.sign_transaction(self._creation(account.address, nonce, code, deployment.chain_id))
        address = keccak(_creation_place(bytes.fromhex(account.address[2:]), nonce))[12:]
        return PlannedContract(
            name=name,
            address=str(to_checksum_address(address)),
            nonce=nonce,
            transaction="0x" + bytes(signed.hash).hex(),
            raw="0x" + bytes(signed.raw_transaction).hex(),
        )

    def _creation(self, sender: str, nonce: int, code: bytes, chain_id: int) -> dict[str, Any]:
        try:
            gas = int(self._rpc.call("eth_estimateGas", {"from": sender, "data": "0x" + code.hex()}), 16)
        except NodeError as error:
            raise Refused(f"The contract cannot be deployed: {error.message}") from error
        fees = EvmGateway(self._rpc, deployments=self._folder, relayer_key=self._key).fees()
        return {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "value": 0,
            "data": code,
            "gas": int(gas * CREATION_GAS_HEAD_ROOM),
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.priority_fee,
        }

    def _create(self, deployment: Deployment, planned: PlannedContract) -> None:
        """Broadcast until the contract is there. A plan whose nonce went elsewhere is dropped, with all after it."""
        gateway = EvmGateway(self._rpc, deployments=self._folder, relayer_key=self._key, chain_id=deployment.chain_id)
        end, passed_at = time.monotonic() + PATIENCE_SECONDS, float("inf")
        while time.monotonic() < end:
            gateway.broadcast(bytes.fromhex(planned.raw[2:]))
            receipt = gateway.receipt(planned.transaction)
            if receipt is not None and not receipt.succeeded:
                self._forget(deployment)
                raise Refused(f"The creation of {planned.name} failed on the chain.")
            if receipt is not None:
                return
            if gateway.mined_nonce() > planned.nonce:
                passed_at = min(passed_at, time.monotonic())
            # A node may count the transaction a moment before it finds its receipt.
            if time.monotonic() - passed_at > RECEIPT_SECONDS:
                self._forget(deployment)
                raise Conflict("The deployer's key was used for something else meanwhile. Deploy again.")
            time.sleep(0.05)
        raise Unavailable(f"The creation of {planned.name} is not mined yet. Deploy again later: it will go on.")

    def _forget(self, deployment: Deployment) -> None:
        write_deployment(self._folder, replace(deployment, under_way=()))

    def _record(self, planned: PlannedContract) -> DeployedContract:
        receipt = self._rpc.call("eth_getTransactionReceipt", planned.transaction)
        found = code_hash(self._rpc, planned.address)
        if not receipt or found is None:
            raise Unavailable(f"{planned.name} has vanished from the chain again. Deploy again: it will go on.")
        block = int(receipt["blockNumber"], 16)
        return DeployedContract(planned.address, block, found, planned.name, planned.transaction)


@contextmanager
def _alone(folder: Path, chain_id: int) -> Iterator[None]:
    """Let one process at a time deploy on a chain; the lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{chain_id}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _creation_place(sender: bytes, nonce: int) -> bytes:
    """Return RLP([sender, nonce]); its Keccak-256 ends with the new contract's address (yellow paper, section 7)."""
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8)
    item = number if 0 < nonce < 0x80 else bytes((0x80 + len(number),)) + number
    body = b"\x94" + sender + item
    return bytes((0xC0 + len(body),)) + body
