"""Offers and agreements of version 1, as they landed before there was another: exchanges that went on hold them."""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.deals.agreement_room import deadline_of
from ipx.deals.models import AgreementRow, OfferRow, OfferVersionRow
from ipx.deals.records import AgreementView
from ipx.licences.agreement import Agreement, Party, SubjectRight, grant_message
from tests.licence_terms import old_terms
from tests.pages import Person
from tests.world import World


def offer_of_version_1(session: Session, offer_id: str, **changes: Any) -> None:
    """Let an open offer be one of terms of version 1."""
    written = dict(old_terms(**changes).to_json())
    session.get_one(OfferRow, offer_id).terms = written
    session.get_one(OfferVersionRow, (offer_id, 1)).terms = written


def agreement_of_version_1(world: World, owner: Person, taker: Person, **changes: Any) -> AgreementView:
    """Bring a deal to an agreement of version 1, which nobody has signed."""
    drawn = world.agreement(owner, taker, **changes)
    world.write(lambda session: _as_drawn_up_before(session, world, drawn.id, **changes))
    return world.view(owner, drawn)


def _as_drawn_up_before(session: Session, world: World, agreement_id: str, **changes: Any) -> None:
    row = session.get_one(AgreementRow, agreement_id)
    salt, accounts = os.urandom(32), world.service(AccountService)
    agreement = Agreement(
        agreement_id=row.id,
        technology_id=row.technology_id,
        technology_title=row.value["technology"]["title"],
        licensor=Party(**row.value["licensor"]),
        licensee=Party(**row.value["licensee"]),
        subject=[SubjectRight(**right) for right in row.value["subject"]],
        terms=old_terms(**changes),
    )
    row.value = agreement.to_json()
    row.message = dict(grant_message(agreement, salt=salt, deadline=deadline_of(row)))
    row.commitment = str(row.message["commitment"])
    for side, owner_id in (("licensor", row.licensor_id), ("licensee", row.licensee_id)):
        wrapped = accounts.wrap(session, organisation_id=owner_id, secret=salt, context=f"agreement/{row.id}")
        setattr(row, f"{side}_salt", wrapped)
    offer_of_version_1(session, row.offer_id, **changes)
