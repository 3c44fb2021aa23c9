"""What the room hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ipx.deals.rules import AgreementState, OfferState, Side, other_side
from ipx.licences.terms_v2.terms import LicenceTerms


@dataclass(frozen=True)
class NdaText:
    """An undertaking before it is accepted. ``account``: the address that signs; ``deadline``: until when that counts,
    in seconds since 1970."""

    technology_id: str
    technology_title: str
    discloser_name: str
    clauses: Sequence[str]
    account: str
    deadline: int


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
class OfferVersion:
    """What one side proposed; ``number`` from 1."""

    number: int
    side: Side
    person_id: str
    terms: LicenceTerms
    message: str
    created_at: datetime


@dataclass(frozen=True)
class Offer:
    """An offer, as its two sides see it. ``terms`` are those of its latest version."""

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
    versions: Sequence[OfferVersion]

    @property
    def turn(self) -> Side:
        """The side that has to answer: the one that did not make the latest version."""
        return other_side(self.versions[-1].side)

    @property
    def answering_id(self) -> str:
        """The organisation that has to answer."""
        return self.licensor_id if self.turn is Side.LICENSOR else self.licensee_id


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

    ``accounts``: the address that signs for each side. ``licensor_signs_itself``: a wallet of its own holds the titles.
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
    accounts: Mapping[Side, str]
    licensor_signs_itself: bool
    authority: str | None

    def wallet_of(self, side: Side) -> str | None:
        """Return the wallet that signs for a side; None where the exchange signs with an account that it keeps."""
        return self.accounts[side] if side is Side.LICENSOR and self.licensor_signs_itself else None

    def signed_by(self, side: Side) -> bool:
        """Tell whether a side has signed."""
        return any(signature.side is side for signature in self.signatures)
