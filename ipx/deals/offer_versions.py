"""The versions of an offer: what each side proposed, in turn. Adds rows and never changes one."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.errors import Invalid
from ipx.deals.models import OfferRow, OfferVersionRow
from ipx.deals.records import OfferVersion
from ipx.deals.rules import Side, other_side
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.terms_v2.versions import read_any

LONGEST_MESSAGE = 2000


def clean_message(message: str) -> str:
    """Return a message to the other side. Raises Invalid (message)."""
    if len(message) > LONGEST_MESSAGE:
        raise Invalid("Write your message in 2,000 characters or fewer.", field="message")
    return message.strip()


def versions_of(session: Session, offer_id: str) -> list[OfferVersion]:
    """Return the versions of an offer, the first one first."""
    query = select(OfferVersionRow).where(OfferVersionRow.offer_id == offer_id).order_by(OfferVersionRow.number)
    return [
        OfferVersion(
            number=row.number,
            side=Side(row.side),
            person_id=row.person_id,
            terms=read_any(row.terms),
            message=row.message,
            created_at=row.created_at,
        )
        for row in session.scalars(query)
    ]


def turn_of(session: Session, row: OfferRow) -> Side:
    """Return the side that has to answer."""
    return other_side(versions_of(session, row.id)[-1].side)


def add_version(
    session: Session,
    row: OfferRow,
    *,
    number: int,
    side: Side,
    actor: Actor,
    terms: LicenceTerms,
    message: str,
    at: datetime,
) -> None:
    """Add a version; the offer is on its terms from now on."""
    row.terms = dict(terms.to_json())
    session.add(
        OfferVersionRow(
            offer_id=row.id,
            number=number,
            side=side,
            person_id=actor.person_id,
            terms=row.terms,
            message=message,
            created_at=at,
        )
    )
    session.flush()
