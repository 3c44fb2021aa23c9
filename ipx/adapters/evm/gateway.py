"""The port ChainGateway over JSON-RPC. It asks the node and encodes; it must never decide, keep our state, or retry."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from ipx.adapters.evm.deployment import DeployedContract, Deployment, known_chains, read_deployment, verify_deployment
from ipx.adapters.evm.keys import address_of, eth_account
from ipx.adapters.evm.receipts import read_block_proof
from ipx.adapters.evm.refusals import estimate_refusal, is_unknown_outcome, refusal
from ipx.adapters.evm.rpc import NodeError, Rpc
from ipx.adapters.evm.transactions import read_transaction
from ipx.core.errors import Invalid, Unavailable
from ipx.core.ports import Block, BlockProof, Fees, Log, Receipt, SentTransaction, SignedTransaction

HEAD_ROOM = 1.2  # of gas over the estimate: state may change before the transaction is mined
LEAST_PRIORITY_FEE = 1_000_000  # wei; below it some nodes drop a transaction


class Settlement(Protocol):
    """What the embedded chain adds: the node mines only with transactions and keeps them in memory."""

    def settle(self, rpc: Rpc) -> None:
        """Mine what finality needs and put the chain's state on disk."""

    def durable_height(self, rpc: Rpc) -> int:
        """Return the height up to which blocks are in a state file on disk."""


class EvmGateway:
    """One chain with our contracts. Built without asking the node anything."""

    def __init__(
        self,
        rpc: Rpc,
        *,
        deployments: Path,
        relayer_key: str,
        finality: str = "finalized",
        chain_id: int | None = None,
        settlement: Settlement | None = None,
    ) -> None:
        if finality not in ("finalized", "safe") and not finality.isdecimal():
            raise Invalid("Finality is “finalized”, “safe”, or a number of blocks.")
        self._rpc = rpc
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
        return known[0] if len(known) == 1 else int(self._ask("eth_chainId"), 16)

    def contract_address(self, contract: str) -> str:
        """Return the address of a contract of the current generation. Raises Unavailable before it is deployed."""
        return self._contract(contract).address

    def encode_call(self, contract: str, function: str, arguments: Sequence[object]) -> bytes:
        """Return call data. Raises Invalid when the arguments do not fit the ABI."""
        return bytes(self._artifact(contract).encode_call(function, arguments))

    def call(self, contract: str, function: str, arguments: Sequence[object]) -> object:
        """Return the result of a read at the latest block. Raises Refused when the contract reverts."""
        artifact = self._artifact(contract)
        data = "0x" + artifact.encode_call(function, arguments).hex()
        request = {"to": self.contract_address(contract), "from": self.relayer(), "data": data}
        try:
            answer = str(self._rpc.call("eth_call", request, "latest"))
        except NodeError as error:
            raise estimate_refusal(error, self._artifacts()) from error
        return artifact.decode_result(function, arguments, bytes.fromhex(answer[2:]))

    def logs(self, first: int, last: int) -> list[Log]:
        """Return our contracts' events of blocks ``first`` to ``last`` inclusive, of all generations, in order."""
        known = self._deployed().addresses()
        query = {"fromBlock": hex(first), "toBlock": hex(last), "address": list(known)}
        entries = self._ask("eth_getLogs", query)
        logs = [self._log(entry, *known[str(entry["address"]).lower()]) for entry in entries]
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
        return int(self._ask("eth_getTransactionCount", self.relayer(), "pending"), 16)

    def mined_nonce(self) -> int:
        """Return how many transactions of the relayer are mined."""
        return int(self._ask("eth_getTransactionCount", self.relayer(), "latest"), 16)

    def estimate_gas(self, to: str, data: bytes) -> int:
        """Return a gas limit with head room. Raises Refused, with the contract's reason, when it would revert."""
        request = {"from": self.relayer(), "to": to, "data": "0x" + data.hex()}
        try:
            return int(int(self._rpc.call("eth_estimateGas", request), 16) * HEAD_ROOM)
        except NodeError as error:
            raise estimate_refusal(error, self._artifacts()) from error

    def fees(self) -> Fees:
        """Return twice the present base fee and the tip that the node suggests: good for six full blocks."""
        base = int(self._ask("eth_getBlockByNumber", "latest", False).get("baseFeePerGas") or "0x0", 16)
        try:
            tip = int(self._rpc.call("eth_maxPriorityFeePerGas"), 16)
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
        """Hand the bytes to the node. Raises Refused when it rejects the transaction itself, Unavailable when the
        relayer has no money for the gas."""
        try:
            self._rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
        except NodeError as error:
            if not is_unknown_outcome(error):
                raise refusal(error) from error

    def receipt(self, transaction: str) -> Receipt | None:
        """Return the receipt, or None, which is no evidence that the transaction is not mined."""
        found = self._ask("eth_getTransactionReceipt", transaction)
        if not found or found.get("blockHash") is None:
            return None
        return Receipt(
            transaction=transaction,
            block_number=int(found["blockNumber"], 16),
            block_hash=str(found["blockHash"]),
            succeeded=int(found["status"], 16) == 1,
            gas_used=int(found["gasUsed"], 16),
            gas_price=int(found.get("effectiveGasPrice") or "0x0", 16),
        )

    def transaction(self, transaction: str) -> SentTransaction | None:
        """Return a transaction as the node knows it, or None."""
        found = self._ask("eth_getTransactionByHash", transaction)
        return read_transaction(found) if found else None

    def balance(self) -> int:
        """Return the relayer's balance in wei."""
        return int(self._ask("eth_getBalance", self.relayer(), "latest"), 16)

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
            return read_block_proof(self._rpc.call, transaction, block_hash)
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
            height = min(height, self._settlement.durable_height(self._rpc))
        return max(height, -1)

    def settle(self) -> None:
        """Embedded chain only: mine the empty blocks that finality needs, and write the chain's state."""
        if self._settlement is not None:
            self._settlement.settle(self._rpc)

    def check(self) -> str:
        """Verify chain id and code hashes against the deployment; return one line. Raises Unavailable, Tampered."""
        self._deployment = None
        deployment = self._deployed()
        self._translate(lambda: verify_deployment(self._rpc, deployment))
        generation = deployment.current.number if deployment.current else 0
        return f"chain {deployment.chain_id}, block {self.head().number}, contracts of generation {generation}"

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

    def _log(self, entry: dict[str, Any], name: str, contract: DeployedContract) -> Log | None:
        from ipx.adapters.evm.abi import load_artifact

        decoded = load_artifact(contract.artifact).decode_log(entry["topics"], entry["data"])
        if decoded is None or entry.get("removed"):
            return None
        return Log(
            contract=name,
            event=decoded[0],
            arguments=decoded[1],
            address=contract.address,
            transaction=str(entry["transactionHash"]),
            block_number=int(entry["blockNumber"], 16),
            block_hash=str(entry["blockHash"]),
            log_index=int(entry["logIndex"], 16),
            data=str(entry["data"]),
            topics=tuple(entry["topics"]),
        )

    def _block(self, which: str) -> Block | None:
        found = self._ask("eth_getBlockByNumber", which, False)
        if not found:
            return None
        number, moment = int(found["number"], 16), int(found["timestamp"], 16)
        return Block(number, str(found["hash"]), str(found["parentHash"]), moment)

    def _ask(self, method: str, *params: object) -> Any:
        return self._translate(lambda: self._rpc.call(method, *params))

    def _translate(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except NodeError as error:
            raise Unavailable(f"The chain node refuses to answer: {error.message}") from error
