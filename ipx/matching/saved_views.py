"""Pages of kept searches, and their feeds."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ipx.accounts.records import Actor
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import LISTINGS, NEEDS
from ipx.matching.asking import address, asked
from ipx.matching.atom import MEDIA_TYPE, feed_of
from ipx.matching.facet_page import label_of, title_of
from ipx.matching.result_page import SAMPLE
from ipx.matching.rights_page import rights_asked
from ipx.matching.rules import Search
from ipx.matching.saved import SavedSearches
from ipx.settings import Settings
from ipx.web.guards import current_actor, public, signed_in
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db, release

LONGEST_ADDRESS = 7_500
"""Characters of the address of a search that is kept: what is longer, the server would not read when it is opened."""


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's."""
    blueprint.get("/searches")(searches)
    blueprint.post("/searches")(keep)
    blueprint.post("/searches/<search_id>/feed")(make_feed)
    blueprint.post("/searches/<search_id>/feed/revoke")(revoke_feed)
    blueprint.post("/searches/<search_id>/mail")(set_mail)
    blueprint.post("/searches/<search_id>/forget")(forget)
    blueprint.get("/feeds/<secret>.atom")(feed)


@signed_in
def searches() -> Any:
    """List the person's searches."""
    return _page()


@signed_in
def keep() -> Any:
    """Keep the search whose address the form holds."""
    actor: Actor = current_actor()
    try:
        search = _searched(request.form.get("address", ""))
        provided(SavedSearches).keep(db(), actor=actor, name=request.form.get("name", ""), search=search)
    except (Invalid, Conflict) as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("Kept. Choose below how you want to hear of what is new."), "success")
    return redirect(url_for("matching.searches"), 303)


@signed_in
def make_feed(search_id: str) -> Any:
    """Make the address of a feed, and show it this once."""
    actor: Actor = current_actor()
    secret = provided(SavedSearches).make_feed(db(), actor=actor, search_id=search_id)
    made = provided(Settings).public_url + url_for("matching.feed", secret=secret)
    return _page(made=made, made_for=search_id)


@signed_in
def revoke_feed(search_id: str) -> Any:
    """End a feed's address."""
    actor: Actor = current_actor()
    provided(SavedSearches).revoke_feed(db(), actor=actor, search_id=search_id)
    flash(_("The feed’s address is revoked: it answers nobody any more."), "success")
    return redirect(url_for("matching.searches"), 303)


@signed_in
def set_mail(search_id: str) -> Any:
    """Turn the daily mail on or off."""
    actor: Actor = current_actor()
    on = request.form.get("on") == "1"
    provided(SavedSearches).set_mail(db(), actor=actor, search_id=search_id, on=on)
    flash(_("We mail you once a day what is new.") if on else _("No more mails for this search."), "success")
    return redirect(url_for("matching.searches"), 303)


@signed_in
def forget(search_id: str) -> Any:
    """Forget a search."""
    actor: Actor = current_actor()
    provided(SavedSearches).forget(db(), actor=actor, search_id=search_id)
    flash(_("Forgotten, with its feed and its mails."), "success")
    return redirect(url_for("matching.searches"), 303)


@limited("120/hour", methods=["GET"])
@public
def feed(secret: str) -> Response:
    """Answer the feed whose address was made: who has the address may read, as it says nothing that is not public."""
    saved, found = provided(SavedSearches).feed(db(), secret=secret)
    body = feed_of(saved, found, public_url=provided(Settings).public_url)
    return Response(body, mimetype=MEDIA_TYPE, headers={"Cache-Control": "private, no-store"})


def _searched(address_of_it: str) -> Search:
    """Return the search at an address of ours. Raises Invalid for one that could not be opened again."""
    if len(address_of_it) > LONGEST_ADDRESS:
        raise Invalid("This search is too long to be kept. Take some of its words or filters away.")
    place = urlsplit(address_of_it)
    kind = NEEDS if place.path == url_for("matching.needs") else LISTINGS
    # No database holds this character, and no search page is opened with it.
    said = parse_qs(place.query.replace("%00", " ")).items()
    return asked(kind, MultiDict((name, value) for name, values in said for value in values))


def _page(**made: Any) -> str:
    actor: Actor = current_actor()
    found = provided(SavedSearches).searches_of(db(), actor=actor)
    sources = {count.source.key: count.source.name for count in provided(CatalogueService).sources(db())}
    searches = [
        {"saved": one, "href": address(one.search), "asked": _asked_words(one.search, sources)} for one in found
    ]
    return render_template("matching/saved.html", searches=searches, **made)


def _asked_words(search: Search, sources: Mapping[str, str]) -> list[str]:
    """Return what a search asks for, part by part, as its page says it; its name may be anything."""
    chosen = {**search.facets, **({"deadline": [search.deadline]} if search.deadline else {})}
    facets = [
        f"{title_of(name)}: {', '.join(label_of(name, value, sources) for value in values)}"
        for name, values in chosen.items()
    ]
    rights = [f"{_('Rights that are still free')}: {rights_asked(search.wanted)}"] if search.wanted else []
    words = search.words if len(search.words) <= SAMPLE else f"{search.words[:SAMPLE]} …"
    return [*([_("“%(words)s”", words=words)] if words else []), *facets, *rights]
