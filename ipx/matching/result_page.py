"""One result as a page shows it: its text, and fragments with their matches marked."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from ipx.catalogue.listing_page import paragraphs
from ipx.catalogue.records import Listing, Need
from ipx.core.search_words import MATCH_END, MATCH_START
from ipx.licences.dues import fee_at_the_start
from ipx.matching.records import Found

SAMPLE = 280
"""Characters of a text that stand under a result without fragments."""


def result_of(found: Found) -> Mapping[str, Any]:
    """Return what the macros of results need of one."""
    thing = found.thing
    text = (thing.advantage or thing.summary) if isinstance(thing, Listing) else thing.text
    text = " ".join(paragraphs(text))
    sample = text if len(text) <= SAMPLE else text[:SAMPLE].rsplit(" ", 1)[0] + " …"
    # Where a source gives only a title, a fragment would be the title again.
    fragments = found.fragments if text else ()
    terms = thing.terms if isinstance(thing, Listing) else None
    return {
        "thing": thing,
        "fragments": [marked(_said(fragment, thing)) for fragment in fragments],
        "meant": found.meant if text else "",
        "sample": sample,
        "fee": fee_at_the_start(terms) if terms else None,
    }


def _said(fragment: str, thing: Listing | Need) -> str:
    """Return a fragment without the classes and the owner that end an indexed text: they stand at the result anyway.

    One whose only match is among them stays whole.
    """
    if not isinstance(thing, Listing):
        return fragment
    classes = " ".join(thing.classes)
    said = (fragment.split(classes, 1)[0] if classes else fragment).rstrip()
    before = said.removesuffix(thing.owner_name).rstrip()
    # Within a sentence the name is said of something.
    said = before if before.endswith((".", "!", "?")) else said
    return said if MATCH_START in said and MATCH_END in said else fragment


def marked(fragment: str) -> Markup:
    """Return a fragment with its matches in <mark>; whatever else it holds is escaped first."""
    safe = str(escape(fragment))
    # The engine's marks are control characters, which no indexed text can contain.
    return Markup(safe.replace(MATCH_START, "<mark>").replace(MATCH_END, "</mark>"))  # noqa: S704
