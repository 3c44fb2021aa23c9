"""Where our contracts are on one chain: ``deployments/<chain id>.json``, its generations, and whether the chain agrees.

The last generation is the current one; older ones stay readable and verifiable. It must never trust a node: chain id
and the hash of every contract's code are pinned here and compared.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from ipx.core.durable_files import replace_durably
from ipx.core.errors import Invalid, Tampered, Unavailable

FORMAT = "ipx/deployment/v1"


class Node(Protocol):
    """Whatever can be asked: one node, or several as one."""

    def call(self, method: str, *params: object) -> Any:
        """Return the result. Raises Unavailable, NodeError."""


@dataclass(frozen=True)
class DeployedContract:
    """One contract: address (EIP-55), block, Keccak-256 of its runtime code, the artifact that holds its ABI."""

    address: str
    block: int
    code_hash: str
    artifact: str
    transaction: str


@dataclass(frozen=True)
class Generation:
    """Contracts that belong together, by name."""

    number: int
    contracts: Mapping[str, DeployedContract]


@dataclass(frozen=True)
class PlannedContract:
    """A contract of a deployment that is under way: the bytes that were, or will be, broadcast."""

    name: str
    address: str
    nonce: int
    transaction: str
    raw: str


@dataclass(frozen=True)
class Deployment:
    """All generations on one chain, oldest first, and the contracts of one that is not finished."""

    chain_id: int
    generations: Sequence[Generation] = ()
    under_way: Sequence[PlannedContract] = ()

    @property
    def current(self) -> Generation | None:
        """The generation that new transactions go to."""
        return self.generations[-1] if self.generations else None

    def addresses(self) -> dict[str, tuple[str, DeployedContract]]:
        """Return name and record of every contract ever deployed, by lower-case address."""
        found = {}
        for generation in self.generations:
            for name, contract in generation.contracts.items():
                found[contract.address.lower()] = (name, contract)
        return found


def deployment_file(folder: Path, chain_id: int) -> Path:
    """Return the file of one chain."""
    return folder / f"{chain_id}.json"


def known_chains(folder: Path) -> list[int]:
    """Return the ids of the chains that the folder has deployments of."""
    return sorted(int(file.stem) for file in folder.glob("*.json") if file.stem.isdecimal())


def read_deployment(folder: Path, chain_id: int) -> Deployment:
    """Read a deployment, an empty one when there is no file. Raises Invalid for a file of another form."""
    file = deployment_file(folder, chain_id)
    if not file.exists():
        return Deployment(chain_id)
    content = json.loads(file.read_text(encoding="utf-8"))
    if content.get("format") != FORMAT or content.get("chain_id") != chain_id:
        raise Invalid(f"{file} is not a deployment on chain {chain_id}.")
    generations = tuple(_generation(entry) for entry in content["generations"])
    under_way = tuple(PlannedContract(**entry) for entry in content.get("under_way", []))
    return Deployment(chain_id, generations, under_way)


def write_deployment(folder: Path, deployment: Deployment) -> None:
    """Write the file so that a crash leaves the old one or the new one, whole."""
    folder.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {"format": FORMAT, "chain_id": deployment.chain_id}
    content["generations"] = [asdict(generation) for generation in deployment.generations]
    if deployment.under_way:
        content["under_way"] = [asdict(planned) for planned in deployment.under_way]
    replace_durably(deployment_file(folder, deployment.chain_id), (json.dumps(content, indent=2) + "\n").encode())


def verify_deployment(rpc: Node, deployment: Deployment) -> None:
    """Compare chain id and every contract's code with the file.

    Raises Tampered when the node is on another chain or has other code, Unavailable when it does not answer.
    """
    chain_id = int(rpc.call("eth_chainId"), 16)
    if chain_id != deployment.chain_id:
        raise Tampered(f"The node is on chain {chain_id}, the deployment is on chain {deployment.chain_id}.")
    if deployment.current is None:
        raise Unavailable(f"Our contracts are not deployed on chain {chain_id} yet.")
    for address, (name, contract) in deployment.addresses().items():
        if code_hash(rpc, address) != contract.code_hash:
            raise Tampered(f"{name} at {contract.address} does not have the code that was deployed: a wrong node?")


def code_hash(rpc: Node, address: str) -> str | None:
    """Return the Keccak-256 of a contract's runtime code, None where there is none."""
    from eth_utils.crypto import keccak

    code = bytes.fromhex(str(rpc.call("eth_getCode", address, "latest"))[2:])
    return "0x" + keccak(code).hex() if code else None


def _generation(entry: Mapping[str, Any]) -> Generation:
    contracts = {name: DeployedContract(**record) for name, record in entry["contracts"].items()}
    return Generation(int(entry["number"]), contracts)
