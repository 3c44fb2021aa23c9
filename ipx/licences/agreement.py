"""FROZEN. The agreement: parties, subject and terms in one canonical value that both sides sign.

What goes on chain is a salted commitment to its bytes; it is also the licence's token id.
docs/spec/licence-terms.md is the specification; docs/spec/vectors/licence_terms.json its vectors.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ipx.core import commitment
from ipx.core.canonical import Json, encode
from ipx.core.typed_data import ZERO_ADDRESS, TypedData
from ipx.licences.rules import EXCLUSIVITY_CODES, TRANSFER_CODES
from ipx.licences.terms import Terms

FORMAT = "ipx/agreement/v1"


@dataclass(frozen=True)
class Party:
    """One side: the organisation as it names itself, and its account for this agreement."""

    organisation_id: str
    name: str
    address: str


@dataclass(frozen=True)
class SubjectRight:
    """One licensed right; ``title`` is its token in TitleRegistry as a decimal string."""

    right_id: str
    kind: str
    name: str
    office: str | None
    number: str | None
    title: str


@dataclass(frozen=True)
class Agreement:
    """Everything that both sides sign."""

    agreement_id: str
    technology_id: str
    technology_title: str
    licensor: Party
    licensee: Party
    subject: Sequence[SubjectRight]
    terms: Terms

    def to_json(self) -> dict[str, Json]:
        """Return the canonical value."""
        return {
            "format": FORMAT,
            "agreement": self.agreement_id,
            "technology": {"id": self.technology_id, "title": self.technology_title},
            "licensor": dict(self.licensor.__dict__),
            "licensee": dict(self.licensee.__dict__),
            "subject": [dict(right.__dict__) for right in self.subject],
            "terms": self.terms.to_json(),
        }

    def canonical(self) -> bytes:
        """Return the bytes whose hash is signed."""
        return encode(self.to_json())

    def commitment(self, salt: bytes) -> bytes:
        """Return the salted commitment to the bytes, bound to the licensor's account: the licence's id."""
        digest = hashlib.sha256(self.canonical()).digest()
        return commitment.commit(commitment.GRANT, salt=salt, content_sha256=digest, owner=self.licensor.address)


def grant_message(
    agreement: Agreement, *, salt: bytes, deadline: int, authority: str = ZERO_ADDRESS
) -> Mapping[str, Json]:
    """Return the EIP-712 Grant that both sides sign; ``deadline`` in seconds since 1970.

    A sealed grant tells the chain neither exclusivity nor dates; a published one tells exclusivity.
    """
    terms = agreement.terms
    code = EXCLUSIVITY_CODES[terms.exclusivity] if terms.notice_of_grant else 0
    return {
        "commitment": "0x" + agreement.commitment(salt).hex(),
        "titles": [right.title for right in agreement.subject],
        "parent": "0",
        "holder": agreement.licensee.address,
        "authority": authority,
        "transferRule": str(TRANSFER_CODES[terms.transfer]),
        "survives": False,
        "exclusivity": str(code),
        "start": "0",
        "end": "0",
        "deadline": str(deadline),
    }


def grant_data(message: Mapping[str, Json], *, chain_id: int, registry: str) -> TypedData:
    """Return the message for one LicenceRegistry on one chain."""
    return TypedData(struct="Grant", message=message, chain_id=chain_id, verifying_contract=registry)
