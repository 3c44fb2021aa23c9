"""What helps a search along: suggestions while typing, listings like one, and words for what went wrong."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ipx.accounts.rules import Role
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Unavailable
from ipx.core.ports import LISTINGS, NEEDS
from ipx.matching.asking import address
from ipx.matching.class_names import class_names
from ipx.matching.expressions import DEEPEST, LONGEST, MOST_TERMS, ExpressionError, Fault
from ipx.matching.facet_page import label_of, title_of
from ipx.matching.helping import ALL_FILTERS, RIGHTS, WORD, Relief
from ipx.matching.records import ResultPage
from ipx.matching.result_page import result_of
from ipx.matching.service import SearchService
from ipx.matching.suggestions import Sort, Suggestion
from ipx.web.guards import current_actor, public
from ipx.web.languages import spoken
from ipx.web.services import provided
from ipx.web.transactions import db


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's."""
    blueprint.get("/search/suggest")(suggest)
    blueprint.get("/listings/<listing_id>/like")(like)


@public
def suggest() -> Any:
    """Complete what is being typed; nothing while the index is down, as the search itself will say so."""
    kind = NEEDS if request.args.get("kind") == NEEDS else LISTINGS
    try:
        found = provided(SearchService).suggestions.complete(db(), kind=kind, text=request.args.get("q", ""))
    except Unavailable:
        found = []
    return jsonify(suggestions=[_as_json(kind, one) for one in found])


@public
def like(listing_id: str) -> Any:
    """Show the listings most like one."""
    listing = provided(CatalogueService).published(db(), listing_id=listing_id)
    try:
        found, resting = provided(SearchService).like(db(), listing_id=listing_id), False
    except Unavailable:
        found, resting = [], True
    results = [result_of(one) for one in found]
    return render_template("matching/like.html", listing=listing, results=results, resting=resting)


def help_of(page: ResultPage, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return the words about how a search was understood, and what to try where nothing was found."""
    search = page.search
    exact = replace(search, page=1, exact=True)
    return {
        "fault": _fault_words(page.fault) if page.fault else None,
        "respelt": page.respelt,
        "exact": address(exact),
        "reliefs": [
            {"label": _relief_words(one, sources), "total": one.total, "href": address(one.search)}
            for one in page.reliefs
        ],
        "post": url_for("catalogue.new_need", title=search.words[:200]) if search.words and _may_post() else None,
    }


def _may_post() -> bool:
    """Tell whether the way to a new need ends at its form: a visitor signs in on it."""
    actor = current_actor()
    return actor is None or actor.has(Role.LICENSING_MANAGER)


def _relief_words(relief: Relief, sources: Mapping[str, str]) -> str:
    if relief.name == WORD:
        return str(_("Without the word “%(word)s”", word=relief.value))
    if relief.name == RIGHTS:
        return str(_("Without regard to rights"))
    if relief.name == ALL_FILTERS:
        return str(_("Without any filter"))
    values = ", ".join(label_of(relief.name, value, sources) for value in relief.value.split(", "))
    return str(_("Without %(facet)s: %(values)s", facet=title_of(relief.name), values=values))


def _fault_words(error: ExpressionError) -> str:
    words = {
        Fault.TOO_LONG: _("A search with fields and operators has at most %(number)s characters.", number=LONGEST),
        Fault.TOO_MANY: ngettext(
            "It has at most %(num)s word or phrase.", "It has at most %(num)s words and phrases.", MOST_TERMS
        ),
        Fault.TOO_DEEP: _("Brackets and NOT go at most %(number)s levels deep.", number=DEEPEST),
        Fault.QUOTE: _("This quotation mark is never closed."),
        Fault.OPEN: _("This bracket is never closed."),
        Fault.CLOSED: _("This bracket was never opened."),
        Fault.NOTHING: _("A word, a phrase in quotes or a bracket is missing here."),
        Fault.SYMBOL: _('This is no CPC symbol; write for example cpc:H01M or cpc:"H01M 10/05".'),
    }
    return str(_("At character %(place)s: %(what)s", place=error.at, what=words[error.fault]))


def _as_json(kind: str, one: Suggestion) -> dict[str, str]:
    here, thing = ("matching.search", "listing") if kind == LISTINGS else ("matching.needs", "need")
    match one.sort:
        case Sort.TITLE:
            address_of_it: dict[str, Any] = {f"{thing}_id": one.id}
            href = url_for(f"catalogue.{thing}", **address_of_it)
            about = _("technology") if kind == LISTINGS else _("need")
        case Sort.ORGANISATION:
            href, about = url_for(here, organisation=one.text), _("organisation")
        case Sort.CLASS:
            href, about = url_for(here, q=f"cpc:{one.text}"), _("CPC class")
    return {"text": _class_text(one.text) if one.sort is Sort.CLASS else one.text, "about": about, "href": href}


def _class_text(symbol: str) -> str:
    """Return a CPC symbol, with what it is about where it is a class or subclass."""
    names = class_names().get(symbol)
    return f"{symbol} {names[spoken()]}" if names else symbol
