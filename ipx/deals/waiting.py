"""Whose turn it is in a deal, and in which order deals are shown: what waits for us first. Pure."""

from collections.abc import Sequence

from ipx.deals.records import AgreementView, Offer
from ipx.deals.rules import AgreementState, OfferState, Side

_UNDER_WAY = (AgreementState.SIGNING, AgreementState.AWAITING_PAYMENT, AgreementState.GRANTING)


def offer_waits_for(offer: Offer, organisation_id: str) -> bool:
    """Tell whether an organisation has to answer."""
    return offer.state is OfferState.OFFERED and offer.answering_id == organisation_id


def agreement_waits_for(agreement: AgreementView, organisation_id: str) -> bool:
    """Tell whether an organisation has to sign or to pay."""
    side = Side.LICENSOR if agreement.licensor_id == organisation_id else Side.LICENSEE
    if agreement.state is AgreementState.SIGNING:
        return not agreement.signed_by(side)
    return agreement.state is AgreementState.AWAITING_PAYMENT and side is Side.LICENSEE


def sorted_offers(offers: Sequence[Offer], organisation_id: str) -> list[Offer]:
    """Return those that wait for the organisation first, then open ones, then the rest, each in the given order."""
    return sorted(offers, key=lambda o: (not offer_waits_for(o, organisation_id), o.state is not OfferState.OFFERED))


def sorted_agreements(agreements: Sequence[AgreementView], organisation_id: str) -> list[AgreementView]:
    """Return those that wait for the organisation first, then those under way, then the rest."""
    return sorted(agreements, key=lambda a: (not agreement_waits_for(a, organisation_id), a.state not in _UNDER_WAY))
