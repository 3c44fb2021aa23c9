"""FROZEN. The agreement, version 2: parties, subject and terms of version 2 in one value that both sides sign.

What goes on chain is a salted commitment to its bytes; it is also the licence's token id.
docs/spec/licence-terms.md is the specification; docs/spec/vectors/agreement_v2.json its vectors. Version 1
(``ipx/licences/agreement.py``) stays frozen beside it: what was signed under it stays valid.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ipx.core import commitment
from ipx.core.canonical import Json, encode
from ipx.core.typed_data import ZERO_ADDRESS
from ipx.licences.agreement import Party, SubjectRight
from ipx.licences.rules import months_later
from ipx.licences.terms_v2.ending import Passing, Published
from ipx.licences.terms_v2.grant import EndEvent, Exclusivity
from ipx.licences.terms_v2.terms import LicenceTerms

FORMAT = "ipx/agreement/v2"

EXCLUSIVITY_CODES = {
    Exclusivity.EXCLUSIVE: 1,
    Exclusivity.SOLE: 2,
    Exclusivity.CO_EXCLUSIVE: 3,
    Exclusivity.NON_EXCLUSIVE: 4,
}
# The chain knows no business that is sold: the licensor signs that it was, as with any other consent.
TRANSFER_CODES = {Passing.NO: 0, Passing.CONSENT: 1, Passing.WITH_BUSINESS: 1, Passing.FREE: 2}
_CONSENT = TRANSFER_CODES[Passing.CONSENT]


@dataclass(frozen=True)
class Agreement:
    """Everything that both sides sign."""

    agreement_id: str
    technology_id: str
    technology_title: str
    licensor: Party
    licensee: Party
    subject: Sequence[SubjectRight]
    terms: LicenceTerms

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

    ``authority``: the account that may change the grant's status beside the licensor, the zero address for none.
    A sealed grant tells the chain neither exclusivity nor dates. A published one tells the exclusivity, and its days
    where the term is published too and they are known when it is signed.
    """
    terms = agreement.terms
    start, end = _published_term(terms)
    return {
        "commitment": "0x" + agreement.commitment(salt).hex(),
        "titles": [right.title for right in agreement.subject],
        "parent": "0",
        "holder": agreement.licensee.address,
        "authority": authority,
        "transferRule": str(TRANSFER_CODES[terms.assignment.allowed] if terms.assignment else _CONSENT),
        "survives": terms.sublicence is not None and terms.sublicence.survives_termination is True,
        "exclusivity": str(EXCLUSIVITY_CODES[terms.grant.exclusivity] if _is_published(terms) else 0),
        "start": str(start),
        "end": str(end),
        "deadline": str(deadline),
    }


def _is_published(terms: LicenceTerms) -> bool:
    return terms.publicity is not None and terms.publicity.notice_of_grant


def _published_term(terms: LicenceTerms) -> tuple[int, int]:
    """Return the first second of the term and the first after it (UTC), 0 for what is sealed or not a known day."""
    if terms.publicity is None or not _is_published(terms) or Published.TERM not in terms.publicity.publish:
        return 0, 0
    first, end = terms.term.start.date, terms.term.end
    if end.event is EndEvent.DATE and end.date is not None:
        return _seconds(first), _seconds(end.date + timedelta(days=1))
    if end.event is EndEvent.MONTHS and end.months is not None and first is not None:
        start = _midnight(first)
        return _seconds(first), int(months_later(start, end.months).timestamp())
    return _seconds(first), 0


def _seconds(day: date | None) -> int:
    return 0 if day is None else int(_midnight(day).timestamp())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
