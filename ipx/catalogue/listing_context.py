"""What the page of a listing and its preview show, and how forms of this room say what is wrong."""

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.contested import contests_on
from ipx.catalogue.listing_page import paragraphs, readiness, right_row, rights_bars
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.catalogue.words import STAGES
from ipx.contests.service import ContestService
from ipx.core.ports import Clock
from ipx.licences.algebra.conflicts import Answer
from ipx.licences.algebra.truth import Truth
from ipx.licences.algebra.words import answer_words
from ipx.licences.service import LicenceService
from ipx.licences.wording.clauses import clauses_of
from ipx.titles.service import TitleService
from ipx.vault.service import VaultService
from ipx.web.guards import current_actor
from ipx.web.services import provided
from ipx.web.transactions import db


def listing_context(found: Listing) -> dict[str, Any]:
    """Return what the page of a listing shows."""
    documents, answer = [], None
    if found.technology_id is not None:
        if found.terms is not None:
            answer = provided(LicenceService).book.compare(db(), technology_id=found.technology_id, terms=found.terms)
        documents = provided(VaultService).documents_of(db(), subject_kind="technology", subject_id=found.technology_id)
    return {
        "listing": found,
        "bars": rights_bars(found.terms, answer or Answer(Truth.NO), at=_today()) if found.terms else [],
        "standing": answer,
        "standing_words": answer_words(answer) if answer else None,
        "clauses": clauses_of(found.terms) if found.terms else (),
        "paragraphs": paragraphs,
        "rights": [right_row(right) for right in found.rights],
        "readiness": readiness(found.trl),
        "stage": STAGES.get(found.stage or ""),
        "rivals": _rivals(found),
        "documents": [document for document in documents if not document.confidential],
        "is_own": is_own(found),
        "technology": None,
        "contests": contests_on(provided(ContestService), db(), found),
        "contest_links": [] if is_own(found) or not found.takes_offers else _contest_links(found),
        "may_publish": is_own(found) and current_actor().has(Role.LICENSING_MANAGER),
    }


def _rivals(found: Listing) -> list[dict[str, Any]]:
    """Return the other listings that state a number of this one, each with its address."""
    if found.technology_id is None:
        return []
    rivals = []
    for number, other in provided(TitleService).competing.listed_with(db(), technology_id=found.technology_id):
        listing = provided(CatalogueService).find_by_technology(db(), technology_id=other.technology_id or "")
        if listing is not None:
            rivals.append({"number": number, "title": other.title, "by": other.organisation_name, "id": listing.id})
    return rivals


def _contest_links(found: Listing) -> list[tuple[str, str]]:
    """Return what a stranger can contest here, and where."""
    rights = [(right.title or right.number, right.right_id) for right in found.rights if right.title or right.number]
    listing = (str(_("This listing")), url_for("contests.new", kind="listing", subject_id=found.id))
    titles = [
        (str(_("The title of %(right)s", right=name)), url_for("contests.new", kind="right", subject_id=right_id))
        for name, right_id in rights
    ]
    return [listing, *titles]


def is_own(thing: Any) -> bool:
    """Tell whether a listing or need is of the actor's organisation."""
    actor: Actor | None = current_actor()
    return actor is not None and thing.organisation_id is not None and thing.organisation_id == actor.organisation_id


def _today() -> date:
    return provided(Clock).now().date()  # type: ignore[type-abstract]
