"""The door to deals: undertakings, offers and agreements, each a part with its own few verbs."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.deals.agreements import Agreements
from ipx.deals.ndas import Ndas
from ipx.deals.offers import Offers
from ipx.deals.records import AgreementView


@dataclass(frozen=True)
class DealService:
    """The three parts of a deal."""

    ndas: Ndas
    offers: Offers
    agreements: Agreements

    def accept_offer(self, session: Session, *, actor: Actor, offer_id: str) -> AgreementView:
        """Accept an offer and draw up its agreement, in one transaction: neither is there without the other."""
        offer = self.offers.accept(session, actor=actor, offer_id=offer_id)
        return self.agreements.draw_up(session, offer=offer)
