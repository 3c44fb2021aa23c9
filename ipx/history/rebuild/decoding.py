"""Logs of the registries as events: by our own declarations and eth_abi, without the artifacts and without web3.

The declarations are those of contracts/src/interfaces (a test compares them). An event of another form is Tampered:
leaving one out in silence would rebuild another history.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from ipx.core.errors import Tampered
from ipx.history.rebuild.records import ChainEvent

DECLARATIONS = (
    "Registered(uint256 indexed title, address indexed holder, uint8 evidence, bytes32 document)",
    (
        "Conveyed(uint256 indexed title, address indexed from, address indexed to, uint8 kind, uint16 shareBps, "
        "uint64 executed, bytes32 document, uint64 nonce)"
    ),
    "Substantiated(uint256 indexed title, uint8 evidence, bytes32 document)",
    (
        "RectificationProposed(uint256 indexed title, address indexed holder, address indexed to, uint8 basis, "
        "bytes32 document, uint64 notBefore, bytes32 digest)"
    ),
    "RectificationWithdrawn(bytes32 indexed digest)",
    (
        "Rectified(uint256 indexed title, address indexed original, address indexed holder, uint8 basis, "
        "bytes32 document, bytes32 digest)"
    ),
    (
        "Granted(uint256 indexed licence, address indexed holder, uint256 parent, uint256[] titles, address authority, "
        "uint8 transferRule, bool survives, uint8 exclusivity, uint64 start, uint64 end)"
    ),
    (
        "LicenceTransferred(uint256 indexed licence, address indexed from, address indexed to, bytes32 document, "
        "uint64 nonce)"
    ),
    "Suspended(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce)",
    "Resumed(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce)",
    "Terminated(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce)",
    "Converted(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce)",
    "Renewed(uint256 indexed licence, address indexed by, uint8 reason, bytes32 document, uint64 nonce, uint64 end)",
    "Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
)
# Of IERC-721, declared in the interface and never emitted by these contracts.
NEVER_EMITTED = ("Approval(address,address,uint256)", "ApprovalForAll(address,address,bool)")
TOKENS = ("title", "licence", "parent", "tokenId")


@dataclass(frozen=True)
class Declaration:
    """An event's name, its indexed and its other parameters as (type, name)."""

    name: str
    indexed: tuple[tuple[str, str], ...]
    plain: tuple[tuple[str, str], ...]
    signature: str

    @property
    def topic(self) -> str:
        """The first topic of its logs."""
        return "0x" + keccak(self.signature.encode()).hex()


def declared(text: str) -> Declaration:
    """Read one declaration."""
    name, _, rest = text.removesuffix(")").partition("(")
    parameters = [parameter.split() for parameter in rest.split(", ")]
    indexed = tuple((words[0], words[-1]) for words in parameters if "indexed" in words)
    plain = tuple((words[0], words[-1]) for words in parameters if "indexed" not in words)
    return Declaration(name, indexed, plain, f"{name}({','.join(words[0] for words in parameters)})")


@cache
def by_topic() -> Mapping[str, Declaration]:
    """Return the declarations by their first topic."""
    return {declaration.topic: declaration for declaration in map(declared, DECLARATIONS)}


def decode_log(log: Mapping[str, Any], *, time: int) -> ChainEvent:
    """Return a log of a node as an event. Raises Tampered for one that no registry of ours writes."""
    try:
        topics = [str(topic) for topic in log["topics"]]
        declaration = by_topic()[topics[0].lower()]
        arguments = _arguments(declaration, topics[1:], str(log["data"]))
        return ChainEvent(
            registry=str(log["address"]).lower(),
            name=declaration.name,
            arguments=arguments,
            transaction=str(log["transactionHash"]).lower(),
            block=int(log["blockNumber"], 16),
            time=time,
            index=int(log["logIndex"], 16),
        )
    except (KeyError, IndexError, TypeError, ValueError, DecodingError, OverflowError) as error:
        raise Tampered(f"A log in block {log.get('blockNumber')} is no event of a registry of ours.") from error


def _arguments(declaration: Declaration, topics: list[str], data: str) -> dict[str, Any]:
    found = {name: _word(kind, topic) for (kind, name), topic in zip(declaration.indexed, topics, strict=True)}
    values = decode([kind for kind, _ in declaration.plain], bytes.fromhex(data[2:])) if declaration.plain else ()
    found.update((name, _plain(kind, value)) for (kind, name), value in zip(declaration.plain, values, strict=True))
    return {name: f"0x{value:064x}" if name in TOKENS else value for name, value in found.items()}


def _word(kind: str, topic: str) -> Any:
    digits = topic.lower().removeprefix("0x").rjust(64, "0")
    if kind == "address":
        return "0x" + digits[24:]
    return int(digits, 16) if kind.startswith("uint") else "0x" + digits


def _plain(kind: str, value: Any) -> Any:
    if kind == "uint256[]":
        return tuple(f"0x{item:064x}" for item in value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value.lower() if kind == "address" else value
