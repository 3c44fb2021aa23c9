"""Pages of search: listings and needs, by words and by facets. They read only, and work with the index down."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, render_template, request

from ipx.catalogue.service import CatalogueService
from ipx.catalogue.words import EXCLUSIVITY
from ipx.core.ports import LISTINGS, NEEDS, Clock
from ipx.matching import help_views, operator_views, saved_views
from ipx.matching.asking import address, asked, wanted_arguments
from ipx.matching.facet_page import facet_groups
from ipx.matching.free_rights import standing_of
from ipx.matching.help_views import help_of
from ipx.matching.records import ResultPage
from ipx.matching.result_page import result_of
from ipx.matching.rights_page import rights_of
from ipx.matching.rules import PAGE_SIZE, Search
from ipx.matching.service import SearchService
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, public
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("matching", __name__)
saved_views.add_to(blueprint)
help_views.add_to(blueprint)
operator_views.add_to(blueprint)


@blueprint.get("/search")
@public
def search() -> Any:
    """Search listings."""
    return _answer(LISTINGS, "matching/search.html")


@blueprint.get("/needs")
@public
def needs() -> Any:
    """Search needs."""
    return _answer(NEEDS, "matching/needs.html")


def _answer(kind: str, template: str) -> Any:
    question = asked(kind, request.args)
    clock = provided(Clock)  # type: ignore[type-abstract]
    page = provided(SearchService).search(db(), question, today=clock.now().date())
    if wants_json():
        return jsonify(_as_json(page))
    if kind == LISTINGS:
        _note_shown(page)
    sources = {count.source.key: count.source.name for count in provided(CatalogueService).sources(db())}
    return render_template(
        template,
        page=page,
        groups=facet_groups(page, sources),
        keep=_kept(page.search),
        rights=rights_of(page) | {"without": address(replace(page.search, page=1, wanted=None))},
        results=[result_of(found) for found in page.found],
        links=_links(page),
        help=help_of(page, sources),
        exclusivity=EXCLUSIVITY,
        here=address(replace(page.search, page=1)),
    )


def _note_shown(page: ResultPage) -> None:
    """Count what stands on the page, but what the actor's own organisation offers."""
    owners = {found.thing.id: found.thing.organisation_id for found in page.found}
    actor = current_actor()
    own = actor.organisation_id if actor else None
    shown = [key for key, owner in owners.items() if owner is not None and owner != own]
    provided(SearchService).tallies.note_shown(shown)


def _kept(search: Search) -> dict[str, str]:
    """Return what a choice of facets leaves as it is."""
    others = {
        "q": search.words,
        "sort": "newest" if search.newest_first else "",
        "exact": "1" if search.exact else "",
    }
    return {**others, **{name: value or "" for name, value in wanted_arguments(search.wanted).items()}}


def _links(page: ResultPage) -> dict[str, Any]:
    """Return the addresses of neighbouring pages, and what part of the results this one is."""
    search = page.search
    first = (search.page - 1) * PAGE_SIZE + 1
    is_narrowed = bool(search.facets or search.deadline or search.wanted)
    return {
        "page": lambda number: address(search, page=number),
        "newest": address(search, newest=True),
        "relevance": address(search, newest=False),
        "unfiltered": address(Search(kind=search.kind, words=search.words)) if is_narrowed else None,
        "first": first,
        "last": first + len(page.found) - 1,
    }


def _as_json(page: ResultPage) -> dict[str, Any]:
    return {
        "total": page.total,
        "page": page.search.page,
        "pages": page.pages,
        "resting": page.resting,
        "results": [
            {
                "id": found.thing.id,
                "title": found.thing.title,
                "organisation": found.thing.owner_name or None,
                **(
                    {"rights": str(standing_of(page.standings[found.thing.id]))}
                    if found.thing.id in page.standings
                    else {}
                ),
            }
            for found in page.found
        ],
    }
