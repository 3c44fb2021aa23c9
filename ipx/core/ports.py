"""The outside world: what the exchange needs, named by need. Documents and keys: ``document_ports``; who looks into
files: ``inspection_ports``.

Each port has one behaviour suite in tests/adapters that runs on every adapter found. A promise that
is not written here may not be relied on. Every method may raise ``Unavailable``, and only that is
worth retrying; adapters turn their vendor's errors into the tree of ``core.errors``.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from ipx.core.document_ports import (
    DocumentStore,
    KeyVault,
    RootKey,
    Signer,
    StoreSink,
    StoreSource,
)
from ipx.core.money import Money
from ipx.core.port_records import (
    LISTINGS,
    NEEDS,
    Block,
    BlockProof,
    CheckoutRequest,
    CheckoutState,
    DeployedContract,
    EndpointHealth,
    Fees,
    IndexEntry,
    Log,
    Mail,
    PaymentEvent,
    Receipt,
    SearchAnswer,
    SearchDocument,
    SearchHit,
    SearchQuery,
    SentTransaction,
    SignedTransaction,
    StoredFile,
    WalletAnswer,
    WordCounts,
)
from ipx.core.typed_data import TypedData

__all__ = [
    "LISTINGS",
    "NEEDS",
    "Block",
    "BlockProof",
    "ChainGateway",
    "CheckoutRequest",
    "CheckoutState",
    "Clock",
    "DeployedContract",
    "DocumentStore",
    "EndpointHealth",
    "Entropy",
    "Fees",
    "IndexEntry",
    "KeyVault",
    "Log",
    "Mail",
    "Mailer",
    "PaymentEvent",
    "PaymentGateway",
    "Receipt",
    "RootKey",
    "SearchAnswer",
    "SearchDocument",
    "SearchHit",
    "SearchIndex",
    "SearchQuery",
    "SentTransaction",
    "SignedTransaction",
    "Signer",
    "StoreSink",
    "StoreSource",
    "StoredFile",
    "TimeStampAuthority",
    "WalletAnswer",
    "WordCounts",
]


class Clock(Protocol):
    """Time, so that tests can turn it."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""


class Entropy(Protocol):
    """Randomness, so that a run can be repeated from a seed."""

    def token(self, size: int) -> bytes:
        """Return ``size`` unpredictable bytes."""

    def new_id(self) -> str:
        """Return a new random UUID in its canonical text form."""


# ── chain ────────────────────────────────────────────────────────────────────────────────────────


class ChainGateway(Protocol):
    """One EVM chain with our contracts on it. Nothing here decides; it asks the node and encodes."""

    @property
    def chain_id(self) -> int:
        """The chain that our contracts are on (EIP-155)."""

    def contract_address(self, contract: str) -> str:
        """Return the address of a contract of the current generation by name (``EvidenceLog``)."""

    def contracts(self) -> Sequence[DeployedContract]:
        """Return all our contracts on the chain, the current generation first; none before they are deployed."""

    def first_block(self) -> int:
        """Return the height at which the oldest of our contracts was deployed: no log of ours is older."""

    def relayer(self) -> str:
        """Return the address whose key signs and pays for our transactions."""

    def encode_call(self, contract: str, function: str, arguments: Sequence[object]) -> bytes:
        """Return call data. Raises Invalid when the arguments do not fit the ABI."""

    def call(self, contract: str, function: str, arguments: Sequence[object]) -> object:
        """Return the result of a read at the latest block. Raises Refused when the contract reverts."""

    def ask_wallet(self, address: str, digest: bytes, signature: bytes, *, at: int | None = None) -> WalletAnswer:
        """Ask a contract wallet whether a signature over 32 bytes counts, as of a block, else of the newest one.

        Raises Unavailable, also where the node no longer has the state of that block. A revert, no code and any other
        answer than the magic value all mean no (ERC-1271).
        """

    def next_nonce(self) -> int:
        """Return the relayer's next nonce as the node knows it, pending transactions counted."""

    def mined_nonce(self) -> int:
        """Return how many transactions of the relayer are mined."""

    def estimate_gas(self, to: str, data: bytes) -> int:
        """Return a gas limit with head room. Raises Refused, with the contract's reason, when it would revert."""

    def fees(self) -> Fees:
        """Return fees that should be mined soon."""

    def sign(self, *, nonce: int, to: str, data: bytes, gas: int, fees: Fees) -> SignedTransaction:
        """Sign a type 2 transaction with the relayer's key. Pure: nothing is sent."""

    def broadcast(self, raw: bytes) -> None:
        """Hand the bytes to the node. Returns also for "already known" and "nonce too low": both mean
        unknown, so look the hash up. Raises Refused when the node rejects the transaction itself."""

    def receipt(self, transaction: str) -> Receipt | None:
        """Return the receipt, or None, which is no evidence that the transaction is not mined."""

    def block_proof(self, transaction: str, block_hash: str) -> BlockProof | None:
        """Return what proves the transaction's receipt by the block's hash; None when the node does not give it all,
        or when what it gives does not hash to the block. Reads every receipt of the block."""

    def transaction(self, transaction: str) -> SentTransaction | None:
        """Return a transaction as the node knows it, mined or waiting, or None, which is no evidence of anything."""

    def head(self) -> Block:
        """Return the newest block."""

    def block(self, number: int) -> Block | None:
        """Return the block of that height on the node's present chain."""

    def final_height(self) -> int:
        """Return the height up to which blocks are final by settings (tag or depth), -1 when none is."""

    def settle(self) -> None:
        """Embedded chain only: mine the empty blocks that finality needs. Elsewhere does nothing."""

    def logs(self, first: int, last: int) -> list[Log]:
        """Return our contracts' events of blocks ``first`` to ``last`` inclusive, in order."""

    def balance(self) -> int:
        """Return the relayer's balance in wei."""

    def witnesses(self) -> "Sequence[ChainGateway] | None":
        """Return the other endpoints, each as a gateway that asks it alone; None where only one is configured.

        What one endpoint calls final counts only when a second one says the same; none may be there at the moment.
        """

    def health(self, known: Block | None = None) -> Sequence[EndpointHealth]:
        """Ask every endpoint now, pins included, and return how each is; later questions go to one that is well.

        ``known`` is a block that was final: who has another one there disagrees. Never raises for an endpoint that is
        away or wrong.
        """

    def check(self) -> str:
        """Verify chain id and code hashes against the deployment; return one line. Raises Unavailable, Tampered."""


class RectifierKeys(Protocol):
    """Keys of simulated rectifiers, in embedded mode alone: in production each rectifier keeps its own."""

    def addresses(self) -> Sequence[str]:
        """Return their addresses (EIP-55). Whether a contract knows them as rectifiers is another question."""

    def sign(self, address: str, data: TypedData) -> bytes:
        """Return the signature of one of them under typed data. Raises NotFound for any other address."""


# ── the second clock ─────────────────────────────────────────────────────────────────────────────


class TimeStampAuthority(Protocol):
    """An authority of RFC 3161. What it answers is judged by who asked."""

    def stamp(self, data: bytes) -> bytes:
        """Return its TimeStampResp (DER) over the SHA-256 of ``data``."""

    def revocation_list(self, url: str) -> bytes:
        """Return the revocation list (DER) at an address that one of its certificates names."""

    def check(self) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable."""


# ── search ───────────────────────────────────────────────────────────────────────────────────────


class SearchIndex(Protocol):
    """Full text over public listings and needs. It can always be rebuilt from the database."""

    def put(self, documents: Sequence[SearchDocument]) -> None:
        """Add or replace; visible to ``search`` when it returns. Older versions are ignored.

        Raises Invalid for an id, name or number that no index can hold.
        """

    def remove(self, kind: str, id: str, version: int) -> None:
        """Take a document out; an older ``put`` that arrives later must not bring it back. At the same version the
        removal wins."""

    def search(self, query: SearchQuery) -> SearchAnswer:
        """Answer a query. Any text is a valid query; nothing in it is an operator that can fail.

        Blank words find everything, newest first; a text without any word finds nothing. Pages reach to hit 10,000.
        """

    def count_words(self, words: Sequence[str]) -> WordCounts:
        """Return in how many documents of all kinds each word stands, read as ``search`` reads it. Raises Unavailable.

        Rarity is not told with scores, and what is found rare counts more where meaning helps (docs/decisions/0038).
        """

    def rebuild(self, documents: Iterator[SearchDocument], *, afresh: bool = False) -> int:
        """Build a new index from scratch beside the old one, swap, return the number of documents.

        The iterator must begin to read only when it is first advanced; puts and removals meanwhile are kept.
        ``afresh`` forgets what was removed before: for a database that was put back to an earlier state, whose versions
        may be lower than those of the removals. Raises Conflict when one is running already or this one was overtaken.
        """

    def needs_rebuild(self) -> bool:
        """Tell whether it is new, damaged, of another layout, or was never filled by a rebuild."""

    def is_whole(self) -> bool:
        """Tell whether it was filled by a rebuild, be it of an older layout: what it does not find is not there.

        May be some seconds late. Raises Unavailable.
        """

    def entries(self) -> Iterator[IndexEntry]:
        """Yield everything that can be found, each once, in no order, to be compared with the database.

        What is put or removed meanwhile may or may not be among them. Raises Unavailable.
        """

    def close(self) -> None:
        """Let go of files and connections."""

    def check(self) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable."""


# ── payments ─────────────────────────────────────────────────────────────────────────────────────


class PaymentGateway(Protocol):
    """Card payments on a hosted page."""

    @property
    def simulated(self) -> bool:
        """Tell whether no money moves."""

    def open_checkout(self, request: CheckoutRequest) -> CheckoutState:
        """Open a hosted checkout. The same ``checkout_id`` gives the same checkout."""

    def checkout(self, reference: str) -> CheckoutState:
        """Read a checkout again. Raises NotFound."""

    def refund(self, *, refund_id: str, payment_reference: str, amount: Money) -> str:
        """Refund; idempotent by ``refund_id``. Returns the service's reference."""

    def read_event(self, raw_body: bytes, signature: str) -> PaymentEvent:
        """Verify a webhook's signature over the raw body. Raises Tampered when forged or too old."""

    def check(self) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable."""


# ── mail ─────────────────────────────────────────────────────────────────────────────────────────


class Mailer(Protocol):
    """Outgoing mail."""

    def send(self, mail: Mail) -> None:
        """Hand the message over. May deliver twice after a crash. Raises Unavailable, Invalid (address)."""

    def check(self) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable."""
