"""The port ChainGateway over JSON-RPC. It asks the node and encodes; it must never decide, keep our state, or retry."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from ipx.adapters.evm import answers
from ipx.adapters.evm.deployment import DeployedContract, Deployment, known_chains, read_deployment, verify_deployment
from ipx.adapters.evm.endpoints import Endpoints, single
from ipx.adapters.evm.health import View, examine
from ipx.adapters.evm.keys import address_of, eth_account
from ipx.adapters.evm.receipts import read_block_proof
from ipx.adapters.evm.refusals import estimate_refusal, is_unknown_outcome, refusal
from ipx.adapters.evm.rpc import NodeError, Rpc
from ipx.adapters.evm.wallets import ask_wallet
from ipx.core.errors import Invalid, Unavailable
from ipx.core.ports import (
    Block,
    BlockProof,
    EndpointHealth,
    Fees,
    Log,
    Receipt,
    SentTransaction,
    SignedTransaction,
    WalletAnswer,
)
from ipx.core.ports import DeployedContract as PinnedContract

HEAD_ROOM = 1.2  # of gas over the estimate: state may change before the transaction is mined
LEAST_PRIORITY_FEE = 1_000_000  # wei; below it some nodes drop a transaction


class Settlement(Protocol):
    """What the embedded chain adds: the node mines only with transactions and keeps them in memory."""

    def settle(self, rpc: Rpc) -> None:
        """Mine what finality needs and put the chain's state on disk."""

    def durable_height(self, rpc: Rpc) -> int:
        """Return the height up to which blocks are in a state file on disk."""


class EvmGateway:
    """One chain with our contracts, at one node or several. Built without asking any of them anything."""

    def __init__(
        self,
        nodes: Rpc | Endpoints,
        *,
        deployments: Path,
        relayer_key: str,
        finality: str = "finalized",
        chain_id: int | None = None,
        settlement: Settlement | None = None,
    ) -> None:
        if finality not in ("finalized", "safe") and not finality.isdecimal():
            raise Invalid("Finality is “finalized”, “safe”, or a number of blocks.")
        self._nodes = nodes if isinstance(nodes, Endpoints) else single(nodes)
        self._folder = deployments
        self._key = relayer_key
        self._finality = finality
        self._pinned_chain = chain_id
        self._settlement = settlement
        self._deployment: Deployment | None = None

    # ── contracts ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def chain_id(self) -> int:
        """The chain, as pinned by settings or by the only deployment in the folder."""
        if self._pinned_chain is not None:
            return self._pinned_chain
        known = known_chains(self._folder)
        return known[0] if len(known) == 1 else self._number("eth_chainId")

    def contract_address(self, contract: str) -> str:
        """Return the address of a contract of the current generation. Raises Unavailable before it is deployed."""
        return self._contract(contract).address

    def contracts(self) -> list[PinnedContract]:
        """Return all our contracts on the chain, the current generation first."""
        deployment = self._deployed()
        return [
            PinnedContract(name, generation.number, generation is deployment.current, c.address, c.block, c.code_hash)
            for generation in reversed(deployment.generations)
            for name, c in generation.contracts.items()
        ]

    def encode_call(self, contract: str, function: str, arguments: Sequence[object]) -> bytes:
        """Return call data. Raises Invalid when the arguments do not fit the ABI."""
        return bytes(self._artifact(contract).encode_call(function, arguments))

    def call(self, contract: str, function: str, arguments: Sequence[object]) -> object:
        """Return the result of a read at the latest block. Raises Refused when the contract reverts."""
        artifact = self._artifact(contract)
        data = "0x" + artifact.encode_call(function, arguments).hex()
        request = {"to": self.contract_address(contract), "from": self.relayer(), "data": data}
        try:
            answer = str(self._nodes.call("eth_call", request, "latest"))
        except NodeError as error:
            raise estimate_refusal(error, self._artifacts()) from error
        return artifact.decode_result(function, arguments, bytes.fromhex(answer[2:]))

    def ask_wallet(self, address: str, digest: bytes, signature: bytes, *, at: int | None = None) -> WalletAnswer:
        """Ask a contract wallet whether a signature counts (ERC-1271), as of a block, else of the newest."""
        block = self.head() if at is None else self.block(at)
        if block is None:
            raise Unavailable(f"The chain node does not have block {at}.")
        return ask_wallet(self._nodes.call, block, address, digest, signature)

    def logs(self, first: int, last: int) -> list[Log]:
        """Return our contracts' events of blocks ``first`` to ``last`` inclusive, of all generations, in order."""
        known = self._deployed().addresses()
        query = {"fromBlock": hex(first), "toBlock": hex(last), "address": list(known)}
        entries = self._ask("eth_getLogs", query)
        logs = [self._log(entry, known) for entry in entries]
        return sorted((log for log in logs if log), key=lambda log: (log.block_number, log.log_index))

    def first_block(self) -> int:
        """Return the height of the oldest block that can hold an event of ours."""
        return min((contract.block for _, contract in self._deployed().addresses().values()), default=0)

    # ── the relayer's transactions ───────────────────────────────────────────────────────────────

    @cached_property
    def _relayer(self) -> str:
        return address_of(self._key)

    def relayer(self) -> str:
        """Return the address whose key signs and pays for our transactions."""
        return self._relayer

    def next_nonce(self) -> int:
        """Return the relayer's next nonce as the node knows it, pending transactions counted."""
        return self._number("eth_getTransactionCount", self.relayer(), "pending")

    def mined_nonce(self) -> int:
        """Return how many transactions of the relayer are mined."""
        return self._number("eth_getTransactionCount", self.relayer(), "latest")

    def estimate_gas(self, to: str, data: bytes) -> int:
        """Return a gas limit with head room. Raises Refused, with the contract's reason, when it would revert."""
        request = {"from": self.relayer(), "to": to, "data": "0x" + data.hex()}
        try:
            return int(answers.number(self._nodes.call("eth_estimateGas", request)) * HEAD_ROOM)
        except NodeError as error:
            raise estimate_refusal(error, self._artifacts()) from error

    def fees(self) -> Fees:
        """Return twice the present base fee and the tip that the node suggests: good for six full blocks."""
        newest = self._ask("eth_getBlockByNumber", "latest", False)
        if not newest:
            raise Unavailable("The chain node has no newest block.")
        base = int(newest.get("baseFeePerGas") or "0x0", 16)
        try:
            tip = answers.number(self._nodes.call("eth_maxPriorityFeePerGas"))
        except NodeError:  # not every node has the method
            tip = LEAST_PRIORITY_FEE
        tip = max(tip, LEAST_PRIORITY_FEE)
        return Fees(max_fee=2 * base + tip, priority_fee=tip)

    def sign(self, *, nonce: int, to: str, data: bytes, gas: int, fees: Fees) -> SignedTransaction:
        """Sign a type 2 transaction (EIP-1559) with the relayer's key. Pure: nothing is sent."""
        fields = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "to": to,
            "value": 0,
            "data": data,
            "gas": gas,
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.priority_fee,
        }
        signed = eth_account().Account.sign_transaction(fields, self._key)
        return SignedTransaction(hash="0x" + bytes(signed.hash).hex(), raw=bytes(signed.raw_transaction))

    def broadcast(self, raw: bytes) -> None:
        """Hand the bytes to every node. Raises Refused when it rejects the transaction itself, Unavailable when the
        relayer has no money for the gas."""
        try:
            self._nodes.spread("eth_sendRawTransaction", "0x" + raw.hex())
        except NodeError as error:
            if not is_unknown_outcome(error):
                raise refusal(error) from error

    def receipt(self, transaction: str) -> Receipt | None:
        """Return the receipt, or None, which is no evidence that the transaction is not mined."""
        found = self._translate(lambda: self._nodes.find("eth_getTransactionReceipt", transaction))
        return answers.receipt(found, transaction)

    def transaction(self, transaction: str) -> SentTransaction | None:
        """Return a transaction as the node knows it, or None."""
        return answers.transaction(self._translate(lambda: self._nodes.find("eth_getTransactionByHash", transaction)))

    def balance(self) -> int:
        """Return the relayer's balance in wei."""
        return self._number("eth_getBalance", self.relayer(), "latest")

    # ── blocks ───────────────────────────────────────────────────────────────────────────────────

    def head(self) -> Block:
        """Return the newest block."""
        block = self._block("latest")
        if block is None:
            raise Unavailable("The chain node has no newest block.")
        return block

    def block(self, number: int) -> Block | None:
        """Return the block of that height on the node's present chain."""
        return self._block(hex(number)) if number >= 0 else None

    def block_proof(self, transaction: str, block_hash: str) -> BlockProof | None:
        """Return what proves the transaction's receipt by the block's hash, None when it cannot be had or is wrong."""
        try:
            return read_block_proof(self._nodes.call, transaction, block_hash)
        except NodeError:  # a node may keep no old blocks, and need not have every method
            return None

    def final_height(self) -> int:
        """Return the height up to which blocks are final, -1 when none is."""
        if self._finality.isdecimal():
            height = self.head().number - int(self._finality)
        else:
            block = self._block(self._finality)
            height = block.number if block else -1
        if self._settlement is not None:
            height = min(height, self._settlement.durable_height(self._nodes.current.rpc))
        return max(height, -1)

    def settle(self) -> None:
        """Embedded chain only: mine the empty blocks that finality needs, and write the chain's state."""
        if self._settlement is not None:
            self._settlement.settle(self._nodes.current.rpc)

    def check(self) -> str:
        """Verify chain id and code hashes against the deployment; return one line. Raises Unavailable, Tampered."""
        self._deployment = None
        deployment = self._deployed()
        self._translate(lambda: verify_deployment(self._nodes, deployment))
        generation = deployment.current.number if deployment.current else 0
        line = f"chain {deployment.chain_id}, block {self.head().number}, contracts of generation {generation}"
        return line if len(self._nodes.all) == 1 else f"{line}, asked at {self._nodes.current.name}"

    # ── several endpoints ────────────────────────────────────────────────────────────────────────

    def witnesses(self) -> "Sequence[EvmGateway] | None":
        """Return the other endpoints, each as a gateway that asks it alone; None where only one is configured."""
        if len(self._nodes.all) == 1:
            return None
        return [self._at(endpoint.rpc) for endpoint in self._nodes.witnesses()]

    def health(self, known: Block | None = None) -> Sequence[EndpointHealth]:
        """Ask every endpoint now, pins included; prefer one that is well. ``known`` is a block that was final."""
        return examine(self._nodes, self._view, known)

    def _at(self, rpc: Rpc) -> "EvmGateway":
        return EvmGateway(
            rpc, deployments=self._folder, relayer_key=self._key, finality=self._finality, chain_id=self.chain_id
        )

    def _view(self, rpc: Rpc) -> View:
        alone = self if len(self._nodes.all) == 1 else self._at(rpc)  # what is final on the embedded chain, it knows
        return View(alone.head, alone.final_height, alone.block)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _deployed(self) -> Deployment:
        if self._deployment is None or self._deployment.current is None:
            self._deployment = read_deployment(self._folder, self.chain_id)
        return self._deployment

    def _contract(self, name: str) -> DeployedContract:
        current = self._deployed().current
        if current is None:
            raise Unavailable(f"Our contracts are not deployed on chain {self.chain_id} yet.")
        if name not in current.contracts:
            raise Invalid(f"There is no contract {name}.")
        return current.contracts[name]

    def _artifact(self, contract: str) -> Any:
        from ipx.adapters.evm.abi import load_artifact

        return load_artifact(self._contract(contract).artifact)

    def _artifacts(self) -> list[Any]:
        from ipx.adapters.evm.abi import load_artifact

        names = dict.fromkeys(contract.artifact for _, contract in self._deployed().addresses().values())
        return [load_artifact(name) for name in names]

    def _log(self, entry: Any, known: dict[str, tuple[str, DeployedContract]]) -> Log | None:
        name, contract = known.get(str(entry.get("address")).lower(), (None, None))
        if name is None or contract is None:
            raise Unavailable("The chain node answers with events that nobody asked for.")
        return answers.log(entry, name=name, contract=contract)

    def _block(self, which: str) -> Block | None:
        return answers.block(self._ask("eth_getBlockByNumber", which, False))

    def _number(self, method: str, *params: object) -> int:
        return answers.number(self._ask(method, *params))

    def _ask(self, method: str, *params: object) -> Any:
        return self._translate(lambda: self._nodes.call(method, *params))

    def _translate(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except NodeError as error:
            raise Unavailable(f"The chain node refuses to answer: {error.message}") from error
