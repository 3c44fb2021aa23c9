"""Facets in people's words, for the pages of search. Decides nothing about what is found."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from ipx.catalogue.listing_page import country
from ipx.catalogue.price_bands import band_order
from ipx.catalogue.search_documents import OURS, WORLD
from ipx.catalogue.words import EXCLUSIVITY, READINESS_BANDS, RIGHT_KINDS, SECTIONS, STAGES, STATUS, price_words
from ipx.matching.class_names import class_names
from ipx.matching.records import ResultPage
from ipx.matching.rules import CLOSED, FACETS, OPEN
from ipx.web.languages import spoken

SHOWN = 8
"""Values of a facet that are shown at once; those that are chosen always are, the others behind one more click."""
_IN_ORDER: Mapping[str, Callable[[str], Any]] = {"readiness": str, "price": band_order, "year": str}
"""Facets whose values have an order of their own; the others’ most frequent ones come first."""
OPEN_GROUPS = ("source", "status", "readiness", "exclusivity", "deadline", "programme")


def facet_groups(page: ResultPage, sources: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the groups for the macro ``facets``; ``sources`` names sources by their keys."""
    chosen: Mapping[str, Sequence[str]] = page.search.facets
    names = (*FACETS[page.search.kind], "deadline")
    groups = []
    for name in names:
        ticked = [page.search.deadline] if name == "deadline" else chosen.get(name, ())
        values, more = _values(name, page.facets.get(name, ()), [value for value in ticked if value], sources)
        is_open = name in OPEN_GROUPS or any(value["checked"] for value in values)
        groups.append({"name": name, "title": _titles()[name], "values": values, "more": more, "open": is_open})
    return groups


def title_of(name: str) -> str:
    """Return the words for a facet."""
    return _titles()[name]


def label_of(name: str, value: str, sources: Mapping[str, str]) -> str:
    """Return a facet's value in words."""
    tables: Mapping[str, Mapping[str, Any]] = {
        "source": {OURS: _("Offered on this exchange"), **sources},
        "status": STATUS,
        "readiness": READINESS_BANDS,
        "stage": STAGES,
        "rights": RIGHT_KINDS,
        "exclusivity": EXCLUSIVITY,
        "deadline": {OPEN: _("Open"), CLOSED: _("Closed")},
    }
    if name == "classes":
        names = class_names().get(value)
        about = SECTIONS.get(value) or (names[spoken()] if names else None)
        return f"{value}: {about}" if about else value
    if name == "territory":
        return str(_("Worldwide")) if value == WORLD else country(value)
    if name == "price":
        return price_words(value)
    return str(tables.get(name, {}).get(value, value))


def _values(
    name: str, counted: Sequence[tuple[str, int]], ticked: Sequence[str], sources: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the values that are shown at once, and the others."""
    counts = {value: number for value, number in counted if number}
    ordered = sorted(counts, key=_IN_ORDER[name], reverse=name == "year") if name in _IN_ORDER else list(counts)
    at_once = list(dict.fromkeys([*ordered[:SHOWN], *ticked]))
    lines = {
        value: {
            "value": value,
            "label": label_of(name, value, sources),
            "count": counts.get(value, 0),
            "checked": value in ticked,
        }
        for value in (*at_once, *ordered)
    }
    return [lines.pop(value) for value in at_once], list(lines.values())


def _titles() -> dict[str, str]:
    return {
        "source": _("Source"),
        "status": _("Protection"),
        "readiness": _("Readiness"),
        "stage": _("Stage"),
        "rights": _("Rights"),
        "exclusivity": _("Licence offered"),
        "price": _("Fee at the start"),
        "territory": _("Territory"),
        "classes": _("Classes"),
        "organisation": _("Organisation"),
        "year": _("Year"),
        "programme": _("Programme"),
        "deadline": _("Deadline"),
    }
