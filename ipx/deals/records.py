"""What the room hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ipx.core.typed_data import TypedData
from ipx.deals.rules import AgreementState, OfferState, Side, other_side
from ipx.licences.terms_v2.terms import LicenceTerms


@dataclass(frozen=True)
class NdaText:
    """An undertaking before it is accepted. ``account``: the address that the exchange would sign with; ``wallet``: the
    organisation's own, which can sign instead; ``deadline``: until when a signature counts, in seconds since 1970."""

    technology_id: str
    technology_title: str
    discloser_name: str
    clauses: Sequence[str]
    account: str
    wallet: str | None
    deadline: int


@dataclass(frozen=True)
class NdaDraft:
    """An undertaking as it waits for the organisation's own wallet. ``data``: what that signs; ``wallet``: its
    address."""

    id: str
    listing_id: str
    technology_title: str
    discloser_name: str
    clauses: Sequence[str]
    wallet: str
    data: TypedData


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

    ``accounts``: the address that signs for each side; ``own_wallets``: the sides that sign with a wallet of their own.
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
    own_wallets: frozenset[Side]
    authority: str | None

    def wallet_of(self, side: Side) -> str | None:
        """Return the wallet that signs for a side; None where the exchange signs with an account that it keeps."""
        return self.accounts[side] if side in self.own_wallets else None

    def signed_by(self, side: Side) -> bool:
        """Tell whether a side has signed."""
        return any(signature.side is side for signature in self.signatures)
