"""What goes into the ports and comes out of them: frozen facts, named as in ``core/ports.py``. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ipx.core.money import Money
from ipx.core.search_tree import Node

LISTINGS, NEEDS = "listings", "needs"


@dataclass(frozen=True)
class StoredFile:
    """A file in a content-addressed store: its CID, how that was computed, and its length in bytes."""

    cid: str
    profile: str
    size: int


class Unfitness(StrEnum):
    """Why a file cannot be worked on, or should not be handed to anybody."""

    DAMAGED = "damaged"  # no reader of this type can read it
    LOCKED = "locked"  # needs a password
    TOO_LARGE = "too-large"  # larger than a workshop takes
    LIMIT = "limit"  # took more time or memory than a file may, or broke its reader
    SCRIPT = "script"  # runs code of its own
    LAUNCH = "launch"  # starts programs or fetches files
    FLOOD = "flood"  # a small file that unfolds to too many pixels
    TWO_IN_ONE = "two-in-one"  # is a file of another type as well


@dataclass(frozen=True)
class Inspected:
    """What a look into a file found: nothing (None) or why it is unfit; ``pages`` where it was read."""

    unfit: Unfitness | None
    pages: int | None


class ScanResult(StrEnum):
    """What a virus scanner says of a file."""

    CLEAN = "clean"
    FOUND = "found"
    OVER_LIMIT = "over-limit"  # a limit kept it from looking through the whole file, which is no acquittal
    AWAY = "away"


@dataclass(frozen=True)
class Scanned:
    """A scanner's answer: the signature where it found one, and which scanner it was, with its version."""

    result: ScanResult
    signature: str | None
    scanner: str | None


@dataclass(frozen=True)
class Fees:
    """EIP-1559 fees in wei per unit of gas."""

    max_fee: int
    priority_fee: int


@dataclass(frozen=True)
class SentTransaction:
    """A transaction as a node knows it. Addresses by EIP-55; ``to`` is None when it makes a contract."""

    hash: str
    sender: str
    nonce: int
    to: str | None
    data: bytes
    gas: int
    fees: Fees


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction ready to be broadcast; broadcasting the same bytes again is always safe."""

    hash: str
    raw: bytes


@dataclass(frozen=True)
class Block:
    """A block header's facts that we rely on; ``timestamp`` is in seconds since 1970 (UTC)."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int


@dataclass(frozen=True)
class WalletAnswer:
    """What an account with code answered about a signature (ERC-1271) as of a block; without code it accepts none."""

    block: Block
    has_code: bool
    accepts: bool


@dataclass(frozen=True)
class BlockProof:
    """What proves a receipt by the hash of its block alone: the header's RLP, the transaction's index in the block, the
    receipt as its trie holds it (EIP-2718), and the trie's nodes from the header's receiptsRoot down to it."""

    header: bytes
    index: int
    receipt: bytes
    nodes: Sequence[bytes]


@dataclass(frozen=True)
class Receipt:
    """What happened to a mined transaction; ``succeeded`` is False when it was reverted."""

    transaction: str
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    gas_price: int


@dataclass(frozen=True)
class EndpointHealth:
    """One RPC endpoint of the chain as it answered just now. ``name`` holds no credentials; ``state`` is ``ok``,
    ``behind``, ``away``, ``wrong`` (another chain or other code) or ``disagrees`` (another final block than the
    others have); heights are None when it does not say; ``note`` says what is wrong."""

    name: str
    state: str
    head: int | None
    final: int | None
    note: str = ""


@dataclass(frozen=True)
class DeployedContract:
    """One of our contracts as the deployment file pins it; ``generation`` counts from 1, the last one is current."""

    name: str
    generation: int
    is_current: bool
    address: str
    block: int
    code_hash: str


@dataclass(frozen=True)
class Log:
    """An event of one of our contracts, decoded: ``contract`` and ``event`` by name, arguments by name.

    bytes32 and addresses come as 0x-strings, uint256 as int.
    """

    contract: str
    event: str
    arguments: Mapping[str, object]
    address: str
    transaction: str
    block_number: int
    block_hash: str
    log_index: int
    data: str
    topics: Sequence[str]


@dataclass(frozen=True)
class SearchDocument:
    """What the index may know of a listing or a need: public text only.

    ``version`` grows with every change; an older version that arrives late never replaces a newer one.
    Facets: ``organisation``, ``source``, ``status``, ``readiness``, ``classes``, ``rights``, ``exclusivity``,
    ``territory`` … each a list of keywords. ``numbers`` are integers to filter and sort by (``trl``, ``published``
    as a Unix time in seconds, ``upfront`` in minor units).
    """

    id: str
    kind: str
    version: int
    title: str
    summary: str
    text: str
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SearchQuery:
    """A search: words, facet values (any within a facet, all facets together), number ranges, a page.

    ``weights`` are words with what each counts, where there are any, they are searched in the place of ``words``.
    ``ids`` are the only documents that may be found; none named: all. ``except_ids`` are not found, ``also_ids`` though
    they lack the words, with score 0, where they pass the filters. ``tree`` is a condition that every hit meets; beside
    one, words score and are not required. Without ``with_total`` the engine may stop when it has the best: ``total`` is
    then what it knows of, at least the page. ``presence``: the score is the sum of the weights of those words that a
    document has, however often and wherever.
    """

    kind: str
    words: str = ""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    offset: int = 0
    limit: int = 20
    newest_first: bool = False
    count_facets: Sequence[str] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    ids: Sequence[str] = ()
    except_ids: Sequence[str] = ()
    also_ids: Sequence[str] = ()
    with_fragments: bool = True
    with_total: bool = True
    tree: Node | None = None
    presence: bool = False


@dataclass(frozen=True)
class IndexEntry:
    """One document as an index has it, without its text."""

    kind: str
    id: str
    version: int


@dataclass(frozen=True)
class WordCounts:
    """How many ``documents`` an index has, and in how many of them each word stands (``holding``), about: what was
    replaced a moment ago may still count."""

    documents: int
    holding: Mapping[str, int]


@dataclass(frozen=True)
class SearchHit:
    r"""One found document: its id, its score (higher is better, comparable within one answer only), and
    fragments of the text around the words, as plain text with the matches between \\x02 and \\x03.

    ``length`` is the number of words in all its texts."""

    id: str
    score: float
    fragments: Sequence[str] = ()
    length: int = 0


@dataclass(frozen=True)
class SearchAnswer:
    """A page of hits, how many there are in all, and the counts of each asked facet, largest first."""

    hits: Sequence[SearchHit]
    total: int
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckoutRequest:
    """What is to be paid, for which of our checkouts; our id is the idempotency key."""

    checkout_id: str
    amount: Money
    description: str
    success_url: str
    cancel_url: str
    customer_email: str | None = None


@dataclass(frozen=True)
class CheckoutState:
    """A checkout as the payment service knows it. ``status``: open, complete or expired; ``payment_status``:
    unpaid, paid or refunded."""

    reference: str
    checkout_id: str
    url: str | None
    status: str
    payment_status: str
    amount: Money
    payment_reference: str | None


@dataclass(frozen=True)
class PaymentEvent:
    """A verified notification: only a hint, the object must be read again."""

    id: str
    type: str
    checkout_reference: str | None
    created: datetime


@dataclass(frozen=True)
class Mail:
    """One message in plain text; ``id`` becomes the Message-ID, so a repeat can be recognised."""

    id: str
    to: str
    subject: str
    body: str
