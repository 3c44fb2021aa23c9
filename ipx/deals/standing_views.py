"""On the page of an offer, for the licensor: can it stand beside what exists, and the decision where that is open."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.deals.answers import say
from ipx.deals.policy import side_of
from ipx.deals.records import Offer
from ipx.deals.rules import Side
from ipx.deals.service import DealService
from ipx.licences.algebra.truth import Truth
from ipx.licences.algebra.words import answer_words
from ipx.licences.grant_forms import DecideForm
from ipx.licences.grant_words import overlap_lines
from ipx.licences.policy import DECIDERS
from ipx.licences.records import Decision
from ipx.licences.service import LicenceService
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db


@dataclass(frozen=True)
class Standing:
    """How an offer stands beside what exists: the answer in words, the overlaps, what was decided about it."""

    answer: Truth
    words: str
    overlaps: Sequence[str]
    decisions: Sequence[Decision]
    form: DecideForm
    may_decide: bool


def standing(found: Offer) -> Standing:
    """Compare an offer; for its licensor alone, since it tells about other grants."""
    actor: Actor = current_actor()
    book = provided(LicenceService).book
    answer = book.compare(db(), technology_id=found.technology_id, terms=found.terms)
    return Standing(
        answer=answer.conflict,
        words=answer_words(answer),
        overlaps=overlap_lines(answer, found.terms),
        decisions=book.decisions_on(db(), technology_id=found.technology_id, terms=found.terms.to_json()),
        form=DecideForm(),
        may_decide=answer.conflict is Truth.UNDECIDED and actor.has(*DECIDERS),
    )


@for_roles(*DECIDERS)
def decide(offer_id: str) -> Response:
    """Note that the terms of an offer can be granted although it is undecided whether they can stand."""
    actor: Actor = current_actor()
    found = provided(DealService).offers.offer(db(), actor=actor, offer_id=offer_id)
    if side_of(actor, licensor_id=found.licensor_id, licensee_id=found.licensee_id) is not Side.LICENSOR:
        raise Forbidden(_("This is for the other side to decide."))
    try:
        provided(LicenceService).book.decide(
            db(),
            actor=actor,
            technology_id=found.technology_id,
            terms=found.terms,
            reason=DecideForm().reason.data or "",
        )
    except (Conflict, Invalid) as error:
        say(error)
    else:
        flash(_("Your decision is recorded. The offer can be accepted."), "success")
    return redirect(url_for("deals.offer", offer_id=offer_id))


def add_to(blueprint: Blueprint) -> None:
    """Add the decision to the room's pages."""
    blueprint.add_url_rule("/deals/offers/<offer_id>/decide", view_func=decide, methods=["POST"])
