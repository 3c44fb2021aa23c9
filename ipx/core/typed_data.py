"""FROZEN. EIP-712 structures that people and organisations sign; the contracts verify the same ones.

docs/spec/typed-data.md is the specification; docs/spec/vectors/typed_data.json its vectors.
Hashing and signing happen in an adapter (port ``Signer``); here are only the shapes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ipx.core.canonical import Json

Field = tuple[str, str]

ACCEPTANCE = (("signer", "address"), ("terms", "bytes32"), ("subject", "bytes32"), ("deadline", "uint64"))
REGISTRATION = (
    ("holder", "address"),
    ("title", "uint256"),
    ("evidence", "uint8"),
    ("document", "bytes32"),
    ("deadline", "uint64"),
)
CONVEYANCE = (
    ("title", "uint256"),
    ("to", "address"),
    ("kind", "uint8"),
    ("shareBps", "uint16"),
    ("executed", "uint64"),
    ("document", "bytes32"),
    ("nonce", "uint64"),
    ("deadline", "uint64"),
)
SUBSTANTIATION = (
    ("title", "uint256"),
    ("evidence", "uint8"),
    ("document", "bytes32"),
    ("nonce", "uint64"),
    ("deadline", "uint64"),
)
GRANT = (
    ("commitment", "bytes32"),
    ("titles", "uint256[]"),
    ("parent", "uint256"),
    ("holder", "address"),
    ("authority", "address"),
    ("transferRule", "uint8"),
    ("survives", "bool"),
    ("exclusivity", "uint8"),
    ("start", "uint64"),
    ("end", "uint64"),
    ("deadline", "uint64"),
)
STATUS_CHANGE = (
    ("licence", "uint256"),
    ("title", "uint256"),
    ("action", "uint8"),
    ("reason", "uint8"),
    ("document", "bytes32"),
    ("end", "uint64"),
    ("nonce", "uint64"),
    ("deadline", "uint64"),
)
LICENCE_TRANSFER = (
    ("licence", "uint256"),
    ("title", "uint256"),
    ("to", "address"),
    ("document", "bytes32"),
    ("nonce", "uint64"),
    ("deadline", "uint64"),
)
RECTIFICATION = (
    ("title", "uint256"),
    ("to", "address"),
    ("basis", "uint8"),
    ("document", "bytes32"),
    ("nonce", "uint64"),
    ("deadline", "uint64"),
)
STRUCTS: Mapping[str, tuple[str, Sequence[Field]]] = {
    "Acceptance": ("TermsAcceptance", ACCEPTANCE),
    "Registration": ("TitleRegistry", REGISTRATION),
    "Conveyance": ("TitleRegistry", CONVEYANCE),
    "Substantiation": ("TitleRegistry", SUBSTANTIATION),
    "Grant": ("LicenceRegistry", GRANT),
    "StatusChange": ("LicenceRegistry", STATUS_CHANGE),
    "LicenceTransfer": ("LicenceRegistry", LICENCE_TRANSFER),
    "Rectification": ("TitleRegistry", RECTIFICATION),
}
ZERO_ADDRESS = "0x" + "0" * 40
ZERO_WORD = "0x" + "0" * 64


@dataclass(frozen=True)
class TypedData:
    """One EIP-712 message: the struct's name, its values, and the contract on one chain that it is for.

    Values: addresses and bytes32 as 0x-strings, integers as decimal strings, booleans as booleans.
    """

    struct: str
    message: Mapping[str, Json]
    chain_id: int
    verifying_contract: str

    def full(self) -> dict[str, object]:
        """Return the JSON form that ``eth_signTypedData_v4`` takes."""
        contract, fields = STRUCTS[self.struct]
        return {
            "types": {
                "EIP712Domain": _fields(_DOMAIN),
                self.struct: _fields(fields),
            },
            "primaryType": self.struct,
            "domain": {
                "name": f"IPX {contract}",
                "version": "1",
                "chainId": self.chain_id,
                "verifyingContract": self.verifying_contract,
            },
            "message": dict(self.message),
        }

    def record(self) -> dict[str, Json]:
        """Return the canonical record of what was signed, for storage and for bundles."""
        return {
            "struct": self.struct,
            "message": dict(self.message),
            "chain_id": self.chain_id,
            "verifying_contract": self.verifying_contract,
        }


_DOMAIN = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))


def _fields(pairs: Sequence[Field]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in pairs]
