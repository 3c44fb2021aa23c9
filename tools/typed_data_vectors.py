"""Vectors of the EIP-712 records (docs/spec/typed-data.md), by eth-account alone; written by spec_vectors."""

from typing import Any

from tools.vector_words import number

STRUCTS = {
    "Acceptance": ("TermsAcceptance", "address signer,bytes32 terms,bytes32 subject,uint64 deadline"),
    "Registration": (
        "TitleRegistry",
        "address holder,uint256 title,uint8 evidence,bytes32 document,uint64 deadline",
    ),
    "Conveyance": (
        "TitleRegistry",
        (
            "uint256 title,address to,uint8 kind,uint16 shareBps,uint64 executed,bytes32 document,"
            "uint64 nonce,uint64 deadline"
        ),
    ),
    "Substantiation": (
        "TitleRegistry",
        "uint256 title,uint8 evidence,bytes32 document,uint64 nonce,uint64 deadline",
    ),
    "Grant": (
        "LicenceRegistry",
        (
            "bytes32 commitment,uint256[] titles,uint256 parent,address holder,address authority,uint8 transferRule,"
            "bool survives,uint8 exclusivity,uint64 start,uint64 end,uint64 deadline"
        ),
    ),
    "StatusChange": (
        "LicenceRegistry",
        (
            "uint256 licence,uint256 title,uint8 action,uint8 reason,bytes32 document,uint64 end,"
            "uint64 nonce,uint64 deadline"
        ),
    ),
}


def typed_data() -> Any:
    """With eth-account; contracts/test/vectors has others, made with viem."""
    from eth_account import Account
    from eth_account.messages import encode_typed_data
    from eth_utils.crypto import keccak

    key = number(9000)
    signer = Account.from_key(key).address
    vectors = []
    for struct, (contract, text) in STRUCTS.items():
        fields = [tuple(field.split(" ")) for field in text.split(",")]
        values = {name: sample(kind, place, signer) for place, (kind, name) in enumerate(fields)}
        domain = {"name": f"IPX {contract}", "version": "1", "chainId": 31337,
                  "verifyingContract": "0xE78A0F7E598Cc8b0Bb87894B0F60dD2a88d6a8Ab"}  # fmt: skip
        types = {struct: [{"name": name, "type": kind} for kind, name in fields]}
        message = encode_typed_data(domain, types, values)
        record = {"struct": struct, "message": {name: as_text(value) for name, value in values.items()},
                  "chain_id": 31337, "verifying_contract": domain["verifyingContract"]}  # fmt: skip
        digest = keccak(b"\x19" + message.version + message.header + message.body)
        signature = Account.sign_message(message, key).signature
        vectors.append({"record": record, "digest": digest.hex(), "signer": signer, "signature": signature.hex()})
    return {"private_key": "0x" + key.hex(), "vectors": vectors}


def sample(kind: str, place: int, signer: str) -> Any:
    if kind.endswith("[]"):
        return [sample(kind[:-2], place, signer), sample(kind[:-2], place + 1, signer)]
    if kind in ("address", "bool"):
        return signer if kind == "address" else True
    word = number(9100 + place)
    return "0x" + word.hex() if kind == "bytes32" else int.from_bytes(word) % (1 << int(kind.removeprefix("uint")))


def as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value if isinstance(value, (bool, str)) else str(value)
