"""FROZEN. The confidentiality undertaking that opens a room: canonical value, text and commitment.

docs/spec/nda.md is the specification; docs/spec/vectors/nda.json its vectors. The text is our own words; a later
wording gets a new version and leaves accepted ones as they are.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ipx.core import commitment
from ipx.core.canonical import Json, encode
from ipx.deals.rules import NDA_PERIOD_YEARS

FORMAT = "ipx/nda/v1"


@dataclass(frozen=True)
class Undertaking:
    """Who promises whom to keep what secret."""

    nda_id: str
    technology_id: str
    technology_title: str
    discloser_id: str
    discloser_name: str
    recipient_id: str
    recipient_name: str
    recipient_address: str

    def to_json(self) -> dict[str, Json]:
        """Return the canonical value."""
        return {"format": FORMAT, "years": NDA_PERIOD_YEARS, "clauses": list(clauses(self)), **self.__dict__}

    def commitment(self, salt: bytes) -> bytes:
        """Return the salted commitment that is signed and logged on chain."""
        digest = hashlib.sha256(encode(self.to_json())).digest()
        return commitment.commit(commitment.TERMS, salt=salt, content_sha256=digest, owner=self.recipient_address)

    def subject(self, salt: bytes) -> bytes:
        """Return a salted name of the technology, so that two undertakings cannot be linked by it on chain."""
        return hashlib.sha256(b"ipx/nda-subject/v1\x00" + salt + self.technology_id.encode()).digest()


def clauses(undertaking: Undertaking) -> tuple[str, ...]:
    """Return the undertaking's text, one clause a string."""
    u = undertaking
    parties = (
        f"{u.recipient_name} (the recipient) receives information about “{u.technology_title}” from "
        f"{u.discloser_name} (the discloser) through this exchange, to decide whether to take a licence."
    )
    return (parties, *_FIXED_CLAUSES)


_FIXED_CLAUSES = tuple(
    """
The recipient keeps this information secret with the care it gives its own secrets, at least reasonable care, and \
uses it for that purpose only.
It shows the information only to those of its people and advisers who need it for that purpose and who are bound to \
keep it secret.
Excepted is what the recipient can show it knew before, what is or becomes public without its doing, what it gets \
lawfully from others without a duty of secrecy, and what it develops independently.
Where law or an authority compels disclosure, the recipient tells the discloser first, where that is allowed.
The duty lasts 3 years from acceptance; for what is a trade secret, as long as it is one.
Nothing here gives a licence, or promises one. Each reading of a document is recorded and shown to both sides.
""".strip().splitlines()
)


def acceptance_message(undertaking: Undertaking, *, salt: bytes, deadline: int) -> Mapping[str, Json]:
    """Return the EIP-712 Acceptance; ``deadline`` in seconds since 1970."""
    return {
        "signer": undertaking.recipient_address,
        "terms": "0x" + undertaking.commitment(salt).hex(),
        "subject": "0x" + undertaking.subject(salt).hex(),
        "deadline": str(deadline),
    }
