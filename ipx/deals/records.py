"""What the room hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ipx.deals.rules import AgreementState, OfferState, Side
from ipx.licences.terms_v2.terms import LicenceTerms


@dataclass(frozen=True)
class NdaText:
    """An undertaking before it is accepted."""

    technology_id: str
    technology_title: str
    discloser_name: str
    clauses: Sequence[str]


@dataclass(frozen=True)
class Nda:
    """An accepted undertaking, as its two sides see it."""

    id: str
    technology_id: str
    technology_title: str
    listing_id: str
    licensor_id: str
    licensor_name: str
    licensee_id: str
    licensee_name: str
    person_id: str
    clauses: Sequence[str]
    transaction_id: str
    accepted_at: datetime
    expires_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Tell whether nothing can be disclosed or offered under it any more."""
        return self.expires_at <= now


@dataclass(frozen=True)
class Offer:
    """An offer, as its two sides see it."""

    id: str
    listing_id: str
    technology_id: str
    technology_title: str
    licensor_id: str
    licensor_name: str
    licensee_id: str
    licensee_name: str
    person_id: str
    terms: LicenceTerms
    message: str
    state: OfferState
    reason: str | None
    created_at: datetime
    decided_at: datetime | None
    agreement_id: str | None


@dataclass(frozen=True)
class Signature:
    """One side's signature."""

    side: Side
    person_id: str
    address: str
    signed_at: datetime


@dataclass(frozen=True)
class AgreementView:
    """An agreement, as its two sides see it. ``deadline``: until when the chain takes it, in seconds since 1970;
    ``authority``: the account that may change the licence's status as its terms say, None where there is none.
    """

    id: str
    offer_id: str
    technology_id: str
    technology_title: str
    licensor_id: str
    licensor_name: str
    licensee_id: str
    licensee_name: str
    terms: LicenceTerms
    subject: Sequence[Mapping[str, Any]]
    commitment: str
    state: AgreementState
    reason: str | None
    signatures: Sequence[Signature]
    created_at: datetime
    deadline: int
    authority: str | None

    def signed_by(self, side: Side) -> bool:
        """Tell whether a side has signed."""
        return any(signature.side is side for signature in self.signatures)
