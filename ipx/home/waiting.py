"""What waits for a person: the next step of each technology, and the deals in which it is their turn. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.catalogue.records import Listing
from ipx.catalogue.rules import State
from ipx.catalogue.service import CatalogueService
from ipx.deals.records import AgreementView, Offer
from ipx.deals.rules import AgreementState, OfferState, Side
from ipx.deals.service import DealService
from ipx.technologies.records import TechnologyLine
from ipx.technologies.rules import TitleState
from ipx.technologies.service import TechnologyService
from ipx.vault.service import VaultService


@dataclass(frozen=True)
class Waiting:
    """Something that waits: about what, what to do, where."""

    about: str
    text: str
    label: str
    href: str


@dataclass(frozen=True)
class TechnologyStep:
    """A technology and its next step; no step when nothing is to be done."""

    technology: TechnologyLine
    href: str
    next: str
    is_listed: bool


def deals_waiting(session: Session, deals: DealService, actor: Actor) -> list[Waiting]:
    """Return the offers to answer, agreements to sign and fees to pay, the newest first."""
    own = actor.organisation_id
    offers = deals.offers.offers_of(session, organisation_id=own)
    agreements = deals.agreements.agreements_of(session, organisation_id=own)
    waiting = [_of_agreement(agreement, own) for agreement in agreements]
    return [*(line for line in waiting if line), *(_of_offer(offer) for offer in offers if _is_open(offer, own))]


def technology_steps(
    session: Session,
    *,
    technologies: TechnologyService,
    vault: VaultService,
    catalogue: CatalogueService,
    actor: Actor,
) -> list[TechnologyStep]:
    """Return the organisation's technologies, the last changed first, each with its next step."""
    lines = technologies.technologies_of(session, organisation_id=actor.organisation_id)
    ids = [line.id for line in lines]
    documents = vault.documents_by_subject(session, subject_kind="technology", subject_ids=ids)
    listed = _listed(catalogue.listings_of(session, organisation_id=actor.organisation_id))
    return [
        TechnologyStep(
            technology=line,
            href=url_for("technologies.show", technology_id=line.id),
            next=_next(line, any(document.confidential for document in documents[line.id]), line.id in listed),
            is_listed=line.id in listed,
        )
        for line in lines
    ]


def _listed(listings: Sequence[Listing]) -> set[str | None]:
    return {listing.technology_id for listing in listings if listing.state is State.PUBLISHED}


def _next(line: TechnologyLine, has_document: bool, is_listed: bool) -> str:
    """Return the first thing that is missing, in the order in which a technology grows."""
    if not has_document:
        return str(_("Deposit the document that describes it"))
    if not line.right_kinds:
        return str(_("State a right that can be licensed"))
    if TitleState.FAILED in line.title_states or len(line.title_states) < len(line.right_kinds):
        return str(_("Record the titles of its rights"))
    if any(state is not TitleState.FINAL for state in line.title_states):
        return str(_("The record of title is on its way"))
    return "" if is_listed else str(_("Publish a listing"))


def _is_open(offer: Offer, own: str) -> bool:
    return offer.state is OfferState.OFFERED and offer.answering_id == own


def _of_offer(offer: Offer) -> Waiting:
    if offer.turn is Side.LICENSOR:
        text = _("%(who)s made an offer", who=offer.licensee_name)
    else:
        text = _("%(who)s proposed other terms", who=offer.licensor_name)
    return Waiting(
        about=offer.technology_title,
        text=text,
        label=_("Answer it"),
        href=url_for("deals.offer", offer_id=offer.id),
    )


def _of_agreement(agreement: AgreementView, own: str) -> Waiting | None:
    side = Side.LICENSOR if agreement.licensor_id == own else Side.LICENSEE
    href = url_for("deals.agreement", agreement_id=agreement.id)
    other = agreement.licensee_name if side is Side.LICENSOR else agreement.licensor_name
    if agreement.state is AgreementState.SIGNING and not agreement.signed_by(side):
        text = _("The agreement with %(who)s is to be signed", who=other)
        return Waiting(agreement.technology_title, text, _("Read and sign"), href)
    if agreement.state is AgreementState.AWAITING_PAYMENT and side is Side.LICENSEE:
        text = _("Both sides have signed; the licence begins with the upfront fee")
        return Waiting(agreement.technology_title, text, _("Pay"), href)
    return None
