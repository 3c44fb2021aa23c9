"""Pages of search: listings and needs, by words and by facets. They read only, and work with the index down."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from markupsafe import Markup, escape

from ipx.catalogue.listing_page import paragraphs
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.catalogue.words import EXCLUSIVITY
from ipx.core.ports import LISTINGS, NEEDS, Clock
from ipx.core.search_words import MATCH_END, MATCH_START
from ipx.licences.dues import fee_at_the_start
from ipx.matching import saved_views
from ipx.matching.asking import address, asked
from ipx.matching.facet_page import facet_groups
from ipx.matching.records import Found, ResultPage
from ipx.matching.rules import PAGE_SIZE, Search
from ipx.matching.service import SearchService
from ipx.web.errors import wants_json
from ipx.web.guards import public
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("matching", __name__)
saved_views.add_to(blueprint)

SAMPLE = 280
"""Characters of a text that stand under a result without fragments."""


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
    sources = {count.source.key: count.source.name for count in provided(CatalogueService).sources(db())}
    return render_template(
        template,
        page=page,
        groups=facet_groups(page, sources),
        keep={"q": page.search.words, "sort": "newest" if page.search.newest_first else ""},
        results=[_result(found) for found in page.found],
        links=_links(page),
        exclusivity=EXCLUSIVITY,
        here=address(replace(page.search, page=1)),
    )


def _links(page: ResultPage) -> dict[str, Any]:
    """Return the addresses of neighbouring pages, and what part of the results this one is."""
    search = page.search
    first = (search.page - 1) * PAGE_SIZE + 1
    is_narrowed = bool(search.facets or search.deadline)
    return {
        "page": lambda number: address(search, page=number),
        "newest": address(search, newest=True),
        "relevance": address(search, newest=False),
        "unfiltered": address(Search(kind=search.kind, words=search.words)) if is_narrowed else None,
        "first": first,
        "last": first + len(page.found) - 1,
    }


def _result(found: Found) -> Mapping[str, Any]:
    thing = found.thing
    text = (thing.advantage or thing.summary) if isinstance(thing, Listing) else thing.text
    text = " ".join(paragraphs(text))
    sample = text if len(text) <= SAMPLE else text[:SAMPLE].rsplit(" ", 1)[0] + " …"
    # Where a source gives only a title, a fragment would be the title again.
    fragments = found.fragments if text else ()
    terms = thing.terms if isinstance(thing, Listing) else None
    return {
        "thing": thing,
        "fragments": [marked(fragment) for fragment in fragments],
        "sample": sample,
        "fee": fee_at_the_start(terms) if terms else None,
    }


def marked(fragment: str) -> Markup:
    """Return a fragment with its matches in <mark>; whatever else it holds is escaped first."""
    safe = str(escape(fragment))
    # The engine's marks are control characters, which no indexed text can contain.
    return Markup(safe.replace(MATCH_START, "<mark>").replace(MATCH_END, "</mark>"))  # noqa: S704


def _as_json(page: ResultPage) -> dict[str, Any]:
    return {
        "total": page.total,
        "page": page.search.page,
        "pages": page.pages,
        "resting": page.resting,
        "results": [
            {"id": found.thing.id, "title": found.thing.title, "organisation": found.thing.owner_name or None}
            for found in page.found
        ],
    }
